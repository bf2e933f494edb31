using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>An operator that is a combination of others: import takes it apart, and nothing behind import knows it.</summary>
/// <param name="expand">Makes the outputs, in the order of the node's.</param>
/// <param name="requiredInputs">As in <see cref="Operator"/>.</param>
/// <param name="inputs">As in <see cref="Operator"/>.</param>
/// <param name="outputs">The most outputs that it makes.</param>
/// <param name="attributes">As in <see cref="Operator"/>.</param>
internal sealed class Composite(
    Func<Expansion, Value?[]> expand, int requiredInputs, int inputs, int outputs, params (string Name, AttributeKind Kind)[] attributes)
    : Operator(requiredInputs, inputs, attributes)
{
    public override int Outputs => outputs;

    public override Composite? Combination(Node node) => this;

    public override void Infer(Node node, InferenceContext context) =>
        throw new InvalidOperationException($"Import has left node '{node.Name}' ({node.Type}) whole.");

    /// <summary>Puts the combination in the place of a node.</summary>
    /// <returns>The nodes that take its place, in the order in which they run.</returns>
    /// <exception cref="CompilationException">
    /// MODELB1004 or 1005: the node is malformed or asks for something that is not supported.
    /// </exception>
    public IReadOnlyList<Node> Expand(Graph graph, Node node, InferenceContext context)
    {
        Check(node, context);
        var expansion = new Expansion(graph, node, context);
        return expansion.Replace(expand(expansion));
    }
}
