namespace ModelBuild.Compiler.Graphs;

/// <summary>
/// How integers stand for reals: real = (code − zero point) × scale, with one pair for the tensor or one for each index along
/// <see cref="Axis"/>. Names as in ONNX QuantizeLinear.
/// </summary>
/// <param name="Scales">One or more positive scales.</param>
/// <param name="ZeroPoints">As many zero points, in the range of the element type.</param>
/// <param name="Axis">The axis of the parameters; −1 for one pair (per-tensor).</param>
/// <param name="BlockSize">Elements along the axis that share a pair; 0 where the axis is not cut in blocks.</param>
internal sealed record QuantizationParameters(float[] Scales, int[] ZeroPoints, int Axis = -1, int BlockSize = 0)
{
    public QuantizationParameters(float scale, int zeroPoint)
        : this([scale], [zeroPoint])
    {
    }

    /// <summary>Codes that are the reals themselves.</summary>
    public static QuantizationParameters Unit { get; } = new(1, 0);

    /// <summary>What the codes of an activation are: uint8, as in all integer kernels, or 16 bits.</summary>
    public DataType CodeType { get; init; } = DataType.UInt8;

    public bool IsPerTensor => Axis < 0;

    /// <summary>The scale of a per-tensor quantization.</summary>
    public float Scale => IsPerTensor ? Scales[0] : throw new InvalidOperationException("The tensor has a scale per channel.");

    /// <summary>The zero point of a per-tensor quantization.</summary>
    public int ZeroPoint => IsPerTensor ? ZeroPoints[0] : throw new InvalidOperationException("The tensor has a zero point per channel.");

    /// <summary>The scale of one channel, whether there is one for each or one for all.</summary>
    public float ScaleOf(int channel) => Scales[IsPerTensor ? 0 : channel];

    /// <summary>How many elements of a tensor stand behind each index along the axis; what <see cref="ChannelOf"/> wants to know.</summary>
    public long Inner(Tensor tensor) => IsPerTensor ? 1 : tensor.Shape.Product(Axis + 1, tensor.Rank).Value;

    /// <summary>The channel whose pair an element has, by its place in the tensor: 0 where there is one pair.</summary>
    public int ChannelOf(long element, long inner) => IsPerTensor ? 0 : (int)(element / inner % Scales.Length);

    /// <summary>The parameters of the same reals when all codes are shifted by an offset.</summary>
    public QuantizationParameters Shift(int offset) => this with { ZeroPoints = Array.ConvertAll(ZeroPoints, z => z + offset) };

    public bool Equals(QuantizationParameters? other) => other is not null && Axis == other.Axis && BlockSize == other.BlockSize
        && CodeType == other.CodeType && Scales.AsSpan().SequenceEqual(other.Scales) && ZeroPoints.AsSpan().SequenceEqual(other.ZeroPoints);

    public override int GetHashCode() => HashCode.Combine(Axis, Scales.Length, Scales[0], ZeroPoints[0]);
}
