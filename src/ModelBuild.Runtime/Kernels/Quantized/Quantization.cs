using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Conversions between real numbers and codes (ONNX: QuantizeLinear, DequantizeLinear).</summary>
/// <remarks>
/// All methods are thread-safe and allocate nothing; results are identical on every processor. Spans must not overlap, unless a method
/// says that they may.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Quantization
{
    /// <summary><c>output[i] = saturate(round(input[i] / scale) + zeroPoint)</c>: a true division, halves to the even integer.</summary>
    /// <param name="input">Real numbers. Infinities saturate; NaN becomes the zero point.</param>
    /// <param name="scale">The real distance between two codes, positive and finite.</param>
    /// <param name="zeroPoint">The code of zero, 0 to 255.</param>
    /// <param name="output">Codes, as many as <paramref name="input"/> has elements.</param>
    /// <exception cref="ArgumentException">
    /// The output has not the length of the input, or the scale or the zero point out of range.
    /// </exception>
    public static void QuantizeUInt8(ReadOnlySpan<float> input, float scale, int zeroPoint, Span<byte> output)
    {
        QuantizedValueGuard.Scale(scale);
        QuantizedValueGuard.Code(zeroPoint);
        Elementwise.Apply(new QuantizeOperator(scale, zeroPoint), input, output);
    }

    /// <summary>
    /// 16-bit codes in two planes: <c>code = saturate(round(input[i] / scale) + zeroPoint)</c>, <c>high[i] = code / 256</c>,
    /// <c>low[i] = code % 256</c>.
    /// </summary>
    /// <param name="input">Real numbers. Infinities saturate; NaN becomes the zero point.</param>
    /// <param name="scale">The real distance between two codes, positive and finite.</param>
    /// <param name="zeroPoint">The code of zero, 0 to 65535.</param>
    /// <param name="high">High bytes, as many as <paramref name="input"/> has elements.</param>
    /// <param name="low">Low bytes, as many as <paramref name="input"/> has elements.</param>
    /// <exception cref="ArgumentException">
    /// A plane has not the length of the input, or the scale or the zero point is out of range.
    /// </exception>
    public static void QuantizeUInt16(ReadOnlySpan<float> input, float scale, int zeroPoint, Span<byte> high, Span<byte> low)
    {
        QuantizedValueGuard.Scale(scale);
        QuantizedValueGuard.WideCode(zeroPoint);
        SpanGuard.Length(high.Length, input.Length, nameof(high));
        SpanGuard.Length(low.Length, input.Length, nameof(low));
        var planes = new Planes(scale, zeroPoint);
        ref float x = ref MemoryMarshal.GetReference(input);
        ref byte upper = ref MemoryMarshal.GetReference(high);
        ref byte lower = ref MemoryMarshal.GetReference(low);
        nuint length = (uint)input.Length;
        nuint i = 0;
        if (Registers.Are512For(length))
        {
            i = planes.Split<Float32x16>(ref x, ref upper, ref lower, i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            i = planes.Split<Float32x8>(ref x, ref upper, ref lower, i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            i = planes.Split<Float32x4>(ref x, ref upper, ref lower, i, length);
        }

        planes.Split<Float32x1>(ref x, ref upper, ref lower, i, length);
    }

    /// <summary>
    /// The same by a scale and a zero point that the run finds: any numbers, the zero point in float32.
    /// </summary>
    /// <param name="input">Real numbers.</param>
    /// <param name="scale">One number.</param>
    /// <param name="zeroPoint">One number.</param>
    /// <param name="output">Codes, as many as <paramref name="input"/> has elements.</param>
    /// <exception cref="ArgumentException">
    /// The output has not the length of the input, or there is not one scale and one zero point.
    /// </exception>
    public static void QuantizeDynamicUInt8(
        ReadOnlySpan<float> input, ReadOnlySpan<float> scale, ReadOnlySpan<float> zeroPoint, Span<byte> output)
    {
        SpanGuard.Length(scale.Length, 1, nameof(scale));
        SpanGuard.Length(zeroPoint.Length, 1, nameof(zeroPoint));
        Elementwise.Apply(new QuantizeOperator(scale[0], zeroPoint[0]), input, output);
    }

    /// <summary><c>output[i] = input[i] + 128</c>: the same reals with a zero point that is larger by 128.</summary>
    /// <param name="input">Signed values.</param>
    /// <param name="output">Unsigned values, as many as <paramref name="input"/> has elements; may be the memory of the input.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void ToUnsigned(ReadOnlySpan<sbyte> input, Span<byte> output) => FlipSign(MemoryMarshal.Cast<sbyte, byte>(input), output);

    /// <summary><c>output[i] = input[i] - 128</c>: the same reals with a zero point that is smaller by 128.</summary>
    /// <param name="input">Unsigned values.</param>
    /// <param name="output">Signed values, as many as <paramref name="input"/> has elements; may be the memory of the input.</param>
    /// <exception cref="ArgumentException">The output has not the length of the input.</exception>
    public static void ToSigned(ReadOnlySpan<byte> input, Span<sbyte> output) => FlipSign(input, MemoryMarshal.Cast<sbyte, byte>(output));

    /// <summary><c>output[i] = (input[i] - zeroPoint) · scale</c>.</summary>
    /// <param name="input">Codes.</param>
    /// <param name="scale">The real distance between two codes, positive and finite.</param>
    /// <param name="zeroPoint">The code of zero, 0 to 255.</param>
    /// <param name="output">Real numbers, as many as <paramref name="input"/> has elements.</param>
    /// <exception cref="ArgumentException">
    /// The output has not the length of the input, or the scale or the zero point out of range.
    /// </exception>
    public static void DequantizeUInt8(ReadOnlySpan<byte> input, float scale, int zeroPoint, Span<float> output)
    {
        QuantizedValueGuard.Scale(scale);
        QuantizedValueGuard.Code(zeroPoint);
        Elementwise.Apply(new DequantizeOperator(scale, zeroPoint), input, output);
    }

    /// <summary>
    /// <c>output[row, c] = (float)input[row, c] · scales[c]</c>: accumulators with one scale per channel, the innermost dimension.
    /// </summary>
    /// <param name="input">Accumulators, <c>[rows, channels]</c>; its length is a multiple of <paramref name="channels"/>.</param>
    /// <param name="channels">How many channels there are, at least 1.</param>
    /// <param name="scales">At least <paramref name="channels"/> scales; what follows is not read.</param>
    /// <param name="output">Real numbers, as many as <paramref name="input"/> has elements.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or the input is not whole rows.</exception>
    public static void DequantizeInt32(ReadOnlySpan<int> input, int channels, ReadOnlySpan<float> scales, Span<float> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        int rows = Math.DivRem(input.Length, channels, out int rest);
        if (rest != 0)
        {
            throw new ArgumentException($"{input.Length} elements are not whole rows of {channels} channels.", nameof(input));
        }

        SpanGuard.AtLeast(scales.Length, channels, nameof(scales));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        var shape = new BroadcastShape([rows, channels], [channels, 1], [0, 1]);
        Broadcasting.Apply(default(Arithmetic.MultiplyOperator), in shape, input, scales, output);
    }

    /// <summary>Adding or taking away 128 is flipping the highest bit.</summary>
    private static void FlipSign(ReadOnlySpan<byte> input, Span<byte> output)
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        int i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            Vector128<byte> sign = Vector128.Create((byte)0x80);
            for (; i <= input.Length - Vector128<byte>.Count; i += Vector128<byte>.Count)
            {
                (Vector128.Create(input[i..]) ^ sign).CopyTo(output[i..]);
            }
        }

        for (; i < input.Length; i++)
        {
            output[i] = (byte)(input[i] ^ 0x80);
        }
    }

    /// <summary>One true division, and <see cref="Requantization.ToCode"/>.</summary>
    internal readonly struct QuantizeOperator(float scale, float zeroPoint) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            Requantization.ToCode(value / TLanes.Broadcast(scale), zeroPoint, byte.MinValue, byte.MaxValue);
    }

    private readonly struct Planes(float scale, float zeroPoint)
    {
        private readonly float _scale = scale;
        private readonly float _zeroPoint = zeroPoint;

        [MethodImpl(MethodImplOptions.NoInlining)]
        public nuint Split<TLanes>(ref float input, ref byte high, ref byte low, nuint i, nuint length)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes scale = TLanes.Broadcast(_scale);
            TLanes middle = TLanes.Broadcast(127.5f);
            TLanes size = TLanes.Broadcast(256);
            TLanes part = TLanes.Broadcast(1f / 256);
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                TLanes code = Requantization.ToCode(TLanes.Load(ref input, i) / scale, _zeroPoint, ushort.MinValue, ushort.MaxValue);

                // Exact, and no tie: the quotient is at most 127.5/256 away from an integer.
                TLanes upper = TLanes.Round((code - middle) * part);
                upper.Store(ref high, i);
                (code - (upper * size)).Store(ref low, i);
            }

            return i;
        }
    }

    private readonly struct DequantizeOperator(float scale, float zeroPoint) : IUnaryOperator
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => (value - TLanes.Broadcast(zeroPoint)) * TLanes.Broadcast(scale);
    }
}
