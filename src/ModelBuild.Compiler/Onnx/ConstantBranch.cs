using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// An If whose condition is known at build is its branch: exporters leave such nodes behind where a shape decides, and some keep weights
/// in them.
/// <code>
///   If(true, x) { (x) ⇒ Relu(x) } else { (x) ⇒ x } ──► y        ⇒        Relu(x) ──► y
/// </code>
/// </summary>
internal static class ConstantBranch
{
    /// <summary>True for an If whose condition is known.</summary>
    public static bool IsKnown(Node node) => node.Is("If") && node.Input(0) is { IsConstant: true };

    /// <summary>Puts the nodes of the branch in the place of the node.</summary>
    /// <returns>They, in the order in which they run.</returns>
    /// <exception cref="CompilationException">MODELB1005: the node is not as ONNX wants it.</exception>
    public static IReadOnlyList<Node> Inline(Graph graph, Node node, InferenceContext context)
    {
        Tensor condition = node.Required(0).Constant!;
        if (condition is not { Type: DataType.Bool, Length: 1 })
        {
            throw context.Malformed(node, $"has a condition of type {condition.Type} with {condition.Length} elements.");
        }

        return Inline(graph, node, condition.Data.Span[0] != 0, context);
    }

    /// <summary>Puts the nodes of one branch in the place of the node.</summary>
    /// <inheritdoc cref="Inline(Graph, Node, InferenceContext)"/>
    public static IReadOnlyList<Node> Inline(Graph graph, Node node, bool condition, InferenceContext context)
    {
        string name = condition ? "then_branch" : "else_branch";
        if (!node.Attributes.TryGetValue(name, out AttributeValue? attribute) || attribute.Raw is not Graph branch
            || branch.Inputs.Count != branch.Captures || branch.Outputs.Count < node.Outputs.Count)
        {
            throw context.Malformed(node, $"has no {name} without inputs and with {node.Outputs.Count} outputs.");
        }

        var values = new Dictionary<Value, Value>();
        foreach ((Value inner, Value outer) in Bodies.Captures(node, branch))
        {
            values.Add(inner, outer);
        }

        Value?[] results = [.. node.Outputs];
        graph.Remove(node);
        var copies = new List<(Value Inner, Value Result)>();
        for (int i = 0; i < results.Length; i++)
        {
            Value made = branch.Outputs[i];
            if (results[i] is not { } result)
            {
                continue;
            }

            // What the branch makes has the node's name for it; what it only passes on is copied.
            if (made.Producer is null || !values.TryAdd(made, result))
            {
                copies.Add((made, result));
            }
        }

        var nodes = new List<Node>();
        foreach (Node inner in branch.Nodes)
        {
            Value?[] inputs = [.. inner.Inputs.Select(Outside)];
            Value?[] outputs = [.. inner.Outputs.Select(Outside)];
            nodes.Add(graph.Add(new Node(inner.Domain, inner.Type, inner.Name, inputs, outputs, inner.Attributes)));
        }

        foreach ((Value inner, Value result) in copies)
        {
            nodes.Add(graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [Outside(inner)], [result])));
        }

        return nodes;

        Value? Outside(Value? inner)
        {
            if (inner is not null && !values.TryGetValue(inner, out Value? outer))
            {
                outer = graph.NewValue(inner.Name, inner.Type, inner.Shape);
                outer.Constant = inner.Constant;
                values.Add(inner, outer);
                return outer;
            }

            return inner is null ? null : values[inner];
        }
    }
}
