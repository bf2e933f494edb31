using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Tables of a Resize that the run works out.</summary>
internal static class ResizeSteps
{
    public static void WriteScales(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Scales of [{string.Join(",", node.Required(0).Elements!)}]",
        "ResizeTables.Scales",
        ("dimensions", PlanBuilder.List(node.Required(0).Elements!)),
        ("places", PlanBuilder.List(node.Ints("places")!.Select(Dimension.Constant))),
        ("scales", Optional(node, 1, plan)),
        ("sizes", Optional(node, 2, plan)),
        ("policy", node.Int("policy")),
        ("output", plan.Tensor(node.Output)));

    public static void WritePlaces(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Nearest elements: {node.Required(0).Elements![0]} → {node.Required(0).Elements![1]}",
        "ResizeTables.Nearest",
        ("axis", Axis(node)),
        ("index", node.Int("index")),
        ("scales", plan.Argument(node.Required(1))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteWeights(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Neighbours and weights: {node.Required(0).Elements![0]} → {node.Required(0).Elements![1]}",
        "ResizeTables.Weighted",
        ("axis", Axis(node)),
        ("index", node.Int("index")),
        ("scales", plan.Argument(node.Required(1))),
        ("place", node.Int("place")),
        ("region", Optional(node, 3, plan)),
        ("starts", plan.Tensor(node.Outputs[0]!)),
        ("weights", plan.Tensor(node.Outputs[1]!)));

    /// <summary>What a kernel takes nothing for where it is absent.</summary>
    public static PlanArgument? Optional(Node node, int index, PlanBuilder plan) =>
        node.Input(index) is { } value ? plan.Argument(value) : null;

    private static PlanCall Axis(Node node)
    {
        ResizeAttributes attributes = ResizeAttributes.Of(node);
        return PlanBuilder.Nested(
            "ResizeAxis",
            ("length", node.Required(0).Elements![0]),
            ("result", node.Required(0).Elements![1]),
            ("transformation", attributes.Transformation),
            ("rounding", attributes.Rounding),
            ("reach", attributes.Reach),
            ("cubicCoefficient", attributes.CubicCoefficient),
            ("antialias", attributes.Antialias),
            ("excludeOutside", attributes.ExcludeOutside));
    }
}
