using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>What a product whose codes find their scale at run time knows of its output channels.</summary>
internal static class DynamicChannels
{
    /// <param name="node">With inputs (x, int8 weights [outputs, …] with a scale per output, float32 bias or none).</param>
    /// <param name="groups">Of channels whose panels begin anew.</param>
    public static PlanCall Of(Node node, PlanBuilder plan, int groups)
    {
        Value weights = node.Required(1);
        int outputs = (int)weights.Constant!.Dimensions[0];
        float[] scales = [.. Enumerable.Range(0, outputs).Select(weights.Quantization!.ScaleOf)];
        return PlanBuilder.Nested(
            nameof(ChannelParameters),
            ("sums", Channels("sums", DynamicQuantizer.Sums(weights.Constant))),
            ("scales", Channels("scales", scales)),
            ("bias", Channels("bias", node.Input(2)?.Constant?.ToFloats() ?? new float[outputs])));

        PlanArgument Channels(string what, float[] values) => plan.Constant<float>(
            $"{weights.Name}.{what}", ConstantFormats.Channels, WeightPacking.PadChannels<float>(values, outputs, groups));
    }
}
