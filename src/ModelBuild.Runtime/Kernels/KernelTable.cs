using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The micro-kernels and epilogues of one tier. The best tier of the processor is chosen once, when the first kernel runs.</summary>
internal sealed unsafe class KernelTable
{
    /// <summary>The kernels of this processor.</summary>
    public static KernelTable Current { get; } = For(Processor.BestTier);

    /// <summary>Tiles of 1, 2, … pixels × one panel, floats.</summary>
    public required delegate*<PanelArguments*, void>[] Float32 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × two panels, floats; null where a tier has not the registers for it.</summary>
    public delegate*<PanelArguments*, void>[]? PairFloat32 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × one panel, bytes.</summary>
    public required delegate*<PanelArguments*, void>[] UInt8 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × 16 channels, floats.</summary>
    public required delegate*<PanelArguments*, void>[] DepthwiseFloat32 { get; init; }

    /// <summary>Tiles of 1, 2, … pixels × 16 channels, bytes.</summary>
    public required delegate*<PanelArguments*, void>[] DepthwiseUInt8 { get; init; }

    /// <summary>By <see cref="EpilogueKind"/>.</summary>
    public required delegate*<EpilogueArguments*, void>[] Epilogues { get; init; }

    /// <summary>The kernels of a tier that the processor has.</summary>
    public static KernelTable For(Tier tier) => tier switch
    {
        Tier.Scalar => Scalar(),
        _ => throw new ArgumentOutOfRangeException(nameof(tier), tier, "There are no kernels for this tier."),
    };

    private static KernelTable Scalar() => new()
    {
        Float32 = [&ScalarKernels.Float32],
        UInt8 = [&ScalarKernels.UInt8],
        DepthwiseFloat32 = [&ScalarKernels.DepthwiseFloat32],
        DepthwiseUInt8 = [&ScalarKernels.DepthwiseUInt8],
        Epilogues =
        [
            &ScalarKernels.ToUInt8, &ScalarKernels.AddToUInt8, &ScalarKernels.AddAccumulatorsToUInt8, &ScalarKernels.ToInt32,
            &ScalarKernels.ToFloat32, &ScalarKernels.AddToFloat32, &ScalarKernels.Store, &ScalarKernels.AddAndStore,
        ],
    };
}
