using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Prunes a layer: its weights, its node in the graph, what this gets in each sample, and the walk. Says what the node gives.
/// </summary>
internal delegate Tensor[]? LayerVisitor(PrunableWeight weight, Node node, Tensor[] inputs, LayerWalk walk);

/// <summary>Goes through the layers that samples say something of, each fed by those before it.</summary>
internal static class PruningWalk
{
    /// <param name="floats">The model without zeros.</param>
    /// <param name="graph">The same, whose weights may be changed on the way.</param>
    /// <param name="weights">Those that are visited; others are not looked at.</param>
    /// <param name="samples">As many of them are taken as fit into memory.</param>
    /// <param name="visit">Called for each of the weights that is reached.</param>
    public static void Run(
        Graph floats, Graph graph, IEnumerable<PrunableWeight> weights, CalibrationData samples, LayerVisitor visit,
        CancellationToken cancellation)
    {
        Dictionary<string, PrunableWeight> layers =
            weights.Where(w => w.IsAnchor).ToDictionary(w => w.Node.Output.Name, StringComparer.Ordinal);
        Layer? Find(Node node, Node? twin) =>
            twin is not null && node.Outputs is [{ } output, ..] && layers.TryGetValue(output.Name, out PrunableWeight? weight)
                ? new Layer(weight, node) : null;
        IReadOnlyDictionary<string, Tensor>[] fitting = LayerWalk.Fitting(
            floats, graph, samples, Find, (layer, walk) => walk.Compute(layer.Node)?[0], cancellation);
        new LayerWalk(floats, graph, fitting, cancellation).Run(
            Find, (layer, walk) => walk.Of(layer.Node.Required(0)) is { } inputs ? visit(layer.Weight, layer.Node, inputs, walk) : null);
    }

    /// <summary>Whether what is left of a layer's error in the mean has a place to go.</summary>
    public static bool HasBias(Graph graph, Node node, PrunableWeight weight) =>
        LayerBias.Of(graph, node, weight.Layout.Groups * weight.Layout.Outputs, null) is not null;

    /// <summary>Computes a layer whose weights have changed, and takes back in its bias what this has done to the mean.</summary>
    /// <returns>What it gives then; null where that cannot be computed.</returns>
    public static Tensor[]? Finish(Graph graph, PrunableWeight weight, Node node, LayerWalk walk)
    {
        if (walk.Compute(node)?[0] is not { } actual)
        {
            return null;
        }

        LayerBias.Correct(graph, node, weight.Layout.Groups * weight.Layout.Outputs, null, walk, actual);
        return actual;
    }

    /// <summary>A layer on the way through the model.</summary>
    private sealed record Layer(PrunableWeight Weight, Node Node);
}
