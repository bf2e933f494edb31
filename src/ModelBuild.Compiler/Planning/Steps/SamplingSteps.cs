using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
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
            [node.Required(0).Type, DataType.Int32],
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
        QuantizationParameters? input = node.Required(0).Type == DataType.UInt8 ? node.Required(0).Quantization : null;
        QuantizationParameters? output = node.Output.Type == DataType.UInt8 ? node.Output.Quantization : null;
        bool isReal = input is null && output is null;
        float multiplier = (input?.Scale ?? 1) / (output?.Scale ?? 1);
        float zero = output?.ZeroPoint ?? 0;
        plan.Call(
            node,
            $"Interpolation: {Description(node)}",
            isReal ? "Resampling.Interpolate" : "Resampling.InterpolateCodes",
            isReal ? [] : [node.Required(0).Type, node.Output.Type],
            ("outer", shape.Product(0, axis)),
            ("length", shape[axis]),
            ("inner", shape.Product(axis + 1, shape.Rank)),
            ("starts", plan.Argument(node.Required(1))),
            ("weights", plan.Argument(node.Required(2))),
            ("outside", (node.Float("outside") / (output?.Scale ?? 1)) + zero),
            ("multiplier", isReal ? null : multiplier),
            ("offset", isReal ? null : zero - ((input?.ZeroPoint ?? 0) * multiplier)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteGridSample(Node node, PlanBuilder plan)
    {
        Shape shape = node.Required(0).KnownShape;
        string method = node.Text("mode", "linear") switch
        {
            "nearest" => "Nearest",
            "cubic" or "bicubic" => "Cubic",
            _ => "Linear",
        };
        plan.Call(
            node,
            $"Elements at a grid's places: {Description(node)}",
            $"GridSampling.{method}",
            ("batch", shape[0]),
            ("dimensions", PlanBuilder.List(shape.Skip(1).SkipLast(1))),
            ("channels", shape[^1]),
            ("points", node.Output.KnownShape.Product(1, shape.Rank - 1)),
            ("padding", node.Text("padding_mode", "zeros") switch { "border" => 1, "reflection" => 2, _ => 0 }),
            ("alignCorners", node.Int("align_corners") != 0),
            ("input", plan.Argument(node.Required(0))),
            ("grid", plan.Argument(node.Required(1))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteRegionAlignment(Node node, PlanBuilder plan)
    {
        plan.Call(
            node,
            $"Bins of regions: {Description(node)}",
            node.Text("mode", "avg") == "avg" ? "RegionAlignment.Average" : "RegionAlignment.Maximum",
            [
                .. Regions(node),
                ("samples", (Dimension)node.Int("sampling_ratio")),
                ("scale", node.Float("spatial_scale", 1)),
                ("halfPixel", node.Text("coordinate_transformation_mode", "half_pixel") == "half_pixel"),
                ("input", plan.Argument(node.Required(0))),
                ("regions", plan.Argument(node.Required(1))),
                ("images", plan.Argument(node.Required(2))),
                ("output", plan.Tensor(node.Output)),
            ]);
    }

    public static void WriteRegionPooling(Node node, PlanBuilder plan)
    {
        plan.Call(
            node,
            $"Maxima in bins of regions: {Description(node)}",
            "RegionPooling.Maximum",
            [
                .. Regions(node),
                ("scale", node.Float("spatial_scale", 1)),
                ("input", plan.Argument(node.Required(0))),
                ("regions", plan.Argument(node.Required(1))),
                ("output", plan.Tensor(node.Output)),
            ]);
    }

    public static void WriteUnpooling(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Maxima at their places: {Description(node)}",
        "Unpooling.Maximum",
        ("indices", plan.Argument(node.Required(1))),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteFolding(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        ColumnWindows windows = Col2Im.Windows(node, InferenceContext.Evaluation);
        plan.Call(
            node,
            $"Images from blocks: {Description(node)}",
            "Folding.Columns",
            ("planes", output.Product(0, 2)),
            ("image", PlanBuilder.List(windows.Image)),
            ("block", PlanBuilder.List(windows.Block)),
            ("windows", PlanBuilder.List(windows.Count)),
            ("strides", List(windows.Strides)),
            ("dilations", List(windows.Dilations)),
            ("padding", List(windows.Begin)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    /// <summary>The sizes of images, and of what regions of them become, channels-last.</summary>
    private static IEnumerable<(string Name, PlanArgument? Value)> Regions(Node node)
    {
        Shape input = node.Required(0).KnownShape;
        Shape output = node.Output.KnownShape;
        return
        [
            ("batch", input[0]),
            ("height", input[1]),
            ("width", input[2]),
            ("channels", input[3]),
            ("regionCount", output[0]),
            ("outputHeight", output[1]),
            ("outputWidth", output[2]),
        ];
    }

    private static IntegersArgument List(IEnumerable<long> values) => PlanBuilder.List(values.Select(Dimension.Constant));

    private static string Description(Node node) => $"{PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";
}
