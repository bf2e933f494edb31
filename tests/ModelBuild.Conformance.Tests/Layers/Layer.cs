using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Layers;

/// <summary>A piece of a quantized network between tensors of codes, as a model of its own.</summary>
/// <param name="Graph">Inputs are codes (or the network's input); the one output is codes (or an output of the network).</param>
internal sealed record Layer(Graph Graph)
{
    public Value Output => Graph.Outputs[0];

    public override string ToString() =>
        $"{string.Join(", ", Graph.Inputs.Select(i => i.Name))} → {Output.Name} ({string.Join(" ", Graph.Nodes.Select(n => n.Type))})";
}
