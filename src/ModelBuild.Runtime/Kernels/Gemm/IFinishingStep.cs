namespace ModelBuild.Runtime.Kernels;

/// <summary>Accumulators that can go straight to the output: floats, whose panels lie beside each other there.</summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
internal unsafe interface IFinishingStep<TSelf>
    where TSelf : struct, IFinishingStep<TSelf>
{
    /// <summary>Adds what lies in memory as the output does.</summary>
    static abstract TSelf AddOutput(TSelf accumulators, byte* addends);

    /// <summary>Stores what <see cref="IEpilogueLanes{TSelf}.Clamp"/> makes of them.</summary>
    static abstract void StoreClamped(TSelf accumulators, float minimum, float maximum, byte* output);
}
