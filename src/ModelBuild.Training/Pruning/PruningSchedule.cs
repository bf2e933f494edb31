namespace ModelBuild.Training;

/// <summary>
/// How sparse weights are at each step: <see cref="PolynomialDecay"/> or <see cref="ConstantSparsity"/>. Names and meaning are those of
/// TensorFlow's Model Optimization Toolkit. Immutable: any thread may use it.
/// </summary>
public abstract class PruningSchedule
{
    private protected PruningSchedule(int beginStep, int endStep, int frequency)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(beginStep);
        ArgumentOutOfRangeException.ThrowIfLessThan(frequency, 1);
        BeginStep = beginStep;
        EndStep = endStep;
        Frequency = frequency;
    }

    /// <summary>The step, from 0 on, before which masks are chosen first.</summary>
    public int BeginStep { get; }

    /// <summary>The step before which they are chosen for the last time; −1 where there is no last time.</summary>
    public int EndStep { get; }

    /// <summary>How many steps lie between two choices.</summary>
    public int Frequency { get; }

    /// <summary>The sparsity that is reached.</summary>
    public abstract double FinalSparsity { get; }

    /// <summary>
    /// Whether masks are chosen anew before a step: every <see cref="Frequency"/> steps from <see cref="BeginStep"/> on, and at
    /// <see cref="EndStep"/>, so that the final sparsity is reached whatever the frequency.
    /// </summary>
    /// <param name="step">From 0 on.</param>
    public bool UpdatesAt(long step) =>
        step == EndStep || (step >= BeginStep && (EndStep < 0 || step < EndStep) && (step - BeginStep) % Frequency == 0);

    /// <summary>Part of the weights that is zero, 0 to 1.</summary>
    /// <param name="step">From 0 on; at least <see cref="BeginStep"/>.</param>
    public abstract double SparsityAt(long step);

    private protected static double Checked(double sparsity, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sparsity, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(sparsity, 1, name);
        return sparsity;
    }
}
