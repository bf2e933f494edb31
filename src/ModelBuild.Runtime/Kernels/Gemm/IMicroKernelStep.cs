namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The accumulators of one output pixel and one panel (or two), in the registers of a tier, and how one step adds to them: a step
/// multiplies 4 bytes of the input, one float or four bytes, with 64 bytes of each panel's weights.
/// <see cref="MicroKernels{TSelf, TWeights, TInput}"/> is written once over it.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
/// <typeparam name="TWeights">A step's weights, as all pixels of a tile use them.</typeparam>
/// <typeparam name="TInput">A step's input, as all outputs use it.</typeparam>
internal unsafe interface IMicroKernelStep<TSelf, TWeights, TInput>
    where TSelf : struct, IMicroKernelStep<TSelf, TWeights, TInput>
    where TWeights : struct
    where TInput : struct
{
    /// <summary>Accumulators that start from the bias.</summary>
    static abstract TSelf Load(byte* bias);

    /// <summary>The weights of one step.</summary>
    /// <param name="weights">64 bytes.</param>
    /// <param name="panelStep">Bytes to the other panel's weights, where there are two.</param>
    static abstract TWeights LoadWeights(byte* weights, nint panelStep);

    /// <summary>The input of one step.</summary>
    /// <param name="input">4 bytes.</param>
    static abstract TInput LoadInput(byte* input);

    /// <summary>Adds a step's products.</summary>
    static abstract TSelf MultiplyAdd(TSelf accumulators, TInput input, TWeights weights);

    /// <summary>Adds other accumulators.</summary>
    static abstract TSelf Add(TSelf left, TSelf right);

    /// <summary>Stores the accumulators; those of a second panel <see cref="GemmDriver.AccumulatorsPanelStep"/> further.</summary>
    static abstract void Store(TSelf accumulators, byte* target);
}
