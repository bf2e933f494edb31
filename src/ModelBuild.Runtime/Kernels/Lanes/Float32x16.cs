using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Sixteen float32 numbers: AVX-512.</summary>
internal readonly struct Float32x16(Vector512<float> value) : IFloat32Lanes<Float32x16>
{
    private readonly Vector512<float> _value = value;

    public static nuint Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Load<T>(ref readonly T source, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(float))
        {
            return new(Vector512.LoadUnsafe(ref Unsafe.As<T, float>(ref first)));
        }

        if (typeof(T) == typeof(int))
        {
            return new(Vector512.ConvertToSingle(Vector512.LoadUnsafe(ref Unsafe.As<T, int>(ref first))));
        }

        if (typeof(T) == typeof(byte))
        {
            if (Avx512F.IsSupported)
            {
                Vector128<byte> codes = Vector128.LoadUnsafe(ref Unsafe.As<T, byte>(ref first));
                return new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(codes)));
            }

            return Join(Float32x8.Load(ref first, 0), Float32x8.Load(ref first, 8));
        }

        if (typeof(T) == typeof(sbyte))
        {
            if (Avx512F.IsSupported)
            {
                Vector128<sbyte> codes = Vector128.LoadUnsafe(ref Unsafe.As<T, sbyte>(ref first));
                return new(Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(codes)));
            }

            return Join(Float32x8.Load(ref first, 0), Float32x8.Load(ref first, 8));
        }

        throw new NotSupportedException();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(ref T destination, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref destination, offset);
        if (typeof(T) == typeof(float))
        {
            _value.StoreUnsafe(ref Unsafe.As<T, float>(ref first));
        }
        else if (typeof(T) == typeof(byte))
        {
            if (Avx512F.IsSupported)
            {
                Avx512F.ConvertToVector128Byte(Vector512.ConvertToInt32Native(_value)).StoreUnsafe(ref Unsafe.As<T, byte>(ref first));
            }
            else
            {
                new Float32x8(_value.GetLower()).Store(ref first, 0);
                new Float32x8(_value.GetUpper()).Store(ref first, 8);
            }
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator +(Float32x16 left, Float32x16 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator -(Float32x16 left, Float32x16 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator *(Float32x16 left, Float32x16 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 operator /(Float32x16 left, Float32x16 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Abs(Float32x16 value) => new(Vector512.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Round(Float32x16 value) => new(Vector512.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Sqrt(Float32x16 value) => new(Vector512.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Clamp(Float32x16 value, Float32x16 minimum, Float32x16 maximum) =>
        new(Vector512.MinNative(Vector512.MaxNative(value._value, minimum._value), maximum._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 WhereLess(Float32x16 left, Float32x16 right, Float32x16 then, Float32x16 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left._value, right._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 WhereNaN(Float32x16 value, Float32x16 then, Float32x16 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(value._value, value._value), otherwise._value, then._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 CopySign(Float32x16 magnitude, Float32x16 sign) =>
        new(Vector512.ConditionalSelect(Vector512.Create(-0.0f), sign._value, magnitude._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Exponent(Float32x16 value) =>
        new(Vector512.ConvertToSingle((value._value.AsInt32() >> 23) - Vector512.Create(127)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 Mantissa(Float32x16 value) =>
        new(((value._value.AsInt32() & Vector512.Create(0x007FFFFF)) | Vector512.Create(0x3F800000)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x16 AddToExponent(Float32x16 value, Float32x16 exponent) =>
        new((value._value.AsInt32() + (exponent._value.AsInt32() << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float32x16 Join(Float32x8 lower, Float32x8 upper) => new(Wide.Join(lower.Value, upper.Value));
}
