using ModelBuild.TestSupport;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// A theory on instructions to do without, which are its first argument: what changes nothing on this processor is skipped.
/// </summary>
internal sealed class SwitchTheoryAttribute : SkippingTheoryAttribute
{
    public override string? ReasonToSkip(object?[] row) =>
        row[0] is string { Length: > 0 } switches && CpuFeatures.BestTier(switches) == CpuFeatures.BestTier()
        && CpuFeatures.BestTier($"{switches} {CpuFeatures.MachineCode}") == CpuFeatures.BestTier(CpuFeatures.MachineCode)
        ? $"The kernels of this processor use nothing that {switches} would switch off." : null;
}
