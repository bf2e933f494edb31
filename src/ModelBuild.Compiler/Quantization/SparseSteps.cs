namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// How coarse the steps of int8 weights may be where many weights are zero and codes are stored entropy coded. The largest weight of an
/// output decides how large its steps have to be; beneath that, a step of half the size costs a bit for every weight that is not zero,
/// and buys noise that nobody asked for.
/// </summary>
/// <remarks>
/// In a dense layer with a few thousand weights for each output, which are distributed normally, the largest is about 3.7 times the
/// standard deviation, so that 127 steps make a noise 41.5 dB below the weights. Zeros make no noise at all: the same steps are 6 dB
/// finer than that in a layer with 90 % zeros, whose other weights are all large. Here all outputs of a layer get one step that makes a
/// noise 38 dB below the weights; equal steps cost fewest bits for that noise. An output that needs larger ones for its largest weight
/// has them, and one whose weights are small keeps seven steps to each side.
/// </remarks>
internal static class SparseSteps
{
    /// <summary>The power of the weights over that of the noise: 38 dB.</summary>
    private const double SignalToNoise = 6310;

    /// <summary>The variance of what rounding to whole steps takes away, in squares of a step, is one over that.</summary>
    private const double RoundingVariance = 12;

    /// <summary>Steps to each side that every output has.</summary>
    private const float LeastSteps = 7;

    /// <summary>The step of a layer's weights; 0 where fewer than half of them are zero.</summary>
    /// <param name="weights">All of the layer.</param>
    public static float Of(ReadOnlySpan<float> weights)
    {
        double power = 0;
        long others = 0;
        foreach (float weight in weights)
        {
            power += (double)weight * weight;
            others += weight == 0 ? 0 : 1;
        }

        return others == 0 || 2 * others > weights.Length ? 0 : (float)Math.Sqrt(power / others / SignalToNoise * RoundingVariance);
    }

    /// <summary>The step of an output.</summary>
    /// <param name="step">Of the layer (<see cref="Of"/>).</param>
    /// <param name="largest">The largest magnitude of a weight of the output.</param>
    public static float OfOutput(float step, float largest) => MathF.Min(step, largest / LeastSteps);
}
