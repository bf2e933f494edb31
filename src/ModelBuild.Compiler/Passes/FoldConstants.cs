using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// Computes at build what needs no input. The result takes the place of the node under the name of its output.
/// <code>
///   c ──► Transpose ──► t ──► MatMul        ⇒        t (constant) ──► MatMul
///   x ──► Shape ──► s ──► Reshape           ⇒        s (constant) ──► Reshape      where the shape of x is known
/// </code>
/// DequantizeLinear is never folded: with the integers before it, it is how a model says that a weight is quantized.
/// </summary>
/// <remarks>
/// Results are limited in size and work, relative to the model's own constants, so that a hostile model cannot make the build hang.
/// </remarks>
internal sealed class FoldConstants : IPass
{
    private const long BaseBudget = 1 << 24;

    private double _budget;

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        Begin(graph);
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            context.Cancellation.ThrowIfCancellationRequested();
            changed |= Fold(graph, node);
        }

        return changed;
    }

    /// <summary>Sets the limit on what the next folds may cost together.</summary>
    public void Begin(Graph graph) => _budget = BaseBudget + (4.0 * graph.Values().Sum(v => v.Constant?.Length ?? 0));

    /// <summary>Replaces one node by its result where it has one. Says whether it did.</summary>
    public bool Fold(Graph graph, Node node)
    {
        if (node.Is("DequantizeLinear") || node.Outputs.Count != 1 || OperatorRegistry.Find(node) is not { } definition
            || Compute(node, definition) is not { } result)
        {
            return false;
        }

        Value output = node.Output;
        if (graph.IsOutput(output))
        {
            // A node has to write an output of the model, be it by copying.
            if (node.Is("Identity"))
            {
                return false;
            }

            graph.Remove(node);
            graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [graph.NewConstant(output.Name + "_value", result)], [output]));
            return true;
        }

        graph.Remove(node);
        output.Constant = result;
        return true;
    }

    private Tensor? Compute(Node node, Operator definition)
    {
        if (node.Output.Elements is { } elements && elements.All(e => e.IsConstant))
        {
            return Tensor.FromInt64s(node.Output.Type, [.. elements.Select(e => e.Value)], node.Output.KnownShape.ToConstant());
        }

        if (node.Inputs.All(i => i is null) || node.Inputs.Any(i => i is { IsConstant: false })
            || node.Output.KnownShape.Length is not { IsConstant: true } length)
        {
            return null;
        }

        double work = length.Value * definition.WorkPerElement(node);
        if (work > _budget)
        {
            return null;
        }

        _budget -= work;
        return definition.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)])?[0];
    }
}
