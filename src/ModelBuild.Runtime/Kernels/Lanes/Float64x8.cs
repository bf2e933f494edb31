using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Eight float64 numbers: AVX-512.</summary>
internal readonly struct Float64x8(Vector512<double> value) : IFloat64Lanes<Float64x8>
{
    /// <summary>2⁵²: what has it as its leading bit has an integer in the others.</summary>
    private const double TwoTo52 = 4503599627370496;

    private readonly Vector512<double> _value = value;

    public static nuint Count => 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Broadcast(double value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Load<T>(ref readonly T source, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(double))
        {
            return new(Vector512.LoadUnsafe(ref Unsafe.As<T, double>(ref first)));
        }

        if (typeof(T) == typeof(float))
        {
            return Avx512F.IsSupported
                ? new(Avx512F.ConvertToVector512Double(Vector256.LoadUnsafe(ref Unsafe.As<T, float>(ref first))))
                : new(Wide.Join(Float64x4.Load(ref first, 0).Value, Float64x4.Load(ref first, 4).Value));
        }

        throw new NotSupportedException();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(ref T destination, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref destination, offset);
        if (typeof(T) == typeof(double))
        {
            _value.StoreUnsafe(ref Unsafe.As<T, double>(ref first));
        }
        else if (typeof(T) == typeof(float))
        {
            if (Avx512F.IsSupported)
            {
                Avx512F.ConvertToVector256Single(_value).StoreUnsafe(ref Unsafe.As<T, float>(ref first));
            }
            else
            {
                new Float64x4(_value.GetLower()).Store(ref first, 0);
                new Float64x4(_value.GetUpper()).Store(ref first, 4);
            }
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 operator +(Float64x8 left, Float64x8 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 operator -(Float64x8 left, Float64x8 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 operator *(Float64x8 left, Float64x8 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 operator /(Float64x8 left, Float64x8 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 FusedMultiplyAdd(Float64x8 left, Float64x8 right, Float64x8 addend) =>
        new(Vector512.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Abs(Float64x8 value) => new(Vector512.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Round(Float64x8 value) => new(Vector512.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Floor(Float64x8 value) => new(Vector512.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Ceiling(Float64x8 value) => new(Vector512.Ceiling(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Sqrt(Float64x8 value) => new(Vector512.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllLess(Float64x8 left, Float64x8 right) => Vector512.LessThanAll(left._value, right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 WhereLess(Float64x8 left, Float64x8 right, Float64x8 then, Float64x8 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(left._value, right._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 WhereNaN(Float64x8 value, Float64x8 then, Float64x8 otherwise) =>
        new(Vector512.ConditionalSelect(Vector512.Equals(value._value, value._value), otherwise._value, then._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 CopySign(Float64x8 magnitude, Float64x8 sign) =>
        new(Vector512.ConditionalSelect(Vector512.Create(-0.0), sign._value, magnitude._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Exponent(Float64x8 value) =>
        new(((value._value.AsInt64() >>> 52) | Vector512.Create(TwoTo52).AsInt64()).AsDouble() - Vector512.Create(TwoTo52 + 1023));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 Mantissa(Float64x8 value) =>
        new(((value._value.AsInt64() & Vector512.Create(0x000FFFFF_FFFFFFFF)) | Vector512.Create(1.0).AsInt64()).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x8 AddToExponent(Float64x8 value, Float64x8 exponent) =>
        new((value._value.AsInt64() + (exponent._value.AsInt64() << 52)).AsDouble());
}
