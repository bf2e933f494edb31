using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// What becomes of the int32 accumulators of a convolution or matrix product: requantization to bytes, conversion to floats, with or
/// without a residual that is added first. One argument, so that a fused operator is one kernel.
/// </summary>
/// <remarks>
/// <para><c>bias</c>, <c>multipliers</c> and <c>residualMultipliers</c> hold a value per output channel, padded as
/// <see cref="WeightPacking.PadChannels{T}"/> does; a residual has the shape of the output. <c>acc</c> below includes the bias, which in
/// turn includes minus the input's zero point times the sum of the channel's weights.</para>
/// <para>Every step is a float32 operation of its own, rounded to nearest even and never fused, in the order written. So all
/// processors agree to the last bit.</para>
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly ref struct Epilogue
{
    internal readonly EpilogueKind Kind;
    internal readonly ReadOnlySpan<int> Bias;
    internal readonly ReadOnlySpan<float> Multipliers;
    internal readonly ReadOnlySpan<float> ResidualMultipliers;

    /// <summary>The residual's first byte, whatever its type.</summary>
    internal readonly ref readonly byte Residual;

    /// <summary>The output's first byte, whatever its type.</summary>
    internal readonly ref byte Output;

    private readonly int _residualLength;
    private readonly int _outputLength;
    private readonly EpilogueArguments _arguments;

    private Epilogue(EpilogueKind kind, ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ref byte output, int outputLength)
    {
        Kind = kind;
        Bias = bias;
        Multipliers = multipliers;
        Output = ref output;
        _outputLength = outputLength;
    }

    private Epilogue(
        EpilogueKind kind, ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, int zeroPoint, int minimum, int maximum,
        Span<byte> output)
        : this(kind, bias, multipliers, ref MemoryMarshal.GetReference(output), output.Length)
    {
        QuantizedValueGuard.Code(zeroPoint);
        QuantizedValueGuard.Range(minimum, maximum);
        _arguments.ZeroPoint = zeroPoint;

        // Clamping to whole numbers and rounding commute, so the clamp can be done first, where it also keeps the conversion in range.
        _arguments.Minimum = minimum - zeroPoint;
        _arguments.Maximum = maximum - zeroPoint;
    }

    private Epilogue(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, int zeroPoint, int minimum, int maximum, Span<byte> output,
        ReadOnlySpan<byte> residual, int residualZeroPoint, float residualMultiplier)
        : this(EpilogueKind.AddToUInt8, bias, multipliers, zeroPoint, minimum, maximum, output)
    {
        QuantizedValueGuard.Code(residualZeroPoint);
        Residual = ref MemoryMarshal.GetReference(residual);
        _residualLength = residual.Length;
        _arguments.ResidualZeroPoint = residualZeroPoint;
        _arguments.ResidualMultiplier = residualMultiplier;
    }

    private Epilogue(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, int zeroPoint, int minimum, int maximum, Span<byte> output,
        ReadOnlySpan<int> residual, ReadOnlySpan<float> residualMultipliers)
        : this(EpilogueKind.AddAccumulatorsToUInt8, bias, multipliers, zeroPoint, minimum, maximum, output)
    {
        Residual = ref Unsafe.As<int, byte>(ref MemoryMarshal.GetReference(residual));
        _residualLength = residual.Length;
        ResidualMultipliers = residualMultipliers;
    }

    private Epilogue(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, float gateSlope, float gateOffset, ReadOnlySpan<float> affine,
        int zeroPoint, int minimum, int maximum, Span<byte> output)
        : this(EpilogueKind.GateToUInt8, bias, multipliers, zeroPoint, minimum, maximum, output)
    {
        ResidualMultipliers = affine;
        _arguments.TermsOffset = affine.Length / 2;
        _arguments.GateSlope = gateSlope;
        _arguments.GateOffset = gateOffset;
    }

    private Epilogue(
        EpilogueKind kind, ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ReadOnlySpan<float> residual,
        float minimum, float maximum, Span<float> output)
        : this(kind, bias, multipliers, ref Unsafe.As<float, byte>(ref MemoryMarshal.GetReference(output)), output.Length)
    {
        Residual = ref Unsafe.As<float, byte>(ref MemoryMarshal.GetReference(residual));
        _residualLength = residual.Length;
        _arguments.Minimum = minimum;
        _arguments.Maximum = maximum;
    }

    private Epilogue(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ReadOnlySpan<float> offsets, float minimum, float maximum,
        Span<float> output)
        : this(EpilogueKind.OffsetToFloat32, bias, multipliers, default, minimum, maximum, output)
    {
        ResidualMultipliers = offsets;
    }

    /// <summary>Requantizes: <c>clamp(round(acc * multipliers[o]) + zeroPoint, minimum, maximum)</c>, rounding half to even.</summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale / output scale, per output channel, padded.</param>
    /// <param name="zeroPoint">The output's zero point, 0 to 255.</param>
    /// <param name="minimum">Smallest output, at least 0. A fused Relu is a bound.</param>
    /// <param name="maximum">Largest output, at most 255.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    /// <exception cref="ArgumentException">A zero point or a bound is no byte, or the bounds are in the wrong order.</exception>
    public static Epilogue ToUInt8(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, int zeroPoint, int minimum, int maximum, Span<byte> output)
        => new(EpilogueKind.ToUInt8, bias, multipliers, zeroPoint, minimum, maximum, output);

    /// <summary>
    /// Adds a quantized residual and requantizes:
    /// <c>clamp(round((float)acc * multipliers[o] + (float)(r - residualZeroPoint) * residualMultiplier) + zeroPoint, minimum,
    /// maximum)</c>.
    /// </summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale / output scale, per output channel, padded.</param>
    /// <param name="residual">What is added, of the output's shape.</param>
    /// <param name="residualZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="residualMultiplier">Its scale / output scale.</param>
    /// <param name="zeroPoint">The output's zero point, 0 to 255.</param>
    /// <param name="minimum">Smallest output, at least 0.</param>
    /// <param name="maximum">Largest output, at most 255.</param>
    /// <param name="output">The output. It may be the residual itself.</param>
    /// <returns>The epilogue.</returns>
    /// <exception cref="ArgumentException">A zero point or a bound is no byte, or the bounds are in the wrong order.</exception>
    public static Epilogue AddToUInt8(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ReadOnlySpan<byte> residual, int residualZeroPoint,
        float residualMultiplier, int zeroPoint, int minimum, int maximum, Span<byte> output)
        => new(bias, multipliers, zeroPoint, minimum, maximum, output, residual, residualZeroPoint, residualMultiplier);

    /// <summary>
    /// Adds the accumulators of another product and requantizes:
    /// <c>clamp(round((float)acc * multipliers[o] + (float)r * residualMultipliers[o]) + zeroPoint, minimum, maximum)</c>.
    /// </summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale / output scale, per output channel, padded.</param>
    /// <param name="residual">What <see cref="ToInt32"/> has written, of the output's shape.</param>
    /// <param name="residualMultipliers">Its scale / output scale, per output channel, padded.</param>
    /// <param name="zeroPoint">The output's zero point, 0 to 255.</param>
    /// <param name="minimum">Smallest output, at least 0.</param>
    /// <param name="maximum">Largest output, at most 255.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    /// <exception cref="ArgumentException">A zero point or a bound is no byte, or the bounds are in the wrong order.</exception>
    public static Epilogue AddAccumulatorsToUInt8(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ReadOnlySpan<int> residual, ReadOnlySpan<float> residualMultipliers,
        int zeroPoint, int minimum, int maximum, Span<byte> output)
        => new(bias, multipliers, zeroPoint, minimum, maximum, output, residual, residualMultipliers);

    /// <summary>
    /// Multiplies each value by a gate of itself, as HardSwish does, and requantizes: with <c>r = (float)acc * multipliers[o]</c> it is
    /// <c>clamp(round(r * clamp(r * gateSlope + gateOffset, 0, 1) * factor[o] + term[o]) + zeroPoint, minimum, maximum)</c>.
    /// </summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale, per output channel, padded.</param>
    /// <param name="gateSlope">1/6 for HardSwish.</param>
    /// <param name="gateOffset">1/2 for HardSwish.</param>
    /// <param name="affine">
    /// A factor per output channel, padded, and behind them a term per output channel, padded: 1 / output scale and 0 where nothing
    /// follows the gate.
    /// </param>
    /// <param name="zeroPoint">The output's zero point, 0 to 255.</param>
    /// <param name="minimum">Smallest output, at least 0.</param>
    /// <param name="maximum">Largest output, at most 255.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    /// <exception cref="ArgumentException">A zero point or a bound is no byte, or the bounds are in the wrong order.</exception>
    public static Epilogue GateToUInt8(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, float gateSlope, float gateOffset, ReadOnlySpan<float> affine,
        int zeroPoint, int minimum, int maximum, Span<byte> output)
        => new(bias, multipliers, gateSlope, gateOffset, affine, zeroPoint, minimum, maximum, output);

    /// <summary>Stores the accumulators as they are.</summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    public static Epilogue ToInt32(ReadOnlySpan<int> bias, Span<int> output)
        => new(EpilogueKind.ToInt32, bias, default, ref Unsafe.As<int, byte>(ref MemoryMarshal.GetReference(output)), output.Length);

    /// <summary>Dequantizes: <c>clamp((float)acc * multipliers[o], minimum, maximum)</c>.</summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale, per output channel, padded.</param>
    /// <param name="minimum">Smallest output; minus infinity for none.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    public static Epilogue ToFloat32(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, float minimum, float maximum, Span<float> output)
        => new(EpilogueKind.ToFloat32, bias, multipliers, default, minimum, maximum, output);

    /// <summary>Dequantizes and adds a residual: <c>clamp((float)acc * multipliers[o] + r, minimum, maximum)</c>.</summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale, per output channel, padded.</param>
    /// <param name="residual">What is added, of the output's shape.</param>
    /// <param name="minimum">Smallest output; minus infinity for none.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output">The output. It may be the residual itself.</param>
    /// <returns>The epilogue.</returns>
    public static Epilogue AddToFloat32(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ReadOnlySpan<float> residual, float minimum, float maximum,
        Span<float> output)
        => new(EpilogueKind.AddToFloat32, bias, multipliers, residual, minimum, maximum, output);

    /// <summary>
    /// Dequantizes and adds a number per channel: <c>clamp((float)acc * multipliers[o] + offsets[o], minimum, maximum)</c>.
    /// </summary>
    /// <param name="bias">One int32 per output channel, padded.</param>
    /// <param name="multipliers">Input scale × weight scale, per output channel, padded.</param>
    /// <param name="offsets">What is added, per output channel, padded.</param>
    /// <param name="minimum">Smallest output; minus infinity for none.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output">The output.</param>
    /// <returns>The epilogue.</returns>
    internal static Epilogue OffsetToFloat32(
        ReadOnlySpan<int> bias, ReadOnlySpan<float> multipliers, ReadOnlySpan<float> offsets, float minimum, float maximum,
        Span<float> output)
        => new(bias, multipliers, offsets, minimum, maximum, output);

    /// <summary>Checks every length once, so that the kernels need not.</summary>
    internal void Validate(long outputLength, int paddedChannels)
    {
        SpanGuard.Length(_outputLength, outputLength, "epilogue.output");
        SpanGuard.Length(Bias.Length, paddedChannels, "epilogue.bias");
        if (Kind != EpilogueKind.ToInt32)
        {
            SpanGuard.Length(Multipliers.Length, paddedChannels, "epilogue.multipliers");
        }

        if (Kind is EpilogueKind.AddToUInt8 or EpilogueKind.AddAccumulatorsToUInt8 or EpilogueKind.AddToFloat32)
        {
            SpanGuard.Length(_residualLength, outputLength, "epilogue.residual");
        }

        if (Kind is EpilogueKind.AddAccumulatorsToUInt8 or EpilogueKind.OffsetToFloat32)
        {
            SpanGuard.Length(ResidualMultipliers.Length, paddedChannels, "epilogue.residualMultipliers");
        }

        if (Kind is EpilogueKind.GateToUInt8)
        {
            SpanGuard.Length(ResidualMultipliers.Length, 2L * paddedChannels, "epilogue.affine");
        }
    }

    /// <summary>The arguments of the epilogue kernels, once everything is pinned.</summary>
    internal unsafe EpilogueArguments Pinned(
        float* multipliers, float* residualMultipliers, byte* residual, byte* output, int channels)
        => _arguments with
        {
            Multipliers = multipliers,
            ResidualMultipliers = residualMultipliers,
            Residual = residual,
            Output = output,
            Channels = channels,
        };
}
