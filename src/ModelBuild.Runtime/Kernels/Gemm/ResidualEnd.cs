using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Floats go to the output with a residual, as <see cref="EpilogueKind.AddAndStore"/> adds it.</summary>
internal readonly unsafe struct ResidualEnd<TStep> : ITileEnd<TStep>
    where TStep : struct, IFinishingStep<TStep>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Target(MicroKernelArguments* arguments) => FloatEnd<TStep>.Target(arguments);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Step(MicroKernelArguments* arguments) => FloatEnd<TStep>.Step(arguments);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TStep value, byte* target, MicroKernelArguments* arguments)
    {
        // It lies as the output does, and whoever moves one moves the other.
        byte* residual = arguments->Finishing.Beside + (target - arguments->Finishing.Output);
        FloatEnd<TStep>.Store(TStep.AddOutput(value, residual), target, arguments);
    }
}
