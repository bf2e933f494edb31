using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.LowRank;

/// <summary>
/// The weights of a layer and what they were multiplied with on samples: which products of smaller layers give nearly the same.
/// </summary>
/// <remarks>
/// With H = Σ x·xᵀ = Rᵀ·R, what the layer W loses as W′ is ‖(W − W′)·Rᵀ‖². The best W′ of rank r keeps r directions of the outputs: those
/// of the largest singular values of W·Rᵀ, U, so that W′ = U·(Uᵀ·W), and loses the squares of the other singular values. For a k × k kernel
/// (Tucker-2) inputs go first, to the directions B of the channels' own H in which the kernel has most; then the kernel on B·x is solved
/// for by least squares on the whole H, and its outputs are reduced as above. Without samples H is the identity.
/// </remarks>
internal sealed class LowRankLayer
{
    /// <summary>The longest sum of a kernel for which the products of all taps are looked at, and of a matrix.</summary>
    private const int MostKernelTerms = 1152;

    private const int MostTerms = 4608;

    /// <summary>Added to the diagonal of what is solved for, in parts of its mean.</summary>
    private const double Ridge = 1e-9;

    private readonly LayerWork _work;
    private readonly CancellationToken _cancellation;

    /// <summary>W, [outputs, taps, inputs].</summary>
    private readonly double[] _weights;

    /// <summary>H of all terms; null where each tap has <see cref="_root"/>.</summary>
    private readonly double[]? _gram;

    /// <summary>R of all terms where there is H of them, else of the channels; null for the identity.</summary>
    private readonly double[]? _root;

    /// <summary>R of the channels; null for the identity.</summary>
    private readonly double[]? _channelRoot;
    private readonly double[] _means;
    private readonly double[] _channelWeighted;
    private readonly SingularVectors _outputs;

    /// <summary>Directions of the inputs; null for a layer of one tap, which has only one rank.</summary>
    private readonly SingularVectors? _inputs;

    /// <param name="weight">A convolution without groups, or a product.</param>
    /// <param name="work">What it costs.</param>
    /// <param name="inputs">Of the layer in each sample; null without samples.</param>
    /// <param name="isCentred">Whether a bias takes back what is lost in the mean, so that only what varies has to be small.</param>
    public LowRankLayer(PrunableWeight weight, LayerWork work, Tensor[]? inputs, bool isCentred, CancellationToken cancellation)
    {
        (_work, _cancellation) = (work, cancellation);
        int terms = work.Taps * work.Inputs;
        _weights = ReadWeights(weight);
        _means = new double[terms];
        if (inputs is not null && (work.Taps == 1 ? terms <= MostTerms : work.Inputs <= MostTerms))
        {
            (_gram, double[]? channels, _means) = Grams(weight, inputs, isCentred);
            _channelRoot = channels is null ? null : Root(channels, work.Inputs);
            _root = _channelRoot is null || _gram is null ? null : Root(_gram, terms);
            _gram = _root is null ? null : _gram;
        }

        _root ??= _channelRoot;
        _channelWeighted = Weighted(_weights, _channelRoot, work.Inputs);
        double[] weighted = _gram is null ? _channelWeighted : Weighted(_weights, _root, terms);
        Signal = MatrixProduct.Dot(weighted, weighted);
        _outputs = SingularVectors.Left(weighted, work.Outputs, terms, cancellation);
        if (work.Taps > 1)
        {
            double[] transposed = MatrixProduct.Transpose(_channelWeighted, work.Outputs * work.Taps, work.Inputs);
            (double[] energies, double[] vectors) = SymmetricEigen.Of(
                MatrixProduct.BySelf(transposed, work.Inputs, work.Outputs * work.Taps), work.Inputs, cancellation);
            _inputs = new SingularVectors(Array.ConvertAll(energies, e => Math.Max(e, 0)), vectors);
        }
    }

    /// <summary>What it costs.</summary>
    public LayerWork Work => _work;

    /// <summary>What the layer gives, in the unit of the noise.</summary>
    public double Signal { get; }

    /// <summary>
    /// The ranks that save a part of the work and lose least, by what each factor alone would lose; null where none save so much.
    /// </summary>
    public FactorRanks? RanksFor(double saved)
    {
        double[] outputs = _outputs.Tails();
        double[] inputs = _inputs?.Tails() ?? [];
        FactorRanks? best = null;
        (double Loss, double Macs) least = (double.PositiveInfinity, double.PositiveInfinity);
        foreach (FactorRanks ranks in _work.Within(saved, Math.Max(_inputs?.Rank ?? 1, 1), Math.Max(_outputs.Rank, 1)))
        {
            double loss = (ranks.Inputs < _work.Inputs ? inputs[ranks.Inputs] : 0)
                + (ranks.Outputs < _work.Outputs && ranks.Outputs < outputs.Length ? outputs[ranks.Outputs] : 0);
            double macs = _work.MacsOf(ranks);
            if (loss < least.Loss || (loss == least.Loss && macs < least.Macs))
            {
                (best, least) = (ranks, (loss, macs));
            }
        }

        return best;
    }

    /// <summary>The factors of some ranks.</summary>
    public LayerFactors Factor(FactorRanks ranks)
    {
        (int inputs, int taps, int outputs) = (_work.Inputs, _work.Taps, _work.Outputs);
        double[]? first = null;
        double[] core = _weights;
        double[]? weighted = null;
        if (ranks.Inputs < inputs)
        {
            first = First(ranks.Inputs);
            (core, weighted) = Core(first, ranks.Inputs);
        }

        int terms = taps * ranks.Inputs;
        double[]? last = null;
        if (ranks.Outputs < outputs)
        {
            SingularVectors directions = weighted is null ? _outputs
                : SingularVectors.Left(weighted, outputs, terms, _cancellation);
            double[] kept = directions.Vectors[..(ranks.Outputs * outputs)];
            core = MatrixProduct.Of(kept, core, ranks.Outputs, outputs, terms);
            last = MatrixProduct.Transpose(kept, ranks.Outputs, outputs);
        }

        return new LayerFactors(ranks, first is null ? null : ToFloats(first), ToFloats(core), last is null ? null : ToFloats(last));
    }

    /// <summary>What is lost with factors.</summary>
    /// <param name="product">Of the factors, [outputs, taps, inputs].</param>
    /// <returns>The noise, in the unit of the signal, and what to add to the bias of each output for the mean to stay.</returns>
    public (double Noise, float[] Shift) Lost(double[] product)
    {
        double[] lost = [.. _weights.Zip(product, (w, p) => w - p)];
        double[] weighted = Weighted(lost, _root, _gram is null ? _work.Inputs : _work.Taps * _work.Inputs);
        double[] shift = MatrixProduct.ByTransposed(lost, _means, _work.Outputs, _means.Length, 1);
        return (MatrixProduct.Dot(weighted, weighted), ToFloats(shift));
    }

    /// <summary>Rows to which inputs are reduced, in the scale in which what they give has the energy that it has in the outputs.</summary>
    private double[] First(int rank)
    {
        int n = _work.Inputs;
        double[] first = new double[rank * n];
        double[]? transposed = _channelRoot is null ? null : MatrixProduct.Transpose(_channelRoot, n, n);
        Parallel.For(0, rank, k =>
        {
            ReadOnlySpan<double> vector = _inputs!.Vectors.AsSpan(k * n, n);
            Span<double> row = first.AsSpan(k * n, n);
            if (transposed is null)
            {
                vector.CopyTo(row);
            }
            else
            {
                // R⁻¹·v = (Rᵀ·R)⁻¹·Rᵀ·v.
                for (int i = 0; i < n; i++)
                {
                    row[i] = MatrixProduct.Dot(transposed.AsSpan(i * n, n), vector);
                }

                Cholesky.Solve(_channelRoot!, n, row);
            }

            double size = Size(k);
            foreach (ref double element in row)
            {
                element *= size;
            }
        });
        return first;
    }

    private double Size(int k) => _inputs!.Energies[k] > 0 ? Math.Sqrt(_inputs.Energies[k]) : 1;

    /// <summary>The kernel on reduced inputs, [outputs, taps, rank], and the same in the measure of what it loses.</summary>
    private (double[] Core, double[] Weighted) Core(double[] first, int rank)
    {
        (int inputs, int taps, int outputs) = (_work.Inputs, _work.Taps, _work.Outputs);
        int terms = taps * rank;
        if (_gram is null)
        {
            double[] projected = MatrixProduct.ByTransposed(_channelWeighted, _inputs!.Vectors, outputs * taps, inputs, rank);
            double[] scaled = (double[])projected.Clone();
            for (int i = 0; i < scaled.Length; i++)
            {
                scaled[i] /= Size(i % rank);
            }

            return (scaled, projected);
        }

        // With B̃, which is B at each tap: C·(B̃·H·B̃ᵀ) = W·H·B̃ᵀ.
        double[] half = MatrixProduct.ByTransposed(_gram, first, taps * inputs * taps, inputs, rank);
        double[] right = MatrixProduct.Of(_weights, half, outputs, taps * inputs, terms);
        double[] reduced = new double[terms * terms];
        for (int tap = 0; tap < taps; tap++)
        {
            MatrixProduct.Of(first, half[(tap * inputs * terms)..((tap + 1) * inputs * terms)], rank, inputs, terms)
                .CopyTo(reduced, tap * rank * terms);
        }

        double mean = Enumerable.Range(0, terms).Sum(i => reduced[(i * terms) + i]) / terms;
        for (int i = 0; i < terms; i++)
        {
            reduced[(i * terms) + i] += Ridge * mean;
        }

        double[] root = Root(reduced, terms) ?? throw new ArithmeticException("What a layer is fed has lost its rank.");
        Parallel.For(0, outputs, o => Cholesky.Solve(root, terms, right.AsSpan(o * terms, terms)));
        return (right, MatrixProduct.ByTransposed(right, root, outputs, terms, terms));
    }

    private double[] ReadWeights(PrunableWeight weight)
    {
        ReadOnlySpan<float> constant = weight.Value.Constant!.Span<float>();
        double[] weights = new double[constant.Length];
        int next = 0;
        for (int o = 0; o < _work.Outputs; o++)
        {
            for (int tap = 0; tap < _work.Taps; tap++)
            {
                for (int i = 0; i < _work.Inputs; i++)
                {
                    weights[next++] = constant[weight.Layout.Index(0, o, tap, i)];
                }
            }
        }

        return weights;
    }

    /// <summary>H of all terms, where that is not too much, and H of the channels, all taps together; taps come first.</summary>
    private (double[]? Gram, double[]? Channels, double[] Means) Grams(PrunableWeight weight, Tensor[] inputs, bool isCentred)
    {
        (int channels, int taps) = (_work.Inputs, _work.Taps);
        int terms = channels * taps;
        var columns = InputMoments.Columns(weight, inputs);
        byte[] codes = ByTap(columns.Columns.Read(0, 0, terms), columns.Columns.Count);
        double[] means = new double[terms];
        if (taps == 1 || terms <= MostKernelTerms)
        {
            InputMoments all = InputMoments.Of(codes, terms, columns.Columns.Count, columns.Parameters, isCentred);
            all.Means.CopyTo(means, 0);
            double[]? gram = all.Raised();
            if (gram is null || taps == 1)
            {
                return (null, gram, means);
            }

            double[] sums = new double[channels * channels];
            for (int tap = 0; tap < taps; tap++)
            {
                for (int i = 0; i < channels; i++)
                {
                    Cholesky.AddMultiple(
                        sums.AsSpan(i * channels, channels),
                        gram.AsSpan((((tap * channels) + i) * terms) + (tap * channels), channels), 1);
                }
            }

            return (gram, sums, means);
        }

        double[] sum = new double[channels * channels];
        for (int tap = 0; tap < taps; tap++)
        {
            _cancellation.ThrowIfCancellationRequested();
            int first = tap * channels * columns.Columns.Count;
            InputMoments own = InputMoments.Of(
                codes[first..(first + (channels * columns.Columns.Count))], channels, columns.Columns.Count, columns.Parameters, isCentred);
            own.Means.CopyTo(means, tap * channels);
            Cholesky.AddMultiple(sum, own.Gram, 1);
        }

        return (null, new InputMoments(sum, new double[channels]).Raised(), means);

        byte[] ByTap(byte[] byChannel, int places)
        {
            byte[] byTap = new byte[byChannel.Length];
            for (int t = 0; t < terms; t++)
            {
                (int channel, int tap) = Math.DivRem(t, taps);
                byChannel.AsSpan(t * places, places).CopyTo(byTap.AsSpan(((tap * channels) + channel) * places));
            }

            return byTap;
        }
    }

    /// <summary>R of a matrix, with zeros below its diagonal; null where the matrix is not positive definite.</summary>
    private double[]? Root(double[] gram, int n)
    {
        double[] root = (double[])gram.Clone();
        if (!Cholesky.Factor(root, n, _cancellation))
        {
            return null;
        }

        for (int i = 1; i < n; i++)
        {
            root.AsSpan(i * n, i).Clear();
        }

        return root;
    }

    /// <summary>Rows times Rᵀ.</summary>
    private static double[] Weighted(double[] rows, double[]? root, int length) =>
        root is null ? rows : MatrixProduct.ByTransposed(rows, root, rows.Length / length, length, length);

    private static float[] ToFloats(double[] values) => Array.ConvertAll(values, v => (float)v);
}
