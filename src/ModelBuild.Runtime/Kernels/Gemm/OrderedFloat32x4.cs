using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The same as <see cref="OrderedFloat32x8"/> in four registers of four, for processors that have no longer ones.</summary>
internal readonly unsafe struct OrderedFloat32x4(Vector128<float> v0, Vector128<float> v4, Vector128<float> v8, Vector128<float> v12)
    : IMicroKernelStep<OrderedFloat32x4, OrderedFloat32x4, Vector128<float>>, IProductLanes<OrderedFloat32x4>
{
    private readonly Vector128<float> _v0 = v0;
    private readonly Vector128<float> _v4 = v4;
    private readonly Vector128<float> _v8 = v8;
    private readonly Vector128<float> _v12 = v12;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x4 Load(byte* bias) => LoadFloat32((float*)bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x4 LoadWeights(byte* weights, nint panelStep) => LoadFloat32((float*)weights);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> LoadInput(byte* input) => Vector128.Create(*(float*)input);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x4 LoadFloat32(float* source)
        => new(
            Vector128.LoadUnsafe(ref *source), Vector128.LoadUnsafe(ref source[4]),
            Vector128.LoadUnsafe(ref source[8]), Vector128.LoadUnsafe(ref source[12]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x4 MultiplyAdd(OrderedFloat32x4 accumulators, Vector128<float> input, OrderedFloat32x4 weights)
        => new(
            accumulators._v0 + (input * weights._v0), accumulators._v4 + (input * weights._v4),
            accumulators._v8 + (input * weights._v8), accumulators._v12 + (input * weights._v12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x4 MultiplyAdd(OrderedFloat32x4 left, OrderedFloat32x4 right, OrderedFloat32x4 addend)
        => new(
            addend._v0 + (left._v0 * right._v0), addend._v4 + (left._v4 * right._v4),
            addend._v8 + (left._v8 * right._v8), addend._v12 + (left._v12 * right._v12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OrderedFloat32x4 Add(OrderedFloat32x4 left, OrderedFloat32x4 right)
        => new(left._v0 + right._v0, left._v4 + right._v4, left._v8 + right._v8, left._v12 + right._v12);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(OrderedFloat32x4 accumulators, byte* target) => StoreFloat32(accumulators, (float*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFloat32(OrderedFloat32x4 value, float* target)
    {
        value._v0.StoreUnsafe(ref *target);
        value._v4.StoreUnsafe(ref target[4]);
        value._v8.StoreUnsafe(ref target[8]);
        value._v12.StoreUnsafe(ref target[12]);
    }
}
