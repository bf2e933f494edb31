using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Copies elements of any type: what evaluation of operators that only move data has in common.</summary>
internal static class Movement
{
    /// <summary>A tensor of the elements at given offsets of another.</summary>
    public static Tensor Gather(Tensor source, ReadOnlySpan<int> offsets, params ReadOnlySpan<long> dimensions)
    {
        int size = source.Type.Size();
        var data = new byte[(long)offsets.Length * size];
        ReadOnlySpan<byte> bytes = source.Data.Span;
        for (int i = 0; i < offsets.Length; i++)
        {
            bytes.Slice(offsets[i] * size, size).CopyTo(data.AsSpan(i * size));
        }

        return new Tensor(source.Type, dimensions, data);
    }

    /// <summary>Writes all elements of a tensor to given offsets of another's data.</summary>
    public static void Scatter(Tensor source, ReadOnlySpan<int> offsets, Span<byte> destination)
    {
        int size = source.Type.Size();
        ReadOnlySpan<byte> bytes = source.Data.Span;
        for (int i = 0; i < offsets.Length; i++)
        {
            bytes.Slice(i * size, size).CopyTo(destination[(offsets[i] * size)..]);
        }
    }

    /// <summary>Types whose elements lie in whole bytes, so that they can be moved.</summary>
    public static void RequireMovable(this InferenceContext context, Node node, int index) =>
        context.RequireType(node, index, node.Required(index).Type.Size() > 0);
}
