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

    public override void Infer(Node node, InferenceContext context) =>
        throw new InvalidOperationException($"Import has left node '{node.Name}' ({node.Type}) whole.");

    public override IReadOnlyList<Node> TakeApart(Graph graph, Node node, InferenceContext context)
    {
        Check(node, context);
        var expansion = new Expansion(graph, node, context);
        return expansion.Replace(expand(expansion));
    }
}
