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
internal sealed class LowerQuantizedProducts : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node product in graph.Nodes.Where(IsProductOfCodes).ToArray())
        {
            ToCodes(graph, product);
            changed = true;
        }

        graph.RemoveDead();
        return changed;
    }

    /// <summary>The sum of as many products as there are has to fit into 32 bits; lengths that the run decides are checked there.</summary>
    private static bool IsProductOfCodes(Node node) =>
        node.Is("MatMul") && node.Inputs.All(i => QuantizedValues.QuantizedOf(i) is { Quantization.IsPerTensor: true })
        && node.Inputs.All(i => i!.KnownShape.Rank >= 2) && node.Required(0).KnownShape[^1] is var inner
        && (!inner.IsConstant || inner.Value <= QuantizedMatrixProduct.MaximumInner);

    private static void ToCodes(Graph graph, Node product)
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
            else if (clamp.IsNone && next.Type is "Mul" or "Div" && next.Domain.Length == 0
                && next.Inputs.FirstOrDefault(i => i != real)?.Constant is { Length: 1 } scalar
                && (next.Is("Mul") || next.Required(0) == real))
            {
                factor = next.Is("Mul") ? factor * scalar.ToFloats()[0] : factor / scalar.ToFloats()[0];
            }
            else
            {
                break;
            }

            real = next.Output;
        }

        Value[] inputs = [.. product.Inputs.Select(i => QuantizedValues.QuantizedOf(i)!)];
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        if (QuantizedValues.OnlyQuantized(graph, real) is { } quantizers && float.IsFinite(factor))
        {
            clamp.Write(attributes);
            attributes["factor"] = factor;
            Value codes = graph.Add(
                Domains.Internal, InternalOperators.QuantizedMatMul, product.Name, inputs, quantizers[0].Output.Name, DataType.UInt8,
                real.Shape, attributes);
            codes.Quantization = quantizers[0].Output.Quantization;
            foreach (Node quantize in quantizers.Distinct())
            {
                graph.ReplaceUses(quantize.Output, codes);
                graph.Remove(quantize);
            }

            return;
        }

        Value reals = graph.Add(
            Domains.Internal, InternalOperators.QuantizedMatMul, product.Name, inputs, product.Output.Name, DataType.Float32,
            product.Output.Shape, attributes);
        graph.ReplaceUses(product.Output, reals);
        graph.Remove(product);
    }
}
