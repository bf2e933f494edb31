using System.ComponentModel;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>Checks what is passed to a model. What fails says which parameter, what the model declares and what was given.</summary>
/// <remarks>For generated code.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ModelArguments
{
    /// <summary>The one dimension that a length decides.</summary>
    /// <param name="length">Elements that were given.</param>
    /// <param name="others">The product of the other dimensions.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="shape">Its shape, for people.</param>
    /// <returns>How often the others fit; 0 where nothing was given.</returns>
    /// <exception cref="ArgumentException">The length is no multiple.</exception>
    public static int FindDimension(int length, long others, string name, string shape)
    {
        if (length % others != 0)
        {
            throw new ArgumentException(
                $"'{name}' has the shape {shape}: its length must be a multiple of {others}, and it is {length}.", name);
        }

        return (int)(length / others);
    }

    /// <summary>Checks a length that the model and its symbols decide.</summary>
    /// <param name="length">Elements that were given.</param>
    /// <param name="expected">Elements that there must be.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="shape">Its shape, for people.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void CheckLength(int length, long expected, string name, string shape)
    {
        if (length != expected)
        {
            throw new ArgumentException($"'{name}' has the shape {shape}: its length must be {expected} here, and it is {length}.", name);
        }
    }

    /// <summary>Checks a dimension that the project file or the network itself bounds.</summary>
    /// <param name="dimension">What it is in this call.</param>
    /// <param name="least">The least that it may be.</param>
    /// <param name="most">The most that it may be; the largest <c>int</c> for no such bound.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is less or more.</exception>
    public static void CheckDimension(int dimension, int least, int most, string name)
    {
        if (dimension < least || dimension > most)
        {
            throw new ArgumentOutOfRangeException(
                name, dimension, most == int.MaxValue
                    ? $"The dimension '{name}' is too small: the model needs it to be at least {least}."
                    : $"The dimension '{name}' must be from {least} to {most}, as the model was built.");
        }
    }

    /// <summary>Checks that an output has memory of its own: it is written while inputs and other outputs are still read.</summary>
    /// <typeparam name="T">Type of both their elements.</typeparam>
    /// <param name="output">The output.</param>
    /// <param name="other">An input, or another output.</param>
    /// <param name="name">The parameter of the output.</param>
    /// <param name="otherName">That of the other.</param>
    /// <exception cref="ArgumentException">They share memory.</exception>
    public static void CheckApart<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> other, string name, string otherName)
    {
        if (output.Overlaps(other))
        {
            throw new ArgumentException(
                $"'{name}' shares memory with '{otherName}', which is still read while '{name}' is written. Give each memory of its own.",
                name);
        }
    }

    /// <summary>A dimension of a tensor; 0 where it has no such dimension, which <c>Flatten</c> then reports.</summary>
    /// <param name="lengths">The tensor's dimensions.</param>
    /// <param name="axis">Which of them.</param>
    public static int Dimension(ReadOnlySpan<nint> lengths, int axis) =>
        axis < lengths.Length && lengths[axis] <= int.MaxValue ? (int)lengths[axis] : 0;

    /// <summary>The elements of a tensor that has the expected shape and lies densely in memory.</summary>
    /// <typeparam name="T">Type of its elements.</typeparam>
    /// <param name="tensor">The tensor.</param>
    /// <param name="expected">Its dimensions.</param>
    /// <param name="name">The parameter.</param>
    /// <param name="shape">Its shape, for people.</param>
    /// <exception cref="ArgumentException">The tensor has other dimensions, or gaps.</exception>
    public static ReadOnlySpan<T> Flatten<T>(
        in ReadOnlyTensorSpan<T> tensor, ReadOnlySpan<nint> expected, string name, string shape)
    {
        CheckShape(tensor.Lengths, tensor.Strides, expected, name, shape);
        return MemoryMarshal.CreateReadOnlySpan(in tensor.GetPinnableReference(), checked((int)tensor.FlattenedLength));
    }

    /// <inheritdoc cref="Flatten{T}(in ReadOnlyTensorSpan{T}, ReadOnlySpan{nint}, string, string)"/>
    public static Span<T> Flatten<T>(in TensorSpan<T> tensor, ReadOnlySpan<nint> expected, string name, string shape)
    {
        CheckShape(tensor.Lengths, tensor.Strides, expected, name, shape);
        return MemoryMarshal.CreateSpan(ref tensor.GetPinnableReference(), checked((int)tensor.FlattenedLength));
    }

    private static void CheckShape(
        ReadOnlySpan<nint> lengths, ReadOnlySpan<nint> strides, ReadOnlySpan<nint> expected, string name, string shape)
    {
        if (!lengths.SequenceEqual(expected))
        {
            string wanted = string.Join(", ", expected.ToArray());
            string given = string.Join(", ", lengths.ToArray());
            throw new ArgumentException($"'{name}' has the shape {shape}: it must be [{wanted}] here, and it is [{given}].", name);
        }

        nint dense = 1;
        for (int axis = lengths.Length - 1; axis >= 0; axis--)
        {
            if (lengths[axis] > 1 && strides[axis] != dense)
            {
                throw new ArgumentException($"'{name}' must lie densely in memory, row by row. Copy it first.", name);
            }

            dense *= lengths[axis];
        }
    }
}
