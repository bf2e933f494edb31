namespace ModelBuild.Training;

/// <summary>The same sparsity from the first step on; which weights are zero is chosen anew again and again.</summary>
public sealed class ConstantSparsity : PruningSchedule
{
    /// <summary>Describes the schedule.</summary>
    /// <param name="targetSparsity">0 to below 1.</param>
    /// <param name="beginStep">The first step, from 0 on.</param>
    /// <param name="endStep">The last step at which masks are chosen; −1 for no last one.</param>
    /// <param name="frequency">Steps between two choices; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public ConstantSparsity(double targetSparsity, int beginStep, int endStep = -1, int frequency = 100)
        : base(beginStep, endStep, frequency)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(endStep, -1);
        FinalSparsity = Checked(targetSparsity, nameof(targetSparsity));
        if (endStep >= 0)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(endStep, beginStep);
        }
    }

    /// <inheritdoc/>
    public override double FinalSparsity { get; }

    /// <inheritdoc/>
    public override double SparsityAt(long step) => FinalSparsity;
}
