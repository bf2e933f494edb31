using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Puts the elements that MaxPool has left back to their places among zeros.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__MaxUnpool.html, since opset 9. Indices count through the whole output, also where its shape is
/// given, as ONNX Runtime has it; ONNX's reference takes them for places in the shape that the window would give.
/// Gap: an output shape that the run computes.
/// </remarks>
internal sealed class MaxUnpool()
    : Operator(2, 3, ("kernel_shape", AttributeKind.Ints), ("pads", AttributeKind.Ints), ("strides", AttributeKind.Ints))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        Shape shape = input.KnownShape;
        int rank = shape.Rank - 2;
        context.RequireMovable(node, 0);
        context.RequireType(node, 1, node.Required(1).Type == DataType.Int64);
        if (rank < 1 || !node.Required(1).KnownShape.Equals(shape))
        {
            throw context.Malformed(node, $"has indices {node.Required(1).Shape} for {shape}.");
        }

        long[] kernel = context.Numbers(node, "kernel_shape", rank, 1, null);
        long[] strides = context.Numbers(node, "strides", rank, 1, [.. kernel.Select(_ => 1L)]);
        long[] pads = context.Numbers(node, "pads", 2 * rank, 0, new long[2 * rank]);
        Dimension[] sizes =
            [.. kernel.Select((size, i) => ((shape[i + 2] - 1) * strides[i]) + size - pads[i] - pads[rank + i])];
        var result = new Shape([shape[0], shape[1], .. sizes]);
        if (node.Input(2) is { } given)
        {
            result = new Shape(SymbolicElements.Of(given)
                ?? throw context.Unsupported(node, "computes its output shape at run time. It must be known at build."));
            if (result.Rank != shape.Rank)
            {
                throw context.Malformed(node, $"makes {result} of {shape}.");
            }
        }

        node.Output.Set(input.Type, result);
    }
}
