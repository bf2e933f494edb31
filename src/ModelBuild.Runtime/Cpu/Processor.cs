using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Cpu;

/// <summary>What the processor has, and the runtime lets us use.</summary>
internal static class Processor
{
    /// <summary>What there is. Every check is for itself, so that ahead-of-time compilation leaves that for SSE4.1 to the run.</summary>
    public static InstructionSets InstructionSets => X86Base.IsSupported ? X64 : Arm64;

    private static InstructionSets X64 => new()
    {
        Sse41 = Sse41.IsSupported,
        Avx2 = Avx2.IsSupported,
        Fma = Fma.IsSupported,
        AvxVnni = Registers.HaveAvxVnni,
        Avx512 = Registers.HaveAvx512,
        CodeAvx2 = MachineCode.HasAvx2,
        Vnni512 = MachineCode.HasVnni512,
    };

    private static InstructionSets Arm64 => new()
    {
        AdvSimd = AdvSimd.Arm64.IsSupported,
        Dp = Dp.IsSupported,
    };

    /// <summary>The tier that kernels run on.</summary>
    public static Tier BestTier => InstructionSets.BestTier;

    /// <summary>Whether the processor has the instructions of a tier.</summary>
    public static bool Supports(Tier tier) => InstructionSets.Have(tier);

    /// <summary>
    /// Whether the kernels of a tier can run here, if need be by other instructions than their own (<see cref="Kernels.Wide"/>): slower,
    /// but with the same results.
    /// </summary>
    public static bool CanRun(Tier tier) =>
        Supports(tier) || (tier is Tier.AvxVnni or Tier.Avx512 or Tier.Avx512Vnni && Supports(Tier.Avx2));
}
