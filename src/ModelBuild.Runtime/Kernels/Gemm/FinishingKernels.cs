namespace ModelBuild.Runtime.Kernels;

/// <summary>Micro-kernels for floats that store what becomes of their accumulators, where all channels of their panels exist.</summary>
/// <param name="single">Tiles of 1, 2, … pixels × one panel.</param>
/// <param name="pair">Tiles × two panels, or null.</param>
internal sealed unsafe class FinishingKernels(
    delegate*<MicroKernelArguments*, void>[] single, delegate*<MicroKernelArguments*, void>[]? pair)
{
    /// <summary>Tiles of 1, 2, … pixels × one panel.</summary>
    public readonly delegate*<MicroKernelArguments*, void>[] Single = single;

    /// <summary>Tiles of 1, 2, … pixels × two panels, or null.</summary>
    public readonly delegate*<MicroKernelArguments*, void>[]? Pair = pair;
}
