using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The micro-kernel of float depthwise convolution, for all tiers: a tile of output pixels × 16 channels. Every tap is one vector of
/// weights for all pixels and one vector of input for each.
/// </summary>
internal static unsafe class DepthwiseFloat32Kernels<TLanes>
    where TLanes : struct, IProductLanes<TLanes>
{
    /// <summary>Tiles of 1, 2, … pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] Table => [&Tiles<Rows1>, &Tiles<Rows2>, &Tiles<Rows3>, &Tiles<Rows4>];

    /// <summary>The same, by code that is compiled before it ships.</summary>
    public static delegate*<MicroKernelArguments*, void>[] TableAtStart
        => [&TilesAtStart<Rows1>, &TilesAtStart<Rows2>, &TilesAtStart<Rows3>, &TilesAtStart<Rows4>];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows => MultiplyTiles<TRows>(arguments);

    private static void TilesAtStart<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows => MultiplyTiles<TRows>(arguments);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyTiles<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
    {
        if (arguments->Rows == 3 && arguments->Segments == 3)
        {
            Tiles3x3<TRows>(arguments);
            return;
        }

        byte** pixels = arguments->Pixels;
        float* accumulators = (float*)arguments->Accumulators;
        nint inputOffset = arguments->InputOffset;
        nint tapStep = arguments->TapStep;
        nint segmentStep = arguments->SegmentStep;
        for (int tile = arguments->Tiles; tile > 0; tile--)
        {
            byte* p0 = pixels[0] + inputOffset;
            byte* p1 = TRows.Count > 1 ? pixels[1] + inputOffset : null;
            byte* p2 = TRows.Count > 2 ? pixels[2] + inputOffset : null;
            byte* p3 = TRows.Count > 3 ? pixels[3] + inputOffset : null;
            TLanes c0 = TLanes.LoadFloat32((float*)arguments->Bias);
            TLanes c1 = c0, c2 = c0, c3 = c0;

            byte* weights = arguments->Weights;
            nint rowOffset = 0;
            for (int row = arguments->Rows; row > 0; row--, rowOffset += arguments->RowStep)
            {
                nint offset = rowOffset;
                for (int segment = arguments->Segments; segment > 0; segment--, offset += segmentStep, weights += tapStep)
                {
                    TLanes w = TLanes.LoadFloat32((float*)weights);
                    c0 = TLanes.MultiplyAdd(w, TLanes.LoadFloat32((float*)(p0 + offset)), c0);
                    if (TRows.Count > 1)
                    {
                        c1 = TLanes.MultiplyAdd(w, TLanes.LoadFloat32((float*)(p1 + offset)), c1);
                    }

                    if (TRows.Count > 2)
                    {
                        c2 = TLanes.MultiplyAdd(w, TLanes.LoadFloat32((float*)(p2 + offset)), c2);
                    }

                    if (TRows.Count > 3)
                    {
                        c3 = TLanes.MultiplyAdd(w, TLanes.LoadFloat32((float*)(p3 + offset)), c3);
                    }
                }
            }

            TLanes.StoreFloat32(c0, accumulators);
            if (TRows.Count > 1)
            {
                TLanes.StoreFloat32(c1, accumulators + WeightPacking.PanelWidth);
            }

            if (TRows.Count > 2)
            {
                TLanes.StoreFloat32(c2, accumulators + (2 * WeightPacking.PanelWidth));
            }

            if (TRows.Count > 3)
            {
                TLanes.StoreFloat32(c3, accumulators + (3 * WeightPacking.PanelWidth));
            }

            pixels += TRows.Count;
            accumulators += TRows.Count * WeightPacking.PanelWidth;
        }
    }

    /// <summary>The same for windows of 3 × 3, by far the most: all weights are in registers, and no loop counts nine taps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles3x3<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
    {
        byte* weights = arguments->Weights;
        nint tapStep = arguments->TapStep;
        TLanes w00 = TLanes.LoadFloat32((float*)weights);
        TLanes w01 = TLanes.LoadFloat32((float*)(weights + tapStep));
        TLanes w02 = TLanes.LoadFloat32((float*)(weights + (2 * tapStep)));
        TLanes w10 = TLanes.LoadFloat32((float*)(weights + (3 * tapStep)));
        TLanes w11 = TLanes.LoadFloat32((float*)(weights + (4 * tapStep)));
        TLanes w12 = TLanes.LoadFloat32((float*)(weights + (5 * tapStep)));
        TLanes w20 = TLanes.LoadFloat32((float*)(weights + (6 * tapStep)));
        TLanes w21 = TLanes.LoadFloat32((float*)(weights + (7 * tapStep)));
        TLanes w22 = TLanes.LoadFloat32((float*)(weights + (8 * tapStep)));
        TLanes bias = TLanes.LoadFloat32((float*)arguments->Bias);
        byte** pixels = arguments->Pixels;
        byte** end = pixels + (arguments->Tiles * TRows.Count);
        float* accumulators = (float*)arguments->Accumulators;
        nint inputOffset = arguments->InputOffset;
        nint column = arguments->SegmentStep;
        nint row = arguments->RowStep;
        for (; pixels < end; pixels++, accumulators += WeightPacking.PanelWidth)
        {
            byte* p0 = *pixels + inputOffset;
            byte* p1 = p0 + row;
            byte* p2 = p1 + row;
            TLanes c = TLanes.MultiplyAdd(w00, TLanes.LoadFloat32((float*)p0), bias);
            c = TLanes.MultiplyAdd(w01, TLanes.LoadFloat32((float*)(p0 + column)), c);
            c = TLanes.MultiplyAdd(w02, TLanes.LoadFloat32((float*)(p0 + (2 * column))), c);
            c = TLanes.MultiplyAdd(w10, TLanes.LoadFloat32((float*)p1), c);
            c = TLanes.MultiplyAdd(w11, TLanes.LoadFloat32((float*)(p1 + column)), c);
            c = TLanes.MultiplyAdd(w12, TLanes.LoadFloat32((float*)(p1 + (2 * column))), c);
            c = TLanes.MultiplyAdd(w20, TLanes.LoadFloat32((float*)p2), c);
            c = TLanes.MultiplyAdd(w21, TLanes.LoadFloat32((float*)(p2 + column)), c);
            c = TLanes.MultiplyAdd(w22, TLanes.LoadFloat32((float*)(p2 + (2 * column))), c);
            TLanes.StoreFloat32(c, accumulators);
        }
    }
}
