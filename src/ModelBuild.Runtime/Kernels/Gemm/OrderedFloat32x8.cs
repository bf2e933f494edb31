using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sixteen floats in two registers of eight, for the kernels that give the same bits on every processor: products and sums are rounded
/// one by one, as <see cref="ScalarMicroKernels"/> rounds them.
/// </summary>
internal readonly unsafe struct OrderedFloat32x8(Vector256<float> low, Vector256<float> high)
    : IMicroKernelStep<OrderedFloat32x8, OrderedFloat32x8, Vector256<float>>, IProductLanes<OrderedFloat32x8>
{
    private readonly Vector256<float> _low = low;
    private readonly Vector256<float> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x8 Load(byte* bias) => LoadFloat32((float*)bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x8 LoadWeights(byte* weights, nint panelStep) => LoadFloat32((float*)weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadInput(byte* input) => Vector256.Create(*(float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x8 LoadFloat32(float* source) =>
        new(Vector256.LoadUnsafe(ref *source), Vector256.LoadUnsafe(ref source[8]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x8 MultiplyAdd(OrderedFloat32x8 accumulators, Vector256<float> input, OrderedFloat32x8 weights)
        => new(accumulators._low + (input * weights._low), accumulators._high + (input * weights._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x8 MultiplyAdd(OrderedFloat32x8 left, OrderedFloat32x8 right, OrderedFloat32x8 addend)
        => new(addend._low + (left._low * right._low), addend._high + (left._high * right._high));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x8 Add(OrderedFloat32x8 left, OrderedFloat32x8 right)
        => new(left._low + right._low, left._high + right._high);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OrderedFloat32x8 accumulators, byte* target) => StoreFloat32(accumulators, (float*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(OrderedFloat32x8 value, float* target)
    {
        value._low.StoreUnsafe(ref *target);
        value._high.StoreUnsafe(ref target[8]);
    }
}
