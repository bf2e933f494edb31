using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The micro-kernel of depthwise convolution of bytes, for all tiers: two output pixels × 16 channels, taps in groups whose products
/// are summed by one instruction. The weights of the panel are brought into the groups' order once for a strip of pixels.
/// </summary>
internal static unsafe class DepthwiseUInt8Kernels<TStep, TWeights>
    where TStep : struct, IDepthwiseStep<TStep, TWeights>
    where TWeights : struct
{
    /// <summary>Taps that are prepared at a time, a multiple of every group: larger kernels take several passes.</summary>
    private const int MaximumTaps = 64;

    private const int PreparedBytes = 64;

    /// <summary>Tiles of one and two pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] Table => [&Tiles<Rows1>, &Tiles<Rows2>];

    /// <summary>The same, by code that is compiled before it ships.</summary>
    public static delegate*<MicroKernelArguments*, void>[] TableAtStart => [&TilesAtStart<Rows1>, &TilesAtStart<Rows2>];

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
    {
        nint* offsets = stackalloc nint[MaximumTaps];
        byte* prepared = stackalloc byte[MaximumTaps * PreparedBytes];
        MultiplyTiles<TRows>(arguments, offsets, prepared);
    }

    [SkipLocalsInit]
    private static void TilesAtStart<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
    {
        nint* offsets = stackalloc nint[MaximumTaps];
        byte* prepared = stackalloc byte[MaximumTaps * PreparedBytes];
        MultiplyTiles<TRows>(arguments, offsets, prepared);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyTiles<TRows>(MicroKernelArguments* arguments, nint* offsets, byte* prepared)
        where TRows : struct, IRows
    {
        int taps = arguments->Rows * arguments->Segments;
        for (int firstTap = 0; firstTap < taps; firstTap += MaximumTaps)
        {
            int count = Math.Min(MaximumTaps, taps - firstTap);
            int groups = (count + TStep.Taps - 1) / TStep.Taps;
            Prepare(arguments, firstTap, count, offsets, prepared);

            for (int tile = 0; tile < arguments->Tiles; tile++)
            {
                byte** pixels = arguments->Pixels + (tile * TRows.Count);
                int* first = (int*)arguments->Accumulators + (tile * TRows.Count * WeightPacking.PanelWidth);
                int* second = first + ((TRows.Count - 1) * WeightPacking.PanelWidth);
                byte* p0 = pixels[0] + arguments->InputOffset;
                byte* p1 = pixels[TRows.Count - 1] + arguments->InputOffset;
                TStep accumulators = firstTap == 0
                    ? TStep.Load((int*)arguments->Bias, (int*)arguments->Bias)
                    : TStep.Load(first, second);
                for (int group = 0; group < groups; group++)
                {
                    TWeights weights = TStep.LoadWeights(prepared + (group * PreparedBytes));
                    accumulators = TStep.MultiplyAdd(accumulators, p0, p1, offsets + (group * TStep.Taps), weights);
                }

                TStep.Store(accumulators, first, second);
            }
        }
    }

    private static void Prepare(MicroKernelArguments* arguments, int firstTap, int count, nint* offsets, byte* prepared)
    {
        sbyte* weights = (sbyte*)arguments->Weights + (firstTap * arguments->TapStep);
        for (int tap = 0; tap < count; tap += TStep.Taps)
        {
            TStep.PrepareWeights(weights, arguments->TapStep, Math.Min(TStep.Taps, count - tap), prepared);
            weights += TStep.Taps * arguments->TapStep;
            prepared += PreparedBytes;
        }

        (int row, int segment) = Math.DivRem(firstTap, arguments->Segments);
        for (int tap = 0; tap < count; tap++)
        {
            offsets[tap] = (row * arguments->RowStep) + (segment * arguments->SegmentStep);
            if (++segment == arguments->Segments)
            {
                segment = 0;
                row++;
            }
        }

        // The last group's missing taps read what its neighbour reads, and multiply it by zero.
        for (int tap = count; tap % TStep.Taps != 0; tap++)
        {
            offsets[tap] = offsets[count - 1];
        }
    }
}
