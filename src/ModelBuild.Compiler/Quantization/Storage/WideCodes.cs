using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Weights as codes of 16 bits, with a scale for each output, or row of a table, and 0 at code 0. Of the same 16 bits a half spends 5 on an
/// exponent, which weights that lie within a factor of a hundred of their largest hardly need.
/// </summary>
internal sealed class WideCodes : BalancedRounding.IRoundedWeights
{
    private const int Largest = short.MaxValue;

    private readonly CodeGroups _groups;
    private readonly float[] _scales;
    private readonly short[] _codes;

    private WideCodes(CodeGroups groups, float[] scales, short[] codes)
    {
        _groups = groups;
        _scales = scales;
        _codes = codes;
    }

    /// <inheritdoc/>
    public double this[int index] => _scales[_groups.Of(index)] * (double)_codes[index];

    /// <summary>Rounds weights: to the nearest code, but so that the errors of a sum cancel (<see cref="BalancedRounding"/>).</summary>
    /// <param name="weights">float32.</param>
    /// <returns>Null where they hold what has no code.</returns>
    public static WideCodes? Of(WeightOperand weights)
    {
        Tensor constant = weights.Value.Constant!;
        ReadOnlySpan<float> values = constant.Span<float>();
        CodeGroups groups = CodeGroups.Whole(constant, weights.Axis);
        var largest = new float[groups.Count];
        for (int i = 0; i < values.Length; i++)
        {
            ref float most = ref largest[groups.Of(i)];
            most = MathF.Max(most, MathF.Abs(values[i]));
        }

        var scales = new float[groups.Count];
        for (int group = 0; group < scales.Length; group++)
        {
            if (CodeScale.OfLargest(largest[group], Largest) is not { } scale)
            {
                return null;
            }

            scales[group] = scale;
        }

        var codes = new short[constant.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = (short)Math.Round(values[i] / (double)scales[groups.Of(i)], MidpointRounding.ToEven);
        }

        var rounded = new WideCodes(groups, scales, codes);
        BalancedRounding.Balance(weights, rounded);
        return rounded;
    }

    /// <summary>The codes as a tensor of the weights' shape.</summary>
    public Tensor Codes(Tensor weights) => Tensor.Owning(DataType.Int16, _codes, [.. weights.Dimensions]);

    /// <summary>The scales as a tensor that the weights can be multiplied with.</summary>
    public Tensor Scales(Tensor weights)
    {
        var dimensions = new long[weights.Rank];
        Array.Fill(dimensions, 1);
        dimensions[_groups.Axis] = _scales.Length;
        return Tensor.Of(_scales, dimensions);
    }

    /// <inheritdoc/>
    public double Neighbour(int index, bool down)
    {
        int code = _codes[index] + (down ? -1 : 1);
        return Math.Abs(code) > Largest ? double.NaN : _scales[_groups.Of(index)] * (double)code;
    }

    /// <inheritdoc/>
    public void Turn(int index, bool down) => _codes[index] = (short)(_codes[index] + (down ? -1 : 1));
}
