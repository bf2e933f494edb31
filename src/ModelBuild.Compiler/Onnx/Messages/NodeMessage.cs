using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>NodeProto.</summary>
internal sealed class NodeMessage
{
    public string Name { get; private set; } = string.Empty;

    public string Domain { get; private set; } = Domains.Onnx;

    public string Type { get; private set; } = string.Empty;

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
                default:
                    reader.Skip();
                    break;
            }
        }

        return node;
    }

    /// <summary><c>ai.onnx</c> is the long name of the default domain.</summary>
    public static string CanonicalDomain(string domain) => domain == "ai.onnx" ? Domains.Onnx : domain;
}
