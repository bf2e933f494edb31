using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Brings the tensors that lie in files beside a model into it, so that it can be loaded from memory. All else stays as it is, also what
/// this compiler does not know.
/// </summary>
internal sealed class ExternalDataInliner(ExternalData external)
{
    /// <summary>ONNX's messages that have tensors somewhere in them.</summary>
    private enum Kind
    {
        Model,
        Graph,
        Node,
        Attribute,
        Function,
        SparseTensor,
        Tensor,
    }

    /// <summary>The model in one piece; the file itself where it is that already.</summary>
    public WireWriter Inline(ReadOnlyMemory<byte> file)
    {
        WireWriter whole = Copy(file, Kind.Model);
        if (external.Files.Count > 0)
        {
            return whole;
        }

        var same = new WireWriter();
        same.Fields(file);
        return same;
    }

    private WireWriter Copy(ReadOnlyMemory<byte> message, Kind kind)
    {
        if (kind == Kind.Tensor && TensorMessage.Read(new WireReader(message)) is { External: not null } tensor)
        {
            return CopyTensor(message, tensor.ToTensor(external.Load).Data);
        }

        var copy = new WireWriter();
        var reader = new WireReader(message);
        while (reader.Next())
        {
            if (Inner(kind, reader.Field) is Kind inner)
            {
                copy.Message(reader.Field, Copy(reader.Bytes(), inner));
            }
            else
            {
                copy.Fields(reader.Whole());
            }
        }

        return copy;
    }

    private static WireWriter CopyTensor(ReadOnlyMemory<byte> message, ReadOnlyMemory<byte> data)
    {
        const int RawData = 9;
        const int ExternalEntries = 13;
        const int Location = 14;
        var copy = new WireWriter();
        var reader = new WireReader(message);
        while (reader.Next())
        {
            if (reader.Field is RawData or ExternalEntries or Location)
            {
                reader.Skip();
            }
            else
            {
                copy.Fields(reader.Whole());
            }
        }

        copy.Bytes(RawData, data);
        return copy;
    }

    /// <summary>What the field of a message holds.</summary>
    private static Kind? Inner(Kind kind, int field) => (kind, field) switch
    {
        (Kind.Model, 7) => Kind.Graph,
        (Kind.Model, 25) => Kind.Function,
        (Kind.Graph, 1) => Kind.Node,
        (Kind.Graph, 5) => Kind.Tensor,
        (Kind.Graph, 15) => Kind.SparseTensor,
        (Kind.Node, 5) => Kind.Attribute,
        (Kind.Function, 7) => Kind.Node,
        (Kind.Function, 11) => Kind.Attribute,
        (Kind.Attribute, 5 or 10) => Kind.Tensor,
        (Kind.Attribute, 6 or 11) => Kind.Graph,
        (Kind.Attribute, 22 or 23) => Kind.SparseTensor,
        (Kind.SparseTensor, 1 or 2) => Kind.Tensor,
        _ => null,
    };
}
