using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Cpu;

/// <summary>What the processor has, and the runtime lets us use.</summary>
internal static class Processor
{
    /// <summary>The tier that kernels run on: the last one there is.</summary>
    public static Tier BestTier
    {
        get
        {
            Tier best = Tier.AdvSimdDp;
            while (!Supports(best))
            {
                best--;
            }

            return best;
        }
    }

    /// <summary>Whether the processor has the instructions of a tier.</summary>
    public static bool Supports(Tier tier) => tier switch
    {
        Tier.Scalar => true,
        Tier.Sse41 => Sse41.IsSupported,
        Tier.Avx2 => HasAvx2,
        Tier.AvxVnni => HasAvx2 && AvxVnni.IsSupported,
        Tier.Avx512 => HasAvx512,
        Tier.Avx512Vnni => HasAvx512 && AvxVnni.IsSupported,
        Tier.AdvSimd => AdvSimd.Arm64.IsSupported,
        Tier.AdvSimdDp => AdvSimd.Arm64.IsSupported && Dp.IsSupported,
        _ => false,
    };

    /// <summary>
    /// Whether the kernels of a tier can run here, if need be by other instructions than their own (<see cref="Kernels.Wide"/>): slower,
    /// but with the same results.
    /// </summary>
    public static bool CanRun(Tier tier) =>
        Supports(tier) || (tier is Tier.AvxVnni or Tier.Avx512 or Tier.Avx512Vnni && HasAvx2);

    private static bool HasAvx2 => Avx2.IsSupported && Fma.IsSupported;

    private static bool HasAvx512 => HasAvx2 && Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported;
}
