namespace ModelBuild.Training.Tests;

/// <summary>A theory whose rows are checks of the program; skipped where LibTorch cannot be loaded.</summary>
internal sealed class CheckTheoryAttribute : SkippingTheoryAttribute
{
    public override string? ReasonToSkip(object?[] row) => CheckProgram.ReasonToSkip;
}
