using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Reads images or volumes at places that a grid names.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__GridSample.html, since opset 16 (modes bilinear and bicubic); volumes and the names linear and
/// cubic since 20. Of two elements that are as near, the nearest is that with the even index. What is outside is found for each element
/// that is interpolated between. Gap: grids of other than two or three dimensions.
/// </remarks>
internal sealed class GridSample()
    : Operator(2, 2, ("align_corners", AttributeKind.Int), ("mode", AttributeKind.Text), ("padding_mode", AttributeKind.Text))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        Shape grid = node.Required(1).KnownShape;
        context.RequireFloat(node, 0);
        context.RequireFloat(node, 1);
        if (input.Rank != grid.Rank || input.Rank < 3 || !grid[^1].Equals(input.Rank - 2))
        {
            throw context.Malformed(node, $"samples {input} by a grid {grid}.");
        }

        if (input.Rank is not (4 or 5))
        {
            throw context.Unsupported(node, $"samples {input}. Two and three spatial axes are supported.");
        }

        if (node.Text("mode", "linear") is not ("nearest" or "linear" or "bilinear" or "cubic" or "bicubic")
            || node.Text("padding_mode", "zeros") is not ("zeros" or "border" or "reflection"))
        {
            throw context.Malformed(node, $"has mode '{node.Text("mode")}' and padding_mode '{node.Text("padding_mode")}'.");
        }

        context.RequireEqual(node, input[0], grid[0], $"batch dimensions of {input} and {grid}");
        node.Output.Set(node.Required(0).Type, new Shape([input[0], input[1], .. grid.Skip(1).SkipLast(1)]));
    }
}
