using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// The weights of a layer and what they were multiplied with on samples: in which order they can go, and what the others have to become.
/// </summary>
internal sealed class SecondOrderLayer
{
    private readonly WeightLayout _layout;
    private readonly SparsityPattern _pattern;
    private readonly float[] _weights;
    private readonly CancellationToken _cancellation;
    private readonly LayerPart[] _parts;

    /// <param name="weight">A convolution or product.</param>
    /// <param name="pattern">What becomes zero together.</param>
    /// <param name="inputs">Of the layer in each sample.</param>
    /// <param name="partTerms">A longer sum is cut into parts that know nothing of one another.</param>
    /// <param name="isCentred">Whether a bias takes back what is left in the mean, so that only what varies has to be small.</param>
    /// <param name="order">In which order units go, where that was found out before, on other inputs; null where it was not.</param>
    public SecondOrderLayer(
        PrunableWeight weight, SparsityPattern pattern, Tensor[] inputs, int partTerms, bool isCentred, RemovalOrder? order,
        CancellationToken cancellation)
    {
        _layout = weight.Layout;
        _pattern = pattern;
        _weights = weight.Value.Constant!.ToFloats();
        _cancellation = cancellation;
        _parts = LayerPart.Of(weight, inputs, partTerms, isCentred, hasInverse: order is null, cancellation);
        Order = order ?? FindOrder();
        Signal = _parts.Sum(p => p.Energy(_weights, _layout));
    }

    /// <summary>In which order units go.</summary>
    public RemovalOrder Order { get; }

    /// <summary>Weights that a unit makes zero.</summary>
    public int UnitSize => _pattern.Kind == SparsityKind.TwoOfFour ? 1 : _pattern.Outputs * _pattern.Inputs;

    /// <summary>What the layer gives, in the unit of the noise.</summary>
    private double Signal { get; }

    /// <summary>Blocks of outputs.</summary>
    private int Blocks => _layout.Outputs / _pattern.Outputs;

    /// <summary>How many units have to go for a part of the weights to be zero; all of them, at most.</summary>
    public int UnitsFor(double sparsity) =>
        (int)Math.Min(Order.Units, Math.Round(sparsity * _layout.Length / UnitSize, MidpointRounding.ToEven));

    /// <summary>The weights without some units.</summary>
    /// <param name="count">How many units go.</param>
    /// <returns>
    /// The weights, what to add to the bias of each output for the mean to stay, and in dB what the layer gives against what it would give.
    /// </returns>
    public (float[] Weights, float[] Shift, double? Sqnr) Prune(int count)
    {
        float[] weights = (float[])_weights.Clone();
        double[] shift = new double[_layout.Groups * _layout.Outputs];
        ArraySegment<int>[] removed = Order.First(count);
        int[][][] units = [.. _parts.Select(Units)];
        double[] noise = new double[removed.Length];
        double[][] shifts = new double[removed.Length][];
        Parallel.For(0, removed.Length, new ParallelOptions { CancellationToken = _cancellation }, i =>
        {
            (LayerPart part, int output) = StrandAt(i);
            shifts[i] = new double[_pattern.Outputs];
            if (removed[i].Count == 0)
            {
                return;
            }

            bool[] isZero = new bool[part.Terms];
            foreach (int term in removed[i].SelectMany(unit => units[i / Blocks][unit]))
            {
                isZero[term] = true;
            }

            (double[][] lost, noise[i]) = part.Prune(_weights, weights, _layout, output, _pattern.Outputs, isZero, _cancellation);
            for (int r = 0; r < lost.Length; r++)
            {
                for (int t = 0; t < part.Terms; t++)
                {
                    shifts[i][r] += lost[r][t] * part.Means[t];
                }
            }
        });
        for (int i = 0; i < shifts.Length; i++)
        {
            (LayerPart part, int output) = StrandAt(i);
            for (int r = 0; r < shifts[i].Length; r++)
            {
                shift[(part.Group * _layout.Outputs) + output + r] += shifts[i][r];
            }
        }

        double? sqnr = count == 0 || !(Signal > 0) ? null : NoiseMeter.Decibels(Signal, noise.Sum());
        return (weights, Array.ConvertAll(shift, s => (float)s), sqnr);
    }

    private RemovalOrder FindOrder()
    {
        var strands = new (int[], double[])[_parts.Length * Blocks];
        int[][][] units = [.. _parts.Select(Units)];
        Parallel.For(0, strands.Length, new ParallelOptions { CancellationToken = _cancellation }, i =>
        {
            (LayerPart part, int output) = StrandAt(i);
            int count = units[i / Blocks].Length;
            int[] families = _pattern.Kind == SparsityKind.TwoOfFour ? [.. Enumerable.Range(0, count).Select(u => u / 4)] : [];
            strands[i] = BrainSurgeon.Run(
                part.Rows(_weights, _layout, output, _pattern.Outputs), part.Inverse!, units[i / Blocks], families, most: 2, _cancellation);
        });
        return new RemovalOrder(strands);
    }

    /// <summary>The part of a strand, and the first of its outputs.</summary>
    private (LayerPart Part, int Output) StrandAt(int strand) => (_parts[strand / Blocks], strand % Blocks * _pattern.Outputs);

    /// <summary>The terms of each unit: neighbouring inputs of one tap.</summary>
    private int[][] Units(LayerPart part)
    {
        int size = _pattern.Inputs;
        int[][] blocks =
        [
            .. from tap in Enumerable.Range(0, part.Taps)
               from block in Enumerable.Range(0, part.Inputs / size)
               select Enumerable.Range(0, size).Select(i => (((block * size) + i) * part.Taps) + tap).ToArray(),
        ];

        // Of four, two may go, each by itself.
        return _pattern.Kind == SparsityKind.TwoOfFour ? [.. blocks.SelectMany(b => b.Select(t => new[] { t }))] : blocks;
    }
}
