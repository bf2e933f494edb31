using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>Weights as codes: how they are stored, and what they stand for.</summary>
internal sealed class WeightCodes : BalancedRounding.IRoundedWeights
{
    /// <summary>Fewer terms are not worth a scale and a zero point.</summary>
    private const int SmallestBlock = 8;

    private readonly byte[] _codes;

    private WeightCodes(CodeGroups groups, CodeScale[] scales, byte[] codes, int largest)
    {
        Groups = groups;
        Scales = scales;
        _codes = codes;
        Largest = largest;
    }

    /// <summary>Which codes share a scale.</summary>
    public CodeGroups Groups { get; }

    /// <summary>One for each group.</summary>
    public IReadOnlyList<CodeScale> Scales { get; }

    /// <summary>The largest code.</summary>
    public int Largest { get; }

    /// <summary>The codes as a tensor of the weights' shape.</summary>
    public ReadOnlyMemory<byte> Codes => _codes;

    /// <inheritdoc/>
    public double this[int index] => Scales[Groups.Of(index)].Value(_codes[index]);

    /// <summary>Rounds weights: to the nearest code, but so that the errors of a sum cancel (<see cref="BalancedRounding"/>).</summary>
    /// <param name="weights">float32.</param>
    /// <param name="asBlocks">
    /// 4 bits with a scale for every block, where the weights have an axis for it; otherwise 8 with one per output.
    /// </param>
    /// <returns>Null where they hold what has no code.</returns>
    public static WeightCodes? Of(WeightOperand weights, bool asBlocks)
    {
        Tensor constant = weights.Value.Constant!;
        asBlocks &= weights.BlockAxis >= 0 && constant.Dimensions[weights.BlockAxis] >= SmallestBlock;
        CodeGroups groups =
            asBlocks ? CodeGroups.Blocks(constant, weights.BlockAxis, CodeGroups.UsualBlock) : CodeGroups.Whole(constant, weights.Axis);
        int largest = asBlocks ? 15 : byte.MaxValue;
        var scales = new CodeScale[groups.Count];
        var codes = new byte[constant.Length];
        ParallelLoopResult result = Parallel.For(
            0, groups.Count, () => (Elements: new List<int>(), Values: new List<float>()),
            (group, state, local) =>
            {
                ReadOnlySpan<float> source = constant.Span<float>();
                groups.Elements(group, local.Elements);
                float[] values = new float[local.Elements.Count];
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = source[local.Elements[i]];
                }

                if ((asBlocks ? CodeScale.OfLeastError(values, largest) : CodeScale.OfValues(values, largest)) is not { } scale)
                {
                    state.Stop();
                    return local;
                }

                scales[group] = scale;
                for (int i = 0; i < values.Length; i++)
                {
                    codes[local.Elements[i]] = (byte)scale.Code(values[i], largest);
                }

                return local;
            },
            _ => { });
        if (!result.IsCompleted)
        {
            return null;
        }

        var rounded = new WeightCodes(groups, scales, codes, largest);
        BalancedRounding.Balance(weights, rounded);
        return rounded;
    }

    /// <inheritdoc/>
    public double Neighbour(int index, bool down)
    {
        int code = _codes[index] + (down ? -1 : 1);
        return code < 0 || code > Largest ? double.NaN : Scales[Groups.Of(index)].Value(code);
    }

    /// <inheritdoc/>
    public void Turn(int index, bool down) => _codes[index] = (byte)(_codes[index] + (down ? -1 : 1));
}
