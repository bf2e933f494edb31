using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on Arm64 with dot product. <c>sdot</c> wants both operands signed, so it gets the input less 128, and the bias gets
/// 128 times the sum of each output's weights: modulo 2³² that is exact.
/// </summary>
internal readonly unsafe struct UInt8AdvSimdDp(Vector128<int> c0, Vector128<int> c4, Vector128<int> c8, Vector128<int> c12)
    : IMicroKernelStep<UInt8AdvSimdDp, UInt8AdvSimdDp.Weights, UInt8AdvSimdDp.Input>
{
    private readonly Vector128<int> _c0 = c0;
    private readonly Vector128<int> _c4 = c4;
    private readonly Vector128<int> _c8 = c8;
    private readonly Vector128<int> _c12 = c12;

    /// <summary>Tiles of 1, 2, … pixels.</summary>
    public static delegate*<MicroKernelArguments*, void>[] Table
        => [&Corrected<Rows1>, &Corrected<Rows2>, &Corrected<Rows3>, &Corrected<Rows4>, &Corrected<Rows5>, &Corrected<Rows6>];

    /// <summary>The same, by precompiled code.</summary>
    public static delegate*<MicroKernelArguments*, void>[] TableAtStart =>
    [
        &CorrectedAtStart<Rows1>, &CorrectedAtStart<Rows2>, &CorrectedAtStart<Rows3>, &CorrectedAtStart<Rows4>, &CorrectedAtStart<Rows5>,
        &CorrectedAtStart<Rows6>,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AdvSimdDp Load(byte* bias)
    {
        int* source = (int*)bias;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Weights LoadWeights(byte* weights, nint panelStep)
    {
        sbyte* source = (sbyte*)weights;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[16]),
            Vector128.LoadUnsafe(ref source[32]), Vector128.LoadUnsafe(ref source[48]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input)
        => new(AdvSimd.Xor(AdvSimd.LoadAndReplicateToVector128((int*)input).AsSByte(), Vector128.Create(sbyte.MinValue)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AdvSimdDp MultiplyAdd(UInt8AdvSimdDp accumulators, Input input, Weights weights)
        => new(
            Dp.DotProduct(accumulators._c0, weights.C0, input.Value), Dp.DotProduct(accumulators._c4, weights.C4, input.Value),
            Dp.DotProduct(accumulators._c8, weights.C8, input.Value), Dp.DotProduct(accumulators._c12, weights.C12, input.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AdvSimdDp Add(UInt8AdvSimdDp left, UInt8AdvSimdDp right)
        => new(
            AdvSimd.Add(left._c0, right._c0), AdvSimd.Add(left._c4, right._c4),
            AdvSimd.Add(left._c8, right._c8), AdvSimd.Add(left._c12, right._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8AdvSimdDp accumulators, byte* target)
    {
        accumulators._c0.StoreUnsafe(ref *(int*)target);
        accumulators._c4.StoreUnsafe(ref ((int*)target)[4]);
        accumulators._c8.StoreUnsafe(ref ((int*)target)[8]);
        accumulators._c12.StoreUnsafe(ref ((int*)target)[12]);
    }

    /// <summary>Runs the kernel from the bias plus 128 times the sum of the weights.</summary>
    private static void Corrected<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
    {
        int* bias = stackalloc int[WeightPacking.PanelWidth];
        Correct(arguments, bias);
        MicroKernelArguments corrected = *arguments;
        corrected.Bias = (byte*)bias;
        if (TRows.Count == 1)
        {
            MicroKernels<UInt8AdvSimdDp, Weights, Input>.Row(&corrected);
        }
        else
        {
            MicroKernels<UInt8AdvSimdDp, Weights, Input>.Tiles<TRows>(&corrected);
        }
    }

    private static void CorrectedAtStart<TRows>(MicroKernelArguments* arguments)
        where TRows : struct, IRows
    {
        int* bias = stackalloc int[WeightPacking.PanelWidth];
        CorrectBias(arguments, bias);
        MicroKernelArguments corrected = *arguments;
        corrected.Bias = (byte*)bias;
        if (TRows.Count == 1)
        {
            MicroKernels<UInt8AdvSimdDp, Weights, Input>.RowAtStart(&corrected);
        }
        else
        {
            MicroKernels<UInt8AdvSimdDp, Weights, Input>.TilesAtStart<TRows>(&corrected);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Correct(MicroKernelArguments* arguments, int* corrected) => CorrectBias(arguments, corrected);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CorrectBias(MicroKernelArguments* arguments, int* corrected)
    {
        UInt8AdvSimdDp sums = default;
        byte* weights = arguments->Weights;
        nint steps = (nint)arguments->Rows * arguments->Segments * arguments->Steps;
        for (; steps > 0; steps--, weights += WeightPacking.PanelWidth * WeightPacking.QuadLength)
        {
            sums = MultiplyAdd(sums, new Input(Vector128.Create(sbyte.MinValue)), LoadWeights(weights, 0));
        }

        UInt8AdvSimdDp bias = Load(arguments->Bias);
        Store(
            new(
                AdvSimd.Subtract(bias._c0, sums._c0), AdvSimd.Subtract(bias._c4, sums._c4),
                AdvSimd.Subtract(bias._c8, sums._c8), AdvSimd.Subtract(bias._c12, sums._c12)),
            (byte*)corrected);
    }

    /// <summary>16 outputs × 4 weights.</summary>
    internal readonly struct Weights(Vector128<sbyte> c0, Vector128<sbyte> c4, Vector128<sbyte> c8, Vector128<sbyte> c12)
    {
        public readonly Vector128<sbyte> C0 = c0;
        public readonly Vector128<sbyte> C4 = c4;
        public readonly Vector128<sbyte> C8 = c8;
        public readonly Vector128<sbyte> C12 = c12;
    }

    /// <summary>Four bytes less 128, four times.</summary>
    internal readonly struct Input(Vector128<sbyte> value)
    {
        public readonly Vector128<sbyte> Value = value;
    }
}
