using System.ComponentModel;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Scaled dot-product attention (Vaswani et al., 2017; ONNX: Attention): <c>softmax(Q·Kᵀ·scale + mask)·V</c> for every head.
/// </summary>
/// <remarks>
/// Queries are taken some at a time, so that their scores stay in the second-level cache from the first product to the second. All methods
/// are thread-safe and allocate nothing. The output must not overlap an input.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Attention
{
    /// <summary>Queries that are in work at once: a multiple of what every micro-kernel takes.</summary>
    public const int Block = 48;

    /// <summary>Attention of floats.</summary>
    /// <param name="shape">The sizes, and how the tensors lie.</param>
    /// <param name="scale">What products of queries and keys are multiplied with.</param>
    /// <param name="maskSteps">
    /// How far the numbers of the mask are apart: those of one sample from the next, of one head, and of one query; 0 where they are the
    /// same ones. A query's numbers, one for each key, lie together.
    /// </param>
    /// <param name="queries"><c>[batch, heads, queries, size]</c>, or as the shape says.</param>
    /// <param name="keys"><c>[batch, heads, size, keys]</c>: transposed.</param>
    /// <param name="values"><c>[batch, heads, keys, valueSize]</c>, or as the shape says.</param>
    /// <param name="output"><c>[batch, heads, queries, valueSize]</c>, or as the shape says.</param>
    /// <param name="scratch">4 bytes for each of <see cref="Block"/> × keys. Its content does not matter.</param>
    /// <param name="mask">What is added to the scores; empty for nothing.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a step is out of range.</exception>
    public static void Float32(
        in AttentionShape shape, float scale, ReadOnlySpan<int> maskSteps, ReadOnlySpan<float> queries, ReadOnlySpan<float> keys,
        ReadOnlySpan<float> values, Span<float> output, Span<byte> scratch, ReadOnlySpan<float> mask = default) =>
        Float32(KernelTable.Current, shape, scale, maskSteps, queries, keys, values, output, scratch, mask);

    internal static unsafe void Float32(
        KernelTable kernels, in AttentionShape shape, float scale, ReadOnlySpan<int> maskSteps, ReadOnlySpan<float> queries,
        ReadOnlySpan<float> keys, ReadOnlySpan<float> values, Span<float> output, Span<byte> scratch, ReadOnlySpan<float> mask = default)
    {
        int heads = checked(shape.Batch * shape.Heads);
        SpanGuard.Length(queries.Length, Extent.Product(heads, shape.Queries, shape.Size), nameof(queries));
        SpanGuard.Length(keys.Length, Extent.Product(heads, shape.Size, shape.Keys), nameof(keys));
        SpanGuard.Length(values.Length, Extent.Product(heads, shape.Keys, shape.ValueSize), nameof(values));
        SpanGuard.Length(output.Length, Extent.Product(heads, shape.Queries, shape.ValueSize), nameof(output));
        SpanGuard.Length(maskSteps.Length, 3, nameof(maskSteps));
        if (output.IsEmpty)
        {
            return;
        }

        if (shape.Keys == 0)
        {
            // A sum of nothing.
            output.Clear();
            return;
        }

        CheckMask(shape, maskSteps, mask.Length);
        SpanGuard.AtLeast(scratch.Length, Extent.Product(Block, shape.Keys, sizeof(float)), nameof(scratch));
        Span<float> scores = MemoryMarshal.Cast<byte, float>(scratch)[..(Block * shape.Keys)];
        fixed (float* q = queries, k = keys, v = values, y = output, s = scores)
        {
            for (int head = 0; head < heads; head++)
            {
                (nint query, int queryStep) = shape.Rows(head, shape.Queries, shape.Size, shape.QueriesBeside);
                (nint value, int valueStep) = shape.Rows(head, shape.Keys, shape.ValueSize, shape.ValuesBeside);
                (nint result, int resultStep) = shape.Rows(head, shape.Queries, shape.ValueSize, shape.OutputBeside);
                nint key = (nint)head * shape.Size * shape.Keys;
                int maskOfHead = (head / shape.Heads * maskSteps[0]) + (head % shape.Heads * maskSteps[1]);
                for (int first = 0; first < shape.Queries; first += Block)
                {
                    int count = int.Min(Block, shape.Queries - first);
                    Gemm.Multiply(
                        kernels, new GemmShape(count, shape.Size, shape.Keys), q + query + ((nint)first * queryStep), queryStep, k + key,
                        shape.Keys, s, shape.Keys);
                    for (int i = 0; i < count; i++)
                    {
                        Span<float> row = scores.Slice(i * shape.Keys, shape.Keys);
                        ReadOnlySpan<float> hidden =
                            mask.IsEmpty ? [] : mask.Slice(maskOfHead + ((first + i) * maskSteps[2]), shape.Keys);
                        Normalize(row, scale, hidden);
                    }

                    Gemm.Multiply(
                        kernels, new GemmShape(count, shape.Keys, shape.ValueSize), s, shape.Keys, v + value, valueStep,
                        y + result + ((nint)first * resultStep), resultStep);
                }
            }
        }
    }

    /// <summary>Multiplied and then added to, each rounded, as the operators by themselves do it.</summary>
    private static void Normalize(Span<float> scores, float scale, ReadOnlySpan<float> mask)
    {
        if (scale != 1)
        {
            TensorPrimitives.Multiply(scores, scale, scores);
        }

        if (!mask.IsEmpty)
        {
            TensorPrimitives.Add(scores, mask, scores);
        }

        Softmax.Float32(1, scores.Length, 1, scores, scores);
    }

    private static void CheckMask(in AttentionShape shape, ReadOnlySpan<int> maskSteps, int length)
    {
        long last = 0;
        ReadOnlySpan<int> counts = [shape.Batch, shape.Heads, shape.Queries];
        for (int i = 0; i < counts.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(maskSteps[i], nameof(maskSteps));
            last += (counts[i] - 1L) * maskSteps[i];
        }

        if (length != 0)
        {
            SpanGuard.Length(length, last + shape.Keys, "mask");
        }
    }
}
