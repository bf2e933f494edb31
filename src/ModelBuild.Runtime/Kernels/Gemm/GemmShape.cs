using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>The sizes of a matrix product: <c>[rows, inner] × [inner, columns]</c> is <c>[rows, columns]</c>.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public readonly struct GemmShape
{
    /// <summary>Describes a matrix product.</summary>
    /// <param name="rows">Rows of the left matrix and of the output. Zero is allowed.</param>
    /// <param name="inner">Columns of the left matrix. Zero is allowed where both matrices are known only at run time: sums are 0.</param>
    /// <param name="columns">Columns of the output. Zero is allowed as for <paramref name="inner"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public GemmShape(int rows, int inner, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        Rows = rows;
        Inner = inner;
        Columns = columns;
    }

    /// <summary>Rows of the left matrix and of the output.</summary>
    public int Rows { get; }

    /// <summary>Columns of the left matrix.</summary>
    public int Inner { get; }

    /// <summary>Columns of the output.</summary>
    public int Columns { get; }

    /// <summary>Packed weights have elements.</summary>
    internal void CheckWeights()
    {
        ArgumentOutOfRangeException.ThrowIfZero(Inner);
        ArgumentOutOfRangeException.ThrowIfZero(Columns);
    }

    internal long LeftLength => (long)Rows * Inner;

    internal long RightLength => (long)Inner * Columns;

    internal long OutputLength => (long)Rows * Columns;

    internal int PaddedColumns => ConvolutionShape.RoundUp(Columns, WeightPacking.PanelWidth);

    /// <summary>
    /// The scratch memory that a product of this shape needs: none for floats, and for bytes none if <see cref="Inner"/> is a multiple
    /// of 4; otherwise room for rows rounded up to a multiple of 4 and 64 bytes.
    /// </summary>
    /// <param name="elementSize">Bytes of an element of the left matrix: 1 or 4.</param>
    /// <returns>The length in bytes.</returns>
    public long ScratchBytes(int elementSize)
        => elementSize != 1 || Inner % 4 == 0
            ? 0
            : checked(((long)Rows * ConvolutionShape.RoundUp(Inner, 4)) + ImagePadding.SlackBytes);
}
