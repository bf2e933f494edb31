using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Means and softmax: a run of neighbouring axes is reduced or normalised, what stands before and after it is kept.</summary>
internal static class ReductionSteps
{
    public static void WriteMean(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension reduced, Dimension inner) = Split(node, node.Ints("axes")!);
        plan.Call(
            node,
            $"Mean over {reduced}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            node.Output.Type == DataType.Float64 ? "Float64.Mean" : "Reduction.MeanFloat32",
            ("outer", outer),
            ("reduced", reduced),
            ("inner", inner),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    /// <summary>ReduceSum, ReduceProd, ReduceMin, ReduceMax.</summary>
    public static void Write(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension reduced, Dimension inner) = Split(node, node.Ints("axes")!);
        string method = node.Type switch
        {
            "ReduceSum" => "Sum",
            "ReduceProd" => "Product",
            "ReduceMin" => "Minimum",
            _ => "Maximum",
        };
        plan.Call(
            node,
            $"{node.Type} over {reduced}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            $"Reduction.{method}",
            ("outer", outer),
            ("reduced", reduced),
            ("inner", inner),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteArgument(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension reduced, Dimension inner) = Split(node, [node.Int("axis")]);
        plan.Call(
            node,
            $"{node.Type} over {reduced}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            node.Type == "ArgMax" ? "Reduction.ArgMaximum" : "Reduction.ArgMinimum",
            [node.Required(0).Type],
            ("outer", outer),
            ("reduced", reduced),
            ("inner", inner),
            ("last", node.Int("select_last_index") != 0),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteCumulation(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension length, Dimension inner) = Split(node, [Cumulative.Axis(node, InferenceContext.Evaluation)]);
        plan.Call(
            node,
            $"{node.Type} over {length}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            node.Type == "CumSum" ? "Cumulation.Sum" : "Cumulation.Product",
            ("outer", outer),
            ("length", length),
            ("inner", inner),
            ("exclusive", node.Int("exclusive") != 0),
            ("reverse", node.Int("reverse") != 0),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteTopK(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension length, Dimension inner) = Split(node, [node.Int("axis", -1)]);
        Value? values = node.Outputs[0];
        Value? indices = node.Outputs.Count > 1 ? node.Outputs[1] : null;
        Shape shape = (values ?? indices!).KnownShape;
        Dimension count = shape[node.Axis(shape.Rank, usual: -1)];
        plan.Call(
            node,
            $"The {count} {(node.Int("largest", 1) != 0 ? "largest" : "smallest")} of {length}: {PlanBuilder.Describe(node.Required(0))}",
            node.Int("largest", 1) != 0 ? "Ranking.Largest" : "Ranking.Smallest",
            [node.Required(0).Type],
            ("outer", outer),
            ("length", length),
            ("inner", inner),
            ("count", count),
            ("input", plan.Argument(node.Required(0))),
            ("scratch", plan.Scratch((count * 16) + 16)),
            ("values", values is null ? null : plan.Tensor(values)),
            ("indices", indices is null ? null : plan.Tensor(indices)));
    }

    public static void WriteNormalization(Node node, PlanBuilder plan)
    {
        plan.Call(
            node,
            $"{Kind(node)} normalization over {node.Int("length")}: {PlanBuilder.Describe(node.Required(0))}",
            "Normalization.Float32",
            ("length", (int)node.Int("length")),
            ("isCentered", node.Int("centered") != 0),
            ("input", plan.Argument(node.Required(0))),
            ("epsilon", node.Float("epsilon")),
            ("output", plan.Tensor(node.Output)),
            ("scales", Row(1)),
            ("offsets", Row(2)));

        PlanArgument? Row(int input) => node.Input(input) is { } row
            ? plan.Constant<float>(row.Name, ConstantFormats.Plain, row.Constant!.ToFloats())
            : null;
    }

    public static void WriteQuantizedNormalization(Node node, PlanBuilder plan)
    {
        bool isCentered = node.Int("centered") != 0;
        QuantizationParameters input = node.Required(0).Quantization!;
        QuantizationParameters output = node.Output.Quantization!;
        plan.Call(
            node,
            $"{Kind(node)} normalization over {node.Required(1).Constant!.Length}: {PlanBuilder.Describe(node.Required(0))} → "
                + PlanBuilder.Describe(node.Output),
            isCentered ? "QuantizedNormalization.UInt8" : "QuantizedNormalization.RootUInt8",
            ("length", (int)node.Required(1).Constant!.Length),
            ("input", plan.Argument(node.Required(0))),
            ("inputScale", input.Scale),
            ("inputZeroPoint", isCentered ? null : input.ZeroPoint),
            ("epsilon", node.Float("epsilon")),
            ("scales", OverScale(node.Required(1))),
            ("offsets", OverScale(node.Required(2))),
            ("zeroPoint", output.ZeroPoint),
            ("output", plan.Tensor(node.Output)));

        PlanArgument OverScale(Value row) => plan.Constant<float>(
            row.Name, ConstantFormats.Plain, Array.ConvertAll(row.Constant!.ToFloats(), v => v / output.Scale));
    }

    private static string Kind(Node normalization) => normalization.Int("centered") != 0 ? "Layer" : "Root mean square";

    public static void WriteQuantizedMean(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension reduced, Dimension inner) = Split(node, node.Ints("axes")!);
        QuantizationParameters input = node.Required(0).Quantization!;
        QuantizationParameters output = node.Output.Quantization!;
        plan.Call(
            node,
            $"Mean over {reduced}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            "Reduction.MeanUInt8",
            ("outer", outer),
            ("reduced", reduced),
            ("inner", inner),
            ("input", plan.Argument(node.Required(0))),
            ("inputZeroPoint", input.ZeroPoint),
            ("multiplier", input.Scale / output.Scale * node.Float("factor", 1)),
            ("zeroPoint", output.ZeroPoint),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteSoftmax(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension length, Dimension inner) = Split(node, [node.Int("axis", -1)]);
        plan.Call(
            node,
            $"{node.Type} over {length}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            node.Output.Type == DataType.Float64 ? $"Float64.{node.Type}"
                : node.Type == "Softmax" ? "Softmax.Float32" : "Softmax.LogFloat32",
            ("outer", outer),
            ("length", length),
            ("inner", inner),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteQuantizedSoftmax(Node node, PlanBuilder plan)
    {
        (Dimension outer, Dimension length, Dimension inner) = Split(node, [node.Int("axis", -1)]);
        QuantizationParameters output = node.Output.Quantization!;
        plan.Call(
            node,
            $"Softmax over {length}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}",
            "Softmax.UInt8",
            ("outer", outer),
            ("length", length),
            ("inner", inner),
            ("input", plan.Argument(node.Required(0))),
            ("inputScale", node.Required(0).Quantization!.Scale),
            ("multiplier", 1f / output.Scale),
            ("zeroPoint", output.ZeroPoint),
            ("output", plan.Tensor(node.Output)));
    }

    /// <summary>True where no other axis stands between these, except of size 1.</summary>
    /// <param name="axes">In ascending order.</param>
    public static bool AreNeighbours(Shape shape, IReadOnlyList<long> axes) =>
        axes.Count == 0
            || Enumerable.Range((int)axes[0], (int)(axes[^1] - axes[0]) + 1).All(a => axes.Contains(a) || shape[a].Equals(Dimension.One));

    private static (Dimension Outer, Dimension Middle, Dimension Inner) Split(Node node, IEnumerable<long> axes)
    {
        Shape shape = node.Required(0).KnownShape;
        int[] sorted = [.. axes.Select(a => (int)(a < 0 ? a + shape.Rank : a)).Order()];
        return (shape.Product(0, sorted[0]), shape.Product(sorted[0], sorted[^1] + 1), shape.Product(sorted[^1] + 1, shape.Rank));
    }
}
