namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The sums of one output for a vector of pixels, in a register of a tier, and how a block adds to them: four inputs of each pixel by four
/// weights that are the same for all. <see cref="SparseMicroKernels{TSelf, TWeights, TInput}"/> is written once over it.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
/// <typeparam name="TWeights">Four weights, as all pixels use them.</typeparam>
/// <typeparam name="TInput">Four inputs of each pixel, as all outputs use them.</typeparam>
internal unsafe interface ISparseLanes<TSelf, TWeights, TInput>
    where TSelf : struct, ISparseLanes<TSelf, TWeights, TInput>
    where TWeights : struct
    where TInput : struct
{
    /// <summary>Pixels of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>Sums that all start from one number.</summary>
    static abstract TSelf Broadcast(int bias);

    /// <summary>Four weights.</summary>
    static abstract TWeights LoadWeights(sbyte* weights);

    /// <summary>Four bytes of each pixel.</summary>
    static abstract TInput LoadInput(byte* input);

    /// <summary>Four weights of each lane's own, which lie side by side.</summary>
    static abstract TWeights LoadOwnWeights(sbyte* weights);

    /// <summary>Four bytes for each lane, from wherever its number says.</summary>
    /// <param name="input">The first four bytes.</param>
    /// <param name="lanes">Which four bytes each lane takes.</param>
    static abstract TInput Gather(byte* input, byte* lanes);

    /// <summary>Adds the products, modulo 2³².</summary>
    static abstract TSelf MultiplyAdd(TSelf sums, TInput input, TWeights weights);

    /// <summary>Stores the sums.</summary>
    static abstract void Store(TSelf sums, int* target);
}
