namespace ModelBuild.Training;

/// <summary>
/// Schedules: what the optimizer's learning rate is multiplied with in a step. All may begin with a warm-up, in which the factor grows from
/// nearly nothing to 1 in equal steps.
/// </summary>
public static class LearningRates
{
    /// <summary>Always the same.</summary>
    /// <param name="warmup">Steps of warm-up.</param>
    public static LearningRate Constant(int warmup = 0) => new(warmup, (_, _) => 1);

    /// <summary>Multiplied with a factor again and again.</summary>
    /// <param name="every">Steps between two multiplications; at least 1.</param>
    /// <param name="factor">Above 0.</param>
    /// <param name="warmup">Steps of warm-up.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static LearningRate Step(int every, double factor = 0.1, int warmup = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(every, 1);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        return new LearningRate(warmup, (step, _) => Math.Pow(factor, step / every));
    }

    /// <summary>Half a wave of a cosine from 1 down to a last factor.</summary>
    /// <param name="warmup">Steps of warm-up, before the wave begins.</param>
    /// <param name="final">The factor at the end: 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static LearningRate Cosine(int warmup = 0, double final = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(final);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(final, 1);
        return new LearningRate(
            warmup, (step, steps) => final + ((1 - final) * (1 + Math.Cos(Math.PI * step / Math.Max(1, steps))) / 2));
    }
}
