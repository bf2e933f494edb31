using System.ComponentModel;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Determinants of square matrices (ONNX: Det).</summary>
/// <remarks>
/// Results are identical on every processor. All methods are thread-safe and allocate nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Determinant
{
    /// <summary>The determinants, by elimination in float64 with the largest pivot of a column; 1 for matrices without elements.</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="count">How many matrices there are.</param>
    /// <param name="size">Rows and columns of each.</param>
    /// <param name="input"><c>[count, size, size]</c>.</param>
    /// <param name="output"><c>[count]</c>.</param>
    /// <param name="scratch">At least 8 bytes for each element of a matrix. Its content does not matter.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a number is negative.</exception>
    public static void Compute<T>(int count, int size, ReadOnlySpan<T> input, Span<T> output, Span<byte> scratch)
        where T : unmanaged, INumber<T>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        SpanGuard.Length(input.Length, Extent.Product(count, size, size), nameof(input));
        SpanGuard.Length(output.Length, count, nameof(output));
        SpanGuard.AtLeast(scratch.Length, Extent.Product(size, size, sizeof(double)), nameof(scratch));
        int length = size * size;
        Span<double> matrix = MemoryMarshal.Cast<byte, double>(scratch)[..length];
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < length; k++)
            {
                matrix[k] = double.CreateTruncating(input[(i * length) + k]);
            }

            output[i] = T.CreateTruncating(Eliminate(matrix, size));
        }
    }

    private static double Eliminate(Span<double> matrix, int size)
    {
        double product = 1;
        for (int column = 0; column < size; column++)
        {
            if (Pivoting.Bring(matrix, size, column))
            {
                product = -product;
            }

            double largest = matrix[(column * size) + column];
            product *= largest;
            if (largest == 0)
            {
                return product;
            }

            for (int row = column + 1; row < size; row++)
            {
                double factor = matrix[(row * size) + column] / largest;
                for (int k = column + 1; k < size; k++)
                {
                    matrix[(row * size) + k] -= factor * matrix[(column * size) + k];
                }
            }
        }

        return product;
    }
}
