using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// MatMul of two tensors of codes by their integers, as in attention:
/// <code>
///   l → DQ, r → DQ → MatMul → Mul(scalar) → Q      becomes     l, r → QuantizedMatMul → codes
///   l → DQ, r → DQ → MatMul                        becomes     l, r → QuantizedMatMul → reals
/// </code>
/// Clamps before the quantization become bounds of the codes.
/// </summary>
/// <param name="toReals">
/// Whether reals are a result. <see cref="FuseAttention"/> comes first: where scores stay real up to the second product, never having all
/// of them in memory is worth more than the first product's integers.
/// </param>
internal sealed class LowerQuantizedProducts(bool toReals) : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node product in graph.Nodes.Where(IsProductOfCodes).ToArray())
        {
            changed |= ToCodes(graph, product) || (toReals && ToReals(graph, product));
        }

        graph.RemoveDead();
        return changed;
    }

    /// <summary>
    /// True for a product of two computed matrices that integers have a kernel for. The sum of as many products as there are has to fit
    /// into 32 bits; lengths that the run decides are checked there.
    /// </summary>
    public static bool HasIntegerForm(Node node) =>
        node.Is("MatMul") && node.Inputs.All(i => i is { IsConstant: false, KnownShape.Rank: >= 2 })
        && node.Required(0).KnownShape[^1] is var inner && (!inner.IsConstant || inner.Value <= QuantizedMatrixProduct.MaximumInner);

    private static bool IsProductOfCodes(Node node) =>
        HasIntegerForm(node) && node.Inputs.All(i => QuantizedValues.QuantizedOf(i) is { Quantization.IsPerTensor: true });

    private static bool ToCodes(Graph graph, Node product)
    {
        Value real = product.Output;
        float factor = 1;
        var clamp = new Clamp();
        while (graph.IsPrivate(real) && real.Consumers[0] is { } next && next.Output.KnownShape.Equals(real.KnownShape))
        {
            if (Clamp.IsClamp(next))
            {
                clamp = clamp.Then(Clamp.Of(next));
            }
            else if (clamp.IsNone && FactorOf(next, real) is { } scale)
            {
                factor *= scale;
            }
            else
            {
                break;
            }

            real = next.Output;
        }

        if (QuantizedValues.OnlyQuantized(graph, real) is not { } quantizers || !float.IsFinite(factor)
            || quantizers[0].Output is not { Type: DataType.UInt8, Quantization: { IsPerTensor: true } parameters })
        {
            return false;
        }

        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["factor"] = factor };
        clamp.Write(attributes);
        Value codes = Add(graph, product, quantizers[0].Output.Name, DataType.UInt8, attributes);
        codes.Quantization = parameters;
        QuantizedValues.ReplaceQuantizers(graph, quantizers, codes);
        return true;
    }

    private static bool ToReals(Graph graph, Node product)
    {
        Value reals = Add(graph, product, product.Output.Name, DataType.Float32, AttributeValue.ByName());
        graph.ReplaceUses(product.Output, reals);
        graph.Remove(product);
        return true;
    }

    private static Value Add(
        Graph graph, Node product, string name, DataType type, IReadOnlyDictionary<string, AttributeValue> attributes) => graph.Add(
            Domains.Internal, InternalOperators.QuantizedMatMul, product.Name,
            [.. product.Inputs.Select(QuantizedValues.QuantizedOf)], name, type, product.Output.Shape, attributes);

    /// <summary>What a node multiplies one of its inputs by, or null.</summary>
    private static float? FactorOf(Node node, Value input)
    {
        bool isFirst = node.Input(0) == input;
        return (node.Is("Mul") || (node.Is("Div") && isFirst)) && node.Required(isFirst ? 1 : 0).Constant is { Length: 1 } scalar
            ? node.Is("Mul") ? scalar.ToFloats()[0] : 1 / scalar.ToFloats()[0]
            : null;
    }
}
