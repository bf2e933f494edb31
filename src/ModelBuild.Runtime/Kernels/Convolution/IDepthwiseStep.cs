namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The int32 accumulators of two output pixels × 16 channels of a depthwise convolution of bytes, in the registers of a tier, and how
/// a group of taps adds to them. <see cref="DepthwiseUInt8Kernels{TSelf, TWeights}"/> is written once over it.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
/// <typeparam name="TWeights">A group's weights, as both pixels use them.</typeparam>
internal unsafe interface IDepthwiseStep<TSelf, TWeights>
    where TSelf : struct, IDepthwiseStep<TSelf, TWeights>
    where TWeights : struct
{
    /// <summary>Taps in a group.</summary>
    static abstract int Taps { get; }

    /// <summary>Accumulators that start from 16 values for each pixel.</summary>
    static abstract TSelf Load(int* first, int* second);

    /// <summary>Writes a group's weights as <see cref="LoadWeights"/> wants them: 64 bytes.</summary>
    /// <param name="weights">16 weights per tap.</param>
    /// <param name="tapStep">Bytes from one tap to the next.</param>
    /// <param name="taps">Taps that exist: the weights of the others are zero.</param>
    /// <param name="prepared">The target.</param>
    static abstract void PrepareWeights(sbyte* weights, nint tapStep, int taps, byte* prepared);

    /// <summary>A group's prepared weights.</summary>
    static abstract TWeights LoadWeights(byte* prepared);

    /// <summary>Adds a group's products.</summary>
    /// <param name="accumulators">The accumulators.</param>
    /// <param name="first">The first pixel's receptive field.</param>
    /// <param name="second">The second pixel's receptive field.</param>
    /// <param name="offsets">Where in the field each tap of the group lies. Taps that do not exist may be anywhere in it.</param>
    /// <param name="weights">The weights.</param>
    static abstract TSelf MultiplyAdd(TSelf accumulators, byte* first, byte* second, nint* offsets, TWeights weights);

    /// <summary>Stores 16 accumulators of each pixel. Both may be the same pixel.</summary>
    static abstract void Store(TSelf accumulators, int* first, int* second);
}
