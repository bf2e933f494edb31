using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// A float32 constant that a node multiplies with or looks rows up in: nearly all of a model's bytes are such weights. Seen as
/// [<see cref="Outer"/>, <see cref="Terms"/>, <see cref="Inner"/>], the elements along the middle axis are the terms of one sum.
/// </summary>
/// <param name="Value">The constant.</param>
/// <param name="Outer">Elements before the terms.</param>
/// <param name="Terms">1 where nothing is added up.</param>
/// <param name="Inner">Elements behind the terms.</param>
internal readonly record struct WeightOperand(Value Value, int Outer, int Terms, int Inner)
{
    /// <summary>The weights of a node.</summary>
    /// <param name="node">Any node.</param>
    /// <param name="computed">Values that convolutions and products have a part in: a table whose rows are looked up by these is none of
    /// embeddings but, say, of the boxes that a detector picks from, and their coordinates are not to be rounded.</param>
    public static IEnumerable<WeightOperand> Of(Node node, HashSet<Value> computed) => node.Type switch
    {
        _ when node.Domain != Domains.Onnx => [],
        "Conv" => Summed(node, 1, first: 1, last: int.MaxValue),
        "Gemm" => [.. Matrix(node, 0, node.Int("transA") == 0), .. Matrix(node, 1, node.Int("transB") != 0)],
        "MatMul" => [.. Matrix(node, 0, termsLast: true), .. Matrix(node, 1, termsLast: false)],
        "LSTM" or "GRU" or "RNN" => [.. Summed(node, 1, first: 2, last: 2), .. Summed(node, 2, first: 2, last: 2)],
        "Gather" when !computed.Contains(node.Required(1)) => Table(node),
        _ => [],
    };

    private static IEnumerable<WeightOperand> Matrix(Node node, int input, bool termsLast)
    {
        int back = termsLast ? 1 : 2;
        return Constant(node, input) is { Constant.Rank: var rank } ? Summed(node, input, rank - back, rank - back) : [];
    }

    private static IEnumerable<WeightOperand> Table(Node node) =>
        Constant(node, 0) is { } table ? [new WeightOperand(table, (int)table.Constant!.Length, 1, 1)] : [];

    /// <summary>The terms run over the axes from one to another, that included.</summary>
    private static IEnumerable<WeightOperand> Summed(Node node, int input, int first, int last)
    {
        if (Constant(node, input) is { Constant: { } constant } value && constant.Rank > first)
        {
            int end = (int)Math.Min(last + 1L, constant.Rank);
            yield return new WeightOperand(
                value, Product(constant, 0, first), Product(constant, first, end), Product(constant, end, constant.Rank));
        }
    }

    private static Value? Constant(Node node, int input) =>
        node.Input(input) is { Constant: { Type: DataType.Float32, Rank: >= 2, Length: > 0 } } value ? value : null;

    private static int Product(Tensor constant, int first, int end) => (int)constant.Shape.Product(first, end).Value;
}
