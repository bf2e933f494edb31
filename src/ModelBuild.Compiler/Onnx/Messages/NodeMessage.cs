using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>NodeProto.</summary>
internal sealed class NodeMessage
{
    public string Name { get; private set; } = string.Empty;

    public string Domain { get; private set; } = Domains.Onnx;

    public string Type { get; private set; } = string.Empty;

    /// <summary>Of a function of the model, which one of that name; otherwise empty.</summary>
    public string Overload { get; private set; } = string.Empty;

    /// <summary>Names of values. An empty name stands for an optional one that is absent.</summary>
    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<AttributeMessage> Attributes { get; } = [];

    public static NodeMessage Read(WireReader reader)
    {
        var node = new NodeMessage();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    node.Inputs.Add(reader.Text());
                    break;
                case 2:
                    node.Outputs.Add(reader.Text());
                    break;
                case 3:
                    node.Name = reader.Text();
                    break;
                case 4:
                    node.Type = reader.Text();
                    break;
                case 5:
                    node.Attributes.Add(AttributeMessage.Read(reader.Message()));
                    break;
                case 7:
                    node.Domain = CanonicalDomain(reader.Text());
                    break;
                case 8:
                    node.Overload = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }

    /// <summary>The same node on other values.</summary>
    /// <param name="name">Of the copy.</param>
    /// <param name="values">What each value is called there.</param>
    /// <param name="attributes">What each attribute is there; null where it is left out.</param>
    public NodeMessage Copy(string name, Func<string, string> values, Func<AttributeMessage, AttributeMessage?> attributes)
    {
        var copy = new NodeMessage { Name = name, Domain = Domain, Type = Type, Overload = Overload };
        copy.Inputs.AddRange(Inputs.Select(values));
        copy.Outputs.AddRange(Outputs.Select(values));
        copy.Attributes.AddRange(Attributes.Select(attributes).OfType<AttributeMessage>());
        return copy;
    }

    /// <summary><c>ai.onnx</c> is the long name of the default domain.</summary>
    public static string CanonicalDomain(string domain) => domain == "ai.onnx" ? Domains.Onnx : domain;
}
