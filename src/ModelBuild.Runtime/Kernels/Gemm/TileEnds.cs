using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The ends that tiles have.</summary>
internal static unsafe class TileEnds
{
    /// <summary>Accumulators go to the strip's memory, where an epilogue finds them.</summary>
    public readonly struct Sums<TStep, TWeights, TInput> : ITileEnd<TStep>
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

    /// <summary>Floats go to the output, clamped as <see cref="EpilogueKind.Store"/> clamps them.</summary>
    public readonly struct Floats<TStep> : ITileEnd<TStep>
        where TStep : struct, IFinishingStep<TStep>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static byte* Target(MicroKernelArguments* arguments) => arguments->Finishing.Output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Step(MicroKernelArguments* arguments) => arguments->Finishing.OutputStep;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(TStep value, byte* target, MicroKernelArguments* arguments) =>
            TStep.StoreClamped(value, arguments->Finishing.Lowest, arguments->Finishing.Maximum, target);
    }

    /// <summary>The same with a residual, as <see cref="EpilogueKind.AddAndStore"/> adds it.</summary>
    public readonly struct FloatsOfSums<TStep> : ITileEnd<TStep>
        where TStep : struct, IFinishingStep<TStep>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static byte* Target(MicroKernelArguments* arguments) => arguments->Finishing.Output;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static nint Step(MicroKernelArguments* arguments) => arguments->Finishing.OutputStep;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store(TStep value, byte* target, MicroKernelArguments* arguments)
        {
            byte* residual = arguments->Finishing.Beside + (target - arguments->Finishing.Output);
            TStep.StoreClamped(
                TStep.AddOutput(value, residual), arguments->Finishing.Lowest, arguments->Finishing.Maximum, target);
        }
    }
}
