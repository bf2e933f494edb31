using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The micro-kernel of convolution and matrix product, for all tiers and types: a tile of output pixels times a panel. The weights of a
/// step are loaded once for all pixels of the tile, the input of a pixel once for all outputs of the panel, and the accumulators never
/// leave the registers.
/// </summary>
internal static unsafe class MicroKernels<TStep, TWeights, TInput>
    where TStep : struct, IMicroKernelStep<TStep, TWeights, TInput>
    where TWeights : struct
    where TInput : struct
{
    private const int InputBytes = 4;
    private const int WeightBytes = WeightPacking.PanelWidth * InputBytes;

    /// <summary>Tiles of 1 and 2 pixels, for tiers that have not the registers for four sets of accumulators.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo2 => [&Tiles<Rows1>, &Tiles<Rows2>];

    /// <summary>Tiles of 1 to 4 pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo4 => [&Row, &Tiles<Rows2>, &Tiles<Rows3>, &Tiles<Rows4>];

    /// <summary>Tiles of 1 to 6 pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo6
        => [&Row, &Tiles<Rows2>, &Tiles<Rows3>, &Tiles<Rows4>, &Tiles<Rows5>, &Tiles<Rows6>];

    /// <summary>As <see cref="UpTo4"/>, by code that is compiled before it ships.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo4AtStart
        => [&RowAtStart, &TilesAtStart<Rows2>, &TilesAtStart<Rows3>, &TilesAtStart<Rows4>];

    /// <summary>As <see cref="UpTo6"/>, by code that is compiled before it ships.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo6AtStart =>
    [
        &RowAtStart, &TilesAtStart<Rows2>, &TilesAtStart<Rows3>, &TilesAtStart<Rows4>, &TilesAtStart<Rows5>, &TilesAtStart<Rows6>,
    ];

    /// <summary>Tiles of 1 to 6 pixels, each with one set of accumulators, which add the products in their order.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo6InOrder
        => [&Tiles<Rows1>, &Tiles<Rows2>, &Tiles<Rows3>, &Tiles<Rows4>, &Tiles<Rows5>, &Tiles<Rows6>];

    /// <summary>Tiles of 1 to 8 pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo8
        => [&Row, &Tiles<Rows2>, &Tiles<Rows3>, &Tiles<Rows4>, &Tiles<Rows5>, &Tiles<Rows6>, &Tiles<Rows7>, &Tiles<Rows8>];

    /// <summary>Tiles of <typeparamref name="TRows"/> pixels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Tiles<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows => MultiplyTiles<TRows, AccumulatorEnd<TStep, TWeights, TInput>>(arguments);

    /// <summary>The same, where precompiled code is used.</summary>
    public static void TilesAtStart<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows => MultiplyTiles<TRows, AccumulatorEnd<TStep, TWeights, TInput>>(arguments);

    /// <summary>The same with another end, for tiles of 1 to 6 pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo6With<TEnd>()
        where TEnd : struct, ITileEnd<TStep> =>
    [
        &RowWith<TEnd>, &TilesWith<Rows2, TEnd>, &TilesWith<Rows3, TEnd>, &TilesWith<Rows4, TEnd>, &TilesWith<Rows5, TEnd>,
        &TilesWith<Rows6, TEnd>,
    ];

    /// <summary>The same for tiles of 1 to 8 pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] UpTo8With<TEnd>()
        where TEnd : struct, ITileEnd<TStep> =>
    [
        &RowWith<TEnd>, &TilesWith<Rows2, TEnd>, &TilesWith<Rows3, TEnd>, &TilesWith<Rows4, TEnd>, &TilesWith<Rows5, TEnd>,
        &TilesWith<Rows6, TEnd>, &TilesWith<Rows7, TEnd>, &TilesWith<Rows8, TEnd>,
    ];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TilesWith<TRows, TEnd>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
        where TEnd : struct, ITileEnd<TStep> => MultiplyTiles<TRows, TEnd>(arguments);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RowWith<TEnd>(MicroKernelArguments* arguments)
        where TEnd : struct, ITileEnd<TStep> => MultiplyRow<TEnd>(arguments);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyTiles<TRows, TEnd>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
        where TEnd : struct, ITileEnd<TStep>
    {
        byte** pixels = arguments->Pixels;
        byte* target = TEnd.Target(arguments);
        nint step = TEnd.Step(arguments);
        nint inputOffset = arguments->InputOffset;
        nint panelStep = arguments->PanelStep;
        nint segmentLength = (nint)arguments->Steps * InputBytes;
        for (int tile = arguments->Tiles; tile > 0; tile--)
        {
            byte* p0 = pixels[0] + inputOffset;
            byte* p1 = TRows.Count > 1 ? pixels[1] + inputOffset : null;
            byte* p2 = TRows.Count > 2 ? pixels[2] + inputOffset : null;
            byte* p3 = TRows.Count > 3 ? pixels[3] + inputOffset : null;
            byte* p4 = TRows.Count > 4 ? pixels[4] + inputOffset : null;
            byte* p5 = TRows.Count > 5 ? pixels[5] + inputOffset : null;
            byte* p6 = TRows.Count > 6 ? pixels[6] + inputOffset : null;
            byte* p7 = TRows.Count > 7 ? pixels[7] + inputOffset : null;
            TStep c0 = TStep.Load(arguments->Bias);
            TStep c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0, c6 = c0, c7 = c0;

            byte* weights = arguments->Weights;
            nint rowOffset = 0;
            for (int row = arguments->Rows; row > 0; row--, rowOffset += arguments->RowStep)
            {
                nint segmentOffset = rowOffset;
                for (int segment = arguments->Segments; segment > 0; segment--, segmentOffset += arguments->SegmentStep)
                {
                    nint end = segmentOffset + segmentLength;
                    for (nint offset = segmentOffset; offset < end; offset += InputBytes, weights += WeightBytes)
                    {
                        TWeights w = TStep.LoadWeights(weights, panelStep);
                        c0 = TStep.MultiplyAdd(c0, TStep.LoadInput(p0 + offset), w);
                        if (TRows.Count > 1)
                        {
                            c1 = TStep.MultiplyAdd(c1, TStep.LoadInput(p1 + offset), w);
                        }

                        if (TRows.Count > 2)
                        {
                            c2 = TStep.MultiplyAdd(c2, TStep.LoadInput(p2 + offset), w);
                        }

                        if (TRows.Count > 3)
                        {
                            c3 = TStep.MultiplyAdd(c3, TStep.LoadInput(p3 + offset), w);
                        }

                        if (TRows.Count > 4)
                        {
                            c4 = TStep.MultiplyAdd(c4, TStep.LoadInput(p4 + offset), w);
                        }

                        if (TRows.Count > 5)
                        {
                            c5 = TStep.MultiplyAdd(c5, TStep.LoadInput(p5 + offset), w);
                        }

                        if (TRows.Count > 6)
                        {
                            c6 = TStep.MultiplyAdd(c6, TStep.LoadInput(p6 + offset), w);
                        }

                        if (TRows.Count > 7)
                        {
                            c7 = TStep.MultiplyAdd(c7, TStep.LoadInput(p7 + offset), w);
                        }
                    }
                }
            }

            TEnd.Store(c0, target, arguments);
            if (TRows.Count > 1)
            {
                TEnd.Store(c1, target + step, arguments);
            }

            if (TRows.Count > 2)
            {
                TEnd.Store(c2, target + (2 * step), arguments);
            }

            if (TRows.Count > 3)
            {
                TEnd.Store(c3, target + (3 * step), arguments);
            }

            if (TRows.Count > 4)
            {
                TEnd.Store(c4, target + (4 * step), arguments);
            }

            if (TRows.Count > 5)
            {
                TEnd.Store(c5, target + (5 * step), arguments);
            }

            if (TRows.Count > 6)
            {
                TEnd.Store(c6, target + (6 * step), arguments);
            }

            if (TRows.Count > 7)
            {
                TEnd.Store(c7, target + (7 * step), arguments);
            }

            pixels += TRows.Count;
            target += TRows.Count * step;
        }
    }

    /// <summary>
    /// Tiles of one pixel. One set of accumulators would wait for itself at every step, so four sets take turns.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(MicroKernelArguments* arguments) => MultiplyRow<AccumulatorEnd<TStep, TWeights, TInput>>(arguments);

    /// <summary>The same, where precompiled code is used.</summary>
    public static void RowAtStart(MicroKernelArguments* arguments) =>
        MultiplyRow<AccumulatorEnd<TStep, TWeights, TInput>>(arguments);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyRow<TEnd>(MicroKernelArguments* arguments)
        where TEnd : struct, ITileEnd<TStep>
    {
        byte* target = TEnd.Target(arguments);
        nint step = TEnd.Step(arguments);
        nint panelStep = arguments->PanelStep;
        nint segmentLength = (nint)arguments->Steps * InputBytes;
        for (int tile = 0; tile < arguments->Tiles; tile++)
        {
            byte* pixel = arguments->Pixels[tile] + arguments->InputOffset;
            byte* weights = arguments->Weights;
            TStep c0 = TStep.Load(arguments->Bias);
            TStep c1 = default, c2 = default, c3 = default;
            for (int row = 0; row < arguments->Rows; row++)
            {
                for (int segment = 0; segment < arguments->Segments; segment++)
                {
                    byte* input = pixel + (row * arguments->RowStep) + (segment * arguments->SegmentStep);
                    byte* end = input + segmentLength;
                    for (; end - input >= 4 * InputBytes; input += 4 * InputBytes, weights += 4 * WeightBytes)
                    {
                        c0 = TStep.MultiplyAdd(c0, TStep.LoadInput(input), TStep.LoadWeights(weights, panelStep));
                        c1 = TStep.MultiplyAdd(
                            c1, TStep.LoadInput(input + InputBytes), TStep.LoadWeights(weights + WeightBytes, panelStep));
                        c2 = TStep.MultiplyAdd(
                            c2, TStep.LoadInput(input + (2 * InputBytes)), TStep.LoadWeights(weights + (2 * WeightBytes), panelStep));
                        c3 = TStep.MultiplyAdd(
                            c3, TStep.LoadInput(input + (3 * InputBytes)), TStep.LoadWeights(weights + (3 * WeightBytes), panelStep));
                    }

                    for (; input < end; input += InputBytes, weights += WeightBytes)
                    {
                        c0 = TStep.MultiplyAdd(c0, TStep.LoadInput(input), TStep.LoadWeights(weights, panelStep));
                    }
                }
            }

            TEnd.Store(TStep.Add(TStep.Add(c0, c1), TStep.Add(c2, c3)), target + (tile * step), arguments);
        }
    }
}
