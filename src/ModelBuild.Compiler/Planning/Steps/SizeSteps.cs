using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Sizes that data decides, and operators that find out how much they make.</summary>
internal static class SizeSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        string rule = node.Text("rule");
        Value sizes = node.Output;
        IEnumerable<(string, PlanArgument?)> arguments = rule switch
        {
            "Write" => [("sizes", PlanBuilder.List(sizes.Elements!))],
            "Read" => [Data("sizes", 0), ("least", node.Int("least"))],
            "Reshape" => [Shape(), Data("sizes", 1), ("allowZero", node.Int("allowzero") != 0)],
            "Broadcast" => [Shape(), Data("sizes", 1)],
            "Squeeze" or "Unsqueeze" => [Shape(), Data("axes", 1)],
            "Slice" => [Shape(), Data("starts", 1), Data("ends", 2), Data("axes", 3), Data("steps", 4)],
            "Pad" => [Shape(), Data("pads", 1), Data("axes", 2)],
            "Around" => [Shape(), Data("axis", 1)],
            "Resize" =>
            [
                ("input", PlanBuilder.List(node.Required(0).Elements!)),
                ("places", PlanBuilder.List(node.Ints("places")!.Select(Dimension.Constant))),
                Data("scales", 1), ("sizes", ResizeSteps.Optional(node, 2, plan)), ("isRounded", node.Int("rounded") != 0),
                ("reach", node.Int("reach")), ("antialias", node.Int("antialias") != 0),
            ],
            "Range" => [Data("start", 0), Data("limit", 1), Data("delta", 2)],
            "NonZero" => [Data("input", 0)],
            "Reduce" =>
            [
                Shape(), Data("axes", 1), ("keepDimensions", node.Int("keepdims", 1) != 0),
                ("noopWithEmptyAxes", node.Int("noop_with_empty_axes") != 0),
            ],
            _ => throw new InvalidOperationException($"'{rule}' is no rule for sizes."),
        };
        string described = rule == "Write"
            ? $"Sizes [{string.Join(",", sizes.Elements!)}]"
            : $"{rule}: sizes [{string.Join(",", node.Bound)}]";
        DataType[] types = rule switch
        {
            "Read" or "Range" or "NonZero" => [node.Required(0).Type],
            "Slice" or "Around" => [node.Required(1).Type],
            "Pad" => [node.Required(2).Type],
            _ => [],
        };
        plan.Call(node, described, $"Sizes.{rule}", types, [.. arguments, ("output", plan.Tensor(sizes))]);
        if (rule != "Write")
        {
            Bind(node, plan);
        }

        (string, PlanArgument?) Shape() => ("input", PlanBuilder.List(node.Required(0).KnownShape));

        (string, PlanArgument?) Data(string name, int index) => (name, plan.Argument(node.Required(index)));
    }

    /// <summary>Numbers from start by steps of delta, as many as a rule has found.</summary>
    public static void WriteSequence(Node node, PlanBuilder plan)
    {
        if (node.Input(3) is null)
        {
            MovementSteps.WriteCount(node, plan);
            return;
        }

        plan.Call(
            node,
            $"Range: {PlanBuilder.Describe(node.Output)}",
            "DataMovement.Sequence",
            ("start", plan.Argument(node.Required(0))),
            ("delta", plan.Argument(node.Required(2))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteNonZero(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"NonZero: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        "Selection.NonZero",
        [node.Required(0).Type],
        ("dimensions", PlanBuilder.List(node.Required(0).KnownShape)),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteSuppression(Node node, PlanBuilder plan)
    {
        Shape scores = node.Required(1).KnownShape;
        plan.Call(
            node,
            $"NonMaxSuppression: {PlanBuilder.Describe(node.Required(0))}, {PlanBuilder.Describe(node.Required(1))}",
            "BoxSuppression.Float32",
            ("batch", scores[0]),
            ("classes", scores[1]),
            ("boxCount", scores[2]),
            ("isCentered", node.Int("center_point_box") != 0),
            ("boxes", plan.Argument(node.Required(0))),
            ("scores", plan.Argument(node.Required(1))),
            ("most", Optional(2)),
            ("overlap", Optional(3)),
            ("threshold", Optional(4)),
            ("output", plan.Tensor(node.Outputs[0]!)),
            ("count", plan.Tensor(node.Outputs[1]!)),
            ("scratch", plan.Scratch(scores[2] * 28)));

        PlanArgument? Optional(int index) => node.Input(index) is { } value ? plan.Argument(value) : null;
    }

    public static void WriteDistinction(Node node, PlanBuilder plan)
    {
        Shape shape = node.Required(0).KnownShape;
        int axis = node.Axis(shape.Rank);
        plan.Call(
            node,
            $"Unique: {PlanBuilder.Describe(node.Required(0))}",
            "Distinction.Find",
            [node.Required(0).Type],
            ("outer", shape.Product(0, axis)),
            ("length", shape[axis]),
            ("inner", shape.Product(axis + 1, shape.Rank)),
            ("sorted", node.Int("sorted", 1) != 0),
            ("input", plan.Argument(node.Required(0))),
            ("first", plan.Tensor(node.Outputs[0]!)),
            ("inverse", plan.Tensor(node.Outputs[1]!)),
            ("counts", plan.Tensor(node.Outputs[2]!)),
            ("count", plan.Tensor(node.Outputs[3]!)),
            ("scratch", plan.Scratch((shape[axis] * 8) + 8)));
    }

    /// <summary>
    /// Each symbol is bound where it is found out first; where it is found again, or what it is is known, that is checked.
    /// </summary>
    private static void Bind(Node node, PlanBuilder plan)
    {
        var symbols = new List<(string, int)>();
        for (int i = 0; i < node.Bound.Count; i++)
        {
            if (node.Bound[i].Symbols.ToArray() is [string symbol] && node.Bound[i].Equals(Dimension.Symbol(symbol))
                && !plan.Knows(symbol) && symbols.TrueForAll(s => s.Item1 != symbol))
            {
                symbols.Add((symbol, i));
            }
        }

        plan.Bind(node.Output, symbols);
        if (symbols.Count < node.Bound.Count)
        {
            plan.Call(
                node, $"Check of [{string.Join(",", node.Bound)}]", "Sizes.Check", ("sizes", plan.Tensor(node.Output)),
                ("expected", PlanBuilder.List(node.Bound)));
        }
    }
}
