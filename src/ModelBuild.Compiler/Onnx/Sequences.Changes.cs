using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <content>Elements that are put into a sequence, or taken out of it.</content>
internal sealed partial class Sequences
{
    private List<Part> Insert(Expansion e)
    {
        List<Part> parts = [.. Of(e)];
        var inserted = new Part(e.Input(1), false);
        if (e.Node.Input(2) is not { } position)
        {
            parts.Add(inserted);
        }
        else if (position.IsConstant && parts.TrueForAll(p => p.IsSingle))
        {
            parts.Insert(Position(e, 2, parts, parts.Count), inserted);
        }
        else
        {
            return [new Part(InsertRow(e, parts, inserted, position), true)];
        }

        return parts;
    }

    private List<Part> Erase(Expansion e)
    {
        List<Part> parts = [.. Of(e)];
        Value? position = e.Node.Input(1);
        if (parts.TrueForAll(p => p.IsSingle) && position is null or { IsConstant: true })
        {
            int last = parts.Count - 1;
            parts.RemoveAt(position is null ? Position(e, parts, last, last) : Position(e, 1, parts, last));
            return parts;
        }

        return [new Part(EraseRow(e, parts, position), true)];
    }

    /// <summary>
    /// The rows with one more among them: it is put behind them, and all are taken in the new order. A position that is outside is refused
    /// where it is looked up.
    /// </summary>
    private static Value InsertRow(Expansion e, IReadOnlyList<Part> parts, Part inserted, Value position)
    {
        Value rows = SameRows(e, [.. parts, inserted]);
        Value places = Places(e, rows, 0);
        Value last = e.Subtract(Count(e, rows), e.Integers(1));
        Value given = e.Reshape(e.Cast(position, DataType.Int64), 1);
        Value zero = e.Integers(0);
        Value fromEnd = e.Apply("Where", [e.Apply("Less", [given, zero]), e.Add(given, last), given]);
        Value inside = e.Apply("Where", [e.Apply("Less", [fromEnd, zero]), e.Integers(int.MaxValue), fromEnd]);
        Value place = e.Apply("Gather", [places, inside], ("axis", 0L));
        Value isLater = e.Cast(e.Apply("Greater", [places, place]), DataType.Int64);
        Value order = e.Apply("Where", [e.Apply("Equal", [places, place]), last, e.Subtract(places, isLater)]);
        return e.Apply("Gather", [rows, order], ("axis", 0L));
    }

    /// <summary>The rows without one of them, the last where no position is given.</summary>
    private static Value EraseRow(Expansion e, IReadOnlyList<Part> parts, Value? position)
    {
        Value rows = SameRows(e, parts);
        Value given = position is null ? e.Integers(-1) : e.Reshape(e.Cast(position, DataType.Int64), 1);
        Value place = e.Apply("Gather", [Places(e, rows, 0), given], ("axis", 0L));
        Value places = Places(e, rows, 1);
        Value isBehind = e.Cast(e.Apply("GreaterOrEqual", [places, place]), DataType.Int64);
        return e.Apply("Gather", [rows, e.Add(places, isBehind)], ("axis", 0L));
    }

    /// <summary>All elements along a new first axis, which goes where they have one shape.</summary>
    private static Value SameRows(Expansion e, IReadOnlyList<Part> parts)
    {
        Shape[] shapes = [.. parts.Select(p => p.IsRows ? new Shape(p.Value.KnownShape.Skip(1)) : p.Value.KnownShape)];
        if (parts.Any(p => p.Slices is not null) || shapes.Distinct().Count() > 1)
        {
            throw e.Context.Unsupported(
                e.Node, "computes a position in a sequence at run time, or names one where only the run knows how many elements there are. "
                    + "That is supported where all elements have one shape.");
        }

        return Stacked(e, parts, 0);
    }

    private static Value Count(Expansion e, Value rows) => SizeOf(e, rows, 0);

    /// <summary>0, 1, … one for each row, but for so many.</summary>
    private static Value Places(Expansion e, Value rows, long fewer)
    {
        Value count = Count(e, rows);
        return e.Apply(
            "Range", [e.Integers(0), fewer == 0 ? count : e.Subtract(count, e.Integers(fewer)), e.Integers(1)]);
    }
}
