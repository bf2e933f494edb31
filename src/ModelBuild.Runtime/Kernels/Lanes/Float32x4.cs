using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Four float32 numbers: SSE4.1 and AdvSimd.</summary>
internal readonly struct Float32x4(Vector128<float> value) : IFloat32Lanes<Float32x4>
{
    private readonly Vector128<float> _value = value;

    /// <summary>The register.</summary>
    public Vector128<float> Value => _value;

    public static nuint Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Broadcast(float value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Load<T>(ref readonly T source, nuint offset)
    {
        ref T first = ref Unsafe.Add(ref Unsafe.AsRef(in source), offset);
        if (typeof(T) == typeof(float))
        {
            return new(Vector128.LoadUnsafe(ref Unsafe.As<T, float>(ref first)));
        }

        if (typeof(T) == typeof(int))
        {
            return new(Vector128.ConvertToSingle(Vector128.LoadUnsafe(ref Unsafe.As<T, int>(ref first))));
        }

        if (typeof(T) == typeof(byte))
        {
            Vector128<byte> codes = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(ref Unsafe.As<T, byte>(ref first))).AsByte();
            return new(Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(codes)).AsInt32()));
        }

        if (typeof(T) == typeof(sbyte))
        {
            Vector128<sbyte> codes = Vector128.CreateScalar(Unsafe.ReadUnaligned<uint>(ref Unsafe.As<T, byte>(ref first))).AsSByte();
            return new(Vector128.ConvertToSingle(Vector128.WidenLower(Vector128.WidenLower(codes))));
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
            Vector128<int> codes = Truncation.ToInt32(_value);
            Vector128<short> pairs = Vector128.Narrow(codes, codes);
            Vector128<sbyte> bytes = Vector128.Narrow(pairs, pairs);
            Unsafe.WriteUnaligned(ref Unsafe.As<T, byte>(ref first), bytes.AsUInt32().ToScalar());
        }
        else
        {
            throw new NotSupportedException();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator +(Float32x4 left, Float32x4 right) => new(left._value + right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator -(Float32x4 left, Float32x4 right) => new(left._value - right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator *(Float32x4 left, Float32x4 right) => new(left._value * right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 operator /(Float32x4 left, Float32x4 right) => new(left._value / right._value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Abs(Float32x4 value) => new(Vector128.Abs(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Round(Float32x4 value) => new(Vector128.Round(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Sqrt(Float32x4 value) => new(Vector128.Sqrt(value._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Clamp(Float32x4 value, Float32x4 minimum, Float32x4 maximum) =>
        Sse.IsSupported
            ? new(Sse.Min(Sse.Max(value._value, minimum._value), maximum._value))
            : WhereLess(value, minimum, minimum, WhereLess(maximum, value, maximum, value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 WhereLess(Float32x4 left, Float32x4 right, Float32x4 then, Float32x4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.LessThan(left._value, right._value), then._value, otherwise._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 WhereNaN(Float32x4 value, Float32x4 then, Float32x4 otherwise) =>
        new(Vector128.ConditionalSelect(Vector128.Equals(value._value, value._value), otherwise._value, then._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 CopySign(Float32x4 magnitude, Float32x4 sign) =>
        new(Vector128.ConditionalSelect(Vector128.Create(-0.0f), sign._value, magnitude._value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Exponent(Float32x4 value) =>
        new(Vector128.ConvertToSingle((value._value.AsInt32() >> 23) - Vector128.Create(127)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 Mantissa(Float32x4 value) =>
        new(((value._value.AsInt32() & Vector128.Create(0x007FFFFF)) | Vector128.Create(0x3F800000)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Float32x4 AddToExponent(Float32x4 value, Float32x4 exponent) =>
        new((value._value.AsInt32() + (exponent._value.AsInt32() << 23)).AsSingle());
}
