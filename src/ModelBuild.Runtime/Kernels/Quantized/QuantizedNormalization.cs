using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Layer normalization from 8-bit codes to 8-bit codes.</summary>
/// <remarks>
/// Mean and variance are those of the integers, exactly; what follows are float32 operations in the order that is written, never fused, so
/// that results are identical on every processor. All methods are thread-safe and allocate nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class QuantizedNormalization
{
    /// <summary>The longest row whose sums are exact: 2²⁴ over 255.</summary>
    public const int MaximumLength = 65_793;

    /// <summary>
    /// For rows of n codes q with the sum S and the variance V, <c>k = inputScale / (n · √(V · inputScale² + epsilon))</c>:
    /// <c>output[i] = clamp(round((n·q[i] - S) · k · scales[i] + offsets[i]) + zeroPoint, 0, 255)</c>, halves to the even integer.
    /// The zero point of the input is part of its mean.
    /// </summary>
    /// <param name="length">Of a row, 1 to <see cref="MaximumLength"/>.</param>
    /// <param name="input">Rows.</param>
    /// <param name="inputScale">Its scale.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="scales">What each element of a row is multiplied by, over the scale of the output.</param>
    /// <param name="offsets">What is added to it then, over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="output">As long as <paramref name="input"/>.</param>
    /// <exception cref="ArgumentException">A span's length does not fit, or a number is out of range.</exception>
    public static void UInt8(
        int length, ReadOnlySpan<byte> input, float inputScale, float epsilon, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets,
        int zeroPoint, Span<byte> output)
    {
        Check(length, input, inputScale, scales, offsets, zeroPoint, output);
        for (int start = 0; start < input.Length; start += length)
        {
            ReadOnlySpan<byte> codes = input.Slice(start, length);
            int sum = Reduction.SumOfCodes(codes);
            double variance = ((length * SumOfSquares(codes)) - ((long)sum * sum)) / ((double)length * length);
            float factor = (float)(inputScale / (length * Math.Sqrt((variance * inputScale * inputScale) + epsilon)));
            new Row(length, sum, factor, zeroPoint, scales, offsets).Write(codes, output.Slice(start, length));
        }
    }

    /// <summary>
    /// The same without a mean that is taken off: for rows of n codes q with the zero point z and the mean square M of q - z,
    /// <c>k = inputScale / (n · √(M · inputScale² + epsilon))</c>:
    /// <c>output[i] = clamp(round((n·q[i] - n·z) · k · scales[i] + offsets[i]) + zeroPoint, 0, 255)</c>, halves to the even integer.
    /// </summary>
    /// <param name="length">Of a row, 1 to <see cref="MaximumLength"/>.</param>
    /// <param name="input">Rows.</param>
    /// <param name="inputScale">Its scale.</param>
    /// <param name="inputZeroPoint">Its zero point, 0 to 255.</param>
    /// <param name="epsilon">What is added to the mean square.</param>
    /// <param name="scales">What each element of a row is multiplied by, over the scale of the output.</param>
    /// <param name="offsets">What is added to it then, over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="output">As long as <paramref name="input"/>.</param>
    /// <exception cref="ArgumentException">A span's length does not fit, or a number is out of range.</exception>
    public static void RootUInt8(
        int length, ReadOnlySpan<byte> input, float inputScale, int inputZeroPoint, float epsilon, ReadOnlySpan<float> scales,
        ReadOnlySpan<float> offsets, int zeroPoint, Span<byte> output)
    {
        Check(length, input, inputScale, scales, offsets, zeroPoint, output);
        QuantizedValueGuard.Code(inputZeroPoint);
        for (int start = 0; start < input.Length; start += length)
        {
            ReadOnlySpan<byte> codes = input.Slice(start, length);
            long squares = SumOfSquares(codes) - (2L * inputZeroPoint * Reduction.SumOfCodes(codes))
                + ((long)length * inputZeroPoint * inputZeroPoint);
            double mean = (double)squares / length;
            float factor = (float)(inputScale / (length * Math.Sqrt((mean * inputScale * inputScale) + epsilon)));
            new Row(length, length * inputZeroPoint, factor, zeroPoint, scales, offsets).Write(codes, output.Slice(start, length));
        }
    }

    private static void Check(
        int length, ReadOnlySpan<byte> input, float inputScale, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, int zeroPoint,
        Span<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaximumLength);
        QuantizedValueGuard.Scale(inputScale);
        QuantizedValueGuard.Code(zeroPoint);
        SpanGuard.Length(input.Length, (long)input.Length / length * length, nameof(input));
        SpanGuard.Length(scales.Length, length, nameof(scales));
        SpanGuard.Length(offsets.Length, length, nameof(offsets));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
    }

    private static long SumOfSquares(ReadOnlySpan<byte> codes)
    {
        Vector<uint> sums = Vector<uint>.Zero;
        int i = 0;
        for (; i + Vector<byte>.Count <= codes.Length; i += Vector<byte>.Count)
        {
            Vector.Widen(new Vector<byte>(codes[i..]), out Vector<ushort> lower, out Vector<ushort> upper);
            Vector.Widen(lower * lower, out Vector<uint> first, out Vector<uint> second);
            Vector.Widen(upper * upper, out Vector<uint> third, out Vector<uint> fourth);
            sums += first + second + third + fourth;
        }

        long sum = 0;
        for (int lane = 0; lane < Vector<uint>.Count; lane++)
        {
            sum += sums[lane];
        }

        for (; i < codes.Length; i++)
        {
            sum += codes[i] * codes[i];
        }

        return sum;
    }

    private readonly ref struct Row(
        int length, int sum, float factor, int zeroPoint, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        private readonly float _length = length;
        private readonly float _sum = sum;
        private readonly float _factor = factor;
        private readonly float _zeroPoint = zeroPoint;
        private readonly ref readonly float _scales = ref MemoryMarshal.GetReference(scales);
        private readonly ref readonly float _offsets = ref MemoryMarshal.GetReference(offsets);

        public void Write(ReadOnlySpan<byte> codes, Span<byte> output)
        {
            ref byte x = ref MemoryMarshal.GetReference(codes);
            ref byte y = ref MemoryMarshal.GetReference(output);
            nuint length = (uint)codes.Length;
            nuint i = 0;
            if (Registers.Are512For(length))
            {
                i = Write<Float32x16>(ref x, ref y, i, length);
            }

            if (Vector256.IsHardwareAccelerated)
            {
                i = Write<Float32x8>(ref x, ref y, i, length);
            }

            if (Vector128.IsHardwareAccelerated)
            {
                i = Write<Float32x4>(ref x, ref y, i, length);
            }

            Write<Float32x1>(ref x, ref y, i, length);
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private nuint Write<TLanes>(ref byte codes, ref byte output, nuint i, nuint length)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes count = TLanes.Broadcast(_length);
            TLanes sum = TLanes.Broadcast(_sum);
            TLanes factor = TLanes.Broadcast(_factor);
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                TLanes centered = (TLanes.Load(ref codes, i) * count) - sum;
                TLanes value = (centered * factor * TLanes.Load(in _scales, i)) + TLanes.Load(in _offsets, i);
                Requantization.ToCode(value, _zeroPoint, byte.MinValue, byte.MaxValue).Store(ref output, i);
            }

            return i;
        }
    }
}
