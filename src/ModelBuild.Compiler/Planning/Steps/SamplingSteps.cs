using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Operators that read a tensor at other places than its own.</summary>
internal static class SamplingSteps
{
    public static void WritePick(Node node, PlanBuilder plan)
    {
        Shape shape = node.Required(0).KnownShape;
        int axis = (int)node.Int("axis");
        plan.Call(
            node,
            $"Nearest elements: {Description(node)}",
            "DataMovement.Gather",
            ("outer", shape.Product(0, axis)),
            ("length", shape[axis]),
            ("inner", shape.Product(axis + 1, shape.Rank)),
            ("indices", plan.Argument(node.Required(1))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteInterpolate(Node node, PlanBuilder plan)
    {
        Shape shape = node.Required(0).KnownShape;
        int axis = (int)node.Int("axis");
        plan.Call(
            node,
            $"Interpolation: {Description(node)}",
            "Resampling.Interpolate",
            ("outer", shape.Product(0, axis)),
            ("length", shape[axis]),
            ("inner", shape.Product(axis + 1, shape.Rank)),
            ("starts", plan.Argument(node.Required(1))),
            ("weights", plan.Argument(node.Required(2))),
            ("outside", node.Float("outside")),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    private static string Description(Node node) => $"{PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";
}
