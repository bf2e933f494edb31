using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Gives recurrent layers int8 weights with one scale per output of a gate; <see cref="RecurrentCoding"/> says how they are multiplied.
/// <code>
///   w ──► LSTM        ⇒        codes ──► DequantizeLinear ──► w ──► LSTM (by codes)
/// </code>
/// </summary>
internal static class RecurrentQuantizer
{
    /// <summary>A state of so many elements at least is multiplied by codes.</summary>
    private const int SmallestState = 16;

    private const int Hidden = 5;

    /// <summary>Layers whose products are long enough for codes to be worth finding.</summary>
    public static bool HasIntegerForm(Node node) => Recurrent.IsLayer(node)
        && IsCodable(node.Required(1)) && IsCodable(node.Required(2)) && (node.Input(3) is null or { IsConstant: true })
        && node.Required(2).Constant!.Dimensions[2] >= SmallestState;

    /// <summary>The state that a layer begins with; null for zeros.</summary>
    public static Value? InitialState(Node node) => node.Input(Hidden);

    /// <summary>Codes that find their scales at run time: each step of a sequence, and each state.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <param name="isMeant">Which layers.</param>
    /// <param name="sparseSteps">Whether steps of weights are coarser where many of them are zero (<see cref="SparseSteps"/>).</param>
    /// <returns>Names of the nodes that say what codes stand for.</returns>
    public static HashSet<string> InsertDynamic(Graph graph, Func<Node, bool> isMeant, bool sparseSteps) =>
        Insert(
            graph, graph.Nodes.Where(n => HasIntegerForm(n) && isMeant(n)).ToDictionary(n => n, _ => ((RecurrentGrid?)null, false)),
            sparseSteps);

    /// <summary>Codes with scales that are known: inputs have those of the DequantizeLinear before them.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <param name="stateOf">The codes of a layer's states; null for what computes in float.</param>
    /// <param name="sparseSteps">As above.</param>
    /// <returns>As above.</returns>
    public static HashSet<string> InsertStatic(Graph graph, Func<Node, QuantizationParameters?> stateOf, bool sparseSteps)
    {
        var layers = new Dictionary<Node, (RecurrentGrid? Grid, bool IsShared)>();
        foreach (Node node in graph.Nodes.Where(HasIntegerForm))
        {
            if (node.Required(0).Producer is { } dequantize && dequantize.Is("DequantizeLinear")
                && QuantizationInputs.Parameters(dequantize) is { IsPerTensor: true, CodeType: DataType.UInt8 } input
                && stateOf(node) is { } state)
            {
                layers.Add(node, (new RecurrentGrid(input.Scale, input.ZeroPoint, state.Scale, state.ZeroPoint), true));
            }
        }

        return Insert(graph, layers, sparseSteps);
    }

    private static HashSet<string> Insert(
        Graph graph, Dictionary<Node, (RecurrentGrid? Grid, bool IsShared)> layers, bool sparseSteps)
    {
        var nodes = new HashSet<string>(StringComparer.Ordinal);
        var done = new Dictionary<Value, (Value Reals, float[] Scales)>();
        foreach (Node node in graph.Nodes.Where(layers.ContainsKey).ToArray())
        {
            (Value input, float[] inputScales) = Code(node.Required(1));
            (Value recurrent, float[] recurrentScales) = Code(node.Required(2));
            node.SetInput(1, input);
            node.SetInput(2, recurrent);
            (RecurrentGrid? grid, bool isShared) = layers[node];
            new RecurrentCoding(inputScales, recurrentScales, isShared) { Grid = grid }.Write(node.Attributes);
        }

        return nodes;

        (Value Reals, float[] Scales) Code(Value weights)
        {
            if (!done.TryGetValue(weights, out (Value Reals, float[] Scales) coded))
            {
                (Tensor codes, float[] scales) = WeightQuantizer.Quantize(
                    weights.Constant!, 1, null, QuantizationParameters.Unit, sparseSteps);
                Value reals = Quantizer.Dequantized(graph, weights.Name, codes, scales, 1);
                nodes.Add(reals.Producer!.Name);

                // Directions share the scales of an axis.
                coded = (reals, [.. Enumerable.Repeat(scales, (int)weights.Constant!.Dimensions[0]).SelectMany(s => s)]);
                done.Add(weights, coded);
            }

            return coded;
        }
    }

    private static bool IsCodable(Value value) => value.Constant is { Type: DataType.Float32, Length: > 0 } weights
        && weights.IsFinite();
}
