using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>ValueInfoProto: name, element type and shape of an input or output.</summary>
internal sealed class ValueInfoMessage
{
    private const int RankLimit = 64;

    public string Name { get; private set; } = string.Empty;

    /// <summary>False for sequences, maps, optional and sparse values.</summary>
    public bool IsTensor { get; private set; }

    public DataType ElementType { get; private set; }

    /// <summary>Null where the file says nothing of the shape.</summary>
    public List<DimensionMessage>? Shape { get; private set; }

    /// <summary>The same type under another name.</summary>
    public ValueInfoMessage Copy(string name)
    {
        var copy = (ValueInfoMessage)MemberwiseClone();
        copy.Name = name;
        return copy;
    }

    public static ValueInfoMessage Read(WireReader reader)
    {
        var info = new ValueInfoMessage();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    info.Name = reader.Text();
                    break;
                case 2:
                    info.ReadType(reader.Message());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return info;
    }

    private void ReadType(WireReader reader)
    {
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                IsTensor = true;
                ReadTensorType(reader.Message());
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadTensorType(WireReader reader)
    {
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    ElementType = TensorMessage.ReadType(reader);
                    break;
                case 2:
                    ReadShape(reader.Message());
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
    }

    private void ReadShape(WireReader reader)
    {
        Shape = [];
        while (reader.Next())
        {
            if (reader.Field == 1)
            {
                Shape.Add(DimensionMessage.Read(reader.Message()));
                if (Shape.Count > RankLimit)
                {
                    throw OnnxFormatException.TooLarge($"'{Name}' has more than {RankLimit} dimensions");
                }
            }
            else
            {
                reader.Skip();
            }
        }
    }
}
