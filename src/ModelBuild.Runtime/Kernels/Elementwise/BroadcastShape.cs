namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// How two tensors meet element by element (ONNX: Multidirectional Broadcasting): the four dimensions of the output, and for each
/// operand the distance in elements between neighbours along each of them, 0 where the operand is repeated.
/// </summary>
/// <remarks>
/// The output is contiguous in row-major order. Dimensions of size 1 and dimensions that both operands walk through without a jump
/// are merged, so that a kernel sees the longest possible rows: <c>[n, h, w, c] + [c]</c> is <c>n·h·w</c> rows of <c>c</c>.
/// </remarks>
public readonly struct BroadcastShape
{
    /// <summary>Creates a shape of four dimensions; a tensor of lower rank has leading dimensions of 1.</summary>
    /// <param name="n0">Outermost dimension of the output.</param>
    /// <param name="n1">Second dimension of the output.</param>
    /// <param name="n2">Third dimension of the output.</param>
    /// <param name="n3">Innermost dimension of the output.</param>
    /// <param name="left0">Stride of the left operand along <paramref name="n0"/>, in elements; 0 repeats it.</param>
    /// <param name="left1">Stride of the left operand along <paramref name="n1"/>.</param>
    /// <param name="left2">Stride of the left operand along <paramref name="n2"/>.</param>
    /// <param name="left3">Stride of the left operand along <paramref name="n3"/>.</param>
    /// <param name="right0">Stride of the right operand along <paramref name="n0"/>, in elements; 0 repeats it.</param>
    /// <param name="right1">Stride of the right operand along <paramref name="n1"/>.</param>
    /// <param name="right2">Stride of the right operand along <paramref name="n2"/>.</param>
    /// <param name="right3">Stride of the right operand along <paramref name="n3"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A dimension or a stride is negative.</exception>
    public BroadcastShape(
        int n0, int n1, int n2, int n3, int left0, int left1, int left2, int left3, int right0, int right1, int right2, int right3)
    {
        if ((n0 | n1 | n2 | n3 | left0 | left1 | left2 | left3 | right0 | right1 | right2 | right3) < 0)
        {
            throw new ArgumentOutOfRangeException(nameof(n0), "Dimensions and strides are not negative.");
        }

        Span<int> n = [n0, n1, n2, n3];
        Span<int> left = [left0, left1, left2, left3];
        Span<int> right = [right0, right1, right2, right3];
        int last = 3;
        for (int i = 2; i >= 0; i--)
        {
            long merged = (long)n[i] * n[last];
            if (n[last] == 1)
            {
                (n[last], left[last], right[last]) = (n[i], left[i], right[i]);
            }
            else if (merged <= int.MaxValue && left[i] == (long)left[last] * n[last] && right[i] == (long)right[last] * n[last])
            {
                n[last] = (int)merged;
            }
            else if (n[i] != 1)
            {
                last--;
                (n[last], left[last], right[last]) = (n[i], left[i], right[i]);
            }
        }

        n[..last].Fill(1);
        (N0, N1, N2, N3) = (n[0], n[1], n[2], n[3]);
        (Left0, Left1, Left2, Left3) = (left[0], left[1], left[2], left[3]);
        (Right0, Right1, Right2, Right3) = (right[0], right[1], right[2], right[3]);
    }

    internal int N0 { get; }

    internal int N1 { get; }

    internal int N2 { get; }

    /// <summary>The length of a row.</summary>
    internal int N3 { get; }

    internal int Left0 { get; }

    internal int Left1 { get; }

    internal int Left2 { get; }

    internal int Left3 { get; }

    internal int Right0 { get; }

    internal int Right1 { get; }

    internal int Right2 { get; }

    internal int Right3 { get; }

    /// <summary>How many elements the output has.</summary>
    internal long OutputLength => Extent.Product(N0, N1, N2, N3);

    /// <summary>How many elements the left operand must have.</summary>
    internal long LeftLength => OutputLength == 0 ? 0 : Reach(N0, Left0, N1, Left1, N2, Left2, N3, Left3);

    /// <summary>How many elements the right operand must have.</summary>
    internal long RightLength => OutputLength == 0 ? 0 : Reach(N0, Right0, N1, Right1, N2, Right2, N3, Right3);

    /// <summary>One more than the offset of the last element. Four products of two int each stay below 2^64.</summary>
    private static long Reach(int n0, int stride0, int n1, int stride1, int n2, int stride2, int n3, int stride3)
    {
        ulong last = ((ulong)(n0 - 1) * (ulong)stride0) + ((ulong)(n1 - 1) * (ulong)stride1)
            + ((ulong)(n2 - 1) * (ulong)stride2) + ((ulong)(n3 - 1) * (ulong)stride3);
        return (long)ulong.Min(last + 1, long.MaxValue);
    }
}
