namespace ModelBuild.Compiler.Operators;

/// <summary>Plain indexing of row-major tensors for evaluation: how far apart neighbours along each axis lie.</summary>
internal static class Strides
{
    /// <summary>Strides of a row-major tensor, in elements.</summary>
    public static long[] Of(ReadOnlySpan<long> dimensions)
    {
        var strides = new long[dimensions.Length];
        long stride = 1;
        for (int i = strides.Length - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= dimensions[i];
        }

        return strides;
    }

    /// <summary>Strides that read a tensor as if it had been broadcast: zero along what is repeated.</summary>
    /// <param name="rank">Of what it is broadcast to.</param>
    public static long[] Broadcast(IReadOnlyList<long> dimensions, int rank)
    {
        long[] own = Of([.. dimensions]);
        var strides = new long[rank];
        for (int i = 0; i < own.Length; i++)
        {
            strides[rank - own.Length + i] = dimensions[i] == 1 ? 0 : own[i];
        }

        return strides;
    }

    /// <summary>The dimensions two tensors broadcast to; inference has checked that they do.</summary>
    public static long[] Broadcast(ReadOnlySpan<long> left, ReadOnlySpan<long> right)
    {
        var result = new long[Math.Max(left.Length, right.Length)];
        for (int i = 1; i <= result.Length; i++)
        {
            long a = i <= left.Length ? left[^i] : 1;
            long b = i <= right.Length ? right[^i] : 1;
            result[^i] = a == 1 ? b : a;
        }

        return result;
    }

    /// <summary>The offset of each element of <paramref name="dimensions"/>, in row-major order.</summary>
    public static int[] Walk(ReadOnlySpan<long> dimensions, ReadOnlySpan<long> strides, long start = 0)
    {
        long length = 1;
        foreach (long dimension in dimensions)
        {
            length *= dimension;
        }

        var offsets = new int[length];
        var index = new long[dimensions.Length];
        long offset = start;
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = (int)offset;
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                offset += strides[axis];
                if (++index[axis] < dimensions[axis])
                {
                    break;
                }

                offset -= strides[axis] * dimensions[axis];
                index[axis] = 0;
            }
        }

        return offsets;
    }
}
