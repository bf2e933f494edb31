using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Bins of regions of images, interpolated.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__RoiAlign.html, since opset 10; <c>coordinate_transformation_mode</c> since 16 (import gives
/// older nodes theirs).
/// </remarks>
internal sealed class RoiAlign() : Operator(
    3, 3, ("coordinate_transformation_mode", AttributeKind.Text), ("mode", AttributeKind.Text), ("output_height", AttributeKind.Int),
    ("output_width", AttributeKind.Int), ("sampling_ratio", AttributeKind.Int), ("spatial_scale", AttributeKind.Float))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        Shape regions = node.Required(1).KnownShape;
        Shape images = node.Required(2).KnownShape;
        context.RequireFloat(node, 0);
        context.RequireFloat(node, 1);
        context.RequireType(node, 2, node.Required(2).Type == DataType.Int64);
        long height = node.Int("output_height", 1);
        long width = node.Int("output_width", 1);
        if (input.Rank != 4 || regions.Rank != 2 || !regions[1].Equals(4) || images.Rank != 1)
        {
            throw context.Malformed(node, $"takes regions {regions} of images {images} out of {input}.");
        }

        if (node.Text("mode", "avg") is not ("avg" or "max")
            || node.Text("coordinate_transformation_mode", "half_pixel") is not ("half_pixel" or "output_half_pixel")
            || height is < 1 or > int.MaxValue || width is < 1 or > int.MaxValue
            || node.Int("sampling_ratio") is < 0 or > int.MaxValue)
        {
            throw context.Malformed(node, "has an attribute that is out of range.");
        }

        context.RequireEqual(node, regions[0], images[0], $"numbers of regions in {regions} and {images}");
        node.Output.Set(node.Required(0).Type, new Shape([regions[0], input[1], height, width]));
    }
}
