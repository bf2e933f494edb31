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
/// <param name="Axis">Of the outputs, or of the rows of a table.</param>
/// <param name="BlockAxis">Along which neighbours are alike enough to be cut in blocks; negative where none is.</param>
internal readonly record struct WeightOperand(Value Value, int Outer, int Terms, int Inner, int Axis, int BlockAxis)
{
    /// <summary>The weights of a graph and its bodies that may be stored in fewer bits, each with the graph that it stands in.</summary>
    /// <param name="computed">What products have a part in, of each graph.</param>
    public static IReadOnlyList<(Graph Graph, WeightOperand Weights)> Find(
        Graph graph, out IReadOnlyDictionary<Graph, HashSet<Value>> computed)
    {
        Dictionary<Graph, HashSet<Value>> behind = graph.AllGraphs().ToDictionary(g => g, QuantizationPoints.BehindAnchors);
        computed = behind;
        return
        [
            .. behind.SelectMany(g => g.Key.Nodes.Except(Spectra.Find(g.Key, g.Value))
                .SelectMany(n => Of(n, g.Value)).DistinctBy(w => w.Value).Select(w => (g.Key, w))),
        ];
    }

    /// <summary>Elements of the weights that arrive as codes: with them, what is small beside the others stays so in a model that is read
    /// back.</summary>
    public static long CodedElements(Graph graph) => graph.AllGraphs().SelectMany(g => g.Nodes)
        .Where(n => n.Is("DequantizeLinear") && n.Required(0) is { Constant.Rank: >= 2 })
        .Select(n => n.Required(0)).Distinct().Sum(codes => codes.Constant!.Length);

    /// <summary>
    /// The weights in which an element that is not rounded saves the most noise, as many as together are a part of all elements.
    /// </summary>
    /// <param name="weights">Constants.</param>
    /// <param name="part">One in so many elements.</param>
    /// <param name="noise">What rounding adds to what comes of the weights, in parts of its power; 0 where nothing can be saved.</param>
    /// <param name="coded">Elements of the model's other weights, which are codes already.</param>
    public static HashSet<Value> WorthKeeping(
        IReadOnlyCollection<WeightOperand> weights, int part, Func<WeightOperand, double> noise, long coded)
    {
        var kept = new HashSet<Value>();
        long budget = (coded + weights.Sum(w => (long)w.Value.Constant!.Length)) / part;
        long left = budget;
        IEnumerable<(WeightOperand Weights, double Noise)> candidates = weights
            .Where(w => w.Value.Constant!.Length <= budget)
            .Select(w => (Weights: w, Noise: noise(w)))
            .Where(c => c.Noise > 0)
            .OrderByDescending(c => c.Noise / c.Weights.Value.Constant!.Length);
        foreach ((WeightOperand operand, _) in candidates)
        {
            long length = operand.Value.Constant!.Length;
            if (length <= left && kept.Add(operand.Value))
            {
                left -= length;
            }
        }

        return kept;
    }

    /// <summary>The weights of a node.</summary>
    /// <param name="node">Any node.</param>
    /// <param name="computed">Values that convolutions and products have a part in: a table whose rows are looked up by these is none of
    /// embeddings but, say, of the boxes that a detector picks from, and their coordinates are not to be rounded.</param>
    public static IEnumerable<WeightOperand> Of(Node node, HashSet<Value> computed) => node.Type switch
    {
        _ when node.Domain != Domains.Onnx => [],
        "Conv" => Summed(node, 1, first: 1, last: int.MaxValue, axis: 0),
        "Gemm" => [.. Matrix(node, 0, node.Int("transA") == 0), .. Matrix(node, 1, node.Int("transB") != 0)],
        "MatMul" => [.. Matrix(node, 0, termsLast: true), .. Matrix(node, 1, termsLast: false)],
        "LSTM" or "GRU" or "RNN" => [.. Summed(node, 1, first: 2, last: 2, axis: 1), .. Summed(node, 2, first: 2, last: 2, axis: 1)],
        "Gather" when !computed.Contains(node.Required(1)) => Table(node),
        _ => [],
    };

    private static IEnumerable<WeightOperand> Matrix(Node node, int input, bool termsLast)
    {
        int back = termsLast ? 1 : 2;
        return Constant(node, input) is { Constant.Rank: var rank }
            ? Summed(node, input, rank - back, rank - back, rank + back - 3, rank - back) : [];
    }

    private static IEnumerable<WeightOperand> Table(Node node)
    {
        if (Constant(node, 0) is { Constant: { } constant } table)
        {
            int axis = (int)node.Int("axis");
            axis += axis < 0 ? constant.Rank : 0;
            yield return new WeightOperand(table, (int)constant.Length, 1, 1, axis, axis == constant.Rank - 1 ? -1 : constant.Rank - 1);
        }
    }

    /// <summary>The terms run over the axes from one to another, that included.</summary>
    private static IEnumerable<WeightOperand> Summed(Node node, int input, int first, int last, int axis, int blockAxis = -1)
    {
        if (Constant(node, input) is { Constant: { } constant } value && constant.Rank > first)
        {
            int end = (int)Math.Min(last + 1L, constant.Rank);
            yield return new WeightOperand(
                value, Product(constant, 0, first), Product(constant, first, end), Product(constant, end, constant.Rank),
                axis, blockAxis);
        }
    }

    private static Value? Constant(Node node, int input) =>
        node.Input(input) is { Constant: { Type: DataType.Float32, Rank: >= 2, Length: > 0 } } value ? value : null;

    private static int Product(Tensor constant, int first, int end) => (int)constant.Shape.Product(first, end).Value;
}
