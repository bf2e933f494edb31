namespace ModelBuild.Compiler.Pruning;

/// <summary>The weights of a layout that a pattern makes zero together, one unit after another.</summary>
internal sealed class SparsityUnits
{
    private readonly WeightLayout _layout;
    private readonly SparsityPattern _pattern;
    private readonly int _outputBlocks;
    private readonly int _inputBlocks;

    public SparsityUnits(WeightLayout layout, SparsityPattern pattern)
    {
        _layout = layout;
        _pattern = pattern;
        bool isChannel = pattern.Kind == SparsityKind.Channels;
        _outputBlocks = layout.Outputs / pattern.Outputs;
        _inputBlocks = isChannel ? 1 : layout.Inputs / pattern.Inputs;
        Count = layout.Groups * _outputBlocks * _inputBlocks * (isChannel ? 1 : layout.Taps);
        Size = isChannel ? layout.Terms : pattern.Outputs * pattern.Inputs;
    }

    /// <summary>How many units there are: none where a block is larger than the weight.</summary>
    public int Count { get; }

    /// <summary>Weights of a unit.</summary>
    public int Size { get; }

    /// <summary>Those that become zero when the unit is chosen.</summary>
    public int Zeros => _pattern.Kind == SparsityKind.TwoOfFour ? 2 : Size;

    /// <summary>How many units have to be chosen for a part of all weights to be zero: as many as there are, at most.</summary>
    /// <param name="sparsity">0 to 1.</param>
    public int CountFor(double sparsity) =>
        Zeros == 0 ? 0 : (int)Math.Min(Count, Math.Round(sparsity * _layout.Length / Zeros, MidpointRounding.ToEven));

    /// <summary>The places of a unit's weights.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="places">Gets <see cref="Size"/> of them.</param>
    public void Places(int unit, Span<int> places)
    {
        if (_pattern.Kind == SparsityKind.Channels)
        {
            for (int t = 0; t < places.Length; t++)
            {
                places[t] = _layout.Index(unit / _layout.Outputs, unit % _layout.Outputs, t / _layout.Inputs, t % _layout.Inputs);
            }

            return;
        }

        (int rest, int inputBlock) = Math.DivRem(unit, _inputBlocks);
        (rest, int tap) = Math.DivRem(rest, _layout.Taps);
        (int group, int outputBlock) = Math.DivRem(rest, _outputBlocks);
        for (int i = 0; i < places.Length; i++)
        {
            (int output, int input) = Math.DivRem(i, _pattern.Inputs);
            places[i] = _layout.Index(group, (outputBlock * _pattern.Outputs) + output, tap, (inputBlock * _pattern.Inputs) + input);
        }
    }
}
