using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <content>What is left of operators of which import makes loops.</content>
internal static partial class Composites
{
    /// <summary>
    /// Rows that a loop has collected along the first axis, moved to another or turned round; its name among the compiler's own.
    /// </summary>
    public const string CollectedRows = "CollectedRows";

    /// <summary>Operators of the compiler's own that import takes apart as soon as shapes are known.</summary>
    public static IEnumerable<(string Type, Operator Operator)> Own { get; } =
        [(CollectedRows, new Composite(MoveRows, 1, 1, 1, ("axis", AttributeKind.Int), ("reverse", AttributeKind.Int)))];

    private static Value[] MoveRows(Expansion e)
    {
        Value rows = e.Input(0);
        int rank = rows.KnownShape.Rank;
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis"), rank);
        if (e.Node.Int("reverse") != 0)
        {
            rows = e.Apply("Slice", [rows, e.Integers(-1), e.Integers(long.MinValue), e.Integers(0), e.Integers(-1)]);
        }

        return [MoveRows(e, rows, axis)];
    }

    /// <summary>Rows along another axis than the first.</summary>
    public static Value MoveRows(Expansion e, Value rows, int axis) => axis == 0 ? rows : e.Transpose(
        rows,
        [
            .. Enumerable.Range(1, axis).Select(i => (long)i), 0,
            .. Enumerable.Range(axis + 1, rows.KnownShape.Rank - axis - 1).Select(i => (long)i),
        ]);
}
