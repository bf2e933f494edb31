using ModelBuild.Runtime.Cpu;
using ModelBuild.TestSupport;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>A theory on tiers, which are its first argument by name.</summary>
internal sealed class TierTheoryAttribute : SkippingTheoryAttribute
{
    /// <summary>True for the tiers whose instructions this processor lacks, if others can stand in; false for those it has.</summary>
    public bool StandIns { get; init; }

    public override string? ReasonToSkip(object?[] row)
    {
        Tier tier = Enum.Parse<Tier>((string)row[0]!);
        return StandIns
            ? Processor.Supports(tier) ? $"This processor has the instructions of {tier}: the other tests execute them."
                : Processor.CanRun(tier) ? null : $"Nothing stands in for the instructions of {tier} on this processor."
            : Processor.Supports(tier) ? null : $"This processor does not have the instructions of {tier}.";
    }
}
