using ModelBuild.Compiler.Graphs;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Operators;

/// <summary>Softmax and LogSoftmax along an axis.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Softmax.html and onnx__LogSoftmax.html, since opset 1. Before 13 they worked on a matrix that
/// <c>axis</c> split the tensor into; import makes that explicit.
/// </remarks>
internal sealed class Softmax(bool logarithm) : Operator(1, 1, ("axis", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireFloat(node, 0);
        context.Axis(node, node.Int("axis", -1), input.KnownShape.Rank);
        node.Output.Set(input.Type, input.KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        int axis = node.Axis(x.Rank, usual: -1);
        int length = (int)x.Dimensions[axis];
        int inner = (int)x.Shape.Product(axis + 1, x.Rank).Value;
        double[] values = x.ToDoubles();
        for (int start = 0; start < values.Length; start++)
        {
            if (start / inner % length != 0)
            {
                continue;
            }

            int[] line = [.. Enumerable.Range(0, length).Select(i => start + (i * inner))];
            double maximum = line.Max(i => values[i]);
            double sum = line.Sum(i => Elementary.Exp(values[i] - maximum));
            foreach (int i in line)
            {
                values[i] = logarithm ? values[i] - maximum - Elementary.Log(sum) : Elementary.Exp(values[i] - maximum) / sum;
            }
        }

        return [Tensor.FromDoubles(x.Type, values, [.. x.Dimensions])];
    }
}
