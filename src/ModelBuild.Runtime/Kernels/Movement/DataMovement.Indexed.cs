using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <content>Kernels that pick or replace elements at places that another tensor names.</content>
public static partial class DataMovement
{
    /// <summary>Picks slices along a dimension (ONNX: Gather).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <typeparam name="TIndex">The type of the indices.</typeparam>
    /// <param name="outer">The product of the dimensions before the one that is picked from.</param>
    /// <param name="length">The dimension that is picked from.</param>
    /// <param name="inner">The product of the dimensions behind it.</param>
    /// <param name="indices">Positions from <c>-length</c> to <c>length - 1</c>; negative ones count from the end.</param>
    /// <param name="input"><c>[outer, length, inner]</c>.</param>
    /// <param name="output"><c>[outer, indices, inner]</c>.</param>
    /// <param name="name">What to call the indices where one is outside its range: as the caller writes them.</param>
    /// <exception cref="ArgumentException">
    /// A span has not the length of its tensor, a dimension is negative, or an index outside its range.
    /// </exception>
    public static void Gather<T, TIndex>(
        int outer, int length, int inner, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged
        where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        SpanGuard.Length(input.Length, Extent.Product(outer, length, inner), nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(outer, indices.Length, inner), nameof(output));
        if (inner == 1 && outer > 1 && AreAllInside(indices, length))
        {
            if (Unsafe.SizeOf<T>() == sizeof(int) && RowPicking.TryPick(
                outer, length, indices, MemoryMarshal.Cast<T, int>(input), MemoryMarshal.Cast<T, int>(output)))
            {
                return;
            }

            for (int row = 0; row < outer; row++)
            {
                ref T elements = ref MemoryMarshal.GetReference(input.Slice(row * length, length));
                Span<T> picked = output.Slice(row * indices.Length, indices.Length);
                for (int i = 0; i < picked.Length; i++)
                {
                    picked[i] = Unsafe.Add(ref elements, nint.CreateTruncating(indices[i]));
                }
            }

            return;
        }

        int target = 0;
        for (int row = 0; row < outer; row++)
        {
            ReadOnlySpan<T> slices = input.Slice(row * length * inner, length * inner);
            foreach (TIndex index in indices)
            {
                int place = Position(index, length, name);
                if (inner == 1)
                {
                    output[target] = slices[place];
                }
                else
                {
                    slices.Slice(place * inner, inner).CopyTo(output.Slice(target, inner));
                }

                target += inner;
            }
        }
    }

    /// <summary>Picks elements whose position along one dimension the indices name, and whose other positions are their own.</summary>
    /// <remarks>ONNX: GatherElements.</remarks>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <typeparam name="TIndex">The type of the indices.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="picked">The dimensions of indices and output, none above those of the input but that of the axis.</param>
    /// <param name="axis">The dimension whose positions are named.</param>
    /// <param name="indices">Positions along the axis; negative ones count from the end.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The elements.</param>
    /// <param name="name">What to call the indices where one is outside its range: as the caller writes them.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or an index is outside its range.</exception>
    public static void GatherElements<T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> input,
        Span<T> output, [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged
        where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        Span<long> strides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(input.Length, RowMajorStrides(dimensions, strides), nameof(input));
        SpanGuard.Length(output.Length, indices.Length, nameof(output));
        var walk = new ElementWalk(dimensions, picked, axis, indices.Length);
        long stride = strides[axis];
        for (int row = 0; row < indices.Length; row += walk.RowLength)
        {
            ReadOnlySpan<TIndex> places = indices.Slice(row, walk.RowLength);
            Span<T> result = output.Slice(row, places.Length);
            long first = walk.Offset;
            for (int i = 0; i < result.Length; i++)
            {
                result[i] = input[unchecked((int)(first + (Position(places[i], dimensions[axis], name) * stride)))];
                first += walk.Step;
            }

            walk.NextRow();
        }
    }

    /// <summary>A copy in which elements are replaced, at places that are named as for <c>GatherElements</c>.</summary>
    /// <remarks>ONNX: ScatterElements. Of several updates of one place the last counts.</remarks>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <typeparam name="TIndex">The type of the indices.</typeparam>
    /// <param name="dimensions">The dimensions of the input.</param>
    /// <param name="picked">The dimensions of indices and updates.</param>
    /// <param name="axis">The dimension whose positions are named.</param>
    /// <param name="indices">Positions along the axis; negative ones count from the end.</param>
    /// <param name="updates">The new elements.</param>
    /// <param name="input">The tensor.</param>
    /// <param name="output">The tensor with the updates.</param>
    /// <param name="name">What to call the indices where one is outside its range: as the caller writes them.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or an index is outside its range.</exception>
    public static void ScatterElements<T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> updates,
        ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged
        where TIndex : unmanaged, IBinaryInteger<TIndex> =>
        ScatterElements<Replace<T>, T, TIndex>(dimensions, picked, axis, indices, updates, input, output, name);

    /// <summary>The same, with updates that are added to what is there (ONNX: ScatterElements with reduction "add").</summary>
    /// <inheritdoc cref="ScatterElements{T, TIndex}"/>
    public static void ScatterElementsAdd<T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> updates,
        ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged, IBinaryInteger<TIndex> =>
        ScatterElements<NumberFunctions.Add<T>, T, TIndex>(dimensions, picked, axis, indices, updates, input, output, name);

    /// <summary>The same, with updates that are multiplied with what is there (ONNX: ScatterElements with reduction "mul").</summary>
    /// <inheritdoc cref="ScatterElements{T, TIndex}"/>
    public static void ScatterElementsMultiply<T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> updates,
        ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged, IBinaryInteger<TIndex> =>
        ScatterElements<NumberFunctions.Multiply<T>, T, TIndex>(dimensions, picked, axis, indices, updates, input, output, name);

    /// <summary>The same, where the smaller stays (ONNX: ScatterElements with reduction "min").</summary>
    /// <inheritdoc cref="ScatterElements{T, TIndex}"/>
    public static void ScatterElementsMinimum<T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> updates,
        ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged, IBinaryInteger<TIndex> =>
        ScatterElements<NumberFunctions.Minimum<T>, T, TIndex>(dimensions, picked, axis, indices, updates, input, output, name);

    /// <summary>The same, where the larger stays (ONNX: ScatterElements with reduction "max").</summary>
    /// <inheritdoc cref="ScatterElements{T, TIndex}"/>
    public static void ScatterElementsMaximum<T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> updates,
        ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T>
        where TIndex : unmanaged, IBinaryInteger<TIndex> =>
        ScatterElements<NumberFunctions.Maximum<T>, T, TIndex>(dimensions, picked, axis, indices, updates, input, output, name);

    /// <summary>Picks slices at positions in several dimensions at once (ONNX: GatherND).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="batch">The product of the leading dimensions that input and indices share.</param>
    /// <param name="dimensions">The dimensions that are indexed.</param>
    /// <param name="slice">The product of the dimensions behind them.</param>
    /// <param name="indices"><c>[batch, places, dimensions.Length]</c>; negative ones count from the end.</param>
    /// <param name="input"><c>[batch, dimensions…, slice]</c>.</param>
    /// <param name="output"><c>[batch, places, slice]</c>.</param>
    /// <param name="name">What to call the indices where one is outside its range: as the caller writes them.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or an index is outside its range.</exception>
    public static void GatherND<T>(
        int batch, ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged
    {
        int places = Places(batch, dimensions, slice, indices.Length, input.Length, nameof(input));
        SpanGuard.Length(output.Length, Extent.Product(batch, places, slice), nameof(output));
        int length = batch == 0 ? 0 : input.Length / batch;
        for (int i = 0; i < batch * places; i++)
        {
            int place = Place(dimensions, indices.Slice(i * dimensions.Length, dimensions.Length), name);
            input.Slice((i / places * length) + (place * slice), slice).CopyTo(output.Slice(i * slice, slice));
        }
    }

    /// <summary>A copy in which slices at positions in several dimensions are replaced (ONNX: ScatterND).</summary>
    /// <remarks>Of several updates of one place the last counts.</remarks>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <param name="dimensions">The dimensions that are indexed.</param>
    /// <param name="slice">The product of the dimensions behind them.</param>
    /// <param name="indices"><c>[places, dimensions.Length]</c>; negative ones count from the end.</param>
    /// <param name="updates"><c>[places, slice]</c>.</param>
    /// <param name="input"><c>[dimensions…, slice]</c>.</param>
    /// <param name="output"><c>[dimensions…, slice]</c>.</param>
    /// <param name="name">What to call the indices where one is outside its range: as the caller writes them.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or an index is outside its range.</exception>
    public static void ScatterND<T>(
        ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> updates, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged =>
        ScatterND<Replace<T>, T>(dimensions, slice, indices, updates, input, output, name);

    /// <summary>The same, with updates that are added to what is there (ONNX: ScatterND with reduction "add").</summary>
    /// <inheritdoc cref="ScatterND{T}"/>
    public static void ScatterNDAdd<T>(
        ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> updates, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T> =>
        ScatterND<NumberFunctions.Add<T>, T>(dimensions, slice, indices, updates, input, output, name);

    /// <summary>The same, with updates that are multiplied with what is there (ONNX: ScatterND with reduction "mul").</summary>
    /// <inheritdoc cref="ScatterND{T}"/>
    public static void ScatterNDMultiply<T>(
        ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> updates, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T> =>
        ScatterND<NumberFunctions.Multiply<T>, T>(dimensions, slice, indices, updates, input, output, name);

    /// <summary>The same, where the smaller stays (ONNX: ScatterND with reduction "min").</summary>
    /// <inheritdoc cref="ScatterND{T}"/>
    public static void ScatterNDMinimum<T>(
        ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> updates, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T> =>
        ScatterND<NumberFunctions.Minimum<T>, T>(dimensions, slice, indices, updates, input, output, name);

    /// <summary>The same, where the larger stays (ONNX: ScatterND with reduction "max").</summary>
    /// <inheritdoc cref="ScatterND{T}"/>
    public static void ScatterNDMaximum<T>(
        ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> updates, ReadOnlySpan<T> input, Span<T> output,
        [CallerArgumentExpression(nameof(indices))] string? name = null)
        where T : unmanaged, INumber<T> =>
        ScatterND<NumberFunctions.Maximum<T>, T>(dimensions, slice, indices, updates, input, output, name);

    /// <summary>A tensor that is <c>on</c> at the positions that the indices name, and <c>off</c> elsewhere (ONNX: OneHot).</summary>
    /// <typeparam name="T">The type of the elements.</typeparam>
    /// <typeparam name="TIndex">The type of the indices.</typeparam>
    /// <param name="outer">The product of the indices' dimensions before the new one.</param>
    /// <param name="depth">The new dimension.</param>
    /// <param name="inner">The product of the indices' dimensions behind it.</param>
    /// <param name="indices">
    /// <c>[outer, inner]</c>; negative ones count from the end, and one that is out of range names no position.
    /// </param>
    /// <param name="values">Two elements: off and on.</param>
    /// <param name="output"><c>[outer, depth, inner]</c>.</param>
    /// <exception cref="ArgumentException">A span has not the length of its tensor, or a dimension is negative.</exception>
    public static void OneHot<T, TIndex>(
        int outer, int depth, int inner, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> values, Span<T> output)
        where T : unmanaged
        where TIndex : unmanaged, INumber<TIndex>
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outer);
        ArgumentOutOfRangeException.ThrowIfNegative(depth);
        ArgumentOutOfRangeException.ThrowIfNegative(inner);
        SpanGuard.Length(indices.Length, Extent.Product(outer, inner), nameof(indices));
        SpanGuard.Length(values.Length, 2, nameof(values));
        SpanGuard.Length(output.Length, Extent.Product(outer, depth, inner), nameof(output));
        output.Fill(values[0]);
        for (int i = 0; i < indices.Length; i++)
        {
            long index = long.CreateSaturating(indices[i]);
            index += index < 0 ? depth : 0;
            if (index >= 0 && index < depth)
            {
                output[(int)(((i / inner * depth) + index) * inner) + (i % inner)] = values[1];
            }
        }
    }

    private static void ScatterElements<TFunction, T, TIndex>(
        ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, ReadOnlySpan<TIndex> indices, ReadOnlySpan<T> updates,
        ReadOnlySpan<T> input, Span<T> output, string? name)
        where TFunction : IPairFunction<T, T>
        where T : unmanaged
        where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        Span<long> strides = stackalloc long[StridedCopy.MaximumRank];
        SpanGuard.Length(input.Length, RowMajorStrides(dimensions, strides), nameof(input));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        SpanGuard.Length(updates.Length, indices.Length, nameof(updates));
        input.CopyTo(output);
        var walk = new ElementWalk(dimensions, picked, axis, indices.Length);
        long stride = strides[axis];
        for (int row = 0; row < indices.Length; row += walk.RowLength)
        {
            ReadOnlySpan<TIndex> places = indices.Slice(row, walk.RowLength);
            ReadOnlySpan<T> values = updates.Slice(row, places.Length);
            long first = walk.Offset;
            for (int i = 0; i < values.Length; i++)
            {
                ref T element = ref output[unchecked((int)(first + (Position(places[i], dimensions[axis], name) * stride)))];
                element = TFunction.Invoke(element, values[i]);
                first += walk.Step;
            }

            walk.NextRow();
        }
    }

    private static void ScatterND<TFunction, T>(
        ReadOnlySpan<int> dimensions, int slice, ReadOnlySpan<long> indices, ReadOnlySpan<T> updates, ReadOnlySpan<T> input, Span<T> output,
        string? name)
        where TFunction : IPairFunction<T, T>
        where T : unmanaged
    {
        int places = Places(1, dimensions, slice, indices.Length, input.Length, nameof(input));
        SpanGuard.Length(updates.Length, Extent.Product(places, slice), nameof(updates));
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        input.CopyTo(output);
        for (int i = 0; i < places; i++)
        {
            int place = Place(dimensions, indices.Slice(i * dimensions.Length, dimensions.Length), name);
            Span<T> target = output.Slice(place * slice, slice);
            for (int j = 0; j < slice; j++)
            {
                target[j] = TFunction.Invoke(target[j], updates[(i * slice) + j]);
            }
        }
    }

    /// <summary>A position along a dimension, counted from the end where it is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Position<TIndex>(TIndex index, int length, string? name)
        where TIndex : IBinaryInteger<TIndex>
    {
        long position = long.CreateTruncating(index);
        position += position < 0 ? length : 0;
        if ((ulong)position >= (ulong)length)
        {
            ThrowOutside(long.CreateTruncating(index), length, name);
        }

        return unchecked((int)position);
    }

    [DoesNotReturn]
    private static void ThrowOutside(long index, int length, string? name) =>
        throw new ArgumentOutOfRangeException(name ?? "indices", $"{index} is outside a dimension of {length}.");

    /// <summary>Whether indices are positions as they are: none is out of range or counts from the end.</summary>
    private static bool AreAllInside<TIndex>(ReadOnlySpan<TIndex> indices, int length)
        where TIndex : IBinaryInteger<TIndex>
    {
        foreach (TIndex index in indices)
        {
            if (unchecked((ulong)long.CreateTruncating(index)) >= (ulong)length)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Checks the lengths of an indexed tensor and its indices, and says how many places the indices name in each batch.</summary>
    private static int Places(int batch, ReadOnlySpan<int> dimensions, int slice, int indices, int input, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfNegative(slice);
        long length = Extent.Product(batch, slice);
        foreach (int dimension in dimensions)
        {
            length = Extent.Product(length, dimension);
        }

        SpanGuard.Length(input, length, name);
        int tuples = batch * dimensions.Length;
        int places = tuples == 0 ? 0 : indices / tuples;
        SpanGuard.Length(indices, Extent.Product(places, tuples), nameof(indices));
        return places;
    }

    private static int Place(ReadOnlySpan<int> dimensions, ReadOnlySpan<long> index, string? name)
    {
        int place = 0;
        for (int i = 0; i < dimensions.Length; i++)
        {
            place = (place * dimensions[i]) + Position(index[i], dimensions[i], name);
        }

        return place;
    }

    private readonly struct Replace<T> : IPairFunction<T, T>
    {
        public static T Invoke(T left, T right) => right;
    }

    /// <summary>
    /// Goes through the rows of an index tensor in order, and knows for each where the positions of its first place in all dimensions but
    /// one are in the tensor that is indexed.
    /// </summary>
    private ref struct ElementWalk
    {
        private Axes _axes;
        private readonly int _rank;

        public ElementWalk(ReadOnlySpan<int> dimensions, ReadOnlySpan<int> picked, int axis, int length)
        {
            SpanGuard.Length(picked.Length, dimensions.Length, nameof(picked));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)axis, (uint)dimensions.Length, nameof(axis));
            _rank = dimensions.Length;
            long stride = 1;
            long count = 1;
            for (int i = _rank - 1; i >= 0; i--)
            {
                if (picked[i] < 0 || (i != axis && picked[i] > dimensions[i]))
                {
                    throw new ArgumentException(
                        $"Dimension {i} of the indices is {picked[i]}, of the tensor {dimensions[i]}.", nameof(picked));
                }

                _axes[i] = new Axis { Size = picked[i], Stride = i == axis ? 0 : stride };
                stride *= dimensions[i];
                count = Extent.Product(count, picked[i]);
            }

            SpanGuard.Length(length, count, nameof(picked));
            RowLength = picked[_rank - 1];
            Step = axis == _rank - 1 ? 0 : 1;
        }

        public long Offset { get; private set; }

        /// <summary>How many places a row has.</summary>
        public int RowLength { get; }

        /// <summary>How far the next place of a row is from the last one.</summary>
        public int Step { get; }

        public void NextRow()
        {
            for (int i = _rank - 2; i >= 0; i--)
            {
                ref Axis axis = ref _axes[i];
                Offset += axis.Stride;
                if (++axis.Position < axis.Size)
                {
                    return;
                }

                Offset -= axis.Stride * axis.Size;
                axis.Position = 0;
            }
        }

        private struct Axis
        {
            public int Size { get; init; }

            public int Position { get; set; }

            public long Stride { get; init; }
        }

        [InlineArray(StridedCopy.MaximumRank)]
        private struct Axes
        {
            private Axis _first;
        }
    }
}
