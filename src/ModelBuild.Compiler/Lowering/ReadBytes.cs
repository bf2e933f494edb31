using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Bytes whose reals are quantized are codes already, with a scale of 1:
/// <code>
///   x u8 → Cast → Sub → Mul → Q → …   becomes   x u8 → DQ(1, 0) → Sub → Mul → Q → …
/// </code>
/// What lies between is then a table, or nothing where it is what the codes mean (<see cref="LowerQuantizedOperators"/>).
/// </summary>
internal sealed class ReadBytes : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node cast in graph.Nodes.Where(n => n.Is("Cast")).ToArray())
        {
            if (cast.Required(0) is { Type: DataType.UInt8, IsConstant: false } bytes && cast.Output.Type == DataType.Float32
                && EndsInCodes(graph, cast.Output))
            {
                Value output = cast.Output;
                graph.Remove(cast);
                Value scale = graph.NewConstant($"{output.Name}_scale", Tensor.Scalar(1));
                Value zeroPoint = graph.NewConstant($"{output.Name}_zero_point", Tensor.Of([(byte)0], []));
                graph.Add(new Node(Domains.Onnx, "DequantizeLinear", cast.Name, [bytes, scale, zeroPoint], [output]));
                changed = true;
            }
        }

        return changed;
    }

    /// <summary>Whether all that becomes of a value, but for sums and products with constants and movement, are codes.</summary>
    private static bool EndsInCodes(Graph graph, Value value) =>
        !graph.IsOutput(value) && value.Consumers.Count > 0 && value.Consumers.All(
            c => c.Is("QuantizeLinear") || ((IsAffine(c) || c.Is("Transpose") || c.Is("Reshape")) && EndsInCodes(graph, c.Output)));

    private static bool IsAffine(Node node) =>
        node.Domain.Length == 0 && node.Type is "Add" or "Sub" or "Mul" or "Div" && node.Inputs.Any(i => i!.IsConstant);
}
