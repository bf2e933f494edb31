namespace ModelBuild.Runtime.Kernels;

/// <summary>The choice of rows in an elimination.</summary>
internal static class Pivoting
{
    /// <summary>Exchanges a row with the one below it that has the largest element of a column, from there on.</summary>
    /// <param name="rows">The rows, one behind the other.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="column">The column, and the row that is to have its pivot.</param>
    /// <returns>Whether two rows have changed places.</returns>
    public static bool Bring(Span<double> rows, int width, int column)
    {
        int pivot = column;
        for (int row = column + 1; row < rows.Length / width; row++)
        {
            pivot = Math.Abs(rows[(row * width) + column]) > Math.Abs(rows[(pivot * width) + column]) ? row : pivot;
        }

        if (pivot == column)
        {
            return false;
        }

        Span<double> chosen = rows.Slice(column * width, width);
        Span<double> other = rows.Slice(pivot * width, width);
        for (int k = column; k < width; k++)
        {
            (chosen[k], other[k]) = (other[k], chosen[k]);
        }

        return true;
    }
}
