using System.ComponentModel;

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
    /// <summary>
    /// Queries that are in work at once, at most: each time keys and values are packed anew, and the scores of as many lie in memory.
    /// </summary>
    public const int Block = 96;

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
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a step is out of range.</exception>
    public static void Float32(
        in AttentionShape shape, float scale, ReadOnlySpan<int> maskSteps, ReadOnlySpan<float> queries, ReadOnlySpan<float> keys,
        ReadOnlySpan<float> values, Span<float> output, Span<byte> scratch, ReadOnlySpan<float> mask = default, int threads = 1) =>
        Float32(KernelTable.Current, shape, scale, maskSteps, queries, keys, values, output, scratch, mask, threads);

    internal static unsafe void Float32(
        KernelTable kernels, in AttentionShape shape, float scale, ReadOnlySpan<int> maskSteps, ReadOnlySpan<float> queries,
        ReadOnlySpan<float> keys, ReadOnlySpan<float> values, Span<float> output, Span<byte> scratch, ReadOnlySpan<float> mask = default,
        int threads = 1)
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
        fixed (float* q = queries, k = keys, v = values, y = output, m = mask)
        fixed (byte* own = scratch)
        {
            int hands = AttentionWork.IsWorthSharing(shape) ? threads : 1;
            var work = new AttentionWork
            {
                Kernels = kernels,
                Shape = shape,
                Scale = scale,
                Queries = q,
                Keys = k,
                Values = v,
                Output = y,
                Mask = m,
                MaskOfSample = maskSteps[0],
                MaskOfHead = maskSteps[1],
                MaskOfQuery = maskSteps[2],
                Scores = hands == 1 ? (float*)own : null,
            };
            Workers.Run(work, work.Units, hands);
        }
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
