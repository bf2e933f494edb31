using System.ComponentModel;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Attention by a state that each step changes (ONNX: LinearAttention).</summary>
/// <remarks>
/// A head's state is a matrix of keys by values. A step makes it weaker, adds the product of its key and its value (or of what the state
/// does not have of it yet), and multiplies the queries with the sum. Results are identical on every processor: sums run over the key in
/// its order. All methods are thread-safe and allocate nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class LinearRecurrence
{
    /// <summary>Runs all steps.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="steps">Steps of each.</param>
    /// <param name="queryHeads">Heads of queries, a multiple of <paramref name="heads"/>: as many of them read one state.</param>
    /// <param name="heads">Heads of keys and values.</param>
    /// <param name="keySize">Elements of a key.</param>
    /// <param name="valueSize">Elements of a value.</param>
    /// <param name="scale">What the output is multiplied by.</param>
    /// <param name="query"><c>[batch, steps, queryHeads, keySize]</c>.</param>
    /// <param name="key"><c>[batch, steps, heads, keySize]</c>.</param>
    /// <param name="value"><c>[batch, steps, heads, valueSize]</c>.</param>
    /// <param name="scratch">
    /// At least 4 bytes for each element of <c>[batch, heads, keySize, valueSize]</c> and of a value. Its content does not matter.
    /// </param>
    /// <param name="past">The states before the first step, <c>[batch, heads, keySize, valueSize]</c>; empty for zeros.</param>
    /// <param name="decay">
    /// Logarithms of what states are multiplied by, <c>[batch, steps, heads]</c> or <c>[batch, steps, heads, keySize]</c>; empty for none.
    /// </param>
    /// <param name="beta">
    /// How much of the difference between the value and what the state has of it is written, <c>[batch, steps, heads]</c> or
    /// <c>[batch, steps]</c>; empty to write the value itself.
    /// </param>
    /// <param name="output"><c>[batch, steps, queryHeads, valueSize]</c>; empty where nobody wants it.</param>
    /// <param name="present">The states behind the last step; empty where nobody wants them.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a number is out of range.</exception>
    public static void Float32(
        int batch, int steps, int queryHeads, int heads, int keySize, int valueSize, float scale, ReadOnlySpan<float> query,
        ReadOnlySpan<float> key, ReadOnlySpan<float> value, Span<byte> scratch, ReadOnlySpan<float> past = default,
        ReadOnlySpan<float> decay = default, ReadOnlySpan<float> beta = default, Span<float> output = default,
        Span<float> present = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(heads);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(queryHeads);
        ArgumentOutOfRangeException.ThrowIfNotEqual(queryHeads % heads, 0, nameof(queryHeads));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(keySize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(valueSize);
        long rows = Extent.Product(batch, steps);
        long states = Extent.Product(batch, heads, keySize, valueSize);
        SpanGuard.Length(query.Length, Extent.Product(rows, queryHeads, keySize), nameof(query));
        SpanGuard.Length(key.Length, Extent.Product(rows, heads, keySize), nameof(key));
        SpanGuard.Length(value.Length, Extent.Product(rows, heads, valueSize), nameof(value));
        SpanGuard.AtLeast(scratch.Length, Extent.Product(states, sizeof(float)) + (valueSize * sizeof(float)), nameof(scratch));
        SpanGuard.Length(past.Length, past.IsEmpty ? 0 : states, nameof(past));
        bool isPerKey = decay.Length == key.Length && keySize > 1;
        SpanGuard.Length(decay.Length, decay.IsEmpty || isPerKey ? decay.Length : Extent.Product(rows, heads), nameof(decay));
        bool isShared = beta.Length == rows && heads > 1;
        SpanGuard.Length(beta.Length, beta.IsEmpty || isShared ? beta.Length : Extent.Product(rows, heads), nameof(beta));
        SpanGuard.Length(output.Length, output.IsEmpty ? 0 : Extent.Product(rows, queryHeads, valueSize), nameof(output));
        SpanGuard.Length(present.Length, present.IsEmpty ? 0 : states, nameof(present));

        Span<float> memory = MemoryMarshal.Cast<byte, float>(scratch);
        Span<float> all = memory[..(int)states];
        Span<float> written = memory.Slice((int)states, valueSize);
        if (past.IsEmpty)
        {
            all.Clear();
        }
        else
        {
            past.CopyTo(all);
        }

        int group = queryHeads / heads;
        for (int row = 0; row < (int)rows; row++)
        {
            for (int head = 0; head < heads; head++)
            {
                int place = (row * heads) + head;
                Span<float> state = all.Slice(((row / steps * heads) + head) * keySize * valueSize, keySize * valueSize);
                ReadOnlySpan<float> k = key.Slice(place * keySize, keySize);
                ReadOnlySpan<float> v = value.Slice(place * valueSize, valueSize);
                if (!decay.IsEmpty)
                {
                    Weaken(state, isPerKey ? decay.Slice(place * keySize, keySize) : decay.Slice(place, 1), keySize);
                }

                v.CopyTo(written);
                if (!beta.IsEmpty)
                {
                    MultiplyAdd(state, k, -1, written);
                    TensorPrimitives.Multiply(written, beta[isShared ? row : place], written);
                }

                for (int i = 0; i < keySize; i++)
                {
                    Span<float> line = state.Slice(i * valueSize, valueSize);
                    TensorPrimitives.MultiplyAdd(written, k[i], line, line);
                }

                for (int reader = 0; reader < group && !output.IsEmpty; reader++)
                {
                    int read = (row * queryHeads) + (head * group) + reader;
                    Span<float> result = output.Slice(read * valueSize, valueSize);
                    result.Clear();
                    MultiplyAdd(state, query.Slice(read * keySize, keySize), 1, result);
                    TensorPrimitives.Multiply(result, scale, result);
                }
            }
        }

        if (!present.IsEmpty)
        {
            all.CopyTo(present);
        }
    }

    /// <summary>Adds a vector times a state, times a sign, to a sum.</summary>
    private static void MultiplyAdd(ReadOnlySpan<float> state, ReadOnlySpan<float> vector, float sign, Span<float> sum)
    {
        for (int i = 0; i < vector.Length; i++)
        {
            TensorPrimitives.MultiplyAdd(state.Slice(i * sum.Length, sum.Length), sign * vector[i], sum, sum);
        }
    }

    private static void Weaken(Span<float> state, ReadOnlySpan<float> decay, int keySize)
    {
        int length = state.Length / keySize;
        for (int i = 0; i < keySize; i++)
        {
            Span<float> line = state.Slice(i * length, length);
            TensorPrimitives.Multiply(line, (float)Elementary.Exp(decay[i % decay.Length]), line);
        }
    }
}
