namespace ModelBuild.Runtime.Cpu;

/// <summary>The instructions that tiers are told apart by. Which tier follows from them is a matter of this type alone.</summary>
internal readonly record struct InstructionSets
{
    /// <summary>x64: up to SSE4.1.</summary>
    public bool Sse41 { get; init; }

    /// <summary>x64: AVX2.</summary>
    public bool Avx2 { get; init; }

    /// <summary>x64: fused multiply-add.</summary>
    public bool Fma { get; init; }

    /// <summary>x64: dot products of bytes in 256-bit registers.</summary>
    public bool AvxVnni { get; init; }

    /// <summary>x64: AVX-512 F, BW, DQ and VL.</summary>
    public bool Avx512 { get; init; }

    /// <summary>x64: AVX2 and FMA, by machine code of our own.</summary>
    public bool CodeAvx2 { get; init; }

    /// <summary>x64: dot products of bytes in 512-bit registers, by machine code of our own.</summary>
    public bool Vnni512 { get; init; }

    /// <summary>Arm64: Advanced SIMD.</summary>
    public bool AdvSimd { get; init; }

    /// <summary>Arm64: dot products of bytes.</summary>
    public bool Dp { get; init; }

    /// <summary>The tier that kernels run on: the last one there is.</summary>
    public Tier BestTier
    {
        get
        {
            Tier best = Tier.AdvSimdDp;
            while (!Have(best))
            {
                best--;
            }

            return best;
        }
    }

    /// <summary>The last one there is but for machine code of our own.</summary>
    public Tier BestManagedTier => (this with { CodeAvx2 = false, Vnni512 = false }).BestTier;

    /// <summary>Whether all instructions of a tier are there.</summary>
    public bool Have(Tier tier) => tier switch
    {
        Tier.Scalar => true,
        Tier.Sse41 => Sse41,
        Tier.Avx2 => Avx2 && Fma,
        Tier.CodeAvx2 => Sse41 && CodeAvx2,
        Tier.AvxVnni => Have(Tier.Avx2) && AvxVnni,
        Tier.Avx512 => Have(Tier.Avx2) && Avx512,
        Tier.Avx512Vnni => Have(Tier.Avx512) && AvxVnni,
        Tier.Vnni512 => Sse41 && Vnni512,
        Tier.AdvSimd => AdvSimd,
        Tier.AdvSimdDp => AdvSimd && Dp,
        _ => false,
    };
}
