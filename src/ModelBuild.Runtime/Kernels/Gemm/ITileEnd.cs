namespace ModelBuild.Runtime.Kernels;

/// <summary>What becomes of the accumulators of a tile.</summary>
/// <typeparam name="TStep">Accumulators of a pixel.</typeparam>
internal unsafe interface ITileEnd<TStep>
    where TStep : struct
{
    /// <summary>Where those of the first pixel go.</summary>
    static abstract byte* Target(MicroKernelArguments* arguments);

    /// <summary>From a pixel's place to the next pixel's.</summary>
    static abstract nint Step(MicroKernelArguments* arguments);

    /// <summary>Stores those of a pixel.</summary>
    /// <param name="value">The accumulators.</param>
    /// <param name="target">The pixel's place.</param>
    /// <param name="arguments">What else belongs to it.</param>
    static abstract void Store(TStep value, byte* target, MicroKernelArguments* arguments);
}
