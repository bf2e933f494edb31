using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Rows of a float depthwise convolution, for tiers with registers for it: tiles of four output pixels × 16 channels, stored as they are
/// done. Where taps of a row overlap those of the next pixel, an input is loaded once for all of them.
/// </summary>
/// <remarks>
/// Each output adds its taps in their order to the bias, as <see cref="DepthwiseFloat32Kernels{TLanes}"/> does. The last 16 channels may
/// overlap those before, and the last whole tile of a row the one before: both compute the same once more.
/// </remarks>
internal static unsafe class DepthwiseRowKernels<TLanes>
    where TLanes : struct, IEpilogueLanes<TLanes>
{
    private const int TilePixels = 4;

    private const int Lanes = WeightPacking.PanelWidth;

    /// <summary>Weights that stay in the first-level cache, beside the input, while a row is computed.</summary>
    private const int WeightBytes = 12 * 1024;

    /// <summary>The kernel.</summary>
    public static delegate*<DepthwiseRowArguments*, void> Row => &Run;

    private static void Run(DepthwiseRowArguments* row)
    {
        int panels = (row->Channels + Lanes - 1) / Lanes;
        long panelBytes = (long)Math.Max(row->Rows, 1) * row->Columns * Lanes * sizeof(float);
        int together = (int)Math.Clamp(WeightBytes / panelBytes, 1, panels);
        for (int first = 0; first < panels; first += together)
        {
            int end = Math.Min(first + together, panels);
            int x = 0;
            for (; x < row->FirstWhole; x++)
            {
                Pixel(row, x, first, end);
            }

            if (row->EndWhole - x >= TilePixels)
            {
                while (x < row->EndWhole)
                {
                    x = Math.Min(x, row->EndWhole - TilePixels);
                    Tile(row, x, first, end);
                    x += TilePixels;
                }
            }

            for (; x < row->Width; x++)
            {
                Pixel(row, x, first, end);
            }
        }
    }

    /// <summary>The first channel of a panel: the last one ends with the last channel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Offset(DepthwiseRowArguments* row, int panel) =>
        (nint)Math.Min(panel * Lanes, row->Channels - Lanes) * sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Load(byte* from) => TLanes.LoadFloat32((float*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Add(TLanes weights, byte* input, TLanes sum) => TLanes.MultiplyAdd(weights, Load(input), sum);

    /// <summary>One pixel with those of its taps that lie inside the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pixel(DepthwiseRowArguments* row, int x, int firstPanel, int endPanel)
    {
        long start = ((long)x * row->Stride) - row->PadLeft;
        (nuint position, nuint count) = PoolingLoop.Clip(start, row->Columns, row->Dilation, row->InputWidth);
        int columns = (int)count;
        nint firstTap = columns == 0 ? 0 : (nint)(((long)position - start) / row->Dilation);
        byte* input = row->Input + ((nint)position * row->PixelStep);
        byte* weights = row->Weights + (firstTap * row->TapStep);
        nint weightRowStep = row->Columns * row->TapStep;
        byte* output = row->Output + (x * row->PixelStep);
        TLanes minimum = TLanes.Broadcast(row->Minimum);
        TLanes maximum = TLanes.Broadcast(row->Maximum);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            nint offset = Offset(row, panel);
            TLanes sum = Load(row->Bias + offset);
            byte* rowInput = input + offset;
            byte* rowWeights = weights + offset;
            for (int r = row->Rows; r > 0; r--, rowInput += row->RowStep, rowWeights += weightRowStep)
            {
                byte* p = rowInput;
                byte* w = rowWeights;
                for (int column = columns; column > 0; column--, p += row->ColumnStep, w += row->TapStep)
                {
                    sum = Add(Load(w), p, sum);
                }
            }

            TLanes.StoreFloat32(TLanes.Clamp(sum, minimum, maximum), (float*)(output + offset));
        }
    }

    /// <summary>Four pixels all of whose taps lie inside.</summary>
    private static void Tile(DepthwiseRowArguments* row, int x, int firstPanel, int endPanel)
    {
        byte* input = row->Input + (((nint)x * row->Stride) - row->PadLeft) * row->PixelStep;
        byte* output = row->Output + (x * row->PixelStep);
        bool isDense = row->Stride == 1 && row->Dilation == 1;
        switch (row->Columns)
        {
            case 3 when isDense:
                Tile3(row, input, output, firstPanel, endPanel);
                break;
            case 3:
                Tile3Apart(row, input, output, firstPanel, endPanel);
                break;
            case 5 when isDense:
                Tile5(row, input, output, firstPanel, endPanel);
                break;
            default:
                TileOfAny(row, input, output, firstPanel, endPanel);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile3(DepthwiseRowArguments* row, byte* input, byte* output, int firstPanel, int endPanel)
    {
        nint step = row->PixelStep;
        nint tapStep = row->TapStep;
        TLanes minimum = TLanes.Broadcast(row->Minimum);
        TLanes maximum = TLanes.Broadcast(row->Maximum);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            nint offset = Offset(row, panel);
            TLanes c0 = Load(row->Bias + offset);
            TLanes c1 = c0, c2 = c0, c3 = c0;
            byte* rowInput = input + offset;
            byte* w = row->Weights + offset;
            for (int r = row->Rows; r > 0; r--, rowInput += row->RowStep, w += 3 * tapStep)
            {
                TLanes w0 = Load(w);
                TLanes w1 = Load(w + tapStep);
                TLanes w2 = Load(w + (2 * tapStep));
                byte* p = rowInput;
                c0 = Add(w0, p, c0);
                p += step;
                TLanes v = Load(p);
                c0 = TLanes.MultiplyAdd(w1, v, c0);
                c1 = TLanes.MultiplyAdd(w0, v, c1);
                p += step;
                v = Load(p);
                c0 = TLanes.MultiplyAdd(w2, v, c0);
                c1 = TLanes.MultiplyAdd(w1, v, c1);
                c2 = TLanes.MultiplyAdd(w0, v, c2);
                p += step;
                v = Load(p);
                c1 = TLanes.MultiplyAdd(w2, v, c1);
                c2 = TLanes.MultiplyAdd(w1, v, c2);
                c3 = TLanes.MultiplyAdd(w0, v, c3);
                p += step;
                v = Load(p);
                c2 = TLanes.MultiplyAdd(w2, v, c2);
                c3 = TLanes.MultiplyAdd(w1, v, c3);
                c3 = Add(w2, p + step, c3);
            }

            Store(output + offset, row->PixelStep, minimum, maximum, c0, c1, c2, c3);
        }
    }

    /// <summary>Pixels that share no inputs, or few.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile3Apart(DepthwiseRowArguments* row, byte* input, byte* output, int firstPanel, int endPanel)
    {
        nint step = row->Stride * row->PixelStep;
        nint tapStep = row->TapStep;
        nint column = row->ColumnStep;
        TLanes minimum = TLanes.Broadcast(row->Minimum);
        TLanes maximum = TLanes.Broadcast(row->Maximum);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            nint offset = Offset(row, panel);
            TLanes c0 = Load(row->Bias + offset);
            TLanes c1 = c0, c2 = c0, c3 = c0;
            byte* rowInput = input + offset;
            byte* w = row->Weights + offset;
            for (int r = row->Rows; r > 0; r--, rowInput += row->RowStep, w += 3 * tapStep)
            {
                TLanes w0 = Load(w);
                TLanes w1 = Load(w + tapStep);
                TLanes w2 = Load(w + (2 * tapStep));
                byte* p = rowInput;
                c0 = Add(w2, p + (2 * column), Add(w1, p + column, Add(w0, p, c0)));
                p += step;
                c1 = Add(w2, p + (2 * column), Add(w1, p + column, Add(w0, p, c1)));
                p += step;
                c2 = Add(w2, p + (2 * column), Add(w1, p + column, Add(w0, p, c2)));
                p += step;
                c3 = Add(w2, p + (2 * column), Add(w1, p + column, Add(w0, p, c3)));
            }

            Store(output + offset, row->PixelStep, minimum, maximum, c0, c1, c2, c3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile5(DepthwiseRowArguments* row, byte* input, byte* output, int firstPanel, int endPanel)
    {
        nint step = row->PixelStep;
        nint tapStep = row->TapStep;
        TLanes minimum = TLanes.Broadcast(row->Minimum);
        TLanes maximum = TLanes.Broadcast(row->Maximum);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            nint offset = Offset(row, panel);
            TLanes c0 = Load(row->Bias + offset);
            TLanes c1 = c0, c2 = c0, c3 = c0;
            byte* rowInput = input + offset;
            byte* w = row->Weights + offset;
            for (int r = row->Rows; r > 0; r--, rowInput += row->RowStep, w += 5 * tapStep)
            {
                TLanes w0 = Load(w);
                TLanes w1 = Load(w + tapStep);
                TLanes w2 = Load(w + (2 * tapStep));
                TLanes w3 = Load(w + (3 * tapStep));
                TLanes w4 = Load(w + (4 * tapStep));
                byte* p = rowInput;
                c0 = Add(w0, p, c0);
                p += step;
                TLanes v = Load(p);
                c0 = TLanes.MultiplyAdd(w1, v, c0);
                c1 = TLanes.MultiplyAdd(w0, v, c1);
                p += step;
                v = Load(p);
                c0 = TLanes.MultiplyAdd(w2, v, c0);
                c1 = TLanes.MultiplyAdd(w1, v, c1);
                c2 = TLanes.MultiplyAdd(w0, v, c2);
                p += step;
                v = Load(p);
                c0 = TLanes.MultiplyAdd(w3, v, c0);
                c1 = TLanes.MultiplyAdd(w2, v, c1);
                c2 = TLanes.MultiplyAdd(w1, v, c2);
                c3 = TLanes.MultiplyAdd(w0, v, c3);
                p += step;
                v = Load(p);
                c0 = TLanes.MultiplyAdd(w4, v, c0);
                c1 = TLanes.MultiplyAdd(w3, v, c1);
                c2 = TLanes.MultiplyAdd(w2, v, c2);
                c3 = TLanes.MultiplyAdd(w1, v, c3);
                p += step;
                v = Load(p);
                c1 = TLanes.MultiplyAdd(w4, v, c1);
                c2 = TLanes.MultiplyAdd(w3, v, c2);
                c3 = TLanes.MultiplyAdd(w2, v, c3);
                p += step;
                v = Load(p);
                c2 = TLanes.MultiplyAdd(w4, v, c2);
                c3 = TLanes.MultiplyAdd(w3, v, c3);
                c3 = Add(w4, p + step, c3);
            }

            Store(output + offset, row->PixelStep, minimum, maximum, c0, c1, c2, c3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TileOfAny(DepthwiseRowArguments* row, byte* input, byte* output, int firstPanel, int endPanel)
    {
        nint step = row->Stride * row->PixelStep;
        nint tapStep = row->TapStep;
        nint columnStep = row->ColumnStep;
        TLanes minimum = TLanes.Broadcast(row->Minimum);
        TLanes maximum = TLanes.Broadcast(row->Maximum);
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            nint offset = Offset(row, panel);
            TLanes c0 = Load(row->Bias + offset);
            TLanes c1 = c0, c2 = c0, c3 = c0;
            byte* rowInput = input + offset;
            byte* w = row->Weights + offset;
            for (int r = row->Rows; r > 0; r--, rowInput += row->RowStep)
            {
                byte* p = rowInput;
                for (int column = row->Columns; column > 0; column--, p += columnStep, w += tapStep)
                {
                    TLanes tap = Load(w);
                    c0 = Add(tap, p, c0);
                    c1 = Add(tap, p + step, c1);
                    c2 = Add(tap, p + (2 * step), c2);
                    c3 = Add(tap, p + (3 * step), c3);
                }
            }

            Store(output + offset, row->PixelStep, minimum, maximum, c0, c1, c2, c3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(
        byte* output, nint step, TLanes minimum, TLanes maximum, TLanes c0, TLanes c1, TLanes c2, TLanes c3)
    {
        TLanes.StoreFloat32(TLanes.Clamp(c0, minimum, maximum), (float*)output);
        TLanes.StoreFloat32(TLanes.Clamp(c1, minimum, maximum), (float*)(output + step));
        TLanes.StoreFloat32(TLanes.Clamp(c2, minimum, maximum), (float*)(output + (2 * step)));
        TLanes.StoreFloat32(TLanes.Clamp(c3, minimum, maximum), (float*)(output + (3 * step)));
    }
}
