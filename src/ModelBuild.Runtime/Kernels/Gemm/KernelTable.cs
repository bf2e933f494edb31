using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The micro-kernels and epilogues of one tier. The best tier of the processor is chosen once, when the first kernel runs; what a model
/// does not use is never made.
/// </summary>
/// <remarks>
/// A process that runs precompiled code begins with kernels that are precompiled too, and takes those of the best tier, which the
/// just-in-time compiler makes for this very processor, when it has run some. Both give the same results to the bit: the products of an
/// output are added in the same order, and floats are fused in both.
/// </remarks>
internal sealed unsafe class KernelTable
{
    /// <summary>Calls of heavy kernels that precompiled code runs: a small model has some four.</summary>
    private const int StartCalls = 64;

    private const int EpilogueKinds = (int)EpilogueKind.AddAndStore + 1;

    private static KernelTable? s_current;
    private static KernelTable? s_atStart;
    private static int s_calls;

    private readonly Tier _tier;
    private readonly bool _isPrecompiled;

    private readonly KernelTable? _others;
    private FinishingKernels? _storeFloat32;
    private FinishingKernels? _addFloat32;
    private readonly delegate*<EpilogueArguments*, void>[] _epilogues = new delegate*<EpilogueArguments*, void>[EpilogueKinds];

    /// <summary>A table whose float kernels are given.</summary>
    /// <param name="others">The other kernels and the epilogues.</param>
    public KernelTable(KernelTable others)
    {
        _others = others;
        ProductsOfBytes = others.ProductsOfBytes;
        DepthwiseCode = others.DepthwiseCode;
        HasVnni512 = others.HasVnni512;
    }

    private KernelTable(Tier tier, bool isPrecompiled)
    {
        _tier = tier;
        _isPrecompiled = isPrecompiled;
    }

    /// <summary>The kernels of this processor.</summary>
    public static KernelTable Current => s_current ?? AtStart();

    /// <summary>Whether <see cref="Current"/> are precompiled kernels.</summary>
    public static bool IsStarting => s_current is null && s_atStart is not null;

    /// <summary>Tiles of 1, 2, … pixels × one panel, floats.</summary>
    public delegate*<MicroKernelArguments*, void>[] Float32 { get => field ??= MakeFloat32(); init; }

    /// <summary>Tiles of 1, 2, … pixels × two panels, floats; null where a tier has not the registers for it.</summary>
    public delegate*<MicroKernelArguments*, void>[]? PairFloat32
    {
        get => field ??= _tier is Tier.Avx512 or Tier.Avx512Vnni && !_isPrecompiled
            ? MicroKernels<PairFloat32Avx512, PairFloat32Avx512, Vector512<float>>.UpTo6 : null;
        init;
    }

    /// <summary>
    /// Those of <see cref="Float32"/> and <see cref="PairFloat32"/> that do the work of an epilogue too; null where there are none.
    /// </summary>
    /// <param name="kind">The epilogue.</param>
    public FinishingKernels? FinishFloat32(EpilogueKind kind) => _others is not null || _isPrecompiled ? null : kind switch
    {
        EpilogueKind.Store =>
            _storeFloat32 ??= Finishing<FloatEnd<Float32Avx2>, FloatEnd<Float32Avx512>, FloatEnd<PairFloat32Avx512>>(),
        EpilogueKind.AddAndStore =>
            _addFloat32 ??= Finishing<ResidualEnd<Float32Avx2>, ResidualEnd<Float32Avx512>, ResidualEnd<PairFloat32Avx512>>(),
        _ => null,
    };

    /// <summary>Tiles of 1, 2, … pixels × one panel, bytes.</summary>
    public delegate*<MicroKernelArguments*, void>[] UInt8 { get => field ??= _others?.UInt8 ?? MakeUInt8(); private init; }

    /// <summary>Machine code that goes before <see cref="Float32"/>, or null.</summary>
    public ProductCode? ProductsOfFloats { get; private init; }

    /// <summary>Machine code that goes before <see cref="UInt8"/> where it can, or null.</summary>
    public ProductCode? ProductsOfBytes { get; private init; }

    /// <summary>Tiles of 1, 2, … pixels × 16 channels, floats.</summary>
    public delegate*<MicroKernelArguments*, void>[] DepthwiseFloat32 { get => field ??= MakeDepthwiseFloat32(); init; }

    /// <summary>A row of the output, floats; null where a tier has not the registers for it, or the kernels are others'.</summary>
    public delegate*<DepthwiseRowArguments*, void> DepthwiseRow => _others is not null || _isPrecompiled ? null : _tier switch
    {
        Tier.Avx512 or Tier.Avx512Vnni => DepthwiseRowKernels<EpilogueLanesAvx512>.Row,
        Tier.Avx2 or Tier.AvxVnni => DepthwiseRowKernels<EpilogueLanesAvx2>.Row,
        Tier.AdvSimd or Tier.AdvSimdDp => DepthwiseRowKernels<EpilogueLanesAdvSimd>.Row,
        _ => null,
    };

    /// <summary>Tiles of 1, 2, … pixels × 16 channels, bytes.</summary>
    public delegate*<MicroKernelArguments*, void>[] DepthwiseUInt8 => field ??= _others?.DepthwiseUInt8 ?? MakeDepthwiseUInt8();

    /// <summary>Bytes by weights of which only the blocks are kept that are not zero.</summary>
    public SparseKernels Sparse =>
        field ??= _others?.Sparse ?? (HasVnni512 ? SparseKernels.MachineCode : SparseKernels.Of(_tier));

    /// <summary>Machine code that goes before <see cref="DepthwiseUInt8"/> where it can, or null.</summary>
    public DepthwiseCode? DepthwiseCode { get; private init; }

    /// <summary>Whether there is machine code in 512 bits, for sparse weights too.</summary>
    public bool HasVnni512 { get; private init; }

    /// <summary>The epilogue of a kind.</summary>
    public delegate*<EpilogueArguments*, void> Epilogue(EpilogueKind kind)
    {
        ref delegate*<EpilogueArguments*, void> epilogue = ref _epilogues[(int)kind];
        if (epilogue is null)
        {
            epilogue = _others is null ? MakeEpilogue(kind) : _others.Epilogue(kind);
        }

        return epilogue;
    }

    /// <summary>The kernels of a tier.</summary>
    /// <exception cref="PlatformNotSupportedException">It cannot run here.</exception>
    public static KernelTable For(Tier tier) => For(tier, isPrecompiled: false);

    /// <summary>The precompiled kernels that stand in for those of a tier, or the tier's own where it has none.</summary>
    /// <exception cref="PlatformNotSupportedException">The tier cannot run here.</exception>
    public static KernelTable AtStart(Tier tier) => For(tier, isPrecompiled: true);

    private static KernelTable For(Tier tier, bool isPrecompiled)
    {
        if (!Processor.CanRun(tier))
        {
            throw new PlatformNotSupportedException($"{tier} does not run on this processor.");
        }

        Tier managed = Processor.InstructionSets.BestManagedTier;
        return tier switch
        {
            Tier.Vnni512 => new KernelTable(managed, isPrecompiled)
            {
                ProductsOfBytes = ProductCode.Vnni512, DepthwiseCode = DepthwiseCode.Vnni512, HasVnni512 = true,
            },

            // Wider registers are better for floats, without code of our own.
            Tier.CodeAvx2 => new KernelTable(managed, isPrecompiled)
            {
                ProductsOfBytes = ProductCode.Avx2, DepthwiseCode = DepthwiseCode.Avx2,
                ProductsOfFloats = managed == Tier.Avx512 ? null : ProductCode.Float32,
            },
            _ => new KernelTable(tier, isPrecompiled),
        };
    }

    private static KernelTable AtStart()
    {
        // Threads that come at the same time may count wrong or make a table twice: all tables give the same results.
        if (!Precompiled.IsUsed || ++s_calls > StartCalls)
        {
            Registers.EndStart();
            return s_current = For(Processor.BestTier);
        }

        return s_atStart ??= AtStart(Processor.BestTier);
    }

    private delegate*<MicroKernelArguments*, void>[] MakeFloat32() => _tier switch
    {
        Tier.Sse41 => MicroKernels<Float32Sse41, Float32Sse41, Vector128<float>>.UpTo2,
        Tier.Avx512 or Tier.Avx512Vnni when !_isPrecompiled
            => MicroKernels<Float32Avx512, Vector512<float>, Vector512<float>>.UpTo8,
        Tier.Avx2 or Tier.AvxVnni or Tier.Avx512 or Tier.Avx512Vnni => _isPrecompiled
            ? MicroKernels<Float32Avx2, Float32Avx2, Float32Avx2.Input>.UpTo6AtStart
            : MicroKernels<Float32Avx2, Float32Avx2, Float32Avx2.Input>.UpTo6,
        Tier.AdvSimd or Tier.AdvSimdDp => _isPrecompiled
            ? MicroKernels<Float32AdvSimd, Float32AdvSimd, Float32AdvSimd.Input>.UpTo6AtStart
            : MicroKernels<Float32AdvSimd, Float32AdvSimd, Float32AdvSimd.Input>.UpTo6,
        _ => [&ScalarMicroKernels.Float32],
    };

    private FinishingKernels? Finishing<TNarrow, TWide, TPair>()
        where TNarrow : struct, ITileEnd<Float32Avx2>
        where TWide : struct, ITileEnd<Float32Avx512>
        where TPair : struct, ITileEnd<PairFloat32Avx512> => _tier switch
    {
        Tier.Avx512 or Tier.Avx512Vnni => new FinishingKernels(
            MicroKernels<Float32Avx512, Vector512<float>, Vector512<float>>.UpTo8With<TWide>(),
            MicroKernels<PairFloat32Avx512, PairFloat32Avx512, Vector512<float>>.UpTo6With<TPair>()),
        Tier.Avx2 or Tier.AvxVnni => new FinishingKernels(
            MicroKernels<Float32Avx2, Float32Avx2, Float32Avx2.Input>.UpTo6With<TNarrow>(), null),
        _ => null,
    };

    // Bytes gain nothing from twice the width: an input's bytes are widened once for a panel, whatever the width, and some
    // processors with AVX-512 (Zen 4) do the work of a wide instruction in two halves.
    private delegate*<MicroKernelArguments*, void>[] MakeUInt8() => _tier switch
    {
        Tier.Sse41 => MicroKernels<UInt8Sse41, UInt8Sse41.Weights, UInt8Sse41.Input>.UpTo2,
        Tier.Avx2 or Tier.Avx512 => _isPrecompiled
            ? MicroKernels<UInt8Avx2, UInt8Avx2.Weights, UInt8Avx2.Input>.UpTo4AtStart
            : MicroKernels<UInt8Avx2, UInt8Avx2.Weights, UInt8Avx2.Input>.UpTo4,
        Tier.AvxVnni or Tier.Avx512Vnni => _isPrecompiled
            ? MicroKernels<UInt8AvxVnni, UInt8AvxVnni.Weights, UInt8AvxVnni.Input>.UpTo6AtStart
            : MicroKernels<UInt8AvxVnni, UInt8AvxVnni.Weights, UInt8AvxVnni.Input>.UpTo6,
        Tier.AdvSimd => _isPrecompiled
            ? MicroKernels<UInt8AdvSimd, UInt8AdvSimd.Weights, UInt8AdvSimd.Input>.UpTo4AtStart
            : MicroKernels<UInt8AdvSimd, UInt8AdvSimd.Weights, UInt8AdvSimd.Input>.UpTo4,
        Tier.AdvSimdDp => _isPrecompiled ? UInt8AdvSimdDp.TableAtStart : UInt8AdvSimdDp.Table,
        _ => [&ScalarMicroKernels.UInt8],
    };

    private delegate*<MicroKernelArguments*, void>[] MakeDepthwiseFloat32() => _tier switch
    {
        Tier.Sse41 => DepthwiseFloat32Kernels<EpilogueLanesSse41>.Table,
        Tier.Avx512 or Tier.Avx512Vnni when !_isPrecompiled => DepthwiseFloat32Kernels<EpilogueLanesAvx512>.Table,
        Tier.Avx2 or Tier.AvxVnni or Tier.Avx512 or Tier.Avx512Vnni => _isPrecompiled
            ? DepthwiseFloat32Kernels<EpilogueLanesAvx2>.TableAtStart : DepthwiseFloat32Kernels<EpilogueLanesAvx2>.Table,
        Tier.AdvSimd or Tier.AdvSimdDp => _isPrecompiled
            ? DepthwiseFloat32Kernels<EpilogueLanesAdvSimd>.TableAtStart : DepthwiseFloat32Kernels<EpilogueLanesAdvSimd>.Table,
        _ => [&ScalarMicroKernels.DepthwiseFloat32],
    };

    private delegate*<MicroKernelArguments*, void>[] MakeDepthwiseUInt8() => _tier switch
    {
        Tier.Sse41 => DepthwiseUInt8Kernels<DepthwiseSse41, DepthwiseSse41.Pairs>.Table,
        Tier.Avx2 or Tier.Avx512 => _isPrecompiled
            ? DepthwiseUInt8Kernels<DepthwiseAvx2, DepthwiseAvx2.Pairs>.TableAtStart
            : DepthwiseUInt8Kernels<DepthwiseAvx2, DepthwiseAvx2.Pairs>.Table,
        Tier.AvxVnni or Tier.Avx512Vnni => _isPrecompiled
            ? DepthwiseUInt8Kernels<DepthwiseAvxVnni, DepthwiseAvxVnni.Quads>.TableAtStart
            : DepthwiseUInt8Kernels<DepthwiseAvxVnni, DepthwiseAvxVnni.Quads>.Table,
        Tier.AdvSimd or Tier.AdvSimdDp => _isPrecompiled
            ? DepthwiseUInt8Kernels<DepthwiseAdvSimd, DepthwiseAdvSimd.Channels>.TableAtStart
            : DepthwiseUInt8Kernels<DepthwiseAdvSimd, DepthwiseAdvSimd.Channels>.Table,
        _ => [&ScalarMicroKernels.DepthwiseUInt8],
    };

    private delegate*<EpilogueArguments*, void> MakeEpilogue(EpilogueKind kind) => _tier switch
    {
        Tier.Sse41 => Epilogues<EpilogueLanesSse41>.For(kind),
        Tier.Avx512 or Tier.Avx512Vnni when !_isPrecompiled => Epilogues<EpilogueLanesAvx512>.For(kind),
        Tier.Avx2 or Tier.AvxVnni or Tier.Avx512 or Tier.Avx512Vnni => _isPrecompiled
            ? Epilogues<EpilogueLanesAvx2>.AtStart(kind) : Epilogues<EpilogueLanesAvx2>.For(kind),
        Tier.AdvSimd or Tier.AdvSimdDp => _isPrecompiled
            ? Epilogues<EpilogueLanesAdvSimd>.AtStart(kind) : Epilogues<EpilogueLanesAdvSimd>.For(kind),
        _ => ScalarMicroKernels.Epilogue(kind),
    };
}
