using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The sizes of an attention, and how its tensors lie in memory.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct AttentionShape
{
    /// <summary>Describes an attention.</summary>
    /// <param name="batch">Samples.</param>
    /// <param name="heads">Heads of each sample.</param>
    /// <param name="queries">Queries of each head.</param>
    /// <param name="keys">Keys of each head, and values.</param>
    /// <param name="size">Elements of a query and of a key, at least 1.</param>
    /// <param name="valueSize">Elements of a value and of a result, at least 1.</param>
    /// <param name="queriesBeside">
    /// Whether the queries of all heads lie beside each other, <c>[batch, queries, heads, size]</c>, and not head by head,
    /// <c>[batch, heads, queries, size]</c>.
    /// </param>
    /// <param name="valuesBeside">The same of the values.</param>
    /// <param name="outputBeside">The same of the results.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative, or one of an element not positive.</exception>
    public AttentionShape(
        int batch, int heads, int queries, int keys, int size, int valueSize, bool queriesBeside, bool valuesBeside, bool outputBeside)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(heads);
        ArgumentOutOfRangeException.ThrowIfNegative(queries);
        ArgumentOutOfRangeException.ThrowIfNegative(keys);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(valueSize);
        Batch = batch;
        Heads = heads;
        Queries = queries;
        Keys = keys;
        Size = size;
        ValueSize = valueSize;
        QueriesBeside = queriesBeside;
        ValuesBeside = valuesBeside;
        OutputBeside = outputBeside;
    }

    /// <summary>Samples.</summary>
    public int Batch { get; }

    /// <summary>Heads of each sample.</summary>
    public int Heads { get; }

    /// <summary>Queries of each head.</summary>
    public int Queries { get; }

    /// <summary>Keys of each head, and values.</summary>
    public int Keys { get; }

    /// <summary>Elements of a query and of a key.</summary>
    public int Size { get; }

    /// <summary>Elements of a value and of a result.</summary>
    public int ValueSize { get; }

    /// <summary>Whether the queries of all heads lie beside each other.</summary>
    public bool QueriesBeside { get; }

    /// <summary>Whether the values of all heads lie beside each other.</summary>
    public bool ValuesBeside { get; }

    /// <summary>Whether the results of all heads lie beside each other.</summary>
    public bool OutputBeside { get; }

    /// <summary>Where the rows of a head, counted over all samples, begin, and how far one is from the next.</summary>
    internal (nint First, int Step) Rows(int head, int rows, int size, bool isBeside) => isBeside
        ? (((nint)(head / Heads) * rows * Heads * size) + ((nint)(head % Heads) * size), Heads * size)
        : ((nint)head * rows * size, size);
}
