using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Kernels that keep or choose elements by where they are or by a condition (ONNX: Where, Trilu, ReverseSequence).</summary>
/// <remarks>
/// Elements are of any type. All methods are thread-safe and allocate nothing. Inputs and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Selection
{
    /// <summary><c>condition ? yes : no</c> with broadcasting (ONNX: Where).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the output, at most 8.</param>
    /// <param name="conditionStrides">For each how far the condition advances, in elements; 0 where it is repeated.</param>
    /// <param name="yesStrides">The same of <paramref name="yes"/>.</param>
    /// <param name="noStrides">The same of <paramref name="no"/>.</param>
    /// <param name="condition">Which one to take.</param>
    /// <param name="yes">Taken where the condition is true.</param>
    /// <param name="no">Taken where it is false.</param>
    /// <param name="output">The output, contiguous.</param>
    /// <exception cref="ArgumentException">
    /// A span does not fit, a dimension or stride is negative, the rank above 8, or the lists differ in length.
    /// </exception>
    public static void Where<T>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> conditionStrides, ReadOnlySpan<int> yesStrides, ReadOnlySpan<int> noStrides,
        ReadOnlySpan<bool> condition, ReadOnlySpan<T> yes, ReadOnlySpan<T> no, Span<T> output)
    {
        long count = 1;
        foreach (int dimension in dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(dimensions));
            count = Extent.Product(count, dimension);
        }

        if (dimensions.Length > StridedCopy.MaximumRank)
        {
            throw new ArgumentException($"{dimensions.Length} dimensions are more than {StridedCopy.MaximumRank}.", nameof(dimensions));
        }

        SpanGuard.Length(output.Length, count, nameof(output));
        SpanGuard.AtLeast(condition.Length, Extent.Reach(dimensions, conditionStrides, count == 0), nameof(condition));
        SpanGuard.AtLeast(yes.Length, Extent.Reach(dimensions, yesStrides, count == 0), nameof(yes));
        SpanGuard.AtLeast(no.Length, Extent.Reach(dimensions, noStrides, count == 0), nameof(no));
        if (count > 0)
        {
            int rank = dimensions.Length;
            ref T o = ref MemoryMarshal.GetReference(output);
            Span<int> index = stackalloc int[StridedCopy.MaximumRank];
            index.Clear();
            int columns = rank == 0 ? 1 : dimensions[rank - 1];
            int conditionStep = rank == 0 ? 0 : conditionStrides[rank - 1];
            int yesStep = rank == 0 ? 0 : yesStrides[rank - 1];
            int noStep = rank == 0 ? 0 : noStrides[rank - 1];

            // Dimensions that all walk through without a jump are one.
            while (rank > 1 && Continues(conditionStrides[rank - 2], conditionStep) && Continues(yesStrides[rank - 2], yesStep)
                && Continues(noStrides[rank - 2], noStep))
            {
                rank--;
                columns *= dimensions[rank - 1];
            }

            bool Continues(int stride, int step) => stride == (long)step * columns;

            for (long row = 0; row < count / columns; row++)
            {
                nint c = 0;
                nint y = 0;
                nint n = 0;
                for (int axis = 0; axis < rank - 1; axis++)
                {
                    c += (nint)index[axis] * conditionStrides[axis];
                    y += (nint)index[axis] * yesStrides[axis];
                    n += (nint)index[axis] * noStrides[axis];
                }

                ref bool conditions = ref Unsafe.Add(ref MemoryMarshal.GetReference(condition), c);
                ref T ifTrue = ref Unsafe.Add(ref MemoryMarshal.GetReference(yes), y);
                ref T ifFalse = ref Unsafe.Add(ref MemoryMarshal.GetReference(no), n);
                int i = conditionStep == 1 && (yesStep | noStep) <= 1
                    ? InVectors(ref conditions, ref ifTrue, yesStep, ref ifFalse, noStep, ref o, columns)
                    : 0;
                for (; i < columns; i++)
                {
                    Unsafe.Add(ref o, i) = Unsafe.Add(ref conditions, (nint)i * conditionStep)
                        ? Unsafe.Add(ref ifTrue, (nint)i * yesStep)
                        : Unsafe.Add(ref ifFalse, (nint)i * noStep);
                }

                o = ref Unsafe.Add(ref o, columns);

                for (int axis = rank - 2; axis >= 0 && ++index[axis] == dimensions[axis]; axis--)
                {
                    index[axis] = 0;
                }
            }
        }
    }

    /// <summary>
    /// Sixteen neighbouring conditions at a time, the others neighbours too or one element for all; returns where fewer are left.
    /// </summary>
    private static int InVectors<T>(
        ref bool condition, ref T yes, int yesStep, ref T no, int noStep, ref T output, int count) => Unsafe.SizeOf<T>() switch
        {
            1 => InVectors<T, byte>(ref condition, ref yes, yesStep, ref no, noStep, ref output, count),
            2 => InVectors<T, ushort>(ref condition, ref yes, yesStep, ref no, noStep, ref output, count),
            4 => InVectors<T, uint>(ref condition, ref yes, yesStep, ref no, noStep, ref output, count),
            8 => InVectors<T, ulong>(ref condition, ref yes, yesStep, ref no, noStep, ref output, count),
            _ => 0,
        };

    private static int InVectors<T, TBits>(
        ref bool condition, ref T yes, int yesStep, ref T no, int noStep, ref T output, int count)
    {
        const int Block = 16;
        ref TBits ifTrue = ref Unsafe.As<T, TBits>(ref yes);
        ref TBits ifFalse = ref Unsafe.As<T, TBits>(ref no);
        ref TBits o = ref Unsafe.As<T, TBits>(ref output);
        int i = 0;
        for (; Vector128.IsHardwareAccelerated && i <= count - Block; i += Block)
        {
            for (int j = 0; j < Block; j += Vector128<TBits>.Count)
            {
                Vector128<sbyte> truths = Truths<TBits>(ref Unsafe.As<bool, byte>(ref Unsafe.Add(ref condition, i + j)));

                // The masks of as many elements as a register holds, as wide as they are.
                Vector128<TBits> mask = Unsafe.SizeOf<TBits>() switch
                {
                    1 => truths.As<sbyte, TBits>(),
                    2 => Vector128.WidenLower(truths).As<short, TBits>(),
                    4 => Vector128.WidenLower(Vector128.WidenLower(truths)).As<int, TBits>(),
                    _ => Vector128.WidenLower(Vector128.WidenLower(Vector128.WidenLower(truths))).As<long, TBits>(),
                };
                Vector128<TBits> left = yesStep == 0 ? Vector128.Create(ifTrue) : Vector128.LoadUnsafe(ref ifTrue, (uint)(i + j));
                Vector128<TBits> right = noStep == 0 ? Vector128.Create(ifFalse) : Vector128.LoadUnsafe(ref ifFalse, (uint)(i + j));
                Vector128.ConditionalSelect(mask, left, right).StoreUnsafe(ref o, (uint)(i + j));
            }
        }

        return i;
    }

    /// <summary>As many truth values as a register holds elements, all bits set where they are true.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<sbyte> Truths<TBits>(ref byte first)
    {
        Vector128<byte> bytes = Unsafe.SizeOf<TBits>() switch
        {
            1 => Vector128.LoadUnsafe(ref first),
            2 => Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ulong>(ref first)).AsByte(),
            4 => Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<uint>(ref first)).AsByte(),
            _ => Vector128.CreateScalarUnsafe(Unsafe.ReadUnaligned<ushort>(ref first)).AsByte(),
        };
        return (~Vector128.Equals(bytes, Vector128<byte>.Zero)).AsSByte();
    }

    /// <summary>Keeps one triangle of matrices and makes the other zero (ONNX: Trilu).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="matrices">How many matrices there are.</param>
    /// <param name="rows">Rows of each.</param>
    /// <param name="columns">Columns of each.</param>
    /// <param name="upper">Keep the upper triangle instead of the lower one.</param>
    /// <param name="diagonal">How far above the main diagonal the triangle ends; negative below it. It is kept.</param>
    /// <param name="input"><c>[matrices, rows, columns]</c>.</param>
    /// <param name="output"><c>[matrices, rows, columns]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension is negative.</exception>
    public static void Triangle<T>(
        int matrices, int rows, int columns, bool upper, long diagonal, ReadOnlySpan<T> input, Span<T> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(matrices);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        SpanGuard.Length(input.Length, Extent.Product(matrices, rows, columns), nameof(input));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int i = 0; i < matrices * rows; i++)
        {
            // The lower triangle has the columns up to that of the diagonal, the upper one those from there on.
            long column = long.Clamp(diagonal, -int.MaxValue, int.MaxValue) + (i % rows);
            int split = (int)long.Clamp(upper ? column : column + 1, 0, columns);
            ReadOnlySpan<T> row = input.Slice(i * columns, columns);
            Span<T> result = output.Slice(i * columns, columns);
            if (upper)
            {
                result[..split].Clear();
                row[split..].CopyTo(result[split..]);
            }
            else
            {
                row[..split].CopyTo(result[..split]);
                result[split..].Clear();
            }
        }
    }

    /// <summary>Turns the first so many steps of each sequence around (ONNX: ReverseSequence).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="first">The first dimension: time, or the sequences where <paramref name="batchFirst"/> says so.</param>
    /// <param name="second">The other one.</param>
    /// <param name="inner">The product of the dimensions behind the two.</param>
    /// <param name="batchFirst">Whether sequences stand before time.</param>
    /// <param name="lengths">For each sequence how many steps are turned around, up to all.</param>
    /// <param name="input"><c>[first, second, inner]</c>.</param>
    /// <param name="output"><c>[first, second, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a number is out of range.</exception>
    public static void ReverseSequence<T>(
        int first, int second, int inner, bool batchFirst, ReadOnlySpan<long> lengths, ReadOnlySpan<T> input, Span<T> output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfNegative(second);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        (int sequences, int steps) = batchFirst ? (first, second) : (second, first);
        SpanGuard.Length(lengths.Length, sequences, nameof(lengths));
        SpanGuard.Length(input.Length, Extent.Product(first, second, inner), nameof(input));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((ulong)lengths[sequence], (ulong)steps, nameof(lengths));
            int turned = (int)lengths[sequence];
            for (int step = 0; step < steps; step++)
            {
                int source = step < turned ? turned - 1 - step : step;
                input.Slice(Place(source), inner).CopyTo(output.Slice(Place(step), inner));

                int Place(int at) => (batchFirst ? (sequence * steps) + at : (at * sequences) + sequence) * inner;
            }
        }
    }

    /// <summary>The indices of the elements that are not zero, in row-major order (ONNX: NonZero).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="input">The elements.</param>
    /// <param name="output">One row for each dimension, as long as there are elements that are not zero.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor.</exception>
    public static void NonZero<T>(ReadOnlySpan<int> dimensions, ReadOnlySpan<T> input, Span<long> output)
        where T : unmanaged, IEquatable<T>
    {
        SpanGuard.Length(input.Length, Extent.Product(dimensions), nameof(input));
        int count = input.Length - input.Count(default(T));
        SpanGuard.Length(output.Length, Extent.Product(dimensions.Length, count), nameof(output));
        int column = 0;
        for (int i = 0; i < input.Length; i++)
        {
            if (input[i].Equals(default))
            {
                continue;
            }

            int rest = i;
            for (int axis = dimensions.Length - 1; axis >= 0; axis--)
            {
                output[(axis * count) + column] = rest % dimensions[axis];
                rest /= dimensions[axis];
            }

            column++;
        }
    }
}
