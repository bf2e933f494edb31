using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization.Storage;

/// <summary>How much rounding adds to what a layer gives, before anything is rounded.</summary>
internal static class RoundingNoise
{
    /// <summary>Of normal halves.</summary>
    private const int SmallestExponent = -14;

    private const int BitsOfFraction = 10;

    /// <summary>
    /// The power of the noise of 16 bits in parts of the power of the weights, which is what it is in parts of the layer's outputs where
    /// the inputs are alike.
    /// </summary>
    /// <param name="weights">float32.</param>
    /// <param name="mayBeCodes">Whether they become <see cref="WideCodes"/> where these make less; else <see cref="HalfWeights"/>.</param>
    /// <returns>
    /// 0 where the weights are halves already, and where it says nothing: without finite weights, or with none but 0.
    /// </returns>
    public static double InSixteenBits(WeightOperand weights, bool mayBeCodes)
    {
        double power = 0;
        double halves = 0;
        long rounded = 0;
        ReadOnlySpan<float> values = weights.Value.Constant!.Span<float>();
        foreach (float value in values)
        {
            float size = MathF.Abs(value);
            power += (double)size * size;
            rounded += size == 0 ? 0 : 1;
            if ((float)(Half)size != size)
            {
                // An error is anywhere within a step: its mean square is a twelfth of the step's.
                double step = Math.ScaleB(1, Math.Max(MathF.ILogB(size), SmallestExponent) - BitsOfFraction);
                halves += step * step / 12;
            }
        }

        double codes = mayBeCodes ? WideCodes.ExpectedError(weights) * rounded / values.Length : double.PositiveInfinity;
        double noise = Math.Min(codes, halves) / power;
        return double.IsFinite(noise) ? noise : 0;
    }
}
