namespace ModelBuild.Training;

/// <summary>A schedule, made by <see cref="LearningRates"/>. Immutable: any thread may use it.</summary>
public sealed class LearningRate
{
    private readonly Func<long, long, double> _factor;

    /// <param name="warmup">Steps of warm-up; at least 0.</param>
    /// <param name="factor">From the number of the step behind the warm-up, and how many there are, to the factor.</param>
    internal LearningRate(int warmup, Func<long, long, double> factor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(warmup);
        Warmup = warmup;
        _factor = factor;
    }

    /// <summary>Steps of warm-up.</summary>
    public int Warmup { get; }

    /// <summary>What the learning rate is multiplied with.</summary>
    /// <param name="step">From 0 on.</param>
    /// <param name="steps">How many there are in all.</param>
    public double At(long step, long steps) =>
        step < Warmup ? (step + 1.0) / (Warmup + 1) : _factor(step - Warmup, Math.Max(1, steps - Warmup));
}
