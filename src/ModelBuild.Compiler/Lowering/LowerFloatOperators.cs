using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>Gives what is not fused the form its kernel has: pools, and GlobalAveragePool as the mean that it is.</summary>
internal sealed class LowerFloatOperators : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        foreach (Node node in graph.Nodes.Where(n => n.Domain.Length == 0).ToArray())
        {
            switch (node.Type)
            {
                case "MaxPool":
                    WindowAttributes.Write(Pooling.Window(node, context.Inference), node.Attributes);
                    Replace(graph, node, Domains.Internal, InternalOperators.MaximumPool);
                    break;
                case "GlobalMaxPool":
                    node.Attributes["kernel_shape"] = node.Required(0).KnownShape.Skip(2).Select(d => d.Value).ToArray();
                    WindowAttributes.Write(Pooling.Window(node, context.Inference), node.Attributes);
                    Replace(graph, node, Domains.Internal, InternalOperators.MaximumPool);
                    break;
                case "AveragePool":
                    WindowAttributes.WriteAverage(node, node.Attributes, context.Inference);
                    Replace(graph, node, Domains.Internal, InternalOperators.AveragePool);
                    break;
                case "GlobalAveragePool":
                    node.Attributes["axes"] = LowerQuantizedOperators.MeanAxes(node);
                    Replace(graph, node, Domains.Onnx, "ReduceMean");
                    break;
                case "ReduceMean":
                    node.Attributes["axes"] = LowerQuantizedOperators.MeanAxes(node);
                    node.SetInput(1, null);
                    break;
            }
        }

        graph.Sort();
        return true;
    }

    private static void Replace(Graph graph, Node node, string domain, string type)
    {
        Value output = node.Output;
        Value input = node.Required(0);
        var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal);
        graph.Remove(node);
        graph.Add(new Node(domain, type, node.Name, [input], [output], attributes));
    }
}
