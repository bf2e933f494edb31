using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>GlobalAveragePool and GlobalMaxPool: each channel of [N, C, spatial…] to one element.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html and onnx__GlobalMaxPool.html, since opset 1.</remarks>
internal sealed class GlobalPool(bool maximum) : Operator(1, 1)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        context.RequireFloat(node, 0);
        if (input.Rank < 3)
        {
            throw context.Malformed(node, $"has an input of shape {input}, and needs [N, C, spatial axes].");
        }

        node.Output.Set(node.Required(0).Type, new Shape([input[0], input[1], .. Enumerable.Repeat(Dimension.One, input.Rank - 2)]));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        double[] data = x.ToDoubles();
        int planes = (int)(x.Dimensions[0] * x.Dimensions[1]);
        int length = planes == 0 ? 0 : data.Length / planes;
        var result = new double[planes];
        for (int i = 0; i < planes; i++)
        {
            ArraySegment<double> plane = new(data, i * length, length);
            result[i] = maximum ? plane.Aggregate(double.NegativeInfinity, Math.Max) : plane.Sum() / length;
        }

        return [Tensor.FromDoubles(x.Type, result, [x.Dimensions[0], x.Dimensions[1], .. Enumerable.Repeat(1L, x.Rank - 2)])];
    }
}
