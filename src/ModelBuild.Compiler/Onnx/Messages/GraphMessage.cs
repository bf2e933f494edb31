using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>GraphProto.</summary>
internal sealed class GraphMessage
{
    /// <summary>Far above any network; keeps what is quadratic in the number of nodes from becoming a hang.</summary>
    private const int NodeLimit = 65_536;

    private const int PortLimit = 4_096;

    public string Name { get; private set; } = string.Empty;

    public List<NodeMessage> Nodes { get; } = [];

    public List<TensorMessage> Initializers { get; } = [];

    public List<ValueInfoMessage> Inputs { get; } = [];

    public List<ValueInfoMessage> Outputs { get; } = [];

    public List<SparseTensorMessage> SparseInitializers { get; } = [];

    /// <summary>The same graph of other values and nodes.</summary>
    /// <param name="values">What each value is called there.</param>
    /// <param name="nodes">The nodes, those that stand for calls of functions taken apart.</param>
    public GraphMessage Copy(Func<string, string> values, IEnumerable<NodeMessage> nodes)
    {
        var copy = new GraphMessage { Name = Name };
        copy.Initializers.AddRange(Initializers.Select(i => i.Copy(values(i.Name))));
        copy.SparseInitializers.AddRange(SparseInitializers.Select(i => i.Copy(values(i.Name))));
        copy.Inputs.AddRange(Inputs.Select(i => i.Copy(values(i.Name))));
        copy.Outputs.AddRange(Outputs.Select(o => o.Copy(values(o.Name))));
        foreach (NodeMessage node in nodes)
        {
            copy.Nodes.Add(node);
            if (copy.Nodes.Count > NodeLimit)
            {
                throw OnnxFormatException.TooLarge($"a graph has more than {NodeLimit} nodes where functions are taken apart");
            }
        }

        return copy;
    }

    public static GraphMessage Read(WireReader reader)
    {
        var graph = new GraphMessage();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    graph.Nodes.Add(NodeMessage.Read(reader.Message()));
                    break;
                case 2:
                    graph.Name = reader.Text();
                    break;
                case 5:
                    graph.Initializers.Add(TensorMessage.Read(reader.Message()));
                    break;
                case 11:
                    graph.Inputs.Add(ValueInfoMessage.Read(reader.Message()));
                    break;
                case 12:
                    graph.Outputs.Add(ValueInfoMessage.Read(reader.Message()));
                    break;
                case 15:
                    graph.SparseInitializers.Add(SparseTensorMessage.Read(reader.Message()));
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (graph.Nodes.Count > NodeLimit || graph.Inputs.Count > NodeLimit || graph.Outputs.Count > PortLimit)
            {
                throw OnnxFormatException.TooLarge($"a graph has more than {NodeLimit} nodes or inputs, or more than {PortLimit} outputs");
            }
        }

        return graph;
    }
}
