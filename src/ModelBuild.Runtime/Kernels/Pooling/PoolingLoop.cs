using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Walks the windows of a <see cref="PoolingShape"/>, cuts each to what lies inside the input and hands it to an operator.
/// </summary>
internal static class PoolingLoop
{
    public static void Run<TOperator, TInput, TOutput>(
        TOperator operation, in PoolingShape shape, ReadOnlySpan<TInput> input, Span<TOutput> output)
        where TOperator : struct, IPoolingOperator<TInput, TOutput>
    {
        SpanGuard.Length(input.Length, shape.InputLength, nameof(input));
        SpanGuard.Length(output.Length, shape.OutputLength, nameof(output));
        if (Registers.Are512For((uint)shape.Channels))
        {
            Run<TOperator, TInput, TOutput, UpTo512>(operation, in shape, input, output);
        }
        else
        {
            Run<TOperator, TInput, TOutput, UpTo256>(operation, in shape, input, output);
        }
    }

    private static void Run<TOperator, TInput, TOutput, TRegisters>(
        TOperator operation, in PoolingShape shape, ReadOnlySpan<TInput> input, Span<TOutput> output)
        where TOperator : struct, IPoolingOperator<TInput, TOutput>
        where TRegisters : struct
    {
        nuint channels = (uint)shape.Channels;
        nuint inputRow = (uint)shape.InputWidth * channels;
        nuint inputImage = (uint)shape.InputHeight * inputRow;
        nuint step = (uint)shape.StrideX * channels;
        (int begin, int end) = WholeColumns(in shape);
        ref TInput image = ref MemoryMarshal.GetReference(input);
        ref TOutput pixel = ref MemoryMarshal.GetReference(output);
        for (int n = 0; n < shape.Batch; n++)
        {
            for (int y = 0; y < shape.OutputHeight; y++)
            {
                long firstRow = ((long)y * shape.StrideY) - shape.PadTop;
                (nuint top, nuint rows) = Clip(firstRow, shape.KernelHeight, shape.DilationY, shape.InputHeight);
                nuint paddedRows = Before(firstRow, shape.KernelHeight, shape.DilationY, (long)shape.InputHeight + shape.PadBottom);
                ref TInput windowRow = ref Unsafe.Add(ref image, top * inputRow);
                for (int x = 0; x < shape.OutputWidth;)
                {
                    // Those from which nothing is cut to the left and to the right are one window that moves on.
                    int alike = x == begin ? int.Max(end - begin, 1) : 1;
                    long firstColumn = ((long)x * shape.StrideX) - shape.PadLeft;
                    (nuint left, nuint columns) = Clip(firstColumn, shape.KernelWidth, shape.DilationX, shape.InputWidth);
                    nuint padded = paddedRows
                        * Before(firstColumn, shape.KernelWidth, shape.DilationX, (long)shape.InputWidth + shape.PadRight);
                    var window = new PoolingWindow(
                        rows, columns, (uint)shape.DilationY * inputRow, (uint)shape.DilationX * channels, channels, padded);
                    ref TInput tap = ref Unsafe.Add(ref windowRow, left * channels);
                    for (int stop = x + alike; x < stop; x++)
                    {
                        operation.Invoke<TRegisters>(in window, ref tap, ref pixel);
                        tap = ref Unsafe.Add(ref tap, step);
                        pixel = ref Unsafe.Add(ref pixel, channels);
                    }
                }
            }

            image = ref Unsafe.Add(ref image, inputImage);
        }
    }

    /// <summary>
    /// The taps <c>start + k · dilation</c>, k below <paramref name="kernel"/>, that lie in <c>[0, size)</c>: where the first one is, and
    /// how many. Without any the position is 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static (nuint Position, nuint Count) Clip(long start, int kernel, int dilation, int size)
    {
        if (start >= 0 && start + ((long)(kernel - 1) * dilation) < size)
        {
            return ((nuint)start, (uint)kernel);
        }

        return ClipPartly(start, kernel, dilation, size);
    }

    /// <summary>Columns of the output whose windows lie inside the rows of the input: from one to another, which is none of them.</summary>
    private static (int Begin, int End) WholeColumns(in PoolingShape shape)
    {
        long last = shape.InputWidth - 1 - ((shape.KernelWidth - 1L) * shape.DilationX) + shape.PadLeft;
        long begin = (shape.PadLeft + shape.StrideX - 1L) / shape.StrideX;
        long end = last < 0 ? 0 : long.Min((last / shape.StrideX) + 1, shape.OutputWidth);
        return ((int)long.Min(begin, shape.OutputWidth), (int)end);
    }

    /// <summary>How many of the taps <c>start + k · dilation</c>, k below <paramref name="kernel"/>, lie before an end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nuint Before(long start, int kernel, int dilation, long end) => start + ((long)(kernel - 1) * dilation) < end
        ? (uint)kernel
        : (nuint)long.Max(0, (end - start + dilation - 1) / dilation);

    private static (nuint Position, nuint Count) ClipPartly(long start, int kernel, int dilation, int size)
    {
        long first = start < 0 ? (-start + dilation - 1) / dilation : 0;
        long end = start < size ? long.Min(kernel, (size - start + dilation - 1) / dilation) : 0;
        return end > first ? ((nuint)(start + (first * dilation)), (nuint)(end - first)) : (0, 0);
    }
}
