using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The sparse kernels of one tier.</summary>
internal sealed unsafe class SparseKernels
{
    /// <summary>Pixels of a vector: 1 to 16.</summary>
    public required int Lanes { get; init; }

    /// <summary>For 1, 2, … vectors of pixels, blocks of one output.</summary>
    public required delegate*<SparseArguments*, void>[] Single { get; init; }

    /// <summary>For 1, 2, … vectors of pixels, blocks of two outputs.</summary>
    public required delegate*<SparseArguments*, void>[] Pair { get; init; }

    /// <summary>For one row of a matrix, blocks of one output.</summary>
    public required delegate*<SparseRowArguments*, void> SingleRow { get; init; }

    /// <summary>For one row of a matrix, blocks of two outputs.</summary>
    public required delegate*<SparseRowArguments*, void> PairRow { get; init; }

    /// <summary>The kernels for vectors of pixels.</summary>
    public delegate*<SparseArguments*, void>[] For(int blockOutputs) => blockOutputs == 1 ? Single : Pair;

    /// <summary>The kernel for a row of a matrix.</summary>
    public delegate*<SparseRowArguments*, void> ForRow(int blockOutputs) => blockOutputs == 1 ? SingleRow : PairRow;

    /// <summary>Machine code for 512 bits, where there is any.</summary>
    public static SparseKernels MachineCode => new()
    {
        Lanes = SparseVnni512.Lanes,
        Single = SparseVnni512.Single,
        Pair = SparseVnni512.Pair,
        SingleRow = &SparseRowVnni512.Single,
        PairRow = &SparseRowVnni512.Pair,
    };

    /// <summary>The kernels of a tier that is C#.</summary>
    public static SparseKernels Of(Tier tier) => tier switch
    {
        Tier.Sse41 => Sse41,
        Tier.Avx2 or Tier.Avx512 => Avx2,
        Tier.AvxVnni or Tier.Avx512Vnni => AvxVnni,
        Tier.AdvSimd => AdvSimd,
        Tier.AdvSimdDp => AdvSimdDp,
        _ => Scalar,
    };

    private static SparseKernels Scalar => new()
    {
        Lanes = SparseScalar.Count,
        Single = SparseMicroKernels<SparseScalar, int, int>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseScalar, int, int>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseScalar, int, int>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseScalar, int, int>.Run<Rows2>,
    };

    private static SparseKernels Sse41 => new()
    {
        Lanes = SparseSse41.Count,
        Single = SparseMicroKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseSse41, SparseSse41.Pairs, SparseSse41.Pairs>.Run<Rows2>,
    };

    private static SparseKernels Avx2 => new()
    {
        Lanes = SparseAvx2.Count,
        Single = SparseMicroKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAvx2, SparseAvx2.Pairs, SparseAvx2.Pairs>.Run<Rows2>,
    };

    private static SparseKernels AvxVnni => new()
    {
        Lanes = SparseAvxVnni.Count,
        Single = SparseMicroKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.SingleUpTo6,
        Pair = SparseMicroKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.PairUpTo6,
        SingleRow = &SparseRowKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAvxVnni, Vector256<sbyte>, Vector256<byte>>.Run<Rows2>,
    };

    private static SparseKernels AdvSimd => new()
    {
        Lanes = SparseAdvSimd.Count,
        Single = SparseMicroKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.SingleUpTo4,
        Pair = SparseMicroKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.PairUpTo4,
        SingleRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows2>,
    };

    private static SparseKernels AdvSimdDp => new()
    {
        Lanes = SparseAdvSimdDp.Count,
        Single = SparseAdvSimdDp.Single,
        Pair = SparseAdvSimdDp.Pair,
        SingleRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows1>,
        PairRow = &SparseRowKernels<SparseAdvSimd, SparseAdvSimd.Quads, SparseAdvSimd.Quads>.Run<Rows2>,
    };
}
