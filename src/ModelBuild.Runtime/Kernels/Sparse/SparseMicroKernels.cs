using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sparse kernels with pixels in the lanes, written once for all managed tiers: a few vectors of pixels by the blocks of each row, whose
/// sums never leave the registers. A block that is not there costs nothing. Equal to those of <see cref="SparseScalar"/> to the bit.
/// </summary>
internal static unsafe class SparseMicroKernels<TLanes, TWeights, TInput>
    where TLanes : struct, ISparseLanes<TLanes, TWeights, TInput>
    where TWeights : struct
    where TInput : struct
{
    /// <summary>1 to 4 vectors of pixels, blocks of one output.</summary>
    public static delegate*<SparseArguments*, void>[] SingleUpTo4 =>
        [&Run<Rows1, Rows1>, &Run<Rows2, Rows1>, &Run<Rows3, Rows1>, &Run<Rows4, Rows1>];

    /// <summary>1 to 4 vectors of pixels, blocks of two outputs.</summary>
    public static delegate*<SparseArguments*, void>[] PairUpTo4 =>
        [&Run<Rows1, Rows2>, &Run<Rows2, Rows2>, &Run<Rows3, Rows2>, &Run<Rows4, Rows2>];

    /// <summary>1 to 6 vectors of pixels, blocks of one output.</summary>
    public static delegate*<SparseArguments*, void>[] SingleUpTo6 =>
        [.. SingleUpTo4, &Run<Rows5, Rows1>, &Run<Rows6, Rows1>];

    /// <summary>1 to 6 vectors of pixels, blocks of two outputs.</summary>
    public static delegate*<SparseArguments*, void>[] PairUpTo6 =>
        [.. PairUpTo4, &Run<Rows5, Rows2>, &Run<Rows6, Rows2>];

    private static int VectorBytes => TLanes.Count * WeightPacking.QuadLength;

    /// <summary><typeparamref name="TVectors"/> vectors of pixels by rows of <typeparamref name="TOutputs"/> outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TVectors, TOutputs>(SparseArguments* arguments)
        where TVectors : struct, IRows
        where TOutputs : struct, IRows
    {
        byte* input = arguments->Input;
        int* offsets = arguments->Offsets;
        ushort* indices = arguments->Indices;
        sbyte* values = arguments->Values;
        int* bias = arguments->Bias;
        int* target = arguments->Accumulators;
        for (int row = 0; row < arguments->Rows; row++)
        {
            TLanes a0 = TLanes.Broadcast(bias[0]);
            TLanes a1 = a0, a2 = a0, a3 = a0, a4 = a0, a5 = a0;
            TLanes b0 = TOutputs.Count > 1 ? TLanes.Broadcast(bias[1]) : a0;
            TLanes b1 = b0, b2 = b0, b3 = b0, b4 = b0, b5 = b0;
            for (int block = arguments->Starts[row + 1] - arguments->Starts[row]; block > 0; block--)
            {
                byte* pixels = input + offsets[*indices];
                TWeights w = TLanes.LoadWeights(values);
                TWeights v = TOutputs.Count > 1 ? TLanes.LoadWeights(values + WeightPacking.QuadLength) : w;
                TInput x0 = TLanes.LoadInput(pixels);
                a0 = TLanes.MultiplyAdd(a0, x0, w);
                b0 = TOutputs.Count > 1 ? TLanes.MultiplyAdd(b0, x0, v) : b0;

                if (TVectors.Count > 1)
                {
                    TInput x1 = TLanes.LoadInput(pixels + VectorBytes);
                    a1 = TLanes.MultiplyAdd(a1, x1, w);
                    b1 = TOutputs.Count > 1 ? TLanes.MultiplyAdd(b1, x1, v) : b1;
                }

                if (TVectors.Count > 2)
                {
                    TInput x2 = TLanes.LoadInput(pixels + (2 * VectorBytes));
                    a2 = TLanes.MultiplyAdd(a2, x2, w);
                    b2 = TOutputs.Count > 1 ? TLanes.MultiplyAdd(b2, x2, v) : b2;
                }

                if (TVectors.Count > 3)
                {
                    TInput x3 = TLanes.LoadInput(pixels + (3 * VectorBytes));
                    a3 = TLanes.MultiplyAdd(a3, x3, w);
                    b3 = TOutputs.Count > 1 ? TLanes.MultiplyAdd(b3, x3, v) : b3;
                }

                if (TVectors.Count > 4)
                {
                    TInput x4 = TLanes.LoadInput(pixels + (4 * VectorBytes));
                    a4 = TLanes.MultiplyAdd(a4, x4, w);
                    b4 = TOutputs.Count > 1 ? TLanes.MultiplyAdd(b4, x4, v) : b4;
                }

                if (TVectors.Count > 5)
                {
                    TInput x5 = TLanes.LoadInput(pixels + (5 * VectorBytes));
                    a5 = TLanes.MultiplyAdd(a5, x5, w);
                    b5 = TOutputs.Count > 1 ? TLanes.MultiplyAdd(b5, x5, v) : b5;
                }

                indices++;
                values += TOutputs.Count * WeightPacking.QuadLength;
            }

            Store<TVectors>(target, a0, a1, a2, a3, a4, a5);
            if (TOutputs.Count > 1)
            {
                Store<TVectors>(target + SparseConvolution.StripPixels, b0, b1, b2, b3, b4, b5);
            }

            bias += TOutputs.Count;
            target += TOutputs.Count * SparseConvolution.StripPixels;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TVectors>(int* target, TLanes c0, TLanes c1, TLanes c2, TLanes c3, TLanes c4, TLanes c5)
        where TVectors : struct, IRows
    {
        TLanes.Store(c0, target);
        if (TVectors.Count > 1)
        {
            TLanes.Store(c1, target + TLanes.Count);
        }

        if (TVectors.Count > 2)
        {
            TLanes.Store(c2, target + (2 * TLanes.Count));
        }

        if (TVectors.Count > 3)
        {
            TLanes.Store(c3, target + (3 * TLanes.Count));
        }

        if (TVectors.Count > 4)
        {
            TLanes.Store(c4, target + (4 * TLanes.Count));
        }

        if (TVectors.Count > 5)
        {
            TLanes.Store(c5, target + (5 * TLanes.Count));
        }
    }
}
