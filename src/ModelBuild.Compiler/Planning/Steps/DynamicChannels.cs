using ModelBuild.Compiler.Graphs;
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
        ReadOnlySpan<sbyte> codes = weights.Constant!.Span<sbyte>();
        int outputs = (int)weights.Constant.Dimensions[0];
        int terms = codes.Length / outputs;
        var sums = new float[outputs];
        var scales = new float[outputs];
        for (int o = 0; o < outputs; o++)
        {
            int sum = 0;
            foreach (sbyte code in codes.Slice(o * terms, terms))
            {
                sum += code;
            }

            sums[o] = sum;
            scales[o] = weights.Quantization!.ScaleOf(o);
        }

        return PlanBuilder.Nested(
            nameof(ChannelParameters),
            ("sums", Channels("sums", sums)),
            ("scales", Channels("scales", scales)),
            ("bias", Channels("bias", node.Input(2)?.Constant?.ToFloats() ?? new float[outputs])));

        PlanArgument Channels(string what, float[] values) => plan.Constant<float>(
            $"{weights.Name}.{what}", ConstantFormats.Channels, WeightPacking.PadChannels<float>(values, outputs, groups));
    }
}
