using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Four float64 numbers: AVX2.</summary>
internal readonly struct Float64x4(Vector256<double> value) : IFloat64Lanes<Float64x4>
{
    /// <summary>2⁵²: what has it as its leading bit has an integer in the others.</summary>
    private const double TwoTo52 = 4503599627370496;

    private readonly Vector256<double> _value = value;

    /// <summary>The register.</summary>
    public Vector256<double> Value => _value;

    public static nuint Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Broadcast(double value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Load<T>(ref readonly T source, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(double))
        {
            return new(Vector256.LoadUnsafe(ref Unsafe.As<T, double>(ref first)));
        }

        if (typeof(T) == typeof(float))
        {
            Vector128<float> numbers = Vector128.LoadUnsafe(ref Unsafe.As<T, float>(ref first));
            return new(Avx.IsSupported
                ? Avx.ConvertToVector256Double(numbers)
                : Vector256.Create(Vector128.WidenLower(numbers), Vector128.WidenUpper(numbers)));
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
            Vector128<float> numbers = Avx.IsSupported
                ? Avx.ConvertToVector128Single(_value)
                : Vector128.Narrow(_value.GetLower(), _value.GetUpper());
            numbers.StoreUnsafe(ref Unsafe.As<T, float>(ref first));
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 operator +(Float64x4 left, Float64x4 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 operator -(Float64x4 left, Float64x4 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 operator *(Float64x4 left, Float64x4 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 operator /(Float64x4 left, Float64x4 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 FusedMultiplyAdd(Float64x4 left, Float64x4 right, Float64x4 addend) =>
        new(Vector256.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Abs(Float64x4 value) => new(Vector256.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Round(Float64x4 value) => new(Vector256.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Floor(Float64x4 value) => new(Vector256.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Ceiling(Float64x4 value) => new(Vector256.Ceiling(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Sqrt(Float64x4 value) => new(Vector256.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllLess(Float64x4 left, Float64x4 right) => Vector256.LessThanAll(left._value, right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 WhereLess(Float64x4 left, Float64x4 right, Float64x4 then, Float64x4 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(left._value, right._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 WhereNaN(Float64x4 value, Float64x4 then, Float64x4 otherwise) =>
        new(Vector256.ConditionalSelect(Vector256.Equals(value._value, value._value), otherwise._value, then._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 CopySign(Float64x4 magnitude, Float64x4 sign) =>
        new(Vector256.ConditionalSelect(Vector256.Create(-0.0), sign._value, magnitude._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Exponent(Float64x4 value) =>
        new(((value._value.AsInt64() >>> 52) | Vector256.Create(TwoTo52).AsInt64()).AsDouble() - Vector256.Create(TwoTo52 + 1023));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 Mantissa(Float64x4 value) =>
        new(((value._value.AsInt64() & Vector256.Create(0x000FFFFF_FFFFFFFF)) | Vector256.Create(1.0).AsInt64()).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x4 AddToExponent(Float64x4 value, Float64x4 exponent) =>
        new((value._value.AsInt64() + (exponent._value.AsInt64() << 52)).AsDouble());
}
