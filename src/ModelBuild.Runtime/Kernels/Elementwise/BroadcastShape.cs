using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// How two tensors meet element by element (ONNX: Multidirectional Broadcasting): the dimensions of the output, and for each operand the
/// distance in elements between neighbours along each of them, 0 where the operand is repeated.
/// </summary>
/// <remarks>
/// The output is contiguous in row-major order. Dimensions of size 1 and dimensions that both operands walk through without a jump
/// are merged, so that a kernel sees the longest possible rows: <c>[n, h, w, c] + [c]</c> is <c>n·h·w</c> rows of <c>c</c>. What is left
/// is four nested loops, and around them one over what the outer dimensions have in common.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct BroadcastShape
{
    /// <summary>Loops outside the four that a kernel nests.</summary>
    private const int OuterLevels = StridedCopy.MaximumRank - 4;

    private readonly Levels _levels;

    /// <summary>Creates a shape of at most eight dimensions.</summary>
    /// <param name="dimensions">The dimensions of the output, the innermost last.</param>
    /// <param name="left">For each dimension the stride of the left operand in elements; 0 repeats it.</param>
    /// <param name="right">For each dimension the stride of the right operand in elements; 0 repeats it.</param>
    /// <exception cref="ArgumentException">The lists differ in length, are longer than eight, or have a negative number.</exception>
    public BroadcastShape(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> left, ReadOnlySpan<int> right)
    {
        if (dimensions.Length > StridedCopy.MaximumRank)
        {
            throw new ArgumentException($"{dimensions.Length} dimensions are more than {StridedCopy.MaximumRank}.", nameof(dimensions));
        }

        SpanGuard.Length(left.Length, dimensions.Length, nameof(left));
        SpanGuard.Length(right.Length, dimensions.Length, nameof(right));
        Span<Level> levels = stackalloc Level[StridedCopy.MaximumRank];
        levels.Fill(new Level(1, 0, 0));
        int first = StridedCopy.MaximumRank;
        for (int i = dimensions.Length - 1; i >= 0; i--)
        {
            var level = new Level(dimensions[i], left[i], right[i]);
            if ((level.Size | level.Left | level.Right) < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(dimensions), "Dimensions and strides are not negative.");
            }

            if (first < StridedCopy.MaximumRank && level.Continues(levels[first]))
            {
                levels[first] = levels[first] with { Size = level.Size * levels[first].Size };
            }
            else if (level.Size != 1)
            {
                levels[--first] = level;
            }
        }

        levels.CopyTo(_levels);
    }

    /// <summary>How often the four inner loops run, each time from another offset.</summary>
    internal long OuterLength => Extent.Product(_levels[0].Size, _levels[1].Size, _levels[2].Size, _levels[3].Size);

    internal int N0 => _levels[OuterLevels].Size;

    internal int N1 => _levels[OuterLevels + 1].Size;

    internal int N2 => _levels[OuterLevels + 2].Size;

    /// <summary>The length of a row.</summary>
    internal int N3 => _levels[OuterLevels + 3].Size;

    internal int Left0 => _levels[OuterLevels].Left;

    internal int Left1 => _levels[OuterLevels + 1].Left;

    internal int Left2 => _levels[OuterLevels + 2].Left;

    internal int Left3 => _levels[OuterLevels + 3].Left;

    internal int Right0 => _levels[OuterLevels].Right;

    internal int Right1 => _levels[OuterLevels + 1].Right;

    internal int Right2 => _levels[OuterLevels + 2].Right;

    internal int Right3 => _levels[OuterLevels + 3].Right;

    /// <summary>How many elements the output has.</summary>
    internal long OutputLength => Lengths.Output;

    /// <summary>How many elements the left operand must have.</summary>
    internal long LeftLength => Lengths.Left;

    /// <summary>How many elements the right operand must have.</summary>
    internal long RightLength => Lengths.Right;

    /// <summary>
    /// The product of the dimensions, and one more than the offset of each operand's last element, none of which wraps around.
    /// </summary>
    private (long Output, long Left, long Right) Lengths
    {
        get
        {
            (long output, UInt128 left, UInt128 right) = (1, 1, 1);
            foreach (Level level in _levels)
            {
                if (level.Size == 0)
                {
                    return (0, 0, 0);
                }

                output = Extent.Product(output, level.Size);
                left += (ulong)(level.Size - 1) * (ulong)level.Left;
                right += (ulong)(level.Size - 1) * (ulong)level.Right;
            }

            return (output, (long)UInt128.Min(left, long.MaxValue), (long)UInt128.Min(right, long.MaxValue));
        }
    }

    /// <summary>Where the operands' elements are that belong to one of the output.</summary>
    internal (nuint Left, nuint Right) Offset(long element) => Offset(element, StridedCopy.MaximumRank);

    /// <summary>Where the operands begin at one of the rounds that <see cref="OuterLength"/> counts.</summary>
    internal (nuint Left, nuint Right) OuterOffset(long round) => Offset(round, OuterLevels);

    /// <summary>Where the operands are in one of the rounds that the first levels make together.</summary>
    private (nuint Left, nuint Right) Offset(long round, int levels)
    {
        nuint left = 0;
        nuint right = 0;
        for (int i = levels - 1; i >= 0 && round != 0; i--)
        {
            Level level = _levels[i];
            (round, long position) = Math.DivRem(round, level.Size);
            left += (nuint)position * (uint)level.Left;
            right += (nuint)position * (uint)level.Right;
        }

        return (left, right);
    }

    /// <summary>A loop: how often it runs, and how far the operands move each time.</summary>
    private readonly record struct Level(int Size, int Left, int Right)
    {
        /// <summary>True where each step of this loop is a whole run of an inner one, so that one loop does for both.</summary>
        public bool Continues(Level inner) =>
            (long)Size * inner.Size <= int.MaxValue && Left == (long)inner.Left * inner.Size && Right == (long)inner.Right * inner.Size;
    }

    [InlineArray(StridedCopy.MaximumRank)]
    private struct Levels
    {
        private Level _first;
    }
}
