using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The micro-kernels and epilogues of one tier. The best tier of the processor is chosen once, when the first kernel runs.
/// </summary>
internal sealed unsafe class KernelTable
{
    /// <summary>The kernels of this processor.</summary>
    public static KernelTable Current { get; } = For(Processor.BestTier);

    /// <summary>Tiles of 1, 2, … pixels × one panel, floats.</summary>
    public required delegate*<MicroKernelArguments*, void>[] Float32 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × two panels, floats; null where a tier has not the registers for it.</summary>
    public delegate*<MicroKernelArguments*, void>[]? PairFloat32 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × one panel, bytes.</summary>
    public required delegate*<MicroKernelArguments*, void>[] UInt8 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × two panels, bytes; null where a tier has not the registers for it.</summary>
    public delegate*<MicroKernelArguments*, void>[]? PairUInt8 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × 16 channels, floats.</summary>
    public required delegate*<MicroKernelArguments*, void>[] DepthwiseFloat32 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × 16 channels, bytes.</summary>
    public required delegate*<MicroKernelArguments*, void>[] DepthwiseUInt8 { get; init; }

    /// <summary>Bytes by weights of which only the blocks are kept that are not zero.</summary>
    public required SparseKernels Sparse { get; init; }

    /// <summary>By <see cref="EpilogueKind"/>.</summary>
    public required delegate*<EpilogueArguments*, void>[] Epilogues { get; init; }

    /// <summary>The kernels of a tier.</summary>
    /// <exception cref="PlatformNotSupportedException">It cannot run here.</exception>
    public static KernelTable For(Tier tier)
    {
        if (!Processor.CanRun(tier))
        {
            throw new PlatformNotSupportedException($"{tier} does not run on this processor.");
        }

        return tier switch
        {
            Tier.Sse41 => new KernelTable
            {
                Float32 = MicroKernels<Float32Sse41, Float32Sse41, Vector128<float>>.UpTo2,
                UInt8 = MicroKernels<UInt8Sse41, UInt8Sse41.Weights, UInt8Sse41.Input>.UpTo2,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesSse41>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseSse41, DepthwiseSse41.Pairs>.Table,
                Sparse = Sse41Sparse,
                Epilogues = Epilogues<EpilogueLanesSse41>.Table,
            },
            Tier.Avx2 => new KernelTable
            {
                Float32 = MicroKernels<Float32Avx2, Float32Avx2, Vector256<float>>.UpTo6,
                UInt8 = MicroKernels<UInt8Avx2, UInt8Avx2.Weights, UInt8Avx2.Input>.UpTo4,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesAvx2>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseAvx2, DepthwiseAvx2.Pairs>.Table,
                Sparse = Avx2Sparse,
                Epilogues = Epilogues<EpilogueLanesAvx2>.Table,
            },
            Tier.AvxVnni => new KernelTable
            {
                Float32 = MicroKernels<Float32Avx2, Float32Avx2, Vector256<float>>.UpTo6,
                UInt8 = MicroKernels<UInt8AvxVnni, UInt8AvxVnni.Weights, Vector256<byte>>.UpTo6,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesAvx2>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseAvxVnni, DepthwiseAvxVnni.Quads>.Table,
                Sparse = AvxVnniSparse,
                Epilogues = Epilogues<EpilogueLanesAvx2>.Table,
            },
            // Bytes gain nothing from twice the width: an input's bytes are widened once for a panel, whatever the width, and some
            // processors of this tier (Zen 4) do the work of a wide instruction in two halves.
            Tier.Avx512 => new KernelTable
            {
                Float32 = MicroKernels<Float32Avx512, Vector512<float>, Vector512<float>>.UpTo8,
                PairFloat32 = MicroKernels<PairFloat32Avx512, PairFloat32Avx512, Vector512<float>>.UpTo6,
                UInt8 = MicroKernels<UInt8Avx2, UInt8Avx2.Weights, UInt8Avx2.Input>.UpTo4,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesAvx512>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseAvx2, DepthwiseAvx2.Pairs>.Table,
                Sparse = Avx2Sparse,
                Epilogues = Epilogues<EpilogueLanesAvx512>.Table,
            },
            Tier.Avx512Vnni => new KernelTable
            {
                Float32 = MicroKernels<Float32Avx512, Vector512<float>, Vector512<float>>.UpTo8,
                PairFloat32 = MicroKernels<PairFloat32Avx512, PairFloat32Avx512, Vector512<float>>.UpTo6,
                UInt8 = MicroKernels<UInt8AvxVnni, UInt8AvxVnni.Weights, Vector256<byte>>.UpTo6,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesAvx512>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseAvxVnni, DepthwiseAvxVnni.Quads>.Table,
                Sparse = AvxVnniSparse,
                Epilogues = Epilogues<EpilogueLanesAvx512>.Table,
            },
            Tier.Vnni512 => WithMachineCode(For(Processor.InstructionSets.BestManagedTier)),
            Tier.AdvSimd => new KernelTable
            {
                Float32 = MicroKernels<Float32AdvSimd, Float32AdvSimd, Vector128<float>>.UpTo6,
                UInt8 = MicroKernels<UInt8AdvSimd, UInt8AdvSimd.Weights, Vector64<short>>.UpTo4,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesAdvSimd>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseAdvSimd, DepthwiseAdvSimd.Channels>.Table,
                Sparse = AdvSimdSparse,
                Epilogues = Epilogues<EpilogueLanesAdvSimd>.Table,
            },
            Tier.AdvSimdDp => new KernelTable
            {
                Float32 = MicroKernels<Float32AdvSimd, Float32AdvSimd, Vector128<float>>.UpTo6,
                UInt8 = UInt8AdvSimdDp.Table,
                DepthwiseFloat32 = DepthwiseFloat32Kernels<EpilogueLanesAdvSimd>.Table,
                DepthwiseUInt8 = DepthwiseUInt8Kernels<DepthwiseAdvSimd, DepthwiseAdvSimd.Channels>.Table,
                Sparse = AdvSimdDpSparse,
                Epilogues = Epilogues<EpilogueLanesAdvSimd>.Table,
            },
            _ => new KernelTable
            {
                Float32 = [&ScalarMicroKernels.Float32],
                UInt8 = [&ScalarMicroKernels.UInt8],
                DepthwiseFloat32 = [&ScalarMicroKernels.DepthwiseFloat32],
                DepthwiseUInt8 = [&ScalarMicroKernels.DepthwiseUInt8],
                Sparse = ScalarSparse,
                Epilogues =
                [
                    &ScalarMicroKernels.ToUInt8, &ScalarMicroKernels.AddToUInt8,
                    &ScalarMicroKernels.AddAccumulatorsToUInt8, &ScalarMicroKernels.GateToUInt8, &ScalarMicroKernels.ToInt32,
                    &ScalarMicroKernels.ToFloat32, &ScalarMicroKernels.AddToFloat32,
                    &ScalarMicroKernels.OffsetToFloat32, &ScalarMicroKernels.Store, &ScalarMicroKernels.AddAndStore,
                ],
            },
        };
    }

    private static KernelTable WithMachineCode(KernelTable others) => new()
    {
        Float32 = others.Float32,
        PairFloat32 = others.PairFloat32,
        UInt8 = UInt8Vnni512.Single,
        PairUInt8 = UInt8Vnni512.Pair,
        DepthwiseFloat32 = others.DepthwiseFloat32,
        DepthwiseUInt8 = others.DepthwiseUInt8,
        Sparse = new SparseKernels
        {
            Lanes = SparseVnni512.Lanes,
            Single = SparseVnni512.Single,
            Pair = SparseVnni512.Pair,
            SingleRow = &SparseRowVnni512.Single,
            PairRow = &SparseRowVnni512.Pair,
        },
        Epilogues = others.Epilogues,
    };

    private static SparseKernels ScalarSparse => new()
    {
        Lanes = SparseScalar.Count,
        Single = SparseMicroKernels<SparseScalar, int, int>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseScalar, int, int>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseScalar, int, int>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseScalar, int, int>.Run<Rows2>,
    };

    private static SparseKernels Sse41Sparse => new()
    {
        Lanes = SparseSse41.Count,
        Single = SparseMicroKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.Run<Rows2>,
    };

    private static SparseKernels Avx2Sparse => new()
    {
        Lanes = SparseAvx2.Count,
        Single = SparseMicroKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.Run<Rows2>,
    };

    private static SparseKernels AvxVnniSparse => new()
    {
        Lanes = SparseAvxVnni.Count,
        Single = SparseMicroKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.SingleUpTo6,
        Pair = SparseMicroKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.PairUpTo6,
        SingleRow = &SparseRowKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.Run<Rows2>,
    };

    private static SparseKernels AdvSimdSparse => new()
    {
        Lanes = SparseAdvSimd.Count,
        Single = SparseMicroKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows2>,
    };

    private static SparseKernels AdvSimdDpSparse => new()
    {
        Lanes = SparseAdvSimdDp.Count,
        Single = SparseAdvSimdDp.Single,
        Pair = SparseAdvSimdDp.Pair,
        SingleRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows2>,
    };
}
