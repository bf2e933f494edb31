using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>A graph that runs again and again on what it has made before, so many times or as long as a condition holds.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Loop.html, since opset 1.</remarks>
internal sealed class Loop() : Operator(0, int.MaxValue, ("body", AttributeKind.Graph))
{
    public override int Outputs => int.MaxValue;

    /// <summary>How often it runs decides what is to be done.</summary>
    public override double WorkPerElement(Node node) => double.PositiveInfinity;

    public override void Infer(Node node, InferenceContext context)
    {
        Graph body = node.Attributes["body"].Graph;
        int carried = LoopShapes.Carried(body);
        Bodies.RequireSingle(node, 0, DataType.Int64, context);
        Bodies.RequireSingle(node, 1, DataType.Bool, context);
        if (node.Input(0) is null && node.Input(1) is null)
        {
            throw context.Malformed(node, "has neither a number of iterations nor a condition, so that it would never end.");
        }

        LoopShapes.Renew(node, body);
        Bodies.Infer(body, context);
        Value condition = body.Outputs[0];
        if (condition.Type != DataType.Bool || !condition.KnownShape.Length.Equals(Dimension.One))
        {
            throw context.Malformed(node, $"has a condition of type {condition.Type}{condition.Shape}.");
        }

        for (int i = 0; i < carried && i < node.Outputs.Count; i++)
        {
            Value inner = body.Inputs[2 + i];
            node.Outputs[i]?.Set(inner.Type, new Shape(inner.KnownShape.Select(Last)));
        }

        HashSet<string> inside = Bodies.BoundInside(body);
        inside.UnionWith(node.Bound.SelectMany(d => d.Symbols));
        (Value Output, Value Row)[] collected =
            [.. node.Outputs.Zip(body.Outputs.Skip(1)).Skip(carried).Where(o => o.First is not null).Select(o => (o.First!, o.Second))];
        bool isOpen = Array.Exists(collected, c => c.Row.KnownShape.Any(IsOpen));
        foreach ((Value output, Value row) in collected)
        {
            output.Set(row.Type, new Shape([Count(), .. row.KnownShape.Select((size, d) => RowSize(output, d, size))]));
        }

        bool IsOpen(Dimension size) => size.Symbols.Any(inside.Contains);

        Dimension Last(Dimension size) => node.Bound.IndexOf(size) is >= 0 and var index ? node.Bound[index + 2] : size;

        Dimension Count()
        {
            int index = LoopShapes.PerVariable * body.Inputs.Skip(2).Take(carried).SelectMany(v => v.KnownShape).Count(node.Bound.Contains);
            if (node.Bound.Count == index && !isOpen && KnownCount(node) is { } known)
            {
                return known;
            }

            for (int i = node.Bound.Count; i <= index + node.Outputs.Count - carried; i++)
            {
                LoopShapes.AddVariable(node, context, i == index ? "count" : "rows");
            }

            return node.Bound[index];
        }

        Dimension RowSize(Value output, int index, Dimension size)
        {
            if (output.Shape is { } known && known.Rank > index + 1 && node.Bound.Contains(known[index + 1]))
            {
                return known[index + 1];
            }

            if (!IsOpen(size))
            {
                return size;
            }

            LoopShapes.AddVariable(node, context, $"row_dim{index}");
            return LoopShapes.AddVariable(node, context, $"row_dim{index}_last");
        }
    }

    /// <summary>How often a loop runs, where that does not depend on what it computes; otherwise null.</summary>
    public static Dimension? KnownCount(Node node) =>
        !RunsThrough(node) ? null
        : node.Input(0) is { Constant: { } trips } ? Math.Max(trips.ToInt64s()[0], 0)
        : node.Input(0) is { Elements: [var count] } ? count
        : null;

    /// <summary>Whether nothing ends a loop before its last iteration.</summary>
    private static bool RunsThrough(Node node)
    {
        if (node.Input(1) is not { } condition)
        {
            return true;
        }

        Graph body = node.Attributes["body"].Graph;
        Value next = body.Outputs[0];
        while (next.Producer is { } copy && copy.Is("Identity"))
        {
            next = copy.Required(0);
        }

        return IsTrue(condition) && (next == body.Inputs[1] || IsTrue(next));

        static bool IsTrue(Value value) => value.Constant is { } constant && constant.Data.Span[0] != 0;
    }
}
