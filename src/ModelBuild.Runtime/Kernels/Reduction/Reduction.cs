using System.ComponentModel;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Reductions of one run of dimensions (ONNX: ReduceMean and others): <c>[outer, reduced, inner]</c> becomes <c>[outer, inner]</c>.
/// </summary>
/// <remarks>
/// Results are identical on every processor. All methods are thread-safe and allocate nothing. Input and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static partial class Reduction
{
    /// <summary>
    /// The mean in float32. With an inner dimension 256 elements are added one after the other; without one (inner = 1) 4096 in sixteen
    /// interleaved partial sums, which are then added by halves. More are added by halves too. The mean of nothing is NaN.
    /// </summary>
    /// <param name="outer">The product of the dimensions before the reduced ones.</param>
    /// <param name="reduced">The product of the reduced dimensions.</param>
    /// <param name="inner">The product of the dimensions behind the reduced ones.</param>
    /// <param name="input"><c>[outer, reduced, inner]</c>.</param>
    /// <param name="output"><c>[outer, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension out of range.</exception>
    public static void MeanFloat32(int outer, int reduced, int inner, ReadOnlySpan<float> input, Span<float> output)
    {
        Check(outer, reduced, inner, input, output, least: 0);
        if (reduced == 0)
        {
            output.Fill(float.NaN);
        }
        else if (inner == 1)
        {
            for (int row = 0; row < outer; row++)
            {
                output[row] = PairwiseSum.Of(input.Slice(row * reduced, reduced)) / reduced;
            }
        }
        else
        {
            for (int row = 0; row < outer; row++)
            {
                PairwiseSum.OfColumns(
                    reduced, input.Slice(row * reduced * inner, reduced * inner), output.Slice(row * inner, inner));
            }

            TensorPrimitives.Divide(output, reduced, output);
        }
    }

    /// <summary>
    /// The mean of 8-bit codes, in new codes:
    /// <c>saturate(round((sum - reduced · inputZeroPoint) · (multiplier / reduced)) + zeroPoint)</c>
    /// with an integer sum, float32 after it, and halves to the even integer.
    /// </summary>
    /// <param name="outer">The product of the dimensions before the reduced ones.</param>
    /// <param name="reduced">The product of the reduced dimensions, from 1 to 8,421,504, so that an int32 can hold the sum.</param>
    /// <param name="inner">The product of the dimensions behind the reduced ones.</param>
    /// <param name="input"><c>[outer, reduced, inner]</c>.</param>
    /// <param name="inputZeroPoint">The code of zero in the input, 0 to 255.</param>
    /// <param name="multiplier">The scale of the input over the scale of the output.</param>
    /// <param name="zeroPoint">The code of zero in the output, 0 to 255.</param>
    /// <param name="output"><c>[outer, inner]</c>.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, or a dimension or a zero point out of range.
    /// </exception>
    public static void MeanUInt8(
        int outer, int reduced, int inner, ReadOnlySpan<byte> input, int inputZeroPoint, float multiplier, int zeroPoint,
        Span<byte> output)
    {
        QuantizedValueGuard.Code(inputZeroPoint);
        QuantizedValueGuard.Code(zeroPoint);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(reduced, QuantizedAveragePoolingOperator.MaximumTaps);
        Check(outer, reduced, inner, input, output);
        if (inner == 1)
        {
            float factor = multiplier / reduced;
            for (int row = 0; row < outer; row++)
            {
                int sum = SumOfCodes(input.Slice(row * reduced, reduced)) - (reduced * inputZeroPoint);
                Requantization.ToCode(new Float32x1(sum * factor), zeroPoint, byte.MinValue, byte.MaxValue).Store(ref output[row], 0);
            }
        }
        else
        {
            var operation = new QuantizedAveragePoolingOperator(countPadding: false, inputZeroPoint, multiplier, zeroPoint);
            ReduceRows(operation, outer, reduced, inner, input, output);
        }
    }

    private static void Check<T, TOutput>(int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<TOutput> output, int least = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfLessThan(reduced, least);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        SpanGuard.Length(input.Length, Extent.Product(outer, reduced, inner), nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(outer, inner), nameof(output));
    }

    /// <summary>A mean over rows is a pooling whose one window is a column of taps.</summary>
    private static void ReduceRows<TOperator, T>(
        TOperator operation, int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where TOperator : struct, IPoolingOperator<T, T>
    {
        if (Registers.Are512For((uint)inner))
        {
            ReduceRows<TOperator, T, UpTo512>(operation, outer, reduced, inner, input, output);
        }
        else
        {
            ReduceRows<TOperator, T, UpTo256>(operation, outer, reduced, inner, input, output);
        }
    }

    private static void ReduceRows<TOperator, T, TRegisters>(
        TOperator operation, int outer, int reduced, int inner, ReadOnlySpan<T> input, Span<T> output)
        where TOperator : struct, IPoolingOperator<T, T>
        where TRegisters : struct
    {
        var window = new PoolingWindow((uint)reduced, 1, (uint)inner, 0, (uint)inner, (uint)reduced);
        for (nuint i = 0; i < (uint)outer; i++)
        {
            operation.Invoke<TRegisters>(
                in window,
                ref Unsafe.Add(ref MemoryMarshal.GetReference(input), i * (uint)reduced * (uint)inner),
                ref Unsafe.Add(ref MemoryMarshal.GetReference(output), i * (uint)inner));
        }
    }

    /// <summary>
    /// The sum of at most <see cref="QuantizedAveragePoolingOperator.MaximumTaps"/> codes, in 16-bit lanes as long as they last.
    /// </summary>
    internal static int SumOfCodes(ReadOnlySpan<byte> codes)
    {
        // Two codes are added to a lane per step: 128 steps reach 65,280.
        const int Steps = 128;
        uint sum = 0;
        while (codes.Length >= Vector<byte>.Count)
        {
            int steps = int.Min(codes.Length / Vector<byte>.Count, Steps);
            Vector<ushort> lanes = Vector<ushort>.Zero;
            for (int step = 0; step < steps; step++)
            {
                Vector.Widen(new Vector<byte>(codes[(step * Vector<byte>.Count)..]), out Vector<ushort> lower, out Vector<ushort> upper);
                lanes += lower + upper;
            }

            Vector.Widen(lanes, out Vector<uint> low, out Vector<uint> high);
            sum += Vector.Sum(low + high);
            codes = codes[(steps * Vector<byte>.Count)..];
        }

        foreach (byte code in codes)
        {
            sum += code;
        }

        return (int)sum;
    }
}
