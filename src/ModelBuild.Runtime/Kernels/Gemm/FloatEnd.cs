using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats go to the output, clamped as <see cref="EpilogueKind.Store"/> clamps them.</summary>
internal readonly unsafe struct FloatEnd<TStep> : ITileEnd<TStep>
    where TStep : struct, IFinishingStep<TStep>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Target(MicroKernelArguments* arguments) => arguments->Finishing.Output;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Step(MicroKernelArguments* arguments) => arguments->Finishing.OutputStep;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TStep value, byte* target, MicroKernelArguments* arguments) =>
        TStep.StoreClamped(value, arguments->Finishing.MinimumFloat, arguments->Finishing.Maximum, target);
}
