namespace ModelBuild.Runtime.Cpu;

/// <summary>
/// The sets of instructions that kernels are written for, the better ones last. Integers are the same to the bit on all of them, floats
/// within the rounding of another order of summation.
/// </summary>
internal enum Tier
{
    /// <summary>Plain code, the definition.</summary>
    Scalar,

    /// <summary>x64: SSE4.1. What ahead-of-time compilation uses unless it is told of more.</summary>
    Sse41,

    /// <summary>x64: AVX2 and FMA.</summary>
    Avx2,

    /// <summary>x64: AVX-512 F, BW, DQ and VL.</summary>
    Avx512,

    /// <summary>x64: AVX2 by machine code of our own for products, the best tier so far for all else.</summary>
    CodeAvx2,

    /// <summary>x64: AVX2, FMA and AVX-VNNI.</summary>
    AvxVnni,

    /// <summary>x64: AVX-512 for floats, AVX-VNNI for bytes.</summary>
    Avx512Vnni,

    /// <summary>x64: VNNI of 512 bits by machine code of our own for products of bytes, the best other tier for all else.</summary>
    Vnni512,

    /// <summary>Arm64: what every processor has.</summary>
    AdvSimd,

    /// <summary>Arm64: the dot product instructions.</summary>
    AdvSimdDp,
}
