using ModelBuild.Compiler.Execution;
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
/// What has no elements is known whatever it is computed from. DequantizeLinear is never folded: with the integers before it, it is how a
/// model says that a weight is quantized.
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

    /// <summary>Replaces one node by its results where it has some. Says whether it did.</summary>
    public bool Fold(Graph graph, Node node)
    {
        if (node.Is("Identity") && graph.IsOutput(node.Output))
        {
            return node.Required(0).IsConstant && ReadDirectly(node.Output, node.Required(0));
        }

        if (node.Is("DequantizeLinear") || node.IsControlFlow || OperatorRegistry.Find(node) is not { } definition
            || Compute(node, definition) is not { } results)
        {
            return false;
        }

        Value?[] outputs = [.. node.Outputs];
        string? origin = Origin(node);
        graph.Remove(node);
        foreach ((Value? output, Tensor result) in outputs.Zip(results))
        {
            if (output is null)
            {
                continue;
            }

            // A node has to write an output of the model, be it by copying.
            if (graph.IsOutput(output))
            {
                Value constant = graph.NewConstant(output.Name + "_value", result);
                constant.Origin = origin;
                ReadDirectly(output, constant);
                graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [constant], [output]));
            }
            else
            {
                (output.Constant, output.Shape, output.Origin) = (result, result.Shape, origin);
            }
        }

        return true;
    }

    /// <summary>
    /// The constant of the model that the results are to be blamed on: the first that is not finite, or else the largest.
    /// </summary>
    private static string? Origin(Node node) =>
        node.Inputs.OfType<Value>().Where(v => v.IsConstant)
            .OrderByDescending(v => !v.Constant!.IsFinite()).ThenByDescending(v => v.Constant!.Length)
            .FirstOrDefault() is { } value ? value.Origin ?? value.Name : null;

    /// <summary>Nodes that read an output which is a copy of a constant read the constant: they can be folded in turn.</summary>
    private static bool ReadDirectly(Value output, Value constant)
    {
        Node[] readers = [.. output.Consumers];
        Array.ForEach(readers, reader => reader.ReplaceInput(output, constant));
        return readers.Length > 0;
    }

    private Tensor[]? Compute(Node node, Operator definition)
    {
        Value?[] outputs = [.. node.Outputs];
        if (outputs is [{ Elements: { } elements } output] && elements.All(e => e.IsConstant))
        {
            return [Tensor.FromInt64s(output.Type, [.. elements.Select(e => e.Value)], output.KnownShape.ToConstant())];
        }

        if (node.Bound.Count == 0 && outputs.All(o => o is null or { KnownShape: { IsConstant: true, Length: { Value: 0 } } }))
        {
            return [.. outputs.Select(o => o is null ? Tensor.Scalar(0) : new Tensor(o.Type, o.KnownShape.ToConstant(), default))];
        }

        bool isKnown = node.Inputs.Any(i => i is not null) && node.Inputs.All(i => i is null or { IsConstant: true });
        if (!isKnown || (node.Bound.Count == 0 && outputs.Any(o => o is { KnownShape.IsConstant: false })))
        {
            return null;
        }

        // How large the result is that data decides is only known when it is there; what it is made of tells the order.
        double work = node.Bound.Count > 0
            ? node.Inputs.OfType<Value>().Sum(i => i.KnownShape.Length.Value) * Math.Max(1, node.Inputs.Count)
            : outputs.OfType<Value>().Sum(o => o.KnownShape.Length.Value) * definition.WorkPerElement(node);
        if (work > _budget)
        {
            return null;
        }

        _budget -= work;
        return NodeEvaluator.Evaluate(node, [.. node.Inputs.Select(i => i?.Constant)]);
    }
}
