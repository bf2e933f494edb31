using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>The largest elements in bins of regions of images.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__MaxRoiPool.html, since opset 1.</remarks>
internal sealed class MaxRoiPool() : Operator(2, 2, ("pooled_shape", AttributeKind.Ints), ("spatial_scale", AttributeKind.Float))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        Shape regions = node.Required(1).KnownShape;
        context.RequireFloat(node, 0);
        context.CommonType(node, 0, 1);
        if (input.Rank != 4 || regions.Rank != 2 || !regions[1].Equals(5))
        {
            throw context.Malformed(node, $"takes regions {regions} out of {input}.");
        }

        if (node.Ints("pooled_shape") is not [>= 1 and <= int.MaxValue and var height, >= 1 and <= int.MaxValue and var width])
        {
            throw context.Malformed(node, "needs the attribute 'pooled_shape' with two positive numbers.");
        }

        node.Output.Set(node.Required(0).Type, new Shape([regions[0], input[1], height, width]));
    }
}
