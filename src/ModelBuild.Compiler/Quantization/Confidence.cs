namespace ModelBuild.Compiler.Quantization;

/// <summary>What a few samples say of all.</summary>
internal static class Confidence
{
    /// <summary>The quantile of the normal distribution at 95 %.</summary>
    private const double Normal95 = 1.6448536269514722;

    /// <summary>
    /// How many standard errors below its estimate the mean of a normal distribution lies at most, with a confidence of 95 %: the quantile
    /// of Student's distribution (Abramowitz and Stegun, "Handbook of Mathematical Functions", 26.7.5).
    /// </summary>
    /// <param name="degrees">Samples less one: at least 1. Below 3 the series gives less than the quantile.</param>
    public static double Student95(int degrees)
    {
        const double Z = Normal95;
        const double Square = Z * Z;
        double inverse = 1.0 / degrees;
        return Z * (1 + (inverse * (((Square + 1) / 4)
            + (inverse * (((((5 * Square) + 16) * Square) + 3) / 96))
            + (inverse * inverse * (((((((3 * Square) + 19) * Square) + 17) * Square) - 15) / 384)))));
    }
}
