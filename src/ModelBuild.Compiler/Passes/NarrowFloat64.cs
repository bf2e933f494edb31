using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// In the modes that make a model smaller, one in float64, as scikit-learn's converters write them, keeps its ports and computes in
/// float32 between them, which a warning says (MODELB2010).
/// <code>
///   x (f64) ──► Gemm ──► y (f64)        ⇒        x (f64) ──► Cast ──► Gemm (f32) ──► Cast ──► y (f64)
/// </code>
/// </summary>
internal sealed class NarrowFloat64 : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        // Conversions at the ports and constants may stay what they are.
        if (context.KeepsFloat64
            || !graph.Nodes.Any(n => !n.Is("Cast") && n.Inputs.Any(i => i is { Type: DataType.Float64, IsConstant: false })))
        {
            return false;
        }

        foreach (Value value in graph.Values().Where(v => v.Constant is { Type: DataType.Float64 }).ToArray())
        {
            value.Constant = Narrow(value.Constant!);
            value.Type = DataType.Float32;
        }

        foreach (Node node in graph.Nodes.ToArray())
        {
            foreach ((string name, AttributeValue attribute) in node.Attributes.ToArray())
            {
                if (attribute.Kind == AttributeKind.Tensor && attribute.Tensor.Type == DataType.Float64)
                {
                    node.Attributes[name] = Narrow(attribute.Tensor);
                }
            }

            if (node.Is("Cast") && node.Int("to") == (long)DataType.Float64)
            {
                node.Attributes["to"] = (long)DataType.Float32;
            }
        }

        foreach (Value input in graph.Inputs.Where(i => i.Type == DataType.Float64).ToArray())
        {
            Node[] readers = [.. input.Consumers.Distinct()];
            Value narrow = Cast(graph, input, $"{input.Name}_float32", DataType.Float32);
            foreach (Node reader in readers)
            {
                reader.ReplaceInput(input, narrow);
            }
        }

        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            Value output = graph.Outputs[i];
            if (output.Type == DataType.Float64 && output.Producer is not null)
            {
                Value wide = Cast(graph, output, output.Name, DataType.Float64);
                (wide.Name, output.Name) = (output.Name, wide.Name);
                graph.Outputs[i] = wide;
            }
        }

        new ShapeInference().Run(graph, context);
        context.Findings.Add(new Finding(
            DiagnosticCodes.ComputedInFloat32, FindingSeverity.Warning,
            $"Model '{Path.GetFileName(context.Inference.File)}' computes in float64; here it is computed in float32, with float64 at its "
                + "inputs and outputs only. Export it in float32 to be rid of the conversions; Mode=\"fp32\" computes in float64 where "
                + "the model does.",
            context.Inference.File));
        return true;
    }

    private static Value Cast(Graph graph, Value value, string name, DataType type) => graph.Add(
        Domains.Onnx, "Cast", value.Name, [value], name, type, value.Shape,
        new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)type });

    private static Tensor Narrow(Tensor tensor) => Tensor.FromDoubles(DataType.Float32, tensor.ToDoubles(), [.. tensor.Dimensions]);
}
