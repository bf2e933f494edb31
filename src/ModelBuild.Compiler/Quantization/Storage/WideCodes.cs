using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>
/// Weights as codes of 16 bits, with a scale for each output, or row of a table, and 0 at code 0; where single large weights make
/// outputs coarse, with one for each block of their inputs. Of the same 16 bits a half spends 5 on an exponent, which weights that lie
/// within a factor of a hundred of their largest hardly need.
/// </summary>
internal sealed class WideCodes : BalancedRounding.IRoundedWeights
{
    /// <summary>The smallest is its opposite.</summary>
    private const int LargestCode = short.MaxValue;

    /// <summary>A scale costs as much as a code, a 32nd of the weights: blocks are to halve the noise, which is half a bit.</summary>
    private const double LeastGain = 2;

    private readonly long[] _dimensions;
    private readonly CodeGroups _groups;
    private readonly float[] _scales;
    private readonly short[] _codes;

    private WideCodes(Tensor weights, CodeGroups groups, float[] scales, short[] codes)
    {
        _dimensions = [.. weights.Dimensions];
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
        (CodeGroups groups, float[] largest) = Group(weights);
        var scales = new float[groups.Count];
        for (int group = 0; group < scales.Length; group++)
        {
            if (CodeScale.OfLargest(largest[group], LargestCode) is not { } scale)
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

        var rounded = new WideCodes(constant, groups, scales, codes);
        BalancedRounding.Balance(weights, rounded);
        return rounded;
    }

    /// <summary>What the rounding of weights to codes is expected to add, as a sum of squares.</summary>
    public static double ExpectedError(WeightOperand weights)
    {
        (CodeGroups groups, float[] largest) = Group(weights);
        return Error(weights.Value.Constant!, groups, largest);
    }

    /// <summary>The codes as a tensor: of the weights' shape, or with the axis that is cut as two: blocks, and what is in them.</summary>
    public Tensor Codes() => Tensor.Owning(DataType.Int16, _codes, DimensionsIn(_groups.BlockSize));

    /// <summary>The scales as a tensor that the codes can be multiplied with.</summary>
    public Tensor Scales()
    {
        if (_groups.BlockSize > 0)
        {
            return Tensor.Of(_scales, DimensionsIn(1));
        }

        var dimensions = new long[_dimensions.Length];
        Array.Fill(dimensions, 1);
        dimensions[_groups.Axis] = _scales.Length;
        return Tensor.Of(_scales, dimensions);
    }

    /// <inheritdoc/>
    public double Neighbour(int index, bool down)
    {
        int code = _codes[index] + (down ? -1 : 1);
        return Math.Abs(code) > LargestCode ? double.NaN : _scales[_groups.Of(index)] * (double)code;
    }

    /// <inheritdoc/>
    public void Turn(int index, bool down) => _codes[index] = (short)(_codes[index] + (down ? -1 : 1));

    /// <summary>Which weights share a scale, and the largest of each group.</summary>
    private static (CodeGroups Groups, float[] Largest) Group(WeightOperand weights)
    {
        Tensor constant = weights.Value.Constant!;
        CodeGroups whole = CodeGroups.Whole(constant, weights.Axis);
        float[] largest = whole.LargestOf(constant.Span<float>());
        if (TermAxis(weights) is { } axis && constant.Dimensions[axis] > CodeGroups.UsualBlock
            && constant.Dimensions[axis] % CodeGroups.UsualBlock == 0)
        {
            CodeGroups blocks = CodeGroups.Blocks(constant, axis, CodeGroups.UsualBlock);
            float[] largestOfBlocks = blocks.LargestOf(constant.Span<float>());
            if (Error(constant, blocks, largestOfBlocks) * LeastGain <= Error(constant, whole, largest))
            {
                return (blocks, largestOfBlocks);
            }
        }

        return (whole, largest);
    }

    /// <summary>Along which the terms of a sum are cut: inputs of matrices, and channels of convolutions for each pixel.</summary>
    private static int? TermAxis(WeightOperand weights) =>
        weights.Terms == 1 ? null
        : weights.BlockAxis >= 0 ? weights.BlockAxis
        : weights.Axis == 0 && weights.Value.Constant!.Rank > 2 ? 1 : null;

    /// <summary>An error is anywhere within a step: its mean square is a twelfth of the step's.</summary>
    private static double Error(Tensor constant, CodeGroups groups, float[] largest)
    {
        double sum = 0;
        foreach (float most in largest)
        {
            double step = most / (double)LargestCode;
            sum += step * step;
        }

        return sum / 12 * constant.Length / groups.Count;
    }

    /// <summary>The dimensions of the weights, with the axis that is cut as two; as they are where none is.</summary>
    private long[] DimensionsIn(int size)
    {
        int axis = _groups.Axis;
        return _groups.BlockSize == 0 ? _dimensions
            : [.. _dimensions[..axis], _dimensions[axis] / _groups.BlockSize, size, .. _dimensions[(axis + 1)..]];
    }
}
