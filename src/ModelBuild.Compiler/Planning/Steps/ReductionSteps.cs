using ModelBuild.Compiler.Graphs;
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
            "Reduction.MeanFloat32",
            ("outer", outer),
            ("reduced", reduced),
            ("inner", inner),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

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
            node.Type == "Softmax" ? "Softmax.Float32" : "Softmax.LogFloat32",
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
