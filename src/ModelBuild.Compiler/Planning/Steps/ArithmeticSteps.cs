using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Functions of two tensors, element by element, with ONNX's multidirectional broadcasting.</summary>
internal static class ArithmeticSteps
{
    /// <summary>Add, Sub, Mul, Div, Min, Max: float32 in lanes, other numbers one by one.</summary>
    public static void Write(Node node, PlanBuilder plan)
    {
        string method = node.Type switch
        {
            "Sub" => "Subtract",
            "Mul" => "Multiply",
            "Div" => "Divide",
            "Min" => "Minimum",
            "Max" => "Maximum",
            string name => name,
        };
        bool isFloat = node.Output.Type == DataType.Float32;
        WritePair(
            node, plan, $"Arithmetic.{method}", isFloat ? [] : [node.Output.Type],
            isNestOptional: isFloat && node.Type is not ("Min" or "Max"));
    }

    public static void WriteModulo(Node node, PlanBuilder plan) => WritePair(
        node, plan, node.Int("fmod") != 0 ? "Arithmetic.Remainder" : "Arithmetic.FloorRemainder", [node.Output.Type]);

    public static void WritePower(Node node, PlanBuilder plan) =>
        WritePair(node, plan, "Arithmetic.Power", [node.Output.Type, node.Required(1).Type]);

    public static void WriteParametricRelu(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node, node.Type),
        "Arithmetic.ParametricRelu",
        ("shape", Broadcasts.Nest(node.Required(0).KnownShape, node.Required(1).KnownShape, node.Output.KnownShape)),
        ("input", plan.Argument(node.Required(0))),
        ("slope", plan.Argument(node.Required(1))),
        ("output", plan.Tensor(node.Output)));

    /// <summary>Equal, Less, Greater and theirs; a comparison the other way round has its operands exchanged.</summary>
    public static void WriteComparison(Node node, PlanBuilder plan)
    {
        bool isExchanged = node.Type.StartsWith("Greater", StringComparison.Ordinal);
        DataType type = node.Required(0).Type;
        WritePair(
            node, plan,
            type == DataType.Bool ? "Logic.Equal" : $"Comparison.{node.Type.Replace("Greater", "Less", StringComparison.Ordinal)}",
            type == DataType.Bool ? [] : [type], isExchanged: isExchanged);
    }

    public static void WriteLogic(Node node, PlanBuilder plan) => WritePair(node, plan, $"Logic.{node.Type}", []);

    public static void WriteBits(Node node, PlanBuilder plan) => WritePair(
        node, plan,
        node.Type switch
        {
            "BitShift" => BitFunction.IsLeft(node) ? "Bits.ShiftLeft" : "Bits.ShiftRight",
            _ => $"Bits.{node.Type["Bitwise".Length..]}",
        },
        [node.Output.Type]);

    private static void WritePair(
        Node node, PlanBuilder plan, string target, IReadOnlyList<DataType> types, bool isExchanged = false, bool isNestOptional = false)
    {
        Value left = node.Required(isExchanged ? 1 : 0);
        Value right = node.Required(isExchanged ? 0 : 1);
        Shape output = node.Output.KnownShape;
        plan.Call(
            node,
            Description(node, node.Type),
            target,
            types,
            ("shape", isNestOptional
                ? Broadcasts.NestIfNeeded(left.KnownShape, right.KnownShape, output)
                : Broadcasts.Nest(left.KnownShape, right.KnownShape, output)),
            ("left", plan.Argument(left)),
            ("right", plan.Argument(right)),
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
            ("shape", Broadcasts.NestIfNeeded(node.Required(0).KnownShape, node.Required(1).KnownShape, node.Output.KnownShape)),
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
            ("shape", Broadcasts.NestIfNeeded(node.Required(0).KnownShape, node.Required(1).KnownShape, node.Output.KnownShape)),
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
