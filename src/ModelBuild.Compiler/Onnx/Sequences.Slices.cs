using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <content>Splits of which only the run knows into how many parts they cut, or where.</content>
internal sealed partial class Sequences
{
    /// <param name="Axis">The axis that is cut.</param>
    /// <param name="Starts">Where each slice begins.</param>
    /// <param name="Ends">Where it ends.</param>
    /// <param name="Length">Of each but the last, where it is known.</param>
    private sealed record Slices(int Axis, Value Starts, Value Ends, long? Length);

    /// <summary>Slices of one length, but for the last, which may be shorter.</summary>
    private static Part InChunks(Expansion e, Value x, int axis, Value split)
    {
        if (!split.KnownShape.Length.Equals(Dimension.One))
        {
            throw e.Context.Malformed(
                e.Node, $"gives 'split' {split.KnownShape.Length} elements of shape {split.Shape}. It is a number, or has one axis.");
        }

        long? length = split.Constant?.ToInt64s()[0];
        if (length <= 0)
        {
            throw e.Context.Malformed(e.Node, $"splits into parts of {length} elements.");
        }

        Value total = SizeOf(e, x, axis);
        Value one = e.Integers(1);
        Value starts;
        Value chunk = e.Reshape(e.Cast(split, DataType.Int64), 1);
        if (length is null)
        {
            starts = e.Apply("Range", [e.Integers(0), total, chunk]);
        }
        else
        {
            Value count = e.Divide(e.Add(total, e.Integers(length.Value - 1)), chunk);
            starts = e.Multiply(e.Apply("Range", [e.Integers(0), count, one]), chunk);
        }

        return new Part(x, false, new Slices(axis, starts, e.Apply("Min", [e.Add(starts, chunk), total]), length));
    }

    /// <summary>Parts of which it is known how many there are; the run checks that they are the whole.</summary>
    private static Part[] InParts(Expansion e, Value x, int axis, Value split)
    {
        int count = split.KnownShape[0] is { IsConstant: true, Value: >= 1 and <= SplitLimit } known ? (int)known.Value
            : throw e.Context.Unsupported(
                e.Node, $"computes the sizes of its parts at run time, and how many of them there are. 1 to {SplitLimit} are supported.");
        return [.. e.Apply("Split", count, [x, e.Cast(split, DataType.Int64)], ("axis", (long)axis)).Select(p => new Part(p, false))];
    }

    /// <summary>One slice. An index that is outside is refused where the places are read.</summary>
    private static Value SliceAt(Expansion e, Part part, Value index)
    {
        Slices slices = part.Slices!;
        Value start = e.Apply("Gather", [slices.Starts, index], ("axis", 0L));
        Value end = e.Apply("Gather", [slices.Ends, index], ("axis", 0L));
        return e.Apply("Slice", [part.Value, start, end, e.Integers(slices.Axis)]);
    }

    /// <summary>Elements along a new first axis; slices have to be of one length for that, which the run checks.</summary>
    private static Value RowsOf(Expansion e, Part part)
    {
        if (part.Slices is not { } slices)
        {
            return part.Value;
        }

        Shape shape = part.Value.KnownShape;
        Dimension? count = slices.Length is { } known ? e.Context.DivideEvenly(shape[slices.Axis], known) : null;
        if (slices.Length is not { } length || count is not { } parts)
        {
            throw e.Context.Unsupported(
                e.Node, $"puts parts of {shape} side by side that are cut along axis {slices.Axis}, where they may differ in length. They "
                    + "can be joined along that axis.");
        }

        Value apart = e.Reshape(part.Value, [.. shape.Take(slices.Axis), parts, length, .. shape.Skip(slices.Axis + 1)]);
        return slices.Axis == 0 ? apart : e.Transpose(
            apart,
            [
                slices.Axis, .. Enumerable.Range(0, slices.Axis).Select(i => (long)i),
                .. Enumerable.Range(slices.Axis + 1, shape.Rank - slices.Axis).Select(i => (long)i),
            ]);
    }

    private static Value SizeOf(Expansion e, Value value, int axis) =>
        e.Apply("Gather", [e.Apply("Shape", [value]), e.Integers(axis)], ("axis", 0L));
}
