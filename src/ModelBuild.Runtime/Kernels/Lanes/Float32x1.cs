using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>One float32 number: the definition of every elementwise kernel, and its tail.</summary>
internal readonly struct Float32x1(float value) : IFloat32Lanes<Float32x1>
{
    private readonly float _value = value;

    /// <summary>The number.</summary>
    public float Value => _value;

    public static nuint Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Broadcast(float value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Load<T>(ref readonly T source, nuint offset)
    {
        T element = Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(float))
        {
            return new((float)(object)element!);
        }

        if (typeof(T) == typeof(byte))
        {
            return new((byte)(object)element!);
        }

        if (typeof(T) == typeof(sbyte))
        {
            return new((sbyte)(object)element!);
        }

        if (typeof(T) == typeof(int))
        {
            return new((int)(object)element!);
        }

        throw new NotSupportedException();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<T>(ref T destination, nuint offset)
    {
        ref T element = ref Unsafe.Add(ref destination, offset);
        if (typeof(T) == typeof(float))
        {
            element = (T)(object)_value;
        }
        else if (typeof(T) == typeof(byte))
        {
            element = (T)(object)(byte)(int)_value;
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 operator +(Float32x1 left, Float32x1 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 operator -(Float32x1 left, Float32x1 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 operator *(Float32x1 left, Float32x1 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 operator /(Float32x1 left, Float32x1 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Abs(Float32x1 value) => new(MathF.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Round(Float32x1 value) => new(MathF.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Sqrt(Float32x1 value) => new(MathF.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Clamp(Float32x1 value, Float32x1 minimum, Float32x1 maximum) =>
        new(value._value < minimum._value ? minimum._value : value._value > maximum._value ? maximum._value : value._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 WhereLess(Float32x1 left, Float32x1 right, Float32x1 then, Float32x1 otherwise) =>
        left._value < right._value ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 WhereNaN(Float32x1 value, Float32x1 then, Float32x1 otherwise) =>
        float.IsNaN(value._value) ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 CopySign(Float32x1 magnitude, Float32x1 sign) => new(MathF.CopySign(magnitude._value, sign._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Exponent(Float32x1 value) => new((BitConverter.SingleToInt32Bits(value._value) >> 23) - 127);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 Mantissa(Float32x1 value) =>
        new(BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits(value._value) & 0x007FFFFF) | 0x3F800000));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x1 AddToExponent(Float32x1 value, Float32x1 exponent) =>
        new(BitConverter.Int32BitsToSingle(
            BitConverter.SingleToInt32Bits(value._value) + (BitConverter.SingleToInt32Bits(exponent._value) << 23)));
}
