using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>ModelProto: what the importer wants of it. Documentation, metadata and training graphs are skipped.</summary>
internal sealed class ModelMessage
{
    public long? IrVersion { get; private set; }

    public string Producer { get; private set; } = string.Empty;

    public GraphMessage? Graph { get; private set; }

    /// <summary>Operator sets by domain; the default domain is the empty string.</summary>
    public SortedDictionary<string, long> Opsets { get; } = new(StringComparer.Ordinal);

    /// <summary>Operators that the model defines itself.</summary>
    public List<FunctionMessage> Functions { get; } = [];

    public static ModelMessage Read(ReadOnlyMemory<byte> file)
    {
        var model = new ModelMessage();
        try
        {
            model.ReadFields(new WireReader(file));
        }
        catch (OnnxFormatException) when (model.IrVersion is null)
        {
            // A model begins with its version. What does not is something else, not a damaged model.
            throw new OnnxFormatException(DiagnosticCodes.NotOnnx, ForeignFile.Describe(file.Span));
        }

        // A model that consists of calls need not say which operators its functions consist of.
        foreach ((string domain, long version) in model.Functions.SelectMany(f => f.Opsets))
        {
            model.Opsets.TryAdd(domain, version);
        }

        return model.Graph is not null || model.IrVersion is not null
            ? model
            : throw new OnnxFormatException(DiagnosticCodes.NotOnnx, ForeignFile.Describe(file.Span));
    }

    private void ReadFields(WireReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    IrVersion = reader.Int();
                    break;
                case 2:
                    Producer = reader.Text();
                    break;
                case 7:
                    Graph = GraphMessage.Read(reader.Message());
                    break;
                case 8:
                    ReadOpset(reader.Message(), Opsets);
                    break;
                case 25:
                    Functions.Add(FunctionMessage.Read(reader.Message()));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    /// <summary>Reads one operator set into a list of them.</summary>
    public static void ReadOpset(WireReader reader, SortedDictionary<string, long> opsets)
    {
        string domain = string.Empty;
        long version = 0;
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    domain = NodeMessage.CanonicalDomain(reader.Text());
                    break;
                case 2:
                    version = reader.Int();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        opsets[domain] = version;
    }
}
