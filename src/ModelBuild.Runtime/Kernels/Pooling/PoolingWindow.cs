namespace ModelBuild.Runtime.Kernels;

/// <summary>The taps of one window that lie inside the input, each a row of neighbouring channels.</summary>
/// <param name="rows">Rows of taps.</param>
/// <param name="columns">Taps in a row.</param>
/// <param name="rowStride">Elements from one row of taps to the next.</param>
/// <param name="columnStride">Elements from one tap to the next.</param>
/// <param name="channels">Channels of a tap.</param>
/// <param name="padded">How many taps lie inside the input or its padding; those beyond both count nowhere.</param>
internal readonly struct PoolingWindow(nuint rows, nuint columns, nuint rowStride, nuint columnStride, nuint channels, nuint padded)
{
    public readonly nuint Rows = rows;
    public readonly nuint Columns = columns;
    public readonly nuint RowStride = rowStride;
    public readonly nuint ColumnStride = columnStride;
    public readonly nuint Channels = channels;
    public readonly nuint Padded = padded;

    /// <summary>How many taps there are.</summary>
    public nuint Count => Rows * Columns;
}
