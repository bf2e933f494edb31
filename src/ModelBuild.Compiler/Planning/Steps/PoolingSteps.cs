using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Maximum and average over windows, channels-last.</summary>
internal static class PoolingSteps
{
    public static void WriteMaximum(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Maximum over {KernelText(node)}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
        $"Pooling.Maximum{TypeName(node)}",
        ("shape", PoolingShapeOf(node)),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteAverage(Node node, PlanBuilder plan)
    {
        QuantizationParameters? input = node.Required(0).Quantization;
        QuantizationParameters? output = node.Output.Quantization;
        bool integer = node.Required(0).Type == DataType.UInt8;
        plan.Call(
            node,
            $"Average over {KernelText(node)}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            $"Pooling.Average{TypeName(node)}",
            ("shape", PoolingShapeOf(node)),
            ("countPadding", node.Int("count_include_pad") != 0),
            ("input", plan.Argument(node.Required(0))),
            ("inputZeroPoint", integer ? input!.ZeroPoint : null),
            ("multiplier", integer ? input!.Scale / output!.Scale * node.Float("factor", 1) : null),
            ("zeroPoint", integer ? output!.ZeroPoint : null),
            ("output", plan.Tensor(node.Output)));
    }

    /// <summary>Maxima and their places, channels first.</summary>
    public static void WriteIndexed(Node node, PlanBuilder plan)
    {
        Value? values = node.Outputs[0];
        Value? indices = node.Outputs.Count > 1 ? node.Outputs[1] : null;
        Shape input = node.Required(0).KnownShape;
        Shape output = (values ?? indices!).KnownShape;
        plan.Call(
            node,
            $"Maximum over {KernelText(node)} and its place: {PlanBuilder.Describe(node.Required(0))}",
            "IndexedPooling.Maximum",
            [node.Required(0).Type],
            ("planes", input[0] * input[1]),
            ("image", Volume(input.Skip(2))),
            ("window", Volume(Constants("kernel_shape"))),
            ("strides", Volume(Constants("strides"))),
            ("dilations", Volume(Constants("dilations"))),
            ("padding", PlanBuilder.List(
                Enumerable.Repeat(Dimension.Zero, 5 - input.Rank).Concat(Constants("pads").Take(input.Rank - 2)))),
            ("windows", Volume(output.Skip(2))),
            ("columnMajor", node.Int("storage_order") != 0),
            ("input", plan.Argument(node.Required(0))),
            ("values", values is null ? plan.Scratch(Dimension.Zero) : plan.Tensor(values)),
            ("indices", indices is null ? plan.Scratch(Dimension.Zero) : plan.Tensor(indices)));

        IEnumerable<Dimension> Constants(string attribute) => node.Ints(attribute)!.Select(Dimension.Constant);

        // What has fewer dimensions is a volume of size 1 there.
        IntegersArgument Volume(IEnumerable<Dimension> sizes) =>
            PlanBuilder.List(Enumerable.Repeat(Dimension.One, 5 - input.Rank).Concat(sizes));
    }

    private static string TypeName(Node node) => node.Required(0).Type == DataType.UInt8 ? "UInt8" : "Float32";

    private static string KernelText(Node node) => string.Join("×", node.Ints("kernel_shape")!);

    private static PlanCall PoolingShapeOf(Node node)
    {
        Shape input = node.Required(0).KnownShape;
        Shape output = node.Output.KnownShape;
        int spatial = input.Rank - 2;
        WindowAxis vertical = WindowAttributes.Axis(node, 0);
        WindowAxis horizontal = WindowAttributes.Axis(node, 1);
        return PlanBuilder.Nested(
            nameof(PoolingShape),
            ("batch", input[0]),
            ("inputHeight", spatial == 2 ? input[1] : Dimension.One),
            ("inputWidth", input[^2]),
            ("channels", input[^1]),
            ("outputHeight", spatial == 2 ? output[1] : Dimension.One),
            ("outputWidth", output[^2]),
            ("kernelHeight", vertical.Kernel),
            ("kernelWidth", horizontal.Kernel),
            ("strideY", vertical.Stride == 1 ? null : vertical.Stride),
            ("strideX", horizontal.Stride == 1 ? null : horizontal.Stride),
            ("dilationY", vertical.Dilation == 1 ? null : vertical.Dilation),
            ("dilationX", horizontal.Dilation == 1 ? null : horizontal.Dilation),
            ("padTop", vertical.PadBegin == 0 ? null : vertical.PadBegin),
            ("padLeft", horizontal.PadBegin == 0 ? null : horizontal.PadBegin),
            ("padBottom", vertical.PadEnd == 0 ? null : vertical.PadEnd),
            ("padRight", horizontal.PadEnd == 0 ? null : horizontal.PadEnd));
    }
}
