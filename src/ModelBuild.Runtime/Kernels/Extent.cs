namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Products of dimensions that cannot wrap around: what is too large for a <see cref="long"/> is larger than every span anyway.
/// </summary>
internal static class Extent
{
    /// <summary>How many elements an operand must have that is walked by strides; none where there is nothing to walk.</summary>
    /// <exception cref="ArgumentException">The lists differ in length, or a stride is negative.</exception>
    public static long Reach(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> strides, bool isEmpty)
    {
        SpanGuard.Length(strides.Length, dimensions.Length, nameof(strides));
        long last = 0;
        for (int i = 0; i < strides.Length; i++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(strides[i], nameof(strides));
            last += (dimensions[i] - 1L) * strides[i];
        }

        return isEmpty ? 0 : last + 1;
    }

    /// <summary>The product of dimensions that are not negative, at most <see cref="long.MaxValue"/>.</summary>
    public static long Product(ReadOnlySpan<int> dimensions)
    {
        long product = 1;
        foreach (int dimension in dimensions)
        {
            if (dimension == 0)
            {
                return 0;
            }

            product = Product(product, dimension);
        }

        return product;
    }

    /// <summary><c>a · b</c> of numbers that are not negative, at most <see cref="long.MaxValue"/>.</summary>
    public static long Product(long a, long b)
    {
        long high = Math.BigMul(a, b, out long low);
        return high == 0 && low >= 0 ? low : long.MaxValue;
    }

    /// <summary><c>a · b · c</c> of numbers that are not negative, at most <see cref="long.MaxValue"/>.</summary>
    public static long Product(long a, long b, long c) => Product(a, b, c, 1);

    /// <summary><c>a · b · c · d</c> of numbers that are not negative, at most <see cref="long.MaxValue"/>.</summary>
    public static long Product(long a, long b, long c, long d)
    {
        // A zero anywhere makes the product zero, even where the others alone would not fit.
        return a == 0 || b == 0 || c == 0 || d == 0 ? 0 : Product(Product(a, b), Product(c, d));
    }
}
