using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Pruning;

/// <summary>Finds what can be pruned: the float constants of products, convolutions and recurrent layers, in bodies as well.</summary>
internal static class PrunableWeights
{
    /// <summary>Inputs of a first layer: its few weights see the model's own inputs, and a block would be all of them.</summary>
    private const int FirstLayerInputs = 4;

    /// <summary>All such weights of a graph in the order of the model; those that stay as they are say why.</summary>
    /// <param name="graph">Of floats.</param>
    /// <param name="options">What becomes of them.</param>
    /// <param name="setting">What users call the names in <see cref="PruningOptions.Exclude"/>.</param>
    public static IReadOnlyList<PrunableWeight> Find(Graph graph, PruningOptions options, string setting = "SparsityExclude")
    {
        var names = new FloatParts(options.Exclude, new HashSet<string>(StringComparer.Ordinal));
        var found = new Dictionary<Value, PrunableWeight>();
        foreach (Graph owner in graph.AllGraphs())
        {
            HashSet<Node> spectra = Spectra.Find(owner, QuantizationPoints.BehindAnchors(owner));
            foreach (Node node in owner.Nodes)
            {
                foreach ((int input, WeightLayout layout) in Layouts(node))
                {
                    Value value = node.Required(input);
                    if (found.TryGetValue(value, out PrunableWeight? other))
                    {
                        found[value] = other.Layout == layout ? other with { IsFed = false }
                            : other with { Reason = $"also read by '{node.Label}', in another way" };
                        continue;
                    }

                    found.Add(value, new PrunableWeight(node, value, layout)
                    {
                        Reason = Reason(node, value, layout, options, names, setting, spectra),
                        IsFed = owner == graph && (Recurrent.IsLayer(node) ? RecurrentBias.IsConstant(node)
                            : input == 1 && AnchorOperands.IsAnchor(node)),
                        IsRecurrent = input == 2 && Recurrent.IsLayer(node),
                    });
                }
            }
        }

        return [.. found.Values];
    }

    /// <summary>The constants of a node that are weights, and how they lie.</summary>
    public static IEnumerable<(int Input, WeightLayout Layout)> Layouts(Node node)
    {
        if (node.Domain != Domains.Onnx)
        {
            yield break;
        }

        switch (node.Type)
        {
            case "Conv" when Constant(node, 1) is { Rank: >= 3 } weights:
                yield return (1, WeightLayout.Convolution(
                    (int)weights.Dimensions[0], (int)weights.Dimensions[1], (int)weights.Shape.Product(2, weights.Rank).Value,
                    (int)node.Int("group", 1)));
                break;
            case "Gemm" when Constant(node, 1) is { Rank: 2 } weights:
                bool outputsFirst = node.Int("transB") != 0;
                yield return (1, WeightLayout.Matrix(
                    (int)weights.Dimensions[outputsFirst ? 0 : 1], (int)weights.Dimensions[outputsFirst ? 1 : 0], outputsFirst));
                break;
            case "MatMul":
                for (int input = 0; input < 2; input++)
                {
                    if (Constant(node, input) is { Rank: >= 2 } matrices)
                    {
                        yield return (input, WeightLayout.Matrix(
                            (int)matrices.Dimensions[input == 0 ? ^2 : ^1], (int)matrices.Dimensions[input == 0 ? ^1 : ^2], input == 0,
                            (int)matrices.Shape.Product(0, matrices.Rank - 2).Value));
                    }
                }

                break;
            case "LSTM" or "GRU" or "RNN":
                for (int input = 1; input < 3; input++)
                {
                    if (Constant(node, input) is { Rank: 3 } gates)
                    {
                        // Each gate of each direction is a matrix of its own.
                        int count = Recurrent.Gates(node);
                        yield return (input, WeightLayout.Matrix(
                            (int)gates.Dimensions[1] / count, (int)gates.Dimensions[2], true, (int)gates.Dimensions[0] * count));
                    }
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Why a weight stays as it is; null where it does not.</summary>
    private static string? Reason(
        Node node, Value value, WeightLayout layout, PruningOptions options, FloatParts names, string setting, HashSet<Node> spectra)
    {
        Node? other = value.Consumers.FirstOrDefault(c => c != node && !Layouts(c).Any(l => c.Required(l.Input) == value));
        bool hasUnits = new SparsityUnits(layout, options.Pattern).Count > 0;
        SparsityKind kind = options.Pattern.Kind;
        return names.Keeps(node) || names.Names(value) ? $"named in {setting}"
            : other is not null ? $"also read by '{other.Label}', in another way"
            : spectra.Contains(node) ? "takes sound apart into frequencies, of which a logarithm is taken"
            : !value.Constant!.IsFinite() ? "holds NaN or infinity"
            : kind is SparsityKind.Unstructured or SparsityKind.Channels ? null
            : node.Is("Conv") && layout is { Inputs: 1, Groups: > 1 }
                ? "one input channel for each output (depthwise), and a block takes several"
            : layout.Inputs * (node.Is("Conv") ? layout.Groups : 1) <= FirstLayerInputs ? $"a first layer of {layout.Inputs} inputs"
            : !hasUnits ? $"{layout.Outputs} outputs and {layout.Inputs} inputs hold no {options.Pattern.Word}"
            : null;
    }

    private static Tensor? Constant(Node node, int input) =>
        node.Input(input)?.Constant is { Type: DataType.Float32, Length: > 0 } constant ? constant : null;
}
