using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>FunctionProto: an operator that a model defines itself, as a graph of others.</summary>
internal sealed class FunctionMessage
{
    public string Name { get; private set; } = string.Empty;

    public string Domain { get; private set; } = string.Empty;

    /// <summary>Tells functions of one name apart; empty where there is one.</summary>
    public string Overload { get; private set; } = string.Empty;

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    public List<NodeMessage> Nodes { get; } = [];

    /// <summary>Attributes with the value that they have where a call does not give one.</summary>
    public List<AttributeMessage> Defaults { get; } = [];

    /// <summary>Operator sets by domain, as in a model.</summary>
    public SortedDictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    public static FunctionMessage Read(WireReader reader)
    {
        var function = new FunctionMessage();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    function.Name = reader.Text();
                    break;
                case 4:
                    function.Inputs.Add(reader.Text());
                    break;
                case 5:
                    function.Outputs.Add(reader.Text());
                    break;
                case 7:
                    function.Nodes.Add(NodeMessage.Read(reader.Message()));
                    break;
                case 9:
                    ModelMessage.ReadOpset(reader.Message(), function.Opsets);
                    break;
                case 10:
                    function.Domain = NodeMessage.CanonicalDomain(reader.Text());
                    break;
                case 11:
                    function.Defaults.Add(AttributeMessage.Read(reader.Message()));
                    break;
                case 13:
                    function.Overload = reader.Text();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return function;
    }
}
