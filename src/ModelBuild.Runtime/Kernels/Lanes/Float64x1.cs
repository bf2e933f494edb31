using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>One float64 number: the definition of every elementary function, and the tail of its kernel.</summary>
internal readonly struct Float64x1(double value) : IFloat64Lanes<Float64x1>
{
    private const long ExponentBias = 1023;
    private const long MantissaBits = 0x000FFFFF_FFFFFFFF;
    private const long One = 0x3FF00000_00000000;

    private readonly double _value = value;

    /// <summary>The number.</summary>
    public double Value => _value;

    public static nuint Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Broadcast(double value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Load<T>(ref readonly T source, nuint offset)
    {
        T element = Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        return new(typeof(T) == typeof(float) ? (float)(object)element! : (double)(object)element!);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(ref T destination, nuint offset) =>
        Unsafe.Add(ref destination, offset) = typeof(T) == typeof(float) ? (T)(object)(float)_value : (T)(object)_value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 operator +(Float64x1 left, Float64x1 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 operator -(Float64x1 left, Float64x1 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 operator *(Float64x1 left, Float64x1 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 operator /(Float64x1 left, Float64x1 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 FusedMultiplyAdd(Float64x1 left, Float64x1 right, Float64x1 addend) =>
        new(Math.FusedMultiplyAdd(left._value, right._value, addend._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Abs(Float64x1 value) => new(Math.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Round(Float64x1 value) => new(Math.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Floor(Float64x1 value) => new(Math.Floor(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Ceiling(Float64x1 value) => new(Math.Ceiling(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Sqrt(Float64x1 value) => new(Math.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool AllLess(Float64x1 left, Float64x1 right) => left._value < right._value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 WhereLess(Float64x1 left, Float64x1 right, Float64x1 then, Float64x1 otherwise) =>
        left._value < right._value ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 WhereNaN(Float64x1 value, Float64x1 then, Float64x1 otherwise) =>
        double.IsNaN(value._value) ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 CopySign(Float64x1 magnitude, Float64x1 sign) => new(Math.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Exponent(Float64x1 value) => new((BitConverter.DoubleToInt64Bits(value._value) >> 52) - ExponentBias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 Mantissa(Float64x1 value) =>
        new(BitConverter.Int64BitsToDouble((BitConverter.DoubleToInt64Bits(value._value) & MantissaBits) | One));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float64x1 AddToExponent(Float64x1 value, Float64x1 exponent) => new(BitConverter.Int64BitsToDouble(unchecked(
        BitConverter.DoubleToInt64Bits(value._value) + (BitConverter.DoubleToInt64Bits(exponent._value) << 52))));
}
