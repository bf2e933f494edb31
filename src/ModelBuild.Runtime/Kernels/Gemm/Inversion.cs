using System.ComponentModel;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Inverses of square matrices (com.microsoft: Inverse).</summary>
/// <remarks>
/// Results are identical on every processor. All methods are thread-safe and allocate nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Inversion
{
    /// <summary>
    /// The inverses, by elimination of all columns in float64 with the largest pivot of each. A matrix without an inverse gives elements
    /// that are infinite or no numbers.
    /// </summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="count">How many matrices there are.</param>
    /// <param name="size">Rows and columns of each.</param>
    /// <param name="input"><c>[count, size, size]</c>.</param>
    /// <param name="output"><c>[count, size, size]</c>.</param>
    /// <param name="scratch">At least 16 bytes for each element of a matrix. Its content does not matter.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a number is negative.</exception>
    public static void Compute<T>(int count, int size, ReadOnlySpan<T> input, Span<T> output, Span<byte> scratch)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        SpanGuard.Length(input.Length, Extent.Product(count, size, size), nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(count, size, size), nameof(output));
        SpanGuard.AtLeast(scratch.Length, Extent.Product(size, size, 2 * sizeof(double)), nameof(scratch));
        int length = size * size;
        Span<double> rows = MemoryMarshal.Cast<byte, double>(scratch)[..(2 * length)];
        for (int i = 0; i < count; i++)
        {
            Augment(input.Slice(i * length, length), rows, size);
            Eliminate(rows, size);
            for (int row = 0; row < size; row++)
            {
                for (int column = 0; column < size; column++)
                {
                    output[(i * length) + (row * size) + column] = T.CreateTruncating(rows[(((2 * row) + 1) * size) + column]);
                }
            }
        }
    }

    /// <summary>Puts the identity beside a matrix.</summary>
    private static void Augment<T>(ReadOnlySpan<T> matrix, Span<double> rows, int size)
        where T : INumber<T>
    {
        rows.Clear();
        for (int row = 0; row < size; row++)
        {
            for (int column = 0; column < size; column++)
            {
                rows[(2 * row * size) + column] = double.CreateTruncating(matrix[(row * size) + column]);
            }

            rows[(((2 * row) + 1) * size) + row] = 1;
        }
    }

    /// <summary>Takes both halves to where the left one is the identity.</summary>
    private static void Eliminate(Span<double> rows, int size)
    {
        int width = 2 * size;
        for (int column = 0; column < size; column++)
        {
            Pivoting.Bring(rows, width, column);
            Span<double> chosen = rows.Slice(column * width, width);
            double largest = chosen[column];
            for (int k = column; k < width; k++)
            {
                chosen[k] /= largest;
            }

            for (int row = 0; row < size; row++)
            {
                double factor = rows[(row * width) + column];
                for (int k = column; row != column && k < width; k++)
                {
                    rows[(row * width) + k] -= factor * chosen[k];
                }
            }
        }
    }
}
