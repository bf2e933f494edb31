using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Ones on a diagonal of a matrix that is as large as another, zeros elsewhere.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__EyeLike.html, since opset 9. Only the shape of the input counts.</remarks>
internal sealed class EyeLike() : Operator(1, 1, ("dtype", AttributeKind.Int), ("k", AttributeKind.Int))
{
    public override bool IsFoldOnly => true;

    public override bool ReadsOnlyShapes => true;

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        var type = (DataType)node.Int("dtype", (long)input.Type);
        if (input.KnownShape.Rank != 2 || !(type.IsNumeric() || type == DataType.Bool))
        {
            throw context.Unsupported(node, $"makes a diagonal of {type} like {input.Shape}.");
        }

        node.Output.Set(type, input.KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        (long rows, long columns) = (node.Output.KnownShape[0].Value, node.Output.KnownShape[1].Value);
        var values = new double[rows * columns];
        for (long row = 0; row < rows; row++)
        {
            long column = row + node.Int("k");
            if (column >= 0 && column < columns)
            {
                values[(row * columns) + column] = 1;
            }
        }

        return [Tensor.FromDoubles(node.Output.Type, values, rows, columns)];
    }
}
