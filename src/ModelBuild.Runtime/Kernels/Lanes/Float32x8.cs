using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Eight float32 numbers: AVX2.</summary>
internal readonly struct Float32x8(Vector256<float> value) : IFloat32Lanes<Float32x8>
{
    private readonly Vector256<float> _value = value;

    /// <summary>The register.</summary>
    public Vector256<float> Value => _value;

    public static nuint Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Broadcast(float value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Load<T>(ref readonly T source, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(float))
        {
            return new(Vector256.LoadUnsafe(ref Unsafe.As<T, float>(ref first)));
        }

        if (typeof(T) == typeof(int))
        {
            return new(Vector256.ConvertToSingle(Vector256.LoadUnsafe(ref Unsafe.As<T, int>(ref first))));
        }

        if (typeof(T) == typeof(byte))
        {
            if (Avx2.IsSupported)
            {
                ulong codes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<T, byte>(ref first));
                return new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(codes).AsByte())));
            }

            return Join(Float32x4.Load(ref first, 0), Float32x4.Load(ref first, 4));
        }

        if (typeof(T) == typeof(sbyte))
        {
            if (Avx2.IsSupported)
            {
                ulong codes = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<T, byte>(ref first));
                return new(Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Vector128.CreateScalarUnsafe(codes).AsSByte())));
            }

            return Join(Float32x4.Load(ref first, 0), Float32x4.Load(ref first, 4));
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
            Vector256<int> codes = Truncation.ToInt32(_value);
            Vector128<short> pairs = Vector128.Narrow(codes.GetLower(), codes.GetUpper());
            Vector128<sbyte> bytes = Vector128.Narrow(pairs, pairs);
            Unsafe.WriteUnaligned(ref Unsafe.As<T, byte>(ref first), bytes.AsUInt64().ToScalar());
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator +(Float32x8 left, Float32x8 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator -(Float32x8 left, Float32x8 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator *(Float32x8 left, Float32x8 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 operator /(Float32x8 left, Float32x8 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Abs(Float32x8 value) => new(Vector256.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Round(Float32x8 value) => new(Vector256.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Sqrt(Float32x8 value) => new(Vector256.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Clamp(Float32x8 value, Float32x8 minimum, Float32x8 maximum) =>
        Avx.IsSupported
            ? new(Avx.Min(Avx.Max(value._value, minimum._value), maximum._value))
            : WhereLess(value, minimum, minimum, WhereLess(maximum, value, maximum, value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 WhereLess(Float32x8 left, Float32x8 right, Float32x8 then, Float32x8 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(left._value, right._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 WhereNaN(Float32x8 value, Float32x8 then, Float32x8 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(value._value, value._value), otherwise._value, then._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 CopySign(Float32x8 magnitude, Float32x8 sign) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-0.0f), sign._value, magnitude._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Exponent(Float32x8 value) =>
        new(Vector256.ConvertToSingle((value._value.AsInt32() >> 23) - Vector256.Create(127)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 Mantissa(Float32x8 value) =>
        new(((value._value.AsInt32() & Vector256.Create(0x007FFFFF)) | Vector256.Create(0x3F800000)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x8 AddToExponent(Float32x8 value, Float32x8 exponent) =>
        new((value._value.AsInt32() + (exponent._value.AsInt32() << 23)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Float32x8 Join(Float32x4 lower, Float32x4 upper) => new(Vector256.Create(lower.Value, upper.Value));
}
