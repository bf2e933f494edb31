using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Bytes on Arm64 without dot product. The quads of weights are taken apart while loading, so that a vector holds one of the four
/// weights of 16 outputs, and widened to 16 bits once per tile; <c>smlal</c> adds exact products with one byte of the input.
/// </summary>
internal readonly unsafe struct UInt8AdvSimd(Vector128<int> c0, Vector128<int> c4, Vector128<int> c8, Vector128<int> c12)
    : IMicroKernelStep<UInt8AdvSimd, UInt8AdvSimd.Weights, UInt8AdvSimd.Input>
{
    private readonly Vector128<int> _c0 = c0;
    private readonly Vector128<int> _c4 = c4;
    private readonly Vector128<int> _c8 = c8;
    private readonly Vector128<int> _c12 = c12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AdvSimd Load(byte* bias)
    {
        int* source = (int*)bias;
        return new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Weights LoadWeights(byte* weights, nint panelStep)
    {
        (Vector128<sbyte> w0, Vector128<sbyte> w1, Vector128<sbyte> w2, Vector128<sbyte> w3) =
            AdvSimd.Arm64.Load4xVector128AndUnzip((sbyte*)weights);
        return new(w0, w1, w2, w3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Input LoadInput(byte* input)
        => new(AdvSimd.ZeroExtendWideningLower(Vector64.CreateScalar(*(uint*)input).AsByte()).GetLower().AsInt16());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AdvSimd MultiplyAdd(UInt8AdvSimd accumulators, Input input, Weights weights)
    {
        UInt8AdvSimd sum = accumulators.MultiplyAdd(input.Value, 0, weights.Low0, weights.High0);
        sum = sum.MultiplyAdd(input.Value, 1, weights.Low1, weights.High1);
        sum = sum.MultiplyAdd(input.Value, 2, weights.Low2, weights.High2);
        return sum.MultiplyAdd(input.Value, 3, weights.Low3, weights.High3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UInt8AdvSimd Add(UInt8AdvSimd left, UInt8AdvSimd right)
        => new(
            AdvSimd.Add(left._c0, right._c0), AdvSimd.Add(left._c4, right._c4),
            AdvSimd.Add(left._c8, right._c8), AdvSimd.Add(left._c12, right._c12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(UInt8AdvSimd accumulators, byte* target)
    {
        accumulators._c0.StoreUnsafe(ref *(int*)target);
        accumulators._c4.StoreUnsafe(ref ((int*)target)[4]);
        accumulators._c8.StoreUnsafe(ref ((int*)target)[8]);
        accumulators._c12.StoreUnsafe(ref ((int*)target)[12]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private UInt8AdvSimd MultiplyAdd(
        Vector64<short> input, [ConstantExpected(Max = (byte)3)] byte index, Vector128<short> low, Vector128<short> high)
        => new(
            AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(_c0, low.GetLower(), input, index),
            AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(_c4, low, input, index),
            AdvSimd.MultiplyBySelectedScalarWideningLowerAndAdd(_c8, high.GetLower(), input, index),
            AdvSimd.MultiplyBySelectedScalarWideningUpperAndAdd(_c12, high, input, index));

    /// <summary>Each of the four weights of 16 outputs, as 16-bit numbers.</summary>
    [method: MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly struct Weights(Vector128<sbyte> w0, Vector128<sbyte> w1, Vector128<sbyte> w2, Vector128<sbyte> w3)
    {
        public readonly Vector128<short> Low0 = AdvSimd.SignExtendWideningLower(w0.GetLower());
        public readonly Vector128<short> High0 = AdvSimd.SignExtendWideningUpper(w0);
        public readonly Vector128<short> Low1 = AdvSimd.SignExtendWideningLower(w1.GetLower());
        public readonly Vector128<short> High1 = AdvSimd.SignExtendWideningUpper(w1);
        public readonly Vector128<short> Low2 = AdvSimd.SignExtendWideningLower(w2.GetLower());
        public readonly Vector128<short> High2 = AdvSimd.SignExtendWideningUpper(w2);
        public readonly Vector128<short> Low3 = AdvSimd.SignExtendWideningLower(w3.GetLower());
        public readonly Vector128<short> High3 = AdvSimd.SignExtendWideningUpper(w3);
    }

    /// <summary>Four bytes as 16-bit numbers.</summary>
    internal readonly struct Input(Vector64<short> value)
    {
        public readonly Vector64<short> Value = value;
    }
}
