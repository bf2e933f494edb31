using System.ComponentModel;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Rows of floats brought to variance 1 (ONNX: LayerNormalization, RMSNormalization).</summary>
/// <remarks>
/// Sums are those of <see cref="Reduction"/>, and what follows are float32 operations in the order that is written, never fused: results
/// are identical on every processor. The method is thread-safe and allocates nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Normalization
{
    /// <summary>
    /// <c>output[i] = c[i] · (1 / √(mean of c² + epsilon)) · scales[i] + offsets[i]</c>, where c is the row, less its mean if asked for.
    /// </summary>
    /// <param name="length">Of a row, at least 1.</param>
    /// <param name="isCentered">Whether the mean is taken off first.</param>
    /// <param name="input">Rows.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="output">As long as <paramref name="input"/>.</param>
    /// <param name="scales">What each element of a row is multiplied by; empty where neither this nor a summand is wanted.</param>
    /// <param name="offsets">What is added to it then.</param>
    /// <exception cref="ArgumentException">A span's length does not fit, or a number is out of range.</exception>
    public static void Float32(
        int length, bool isCentered, ReadOnlySpan<float> input, float epsilon, Span<float> output,
        ReadOnlySpan<float> scales = default, ReadOnlySpan<float> offsets = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        SpanGuard.Length(input.Length, (long)input.Length / length * length, nameof(input));
        SpanGuard.Length(scales.Length, scales.IsEmpty ? 0 : length, nameof(scales));
        SpanGuard.Length(offsets.Length, scales.Length, nameof(offsets));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int start = 0; start < input.Length; start += length)
        {
            ReadOnlySpan<float> row = input.Slice(start, length);
            Span<float> result = output.Slice(start, length);
            if (isCentered)
            {
                TensorPrimitives.Subtract(row, PairwiseSum.Of(row) / length, result);
                row = result;
            }

            float factor = 1 / MathF.Sqrt((PairwiseSum.OfSquares(row) / length) + epsilon);
            if (scales.IsEmpty)
            {
                TensorPrimitives.Multiply(row, factor, result);
            }
            else
            {
                new Row(factor, scales, offsets).Write(row, result);
            }
        }
    }

    private readonly ref struct Row(float factor, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets)
    {
        private readonly float _factor = factor;
        private readonly ref readonly float _scales = ref MemoryMarshal.GetReference(scales);
        private readonly ref readonly float _offsets = ref MemoryMarshal.GetReference(offsets);

        /// <summary>The output may be the memory of the input.</summary>
        public void Write(ReadOnlySpan<float> row, Span<float> output)
        {
            ref float x = ref MemoryMarshal.GetReference(row);
            ref float y = ref MemoryMarshal.GetReference(output);
            nuint length = (uint)row.Length;
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
        private nuint Write<TLanes>(ref float row, ref float output, nuint i, nuint length)
            where TLanes : unmanaged, IFloat32Lanes<TLanes>
        {
            TLanes factor = TLanes.Broadcast(_factor);
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                ((TLanes.Load(ref row, i) * factor * TLanes.Load(in _scales, i)) + TLanes.Load(in _offsets, i)).Store(ref output, i);
            }

            return i;
        }
    }
}
