using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>What a layer is fed on samples, as far as its products with itself and its mean go.</summary>
/// <param name="Gram">H = Σ x·xᵀ, [terms, terms], in units of the squared scale of the codes.</param>
/// <param name="Means">Of each term, as the model has it.</param>
internal sealed record InputMoments(double[] Gram, double[] Means)
{
    /// <summary>Added to the diagonal of H, in parts of its mean: inputs are not known as well as they look.</summary>
    private const double Damping = 0.01;

    /// <summary>The inputs of a layer at some places of the samples.</summary>
    /// <param name="weight">A convolution or product.</param>
    /// <param name="inputs">Of the layer in each sample.</param>
    public static (InputColumns Columns, QuantizationParameters Parameters) Columns(PrunableWeight weight, Tensor[] inputs)
    {
        (Tensor[] codes, QuantizationParameters parameters) = InputCodes.Of(inputs);
        return (new InputColumns(weight.Node, weight.Layout.Terms, codes, parameters.ZeroPoint, weight.InputGroups), parameters);
    }

    /// <param name="codes">[terms, places].</param>
    /// <param name="terms">How many terms.</param>
    /// <param name="places">How many places.</param>
    /// <param name="parameters">What the codes stand for.</param>
    /// <param name="isCentred">Whether a bias takes back what is left in the mean, so that only what varies has to be small.</param>
    public static InputMoments Of(byte[] codes, int terms, int places, QuantizationParameters parameters, bool isCentred)
    {
        double[] gram = GramMatrix.Of(codes, terms, places, parameters.ZeroPoint);
        double[] means = [.. Sums(codes, terms, places, parameters).Select(s => (double)s.Sum / Math.Max(places, 1))];
        for (int i = 0; i < terms && isCentred; i++)
        {
            Cholesky.AddMultiple(gram.AsSpan(i * terms, terms), means, -means[i] * places);
        }

        return new InputMoments(gram, [.. means.Select(m => m * parameters.Scale)]);
    }

    /// <summary>The diagonal of H alone.</summary>
    /// <inheritdoc cref="Of"/>
    public static double[] Energies(byte[] codes, int terms, int places, QuantizationParameters parameters, bool isCentred) =>
    [
        .. Sums(codes, terms, places, parameters).Select(s =>
            Math.Max(s.Squares - (isCentred ? (double)s.Sum * s.Sum / Math.Max(places, 1) : 0), 0)),
    ];

    /// <summary>Energies in parts of their mean, raised: above 0 for all terms, and 1 where nothing can be said of the inputs.</summary>
    /// <param name="energies">Of all terms that are compared with one another.</param>
    public static double[] Raised(double[] energies)
    {
        double mean = energies.Sum() / energies.Length;
        return Array.ConvertAll(energies, e => mean > 0 ? (e / mean) + Damping : 1);
    }

    /// <summary>The mean of the diagonal of H.</summary>
    public double MeanEnergy { get; } =
        Enumerable.Range(0, Means.Length).Sum(i => Gram[(i * Means.Length) + i]) / Means.Length;

    /// <summary>H with its diagonal raised; null where nothing can be said of the inputs.</summary>
    public double[]? Raised()
    {
        int terms = Means.Length;
        double[] gram = (double[])Gram.Clone();
        for (int i = 0; i < terms; i++)
        {
            gram[(i * terms) + i] += Damping * MeanEnergy;
        }

        return MeanEnergy > 0 ? gram : null;
    }

    private static IEnumerable<(long Sum, long Squares)> Sums(byte[] codes, int terms, int places, QuantizationParameters parameters)
    {
        for (int t = 0; t < terms; t++)
        {
            (long sum, long squares) = (0, 0);
            foreach (byte code in codes.AsSpan(t * places, places))
            {
                long value = code - parameters.ZeroPoint;
                sum += value;
                squares += value * value;
            }

            yield return (sum, squares);
        }
    }
}
