using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// (x − mean) / √(variance + epsilon) · scale + bias for each channel of [N, C, …], or of [N], which has one, with the statistics of
/// training.
/// </summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__BatchNormalization.html, since opset 1. In training mode it is a combination of others. Gaps: the
/// outputs of training before opset 14; <c>spatial</c> = 0 of opsets 7 and 8.
/// </remarks>
internal sealed class BatchNormalization() : Operator(
    5, 5, ("epsilon", AttributeKind.Float), ("momentum", AttributeKind.Float), ("training_mode", AttributeKind.Int))
{
    /// <summary>A node with constant parameters as a factor and a summand for each channel.</summary>
    public static (double[] Factors, double[] Summands) Affine(Node node) =>
        Affine(node, node.Required(1).Constant!, node.Required(2).Constant!, node.Required(3).Constant!, node.Required(4).Constant!);

    private static (double[] Factors, double[] Summands) Affine(Node node, Tensor scale, Tensor bias, Tensor mean, Tensor variance)
    {
        double[] factors = scale.ToDoubles();
        double[] summands = bias.ToDoubles();
        double[] means = mean.ToDoubles();
        double[] variances = variance.ToDoubles();
        for (int c = 0; c < factors.Length; c++)
        {
            factors[c] /= Math.Sqrt(variances[c] + node.Float("epsilon", 1e-5f));
            summands[c] -= means[c] * factors[c];
        }

        return (factors, summands);
    }

    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context) =>
        node.Attributes.TryGetValue("training_mode", out AttributeValue? training) && training.Raw is long and not 0
            ? Composites.BatchStatistics.TakeApart(graph, node, context)
            : node.Required(0).KnownShape.Rank == 1 ? Composites.VectorNormalization.TakeApart(graph, node, context)
            : null;

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireFloat(node, 0);
        if (input.KnownShape.Rank < 2)
        {
            throw context.Malformed(node, $"has an input of shape {input.Shape}, and needs [N, C, …].");
        }

        Dimension channels = input.KnownShape[1];
        for (int i = 1; i < 5; i++)
        {
            context.RequireFloat(node, i);
            Shape parameters = node.Required(i).KnownShape;
            if (parameters.Rank != 1 || (channels.IsConstant && parameters.IsConstant && !parameters[0].Equals(channels)))
            {
                throw context.Malformed(node, $"has parameters of shape {parameters} for {channels} channels.");
            }

            // As for convolutions, the run could compare them, but folding needs the number.
            if (!parameters[0].Equals(channels) && context.Unify?.Invoke(channels, parameters[0]) != true)
            {
                throw context.Unbound(
                    node, $"has parameters of shape {parameters} for {channels} channels.", channels, parameters[0]);
            }
        }

        node.Output.Set(input.Type, input.KnownShape);
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        (double[] factors, double[] summands) = Affine(node, inputs[1]!, inputs[2]!, inputs[3]!, inputs[4]!);
        double[] values = x.ToDoubles();
        long inner = x.Shape.Product(2, x.Rank).Value;
        for (int i = 0; i < values.Length; i++)
        {
            long channel = i / inner % factors.Length;
            values[i] = (values[i] * factors[channel]) + summands[channel];
        }

        return [Tensor.FromDoubles(x.Type, values, [.. x.Dimensions])];
    }
}
