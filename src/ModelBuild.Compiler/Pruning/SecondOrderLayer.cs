using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// The weights of a layer and what they were multiplied with on samples: in which order they can go, and what the others have to become.
/// </summary>
internal sealed class SecondOrderLayer
{
    /// <summary>Added to the diagonal of H, in parts of its mean: inputs are not known as well as they look.</summary>
    private const double Damping = 0.01;

    private readonly WeightLayout _layout;
    private readonly SparsityPattern _pattern;
    private readonly float[] _weights;
    private readonly CancellationToken _cancellation;
    private readonly Part[] _parts;

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
        (Tensor[] codes, QuantizationParameters parameters) = InputCodes.Of(inputs);
        var columns = new InputColumns(weight.Node, _layout.Terms, codes, parameters.ZeroPoint);
        int channels = Math.Max(partTerms / _layout.Taps, 1);
        channels = Math.Min(channels < _layout.Inputs ? Math.Max(channels - (channels % 4), 4) : _layout.Inputs, _layout.Inputs);
        int parts = (_layout.Inputs + channels - 1) / channels;
        _parts = new Part[_layout.Groups * parts];
        var options = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, _parts.Length, options, i =>
        {
            int first = i % parts * channels;
            _parts[i] = Part.Of(
                columns, i / parts, first, Math.Min(channels, _layout.Inputs - first), _layout.Taps, parameters, isCentred,
                hasInverse: order is null, cancellation);
        });
        Order = order ?? FindOrder();
        Signal = _parts.Sum(p => Enumerable.Range(0, _layout.Outputs).Sum(o => p.Energy(Row(p, o))));
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
    /// <param name="units">How many go.</param>
    /// <returns>
    /// The weights, what to add to the bias of each output for the mean to stay, and in dB what the layer gives against what it would give.
    /// </returns>
    public (float[] Weights, float[] Shift, double? Sqnr) Prune(int units)
    {
        float[] weights = (float[])_weights.Clone();
        double[] shift = new double[_layout.Groups * _layout.Outputs];
        ArraySegment<int>[] removed = Order.First(units);
        double[] noise = new double[removed.Length];
        double[][] shifts = new double[removed.Length][];
        Parallel.For(0, removed.Length, new ParallelOptions { CancellationToken = _cancellation }, i =>
        {
            (Part part, int output) = StrandAt(i);
            shifts[i] = new double[_pattern.Outputs];
            if (removed[i].Count == 0)
            {
                return;
            }

            double[][] before = Rows(part, output);
            double[][] rows = Rows(part, output);
            bool[] isZero = new bool[part.Terms];
            foreach (int term in removed[i].SelectMany(unit => part.Units(_pattern)[unit]))
            {
                isZero[term] = true;
            }

            BrainSurgeon.Compensate(rows, part.Gram, isZero, _cancellation);
            for (int r = 0; r < rows.Length; r++)
            {
                double[] change = before[r];
                for (int t = 0; t < part.Terms; t++)
                {
                    float value = (float)rows[r][t];
                    weights[Index(part, output + r, t)] = value;
                    change[t] -= value;
                    shifts[i][r] += change[t] * part.Means[t];
                }

                noise[i] += part.Energy(change);
            }
        });
        for (int i = 0; i < shifts.Length; i++)
        {
            (Part part, int output) = StrandAt(i);
            for (int r = 0; r < shifts[i].Length; r++)
            {
                shift[(part.Group * _layout.Outputs) + output + r] += shifts[i][r];
            }
        }

        double all = noise.Sum();
        double? sqnr = units == 0 || !(Signal > 0) ? null : Elementary.Log10(Signal / all) * 10;
        return (weights, Array.ConvertAll(shift, s => (float)s), sqnr);
    }

    private RemovalOrder FindOrder()
    {
        var strands = new (int[], double[])[_parts.Length * Blocks];
        int[][][] units = [.. _parts.Select(p => p.Units(_pattern))];
        Parallel.For(0, strands.Length, new ParallelOptions { CancellationToken = _cancellation }, i =>
        {
            (Part part, int output) = StrandAt(i);
            int count = units[i / Blocks].Length;
            int[] families = _pattern.Kind == SparsityKind.TwoOfFour ? [.. Enumerable.Range(0, count).Select(u => u / 4)] : [];
            strands[i] = part.Inverse is null
                ? ([], [])
                : BrainSurgeon.Run(Rows(part, output), part.Inverse, units[i / Blocks], families, most: 2, _cancellation);
        });
        return new RemovalOrder(strands);
    }

    /// <summary>The part of a strand, and the first of its outputs.</summary>
    private (Part Part, int Output) StrandAt(int strand) => (_parts[strand / Blocks], strand % Blocks * _pattern.Outputs);

    private double[][] Rows(Part part, int output) => [.. Enumerable.Range(output, _pattern.Outputs).Select(o => Row(part, o))];

    private double[] Row(Part part, int output)
    {
        double[] row = new double[part.Terms];
        for (int t = 0; t < row.Length; t++)
        {
            row[t] = _weights[Index(part, output, t)];
        }

        return row;
    }

    private int Index(Part part, int output, int term) =>
        _layout.Index(part.Group, output, term % _layout.Taps, part.FirstInput + (term / _layout.Taps));

    /// <summary>Terms whose products are looked at together: taps of some inputs, the taps of an input side by side.</summary>
    private sealed class Part
    {
        private readonly double[] _plain;
        private int[][]? _units;

        private Part(int group, int firstInput, int inputs, int taps, double[] plain, double[] gram, double[] means)
        {
            (Group, FirstInput, Inputs, Taps, _plain, Gram, Means) = (group, firstInput, inputs, taps, plain, gram, means);
        }

        public int Group { get; }

        public int FirstInput { get; }

        public int Inputs { get; }

        public int Taps { get; }

        public int Terms => Inputs * Taps;

        /// <summary>H, with its diagonal raised.</summary>
        public double[] Gram { get; }

        /// <summary>H⁻¹; null where it is not needed, or nothing can be said of the inputs.</summary>
        public double[]? Inverse { get; private init; }

        /// <summary>Of each term.</summary>
        public double[] Means { get; }

        public static Part Of(
            InputColumns columns, int group, int firstInput, int inputs, int taps, QuantizationParameters parameters, bool isCentred,
            bool hasInverse, CancellationToken cancellation)
        {
            int terms = inputs * taps;
            int places = columns.Count;
            byte[] codes = columns.Read(group, firstInput * taps, terms);
            double[] plain = GramMatrix.Of(codes, terms, places, parameters.ZeroPoint);
            double[] means = new double[terms];
            for (int t = 0; t < terms; t++)
            {
                long sum = 0;
                foreach (byte code in codes.AsSpan(t * places, places))
                {
                    sum += code - parameters.ZeroPoint;
                }

                means[t] = (double)sum / Math.Max(places, 1);
            }

            for (int i = 0; i < terms && isCentred; i++)
            {
                Cholesky.AddMultiple(plain.AsSpan(i * terms, terms), means, -means[i] * places);
            }

            double mean = Enumerable.Range(0, terms).Sum(i => plain[(i * terms) + i]) / terms;
            double[] gram = (double[])plain.Clone();
            for (int i = 0; i < terms; i++)
            {
                gram[(i * terms) + i] += Damping * mean;
            }

            double[] factor = hasInverse ? (double[])gram.Clone() : [];
            bool isKnown = hasInverse && mean > 0 && Cholesky.Factor(factor, terms, cancellation);
            return new Part(group, firstInput, inputs, taps, plain, gram, [.. means.Select(m => m * parameters.Scale)])
            {
                Inverse = isKnown ? Cholesky.Inverse(factor, terms, cancellation) : null,
            };
        }

        /// <summary>wᵀ·H·w.</summary>
        public double Energy(double[] weights)
        {
            double[] product = new double[Terms];
            for (int t = 0; t < Terms; t++)
            {
                if (weights[t] != 0)
                {
                    Cholesky.AddMultiple(product, _plain.AsSpan(t * Terms, Terms), weights[t]);
                }
            }

            double sum = 0;
            for (int t = 0; t < Terms; t++)
            {
                sum += product[t] * weights[t];
            }

            return Math.Max(sum, 0);
        }

        /// <summary>The terms of each unit: neighbouring inputs of one tap.</summary>
        public int[][] Units(SparsityPattern pattern) => _units ??= Make(pattern);

        private int[][] Make(SparsityPattern pattern)
        {
            int size = pattern.Inputs;
            int[][] blocks =
            [
                .. from tap in Enumerable.Range(0, Taps)
                   from block in Enumerable.Range(0, Inputs / size)
                   select Enumerable.Range(0, size).Select(i => (((block * size) + i) * Taps) + tap).ToArray(),
            ];

            // Of four, two may go, each by itself.
            return pattern.Kind == SparsityKind.TwoOfFour ? [.. blocks.SelectMany(b => b.Select(t => new[] { t }))] : blocks;
        }
    }
}
