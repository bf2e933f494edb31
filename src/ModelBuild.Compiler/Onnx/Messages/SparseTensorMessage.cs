using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Wire;

namespace ModelBuild.Compiler.Onnx.Messages;

/// <summary>SparseTensorProto: the elements of a tensor that are not zero, and where they stand.</summary>
internal sealed class SparseTensorMessage
{
    /// <summary>What a tensor may take once its zeros are there: a file of a few bytes may ask for any number of them.</summary>
    private const long MostBytes = 1L << 27;

    private const int RankLimit = 1024;

    private readonly List<long> _dimensions = [];
    private TensorMessage? _values;
    private TensorMessage? _indices;

    /// <summary>That of its values.</summary>
    public string Name => _values?.Name ?? string.Empty;

    public static SparseTensorMessage Read(WireReader reader)
    {
        var tensor = new SparseTensorMessage();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    tensor._values = TensorMessage.Read(reader.Message());
                    break;
                case 2:
                    tensor._indices = TensorMessage.Read(reader.Message());
                    break;
                case 3:
                    reader.Ints(tensor._dimensions, RankLimit);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return tensor;
    }

    /// <summary>The same data under another name.</summary>
    public SparseTensorMessage Copy(string name)
    {
        var copy = (SparseTensorMessage)MemberwiseClone();
        copy._values = _values?.Copy(name);
        return copy;
    }

    /// <summary>The tensor with its zeros. Places are counted through the whole tensor, or along each of its axes.</summary>
    /// <param name="loadExternal">As for <see cref="TensorMessage.ToTensor"/>.</param>
    public Tensor ToTensor(Func<TensorMessage, long, ReadOnlyMemory<byte>> loadExternal)
    {
        if (_values is null || _indices is null)
        {
            throw Malformed("has no values or no indices");
        }

        Tensor values = _values.ToTensor(loadExternal);
        Tensor indices = _indices.ToTensor(loadExternal);
        int size = values.Type.Size();
        double bytes = _dimensions.Aggregate((double)size, (product, d) => product * d);
        if (size == 0)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature, $"sparse tensor '{Name}' has elements of type {values.Type}, which is not supported");
        }

        if (_dimensions.Any(d => d < 0))
        {
            throw Malformed($"has the dimensions [{string.Join(",", _dimensions)}]");
        }

        if (bytes > MostBytes)
        {
            throw OnnxFormatException.TooLarge(
                $"sparse tensor '{Name}' is {values.Type}[{string.Join(",", _dimensions)}], and {MostBytes} bytes are supported");
        }

        long count = values.Length;
        bool isLinear = indices.Rank == 1;
        if (values.Rank != 1 || indices.Type != DataType.Int64
            || !(isLinear ? indices.Length == count : indices.Dimensions.SequenceEqual([count, _dimensions.Count])))
        {
            throw Malformed($"has values of shape {values.Shape} at {indices.Type}{indices.Shape}");
        }

        long length = _dimensions.Aggregate(1L, (product, d) => product * d);
        ReadOnlySpan<long> places = indices.ToInt64s();
        byte[] dense = new byte[length * size];
        for (int i = 0; i < count; i++)
        {
            long place = isLinear ? places[i] : Place(places.Slice(i * _dimensions.Count, _dimensions.Count));
            if (place < 0 || place >= length)
            {
                throw Malformed("has an index that lies outside of it");
            }

            values.Data.Span.Slice(i * size, size).CopyTo(dense.AsSpan((int)(place * size), size));
        }

        return new Tensor(values.Type, [.. _dimensions], dense);
    }

    /// <summary>Minus one where an axis has no such place.</summary>
    private long Place(ReadOnlySpan<long> indices)
    {
        long place = 0;
        for (int axis = 0; axis < indices.Length; axis++)
        {
            if (indices[axis] < 0 || indices[axis] >= _dimensions[axis])
            {
                return -1;
            }

            place = (place * _dimensions[axis]) + indices[axis];
        }

        return place;
    }

    private OnnxFormatException Malformed(string what) => new(DiagnosticCodes.MalformedGraph, $"sparse tensor '{Name}' {what}");
}
