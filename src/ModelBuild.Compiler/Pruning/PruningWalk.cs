using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization.Recovery;

namespace ModelBuild.Compiler.Pruning;

/// <summary>
/// Prunes a layer: its weights, its node in the graph, what these were multiplied with in each sample, and the walk. Says what the node
/// gives, for each output the tensor of each sample; null where that cannot be computed.
/// </summary>
internal delegate Tensor[][]? LayerVisitor(PrunableWeight weight, Node node, Tensor[] inputs, LayerWalk walk);

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
        PrunableWeight[] fed = [.. weights.Where(w => w.IsFed)];
        using var states = new RecurrentStates(floats, graph);
        ILookup<string, PrunableWeight> layers = fed.ToLookup(w => RecurrentStates.NameOf(w.Node), StringComparer.Ordinal);
        Layer? Find(Node node, Node? twin) =>
            twin is not null && layers.Contains(node.Output.Name) ? new Layer([.. layers[node.Output.Name]], node) : null;
        IReadOnlyDictionary<string, Tensor>[] fitting = LayerWalk.Fitting(
            floats, graph, samples, Find, (layer, walk) => walk.Compute(layer.Node), cancellation);
        new LayerWalk(floats, graph, fitting, cancellation).Run(Find, (layer, walk) => Visit(layer, walk, visit));
    }

    private static Tensor[][]? Visit(Layer layer, LayerWalk walk, LayerVisitor visit)
    {
        Tensor[][]? outputs = null;
        foreach (PrunableWeight weight in layer.Weights)
        {
            Tensor[]? inputs = weight.IsRecurrent ? RecurrentStates.Before(layer.Node, walk) : walk.Of(layer.Node.Required(0));
            outputs = inputs is null ? null : visit(weight, layer.Node, inputs, walk);
            if (outputs is null)
            {
                return null;
            }
        }

        return outputs;
    }

    /// <summary>What a layer gives whose weights have not changed.</summary>
    public static Tensor[][] Unchanged(Node node, LayerWalk walk) =>
        [.. walk.Twin(node)!.Outputs.Select(o => o is null ? [] : walk.Of(o)!)];

    /// <summary>Whether what is left of a layer's error in the mean has a place to go.</summary>
    public static bool HasBias(Graph graph, Node node, PrunableWeight weight) =>
        Recurrent.IsLayer(node) || LayerBias.Of(graph, node, weight.Layout.Groups * weight.Layout.Outputs, null) is not null;

    /// <summary>Adds to the biases of a layer.</summary>
    /// <param name="shift">For each output of each group.</param>
    public static void Shift(Graph graph, Node node, PrunableWeight weight, float[] shift)
    {
        if (Recurrent.IsLayer(node))
        {
            RecurrentBias.Add(graph, node, weight.IsRecurrent, shift);
        }
        else
        {
            LayerBias.Of(graph, node, shift.Length, null)?.Add(shift);
        }
    }

    /// <summary>Computes a layer whose weights have changed, and takes back in its bias what this has done to the mean.</summary>
    /// <param name="shift">
    /// What the mean has lost as far as the products say, for each output: all that is known of a recurrent layer. Empty where that keeps
    /// its biases.
    /// </param>
    /// <returns>What it gives then; null where that cannot be computed.</returns>
    public static Tensor[][]? Finish(Graph graph, PrunableWeight weight, Node node, float[] shift, LayerWalk walk)
    {
        if (Recurrent.IsLayer(node))
        {
            if (shift.Length > 0)
            {
                RecurrentBias.Add(graph, node, weight.IsRecurrent, shift);
            }

            return walk.Compute(node);
        }

        if (walk.Compute(node) is not { } actual)
        {
            return null;
        }

        LayerBias.Correct(graph, node, weight.Layout.Groups * weight.Layout.Outputs, null, walk, actual[0]);
        return actual;
    }

    /// <summary>A layer on the way through the model, with its weights in the order in which they are visited.</summary>
    private sealed record Layer(PrunableWeight[] Weights, Node Node);
}
