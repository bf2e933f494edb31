using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Functions of two tensors, element by element, with ONNX's multidirectional broadcasting.</summary>
internal static class ArithmeticSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        string method = node.Type switch { "Add" => "Add", "Sub" => "Subtract", "Mul" => "Multiply", _ => "Divide" };
        plan.Call(
            node,
            Description(node, method),
            $"Arithmetic.{method}",
            ("shape", Broadcasts.Nest(node.Required(0).KnownShape, node.Required(1).KnownShape, node.Output.KnownShape)),
            ("left", plan.Argument(node.Required(0))),
            ("right", plan.Argument(node.Required(1))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteQuantizedAdd(Node node, PlanBuilder plan)
    {
        QuantizationParameters left = node.Required(0).Quantization!;
        QuantizationParameters right = node.Required(1).Quantization!;
        QuantizationParameters output = node.Output.Quantization!;
        (int minimum, int maximum) = FusedEpilogue.QuantizedBounds(node, output);
        plan.Call(
            node,
            Description(node, "Add"),
            "QuantizedArithmetic.Add",
            ("shape", Broadcasts.Nest(node.Required(0).KnownShape, node.Required(1).KnownShape, node.Output.KnownShape)),
            ("left", plan.Argument(node.Required(0))),
            ("leftZeroPoint", left.ZeroPoint),
            ("leftMultiplier", left.Scale / output.Scale),
            ("right", plan.Argument(node.Required(1))),
            ("rightZeroPoint", right.ZeroPoint),
            ("rightMultiplier", node.Int("sign", 1) * (right.Scale / output.Scale)),
            ("zeroPoint", output.ZeroPoint),
            ("minimum", minimum),
            ("maximum", maximum),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteQuantizedMultiply(Node node, PlanBuilder plan)
    {
        QuantizationParameters left = node.Required(0).Quantization!;
        QuantizationParameters right = node.Required(1).Quantization!;
        QuantizationParameters output = node.Output.Quantization!;
        (int minimum, int maximum) = FusedEpilogue.QuantizedBounds(node, output);
        plan.Call(
            node,
            Description(node, "Multiply"),
            "QuantizedArithmetic.Multiply",
            ("shape", Broadcasts.Nest(node.Required(0).KnownShape, node.Required(1).KnownShape, node.Output.KnownShape)),
            ("left", plan.Argument(node.Required(0))),
            ("leftZeroPoint", left.ZeroPoint),
            ("right", plan.Argument(node.Required(1))),
            ("rightZeroPoint", right.ZeroPoint),
            ("multiplier", left.Scale * right.Scale / output.Scale),
            ("zeroPoint", output.ZeroPoint),
            ("minimum", minimum),
            ("maximum", maximum),
            ("output", plan.Tensor(node.Output)));
    }

    private static string Description(Node node, string what) =>
        $"{what}: {PlanBuilder.Describe(node.Required(0))} and {PlanBuilder.Describe(node.Required(1))} → "
            + $"{PlanBuilder.Describe(node.Output)}";
}
