using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Two float64 numbers: SSE4.1 and AdvSimd.</summary>
internal readonly struct Float64x2(Vector128<double> value) : IFloat64Lanes<Float64x2>
{
    /// <summary>2⁵²: what has it as its leading bit has an integer in the others.</summary>
    private const double TwoTo52 = 4503599627370496;

    private readonly Vector128<double> _value = value;

    /// <summary>The register.</summary>
    public Vector128<double> Value => _value;

    public static nuint Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Broadcast(double value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Load<T>(ref readonly T source, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(double))
        {
            return new(Vector128.LoadUnsafe(ref Unsafe.As<T, double>(ref first)));
        }

        if (typeof(T) == typeof(float))
        {
            ulong pair = Unsafe.ReadUnaligned<ulong>(ref Unsafe.As<T, byte>(ref first));
            return new(Vector128.WidenLower(Vector128.CreateScalar(pair).AsSingle()));
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
            ulong pair = Vector128.Narrow(_value, _value).AsUInt64().ToScalar();
            Unsafe.WriteUnaligned(ref Unsafe.As<T, byte>(ref first), pair);
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 operator +(Float64x2 left, Float64x2 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 operator -(Float64x2 left, Float64x2 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 operator *(Float64x2 left, Float64x2 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 operator /(Float64x2 left, Float64x2 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 FusedMultiplyAdd(Float64x2 left, Float64x2 right, Float64x2 addend) =>
        new(Vector128.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Abs(Float64x2 value) => new(Vector128.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Round(Float64x2 value) => new(Vector128.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Floor(Float64x2 value) => new(Vector128.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Ceiling(Float64x2 value) => new(Vector128.Ceiling(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Sqrt(Float64x2 value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllLess(Float64x2 left, Float64x2 right) => Vector128.LessThanAll(left._value, right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 WhereLess(Float64x2 left, Float64x2 right, Float64x2 then, Float64x2 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(left._value, right._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 WhereNaN(Float64x2 value, Float64x2 then, Float64x2 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(value._value, value._value), otherwise._value, then._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 CopySign(Float64x2 magnitude, Float64x2 sign) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-0.0), sign._value, magnitude._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Exponent(Float64x2 value) =>
        new(((value._value.AsInt64() >>> 52) | Vector128.Create(TwoTo52).AsInt64()).AsDouble() - Vector128.Create(TwoTo52 + 1023));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 Mantissa(Float64x2 value) =>
        new(((value._value.AsInt64() & Vector128.Create(0x000FFFFF_FFFFFFFF)) | Vector128.Create(1.0).AsInt64()).AsDouble());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x2 AddToExponent(Float64x2 value, Float64x2 exponent) =>
        new((value._value.AsInt64() + (exponent._value.AsInt64() << 52)).AsDouble());
}
