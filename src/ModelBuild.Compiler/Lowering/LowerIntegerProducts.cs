using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Gives the products of integers that a model asks for by name the integer kernels, whose accumulators are their results:
/// <code>
///   codes → MatMulInteger(w, z) → int32        becomes   codes (1, z) → Gemm(w) → int32
///   codes → ConvInteger(w, z) → int32          becomes   codes (1, z) → Convolution(w) → int32
/// </code>
/// Import has left only constant int8 weights (<see cref="IntegerProduct"/>). Kernels know unsigned codes only.
/// </summary>
internal sealed class LowerIntegerProducts : IPass
{
    private const int SignOffset = 128;

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        Node[] nodes = [.. graph.Nodes.Where(n => n.Is("MatMulInteger") || n.Is("ConvInteger"))];
        foreach (Node node in nodes)
        {
            Lower(graph, node, context);
        }

        return nodes.Length > 0;
    }

    private static void Lower(Graph graph, Node node, PassContext context)
    {
        bool isConvolution = node.Is("ConvInteger");
        Value codes = node.Required(0);
        int zeroPoint = (int)(node.Input(2)?.Constant!.ToInt64s()[0] ?? 0);
        if (codes.Type == DataType.Int8)
        {
            codes = graph.Add(
                Domains.Internal, InternalOperators.FlipSign, node.Name, [codes], $"{codes.Name}_unsigned", DataType.UInt8, codes.Shape);
            zeroPoint += SignOffset;
        }

        // Others may understand the same codes otherwise.
        Value integers = graph.Add(
            Domains.Internal, InternalOperators.Reinterpret, node.Name, [codes], $"{codes.Name}_integers", DataType.UInt8, codes.Shape);
        integers.Quantization = new QuantizationParameters(1, zeroPoint);
        Value source = node.Required(1);
        Value weights =
            graph.NewConstant(source.Name, isConvolution ? source.Constant! : AnchorOperands.Transpose<sbyte>(source.Constant!));
        weights.Quantization = new QuantizationParameters(1, 0);
        (weights.Name, source.Name) = (source.Name, weights.Name);
        var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal);
        if (isConvolution)
        {
            WindowAttributes.Write(Conv.Window(node, context.Inference), attributes);
        }

        Value output = node.Output;
        graph.Remove(node);
        graph.Add(new Node(
            Domains.Internal, isConvolution ? InternalOperators.Convolution : InternalOperators.Gemm, node.Name, [integers, weights, null],
            [output], attributes));
    }
}
