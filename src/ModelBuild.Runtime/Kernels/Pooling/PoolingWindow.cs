namespace ModelBuild.Runtime.Kernels;

/// <summary>The taps of one window that lie inside the input, each a row of neighbouring channels.</summary>
/// <param name="rows">Rows of taps.</param>
/// <param name="columns">Taps in a row.</param>
/// <param name="rowStride">Elements from one row of taps to the next.</param>
/// <param name="columnStride">Elements from one tap to the next.</param>
/// <param name="channels">Channels of a tap.</param>
internal readonly struct PoolingWindow(nuint rows, nuint columns, nuint rowStride, nuint columnStride, nuint channels)
{
    public readonly nuint Rows = rows;
    public readonly nuint Columns = columns;
    public readonly nuint RowStride = rowStride;
    public readonly nuint ColumnStride = columnStride;
    public readonly nuint Channels = channels;

    /// <summary>How many taps there are.</summary>
    public nuint Count => Rows * Columns;
}
