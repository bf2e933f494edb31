namespace ModelBuild.Training;

/// <summary>
/// Sparsity that grows fast at first and slowly in the end: final + (initial − final) · (1 − t)ᵖ, where t goes from 0 at the first step to
/// 1 at the last.
/// </summary>
public sealed class PolynomialDecay : PruningSchedule
{
    /// <summary>Describes the schedule.</summary>
    /// <param name="initialSparsity">Where it begins: 0 to below 1.</param>
    /// <param name="finalSparsity">Where it ends: 0 to below 1.</param>
    /// <param name="beginStep">The first step, from 0 on.</param>
    /// <param name="endStep">The last step; above <paramref name="beginStep"/>.</param>
    /// <param name="power">p; above 0.</param>
    /// <param name="frequency">Steps between two choices of masks; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public PolynomialDecay(
        double initialSparsity, double finalSparsity, int beginStep, int endStep, double power = 3, int frequency = 100)
        : base(beginStep, endStep, frequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(endStep, beginStep);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(power);
        InitialSparsity = Checked(initialSparsity, nameof(initialSparsity));
        FinalSparsity = Checked(finalSparsity, nameof(finalSparsity));
        Power = power;
    }

    /// <summary>Where it begins.</summary>
    public double InitialSparsity { get; }

    /// <summary>Where it ends.</summary>
    public override double FinalSparsity { get; }

    /// <summary>The exponent.</summary>
    public double Power { get; }

    /// <inheritdoc/>
    public override double SparsityAt(long step)
    {
        double t = Math.Clamp((step - BeginStep) / (double)(EndStep - BeginStep), 0, 1);
        return FinalSparsity + ((InitialSparsity - FinalSparsity) * Math.Pow(1 - t, Power));
    }
}
