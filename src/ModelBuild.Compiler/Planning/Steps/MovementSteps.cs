using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Operators that move elements and leave them as they are.</summary>
internal static class MovementSteps
{
    public static void WriteCopy(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), "DataMovement.Copy", ("input", plan.Argument(node.Required(0))), ("output", plan.Tensor(node.Output)));

    public static void WriteTranspose(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        "DataMovement.Transpose",
        ("dimensions", PlanBuilder.List(node.Required(0).KnownShape)),
        ("permutation", List(Transposes.Permutation(node).Select(p => (long)p))),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteConcat(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        int axis = (int)(node.Int("axis") < 0 ? node.Int("axis") + output.Rank : node.Int("axis"));
        Dimension rows = output.Product(0, axis);
        Dimension stride = output.Product(axis, output.Rank);
        Dimension offset = Dimension.Zero;
        foreach (Value input in node.Inputs.OfType<Value>())
        {
            Dimension length = input.KnownShape.Product(axis, output.Rank);
            plan.Call(
                node,
                $"Concat: {PlanBuilder.Describe(input)} into {PlanBuilder.Describe(node.Output)}",
                "DataMovement.Concatenate",
                ("rows", rows),
                ("length", length),
                ("offset", offset),
                ("stride", stride),
                ("input", plan.Argument(input)),
                ("output", plan.Tensor(node.Output)));
            offset += length;
        }
    }

    public static void WritePad(Node node, PlanBuilder plan)
    {
        Shape shape = node.Required(0).KnownShape;
        (long[] before, long[] after) = Pad.Amounts(node, shape.Rank, InferenceContext.Evaluation);
        plan.Call(
            node,
            Description(node),
            "DataMovement.Pad",
            ("dimensions", PlanBuilder.List(shape)),
            ("before", List(before)),
            ("after", List(after)),
            ("value", node.Input(2) is { } value ? plan.Argument(value) : plan.Zero(node.Output.Type)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteSlice(Node node, PlanBuilder plan)
    {
        Shape input = node.Required(0).KnownShape;
        (Dimension[] starts, long[] steps, Dimension[] lengths) = Slice.Ranges(node, input, InferenceContext.Evaluation);
        plan.Call(
            node,
            Description(node),
            "DataMovement.Slice",
            ("dimensions", PlanBuilder.List(input)),
            ("starts", PlanBuilder.List(starts)),
            ("steps", List(steps)),
            ("lengths", PlanBuilder.List(lengths)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    private static IntegersArgument List(IEnumerable<long> values) => PlanBuilder.List(values.Select(Dimension.Constant));

    private static string Description(Node node) =>
        $"{node.Type}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";
}
