using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Functions of one tensor, element by element.</summary>
internal static class ElementwiseSteps
{
    public static void WriteLookup(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Table of 256 codes: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        "Lookup.UInt8",
        ("input", plan.Argument(node.Required(0))),
        ("table", plan.Argument(node.Required(1))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteChannelLookup(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"A table of 256 codes for each channel: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        "Lookup.ChannelsUInt8",
        ("input", plan.Argument(node.Required(0))),
        ("tables", plan.Argument(node.Required(1))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteQuantize(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Quantize: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        "Quantization.QuantizeUInt8",
        ("input", plan.Argument(node.Required(0))),
        ("scale", node.Output.Quantization!.Scale),
        ("zeroPoint", node.Output.Quantization.ZeroPoint),
        ("output", plan.Tensor(node.Output)));

    public static void WriteSplitCodes(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Quantize to 16 bits: {PlanBuilder.Describe(node.Required(0))} → two of {PlanBuilder.Describe(node.Output)}",
        "Quantization.QuantizeUInt16",
        ("input", plan.Argument(node.Required(0))),
        ("scale", node.Float("scale", 1)),
        ("zeroPoint", node.Int("zero_point")),
        ("high", plan.Tensor(node.Outputs[0]!)),
        ("low", plan.Tensor(node.Outputs[1]!)));

    public static void WriteQuantizeDynamic(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Quantize by what the run finds: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        "Quantization.QuantizeDynamicUInt8",
        ("input", plan.Argument(node.Required(0))),
        ("scale", plan.Argument(node.Required(1))),
        ("zeroPoint", plan.Argument(node.Required(2))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteFlipSign(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Sign flip: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        node.Output.Type == DataType.UInt8 ? "Quantization.ToUnsigned" : "Quantization.ToSigned",
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteRotation(Node node, PlanBuilder plan)
    {
        Shape shape = node.Output.KnownShape;
        (Value cosines, Value sines) = (node.Required(1), node.Required(2));
        Shape angles = shape.With(shape.Rank - 1, cosines.KnownShape[^1]);
        plan.Call(
            node,
            $"Rotation: {PlanBuilder.Describe(node.Output)} by {PlanBuilder.Describe(cosines)}",
            "Rotation.Halves",
            ("dimensions", PlanBuilder.List(shape)),
            ("cosineStrides", PlanBuilder.List(Broadcasts.Strides(cosines.KnownShape, angles))),
            ("sineStrides", PlanBuilder.List(Broadcasts.Strides(sines.KnownShape, angles))),
            ("hasAnglesOfBothHalves", angles.Equals(shape)),
            ("input", plan.Argument(node.Required(0))),
            ("cosines", plan.Argument(cosines)),
            ("sines", plan.Argument(sines)),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteDequantize(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Dequantize: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        "Quantization.DequantizeUInt8",
        ("input", plan.Argument(node.Required(0))),
        ("scale", node.Required(0).Quantization!.Scale),
        ("zeroPoint", node.Required(0).Quantization!.ZeroPoint),
        ("output", plan.Tensor(node.Output)));

    /// <summary>Elementary functions, whose kernels are called as ONNX calls them.</summary>
    public static void WriteFunction(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node),
        node.Output.Type == DataType.Float64 && node.Type is not ("Neg" or "Abs" or "Sign")
            ? $"Float64.{node.Type}" : $"ElementaryFunction.{node.Type}",
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteNot(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), node.Type == "Not" ? "Logic.Not" : "Bits.Not", ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteIsNaN(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), "ElementaryFunction.IsNaN", [node.Required(0).Type], ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteIsInf(Node node, PlanBuilder plan)
    {
        (bool negative, bool positive) = FloatTest.Detects(node);
        plan.Call(
            node, Description(node), "ElementaryFunction.IsInf", [node.Required(0).Type],
            ("detectNegative", negative),
            ("detectPositive", positive),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    /// <summary>Activations with one parameter, <c>alpha</c>.</summary>
    public static StepWriter WriteWithAlpha(float usual) => (node, plan) => plan.Call(
        node,
        Description(node),
        $"Activation.{node.Type}",
        ("input", plan.Argument(node.Required(0))),
        ("alpha", node.Float("alpha", usual)),
        ("output", plan.Tensor(node.Output)));

    public static void WriteSelu(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        "Activation.Selu",
        ("input", plan.Argument(node.Required(0))),
        ("alpha", node.Float("alpha", Unary.SeluAlpha)),
        ("gamma", node.Float("gamma", Unary.SeluGamma)),
        ("output", plan.Tensor(node.Output)));

    public static void WriteShrink(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        "Activation.Shrink",
        ("input", plan.Argument(node.Required(0))),
        ("lambda", node.Float("lambd", 0.5f)),
        ("bias", node.Float("bias", 0)),
        ("output", plan.Tensor(node.Output)));

    public static void WriteGelu(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        node.Text("approximate", "none") == "tanh" ? "Activation.GeluByTanh" : "Activation.Gelu",
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    /// <summary>The activations without parameters, whose kernels are called as ONNX calls them.</summary>
    public static void WriteActivation(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), node.Output.Type == DataType.Float64 ? $"Float64.{node.Type}" : $"Activation.{node.Type}",
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteClip(Node node, PlanBuilder plan)
    {
        if (Clip.Bounds(node) is var (minimum, maximum))
        {
            plan.Call(
                node,
                Description(node),
                "Activation.Clip",
                ("input", plan.Argument(node.Required(0))),
                ("minimum", minimum),
                ("maximum", maximum),
                ("output", plan.Tensor(node.Output)));
            return;
        }

        plan.Call(
            node,
            Description(node),
            "Activation.ClipBetween",
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)),
            ("minimum", node.Input(1) is { } low ? plan.Argument(low) : null),
            ("maximum", node.Input(2) is { } high ? plan.Argument(high) : null));
    }

    public static void WriteHardSigmoid(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        "Activation.HardSigmoid",
        ("input", plan.Argument(node.Required(0))),
        ("alpha", node.Float("alpha", 0.2f)),
        ("beta", node.Float("beta", 0.5f)),
        ("output", plan.Tensor(node.Output)));

    public static void WriteCast(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        (node.Required(0).Type, node.Output.Type) switch
        {
            (DataType from, DataType to) when from == to => "DataMovement.Copy",
            (_, DataType.Bool) => "Conversion.ToBool",
            (DataType.Bool, _) => "Conversion.FromBool",
            _ => "Conversion.Convert",
        },
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteRound(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"{Description(node)} as {(DataType)node.Int("to")}",
        $"Conversion.RoundTo{((DataType)node.Int("to") == DataType.Float16 ? "Half" : "BFloat16")}",
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteBitCast(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), "Conversion.Reinterpret", [node.Required(0).Type, node.Output.Type],
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    private static string Description(Node node) =>
        $"{node.Type}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";
}
