using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>Terms whose products are looked at together: taps of some inputs, the taps of an input side by side.</summary>
internal sealed class LayerPart
{
    /// <summary>What a weight of 1 is worth where its input never varies: less than any other, and a number still.</summary>
    private const double LeastEnergy = 1e-30;

    private readonly double[] _plain;

    private LayerPart(int group, int firstInput, int inputs, int taps, double[] plain, double[] gram, double[] means)
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

    /// <summary>H⁻¹; null where it is not needed. Where inputs never vary, all weights are worth nearly nothing, each for itself.</summary>
    public double[]? Inverse { get; private init; }

    /// <summary>Of each term.</summary>
    public double[] Means { get; }

    /// <summary>The parts of all groups of a layer, one group after another.</summary>
    /// <param name="weight">A convolution or product.</param>
    /// <param name="inputs">Of the layer in each sample.</param>
    /// <param name="partTerms">A longer sum is cut into parts that know nothing of one another.</param>
    /// <param name="isCentred">Whether a bias takes back what is left in the mean, so that only what varies has to be small.</param>
    /// <param name="hasInverse">Whether H⁻¹ is needed.</param>
    public static LayerPart[] Of(
        PrunableWeight weight, Tensor[] inputs, int partTerms, bool isCentred, bool hasInverse, CancellationToken cancellation)
    {
        WeightLayout layout = weight.Layout;
        (InputColumns columns, QuantizationParameters parameters) = InputMoments.Columns(weight, inputs);
        int channels = Math.Max(partTerms / layout.Taps, 1);
        channels = Math.Min(channels < layout.Inputs ? Math.Max(channels - (channels % 4), 4) : layout.Inputs, layout.Inputs);
        int count = (layout.Inputs + channels - 1) / channels;
        var parts = new LayerPart[layout.Groups * count];
        Parallel.For(0, parts.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            int first = i % count * channels;
            parts[i] = Of(
                columns, i / count, weight.InputGroupOf(i / count), first, Math.Min(channels, layout.Inputs - first), layout.Taps,
                 parameters, isCentred, hasInverse, cancellation);
        });
        return parts;
    }

    private static LayerPart Of(
        InputColumns columns, int group, int inputGroup, int firstInput, int inputs, int taps, QuantizationParameters parameters,
        bool isCentred, bool hasInverse, CancellationToken cancellation)
    {
        int terms = inputs * taps;
        InputMoments moments = InputMoments.Of(
            columns.Read(inputGroup, firstInput * taps, terms), terms, columns.Count, parameters, isCentred);
        double[]? raised = moments.Raised();
        double[] gram = raised ?? moments.Gram;
        double[] factor = hasInverse ? (double[])gram.Clone() : [];
        bool isKnown = hasInverse && raised is not null && Cholesky.Factor(factor, terms, cancellation);
        return new LayerPart(group, firstInput, inputs, taps, moments.Gram, gram, moments.Means)
        {
            Inverse = isKnown ? Cholesky.Inverse(factor, terms, cancellation)
                : hasInverse ? Diagonal(terms, 1 / Math.Max(moments.MeanEnergy, LeastEnergy)) : null,
        };
    }

    private static double[] Diagonal(int size, double value)
    {
        double[] matrix = new double[size * size];
        for (int i = 0; i < size; i++)
        {
            matrix[(i * size) + i] = value;
        }

        return matrix;
    }

    /// <summary>The place of a weight.</summary>
    /// <param name="layout">Of the layer.</param>
    /// <param name="output">Of the group.</param>
    /// <param name="term">Of the part.</param>
    public int Index(WeightLayout layout, int output, int term) =>
        layout.Index(Group, output, term % Taps, FirstInput + (term / Taps));

    /// <summary>The weights of an output.</summary>
    /// <param name="weights">Of the layer.</param>
    /// <param name="layout">How they lie.</param>
    /// <param name="output">Of the group.</param>
    private double[] Row(float[] weights, WeightLayout layout, int output)
    {
        double[] row = new double[Terms];
        for (int t = 0; t < row.Length; t++)
        {
            row[t] = weights[Index(layout, output, t)];
        }

        return row;
    }

    /// <summary>The weights of neighbouring outputs.</summary>
    public double[][] Rows(float[] weights, WeightLayout layout, int output, int outputs) =>
        [.. Enumerable.Range(output, outputs).Select(o => Row(weights, layout, o))];

    /// <summary>Makes terms of some outputs zero, and the others what they have to become for that.</summary>
    /// <param name="weights">Of the layer, as they were.</param>
    /// <param name="pruned">Gets those of the outputs.</param>
    /// <param name="layout">How they lie.</param>
    /// <param name="output">The first of the outputs.</param>
    /// <param name="outputs">How many there are.</param>
    /// <param name="isZero">Of each term.</param>
    /// <returns>What each weight has lost, and the energy of all that.</returns>
    public (double[][] Lost, double Energy) Prune(
        float[] weights, float[] pruned, WeightLayout layout, int output, int outputs, bool[] isZero, CancellationToken cancellation)
    {
        double[][] lost = Rows(weights, layout, output, outputs);
        double[][] rows = Rows(weights, layout, output, outputs);
        BrainSurgeon.Compensate(rows, Gram, isZero, cancellation);
        double energy = 0;
        for (int r = 0; r < outputs; r++)
        {
            for (int t = 0; t < Terms; t++)
            {
                float value = (float)rows[r][t];
                pruned[Index(layout, output + r, t)] = value;
                lost[r][t] -= value;
            }

            energy += Energy(lost[r]);
        }

        return (lost, energy);
    }

    /// <summary>What all outputs of the group give.</summary>
    public double Energy(float[] weights, WeightLayout layout) =>
        Enumerable.Range(0, layout.Outputs).Sum(o => Energy(Row(weights, layout, o)));

    /// <summary>wᵀ·H·w.</summary>
    private double Energy(double[] weights)
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
}
