using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Accumulators go to the strip's memory, where an epilogue finds them.</summary>
internal readonly unsafe struct AccumulatorEnd<TStep, TWeights, TInput> : ITileEnd<TStep>
    where TStep : struct, IMicroKernelStep<TStep, TWeights, TInput>
    where TWeights : struct
    where TInput : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Target(MicroKernelArguments* arguments) => arguments->Accumulators;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Step(MicroKernelArguments* arguments) => WeightPacking.PanelWidth * sizeof(int);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TStep value, byte* target, MicroKernelArguments* arguments) => TStep.Store(value, target);
}
