using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Brings every Gemm to one form: A [M, K] as it is, B [N, K] (transB = 1), alpha = beta = 1, and C a vector [N] or absent.
/// <code>
///   Gemm (alpha, beta, transA, B [K, N], C [1, N])        ⇒        Gemm (B' [N, K], C' [N])
///   Gemm (C [M, N])                                       ⇒        Gemm ──► Add C
/// </code>
/// Factors go into constants where there are any, or into their scales; transpositions become nodes, which folding takes into the
/// constants.
/// </summary>
internal sealed class NormalizeGemm : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Gemm")).ToArray())
        {
            changed |= ApplyAlpha(graph, context, node);
            changed |= ApplyBeta(graph, context, node);
            changed |= Transpose(graph, context, node, "transA", 0, wanted: 0);
            changed |= Transpose(graph, context, node, "transB", 1, wanted: 1);
            changed |= NormalizeAddend(graph, context, node);
        }

        return changed;
    }

    private static bool Transpose(Graph graph, PassContext context, Node node, string attribute, int input, long wanted)
    {
        if ((node.Int(attribute) != 0 ? 1 : 0) == wanted)
        {
            return false;
        }

        node.SetInput(input, graph.AppendTranspose(context, node.Name, node.Required(input)));
        node.Attributes[attribute] = wanted;
        return true;
    }

    private static bool ApplyAlpha(Graph graph, PassContext context, Node node)
    {
        if (!node.Attributes.Remove("alpha", out AttributeValue? alpha))
        {
            return false;
        }

        if (alpha.Float != 1)
        {
            bool isOfWeights = node.Required(1).Constant is { } weights
                ? StayFinite(weights, alpha.Float)
                : ScaledCodes(node.Required(1), alpha.Float) is not null;
            int input = isOfWeights ? 1 : 0;
            node.SetInput(input, Scaled(graph, context, node, node.Required(input), alpha.Float));
        }

        return true;
    }

    private static bool StayFinite(Tensor weights, float factor) => weights.Type != DataType.Float32 || weights.Length == 0
        || Math.Abs((double)TensorPrimitives.MaxMagnitude(weights.Span<float>()) * factor) <= float.MaxValue;

    private static bool ApplyBeta(Graph graph, PassContext context, Node node)
    {
        if (!node.Attributes.Remove("beta", out AttributeValue? beta))
        {
            return false;
        }

        if (beta.Float != 1 && node.Input(2) is { } addend)
        {
            node.SetInput(2, beta.Float == 0 ? null : Scaled(graph, context, node, addend, beta.Float));
        }

        return true;
    }

    private static Value Scaled(Graph graph, PassContext context, Node node, Value value, float factor)
    {
        if (ScaledCodes(value, factor) is { } scales)
        {
            Node codes = value.Producer!;
            Value[] inputs = [codes.Required(0), graph.NewConstant(node.Name + "_scale", scales), .. codes.Inputs.Skip(2).OfType<Value>()];
            return graph.Append(context, "DequantizeLinear", node.Name, inputs, value.Name + "_scaled",
                [.. codes.Attributes.Select(a => (a.Key, a.Value))]);
        }

        Value constant = graph.NewConstant(node.Name + "_factor", Tensor.FromDoubles(value.Type, [factor]));
        return graph.Append(context, "Mul", node.Name, [value, constant], value.Name + "_scaled");
    }

    /// <summary>
    /// The scales with which a dequantized constant is that many times as large; null where it is none, or where they would not be scales.
    /// </summary>
    private static Tensor? ScaledCodes(Value value, float factor)
    {
        if (!Rewriting.IsDequantizedConstant(value) || value.Producer!.Required(1).Constant is not { Type: DataType.Float32 } scales)
        {
            return null;
        }

        double[] scaled = [.. scales.ToDoubles().Select(s => (float)(s * factor))];
        return scaled.All(s => s > 0 && float.IsNormal((float)s)) ? Tensor.FromDoubles(scales.Type, scaled, [.. scales.Dimensions]) : null;
    }

    private static bool NormalizeAddend(Graph graph, PassContext context, Node node)
    {
        Shape output = node.Output.KnownShape;
        if (node.Input(2) is not { Shape: { } shape } addend || (shape.Rank == 1 && shape[0].Equals(output[1]) && IsWeight(addend)))
        {
            return false;
        }

        // One for each column, in other words: as a constant, or dequantized with one scale.
        if (Rewriting.PerChannel(addend, output, 1) is { } bias)
        {
            node.SetInput(2, graph.NewConstant(addend.Name, Tensor.FromDoubles(addend.Type, bias, bias.Length)));
            return true;
        }

        bool isRow = shape.Rank == 2 && shape[0].Equals(Dimension.One) && shape[1].Equals(output[1]);
        if (isRow && IsWeight(addend) && addend.Producer!.Required(1).KnownShape.Length.Equals(Dimension.One))
        {
            Value target = graph.NewConstant(node.Name + "_shape", Tensor.Of([-1L], 1));
            node.SetInput(2, graph.Append(context, "Reshape", node.Name, [addend, target], addend.Name + "_vector"));
            return true;
        }

        Value product = graph.NewValue(node.Output.Name + "_product", node.Output.Type, output);
        Value sum = node.Output;
        node.SetInput(2, null);
        node.SetOutput(0, product);
        graph.Add(new Node(Domains.Onnx, "Add", node.Name, [product, addend], [sum]));
        return true;
    }

    private static bool IsWeight(Value value) => value.IsConstant || Rewriting.IsDequantizedConstant(value);
}
