namespace ModelBuild.Runtime.Cpu;

/// <summary>What the processor has.</summary>
internal static class Processor
{
    /// <summary>The tier that kernels run on.</summary>
    public static Tier BestTier => Tier.Scalar;

    /// <summary>Whether this processor can run a tier.</summary>
    public static bool Supports(Tier tier) => tier == Tier.Scalar;
}
