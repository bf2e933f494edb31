namespace ModelBuild.Runtime.Kernels;

/// <summary>Functions of one 8-bit tensor as tables: with 8 bits in and out every unary function has 256 values.</summary>
/// <remarks>All methods are thread-safe and allocate nothing.</remarks>
public static class Lookup
{
    /// <summary>How many entries a table has.</summary>
    public const int TableLength = 256;

    /// <summary><c>output[i] = table[input[i]]</c>.</summary>
    /// <param name="input">Codes.</param>
    /// <param name="table">256 values, one for each code.</param>
    /// <param name="output">
    /// As long as the input; it may be the very span of the input, any other overlap leaves it unspecified.
    /// </param>
    /// <exception cref="ArgumentException">The output has not the length of the input, or the table has not 256 entries.</exception>
    public static void UInt8(ReadOnlySpan<byte> input, ReadOnlySpan<byte> table, Span<byte> output)
    {
        SpanGuard.Length(table.Length, TableLength, nameof(table));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < input.Length; i++)
        {
            output[i] = table[input[i]];
        }
    }
}
