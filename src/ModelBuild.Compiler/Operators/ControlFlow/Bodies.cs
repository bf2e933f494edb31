using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>
/// What the graphs inside an If or a Loop share: they end in inputs that stand for values around them, which are the last inputs of their
/// node, all in one order.
/// </summary>
internal static class Bodies
{
    /// <summary>Checks that a node has the graphs that its operator wants, and that they fit its inputs and outputs in number.</summary>
    /// <exception cref="CompilationException">MODELB1005: they do not.</exception>
    public static void Check(Node node, InferenceContext context)
    {
        string[] names = node.Is("If") ? ["then_branch", "else_branch"] : ["body"];
        foreach (string name in names)
        {
            if (!node.Attributes.TryGetValue(name, out AttributeValue? attribute) || attribute.Raw is not Graph body)
            {
                throw context.Malformed(node, $"has no {name}.");
            }

            int own = body.Inputs.Count - body.Captures;
            int given = node.Inputs.Count - body.Captures;
            bool fits = node.Is("If")
                ? own == 0 && given == 1 && body.Outputs.Count == node.Outputs.Count
                : own >= 2 && given == own && body.Outputs.Count >= own - 1 && node.Outputs.Count <= body.Outputs.Count - 1;
            if (!fits)
            {
                throw context.Malformed(
                    node, $"has {given} inputs and {node.Outputs.Count} outputs, and its {name} {own} and {body.Outputs.Count}, which do "
                        + "not fit.");
            }
        }

        // The number of iterations and the condition of a loop may be absent.
        for (int i = node.Is("Loop") ? 2 : 0; i < node.Inputs.Count; i++)
        {
            if (node.Inputs[i] is null)
            {
                throw context.Malformed(node, $"lacks input {i}, which the operator needs.");
            }
        }

        if (node.Bodies.Count() != names.Length)
        {
            throw context.Malformed(node, "has graphs that are not its own.");
        }
    }

    /// <summary>The pairs of what a body reads from around it: what stands for it inside, and the value itself.</summary>
    public static IEnumerable<(Value Inner, Value Outer)> Captures(Node node, Graph body) =>
        body.Inputs.TakeLast(body.Captures).Zip(node.Inputs.TakeLast(body.Captures).Select(v => v!));

    /// <summary>Constants need no way in, and what no body reads any more neither.</summary>
    /// <returns>Whether there was one.</returns>
    public static bool CloseConstants(Node node)
    {
        Graph[] bodies = [.. node.Bodies];
        int captures = bodies.Select(b => b.Captures).FirstOrDefault();
        bool changed = false;
        for (int fromEnd = 1; fromEnd <= captures;)
        {
            int index = node.Inputs.Count - fromEnd;
            Value outer = node.Required(index);
            bool isRead = Array.Exists(bodies, b => b.Inputs[^fromEnd] is { Consumers.Count: > 0 } or { OutputCount: > 0 });
            if (isRead && !outer.IsConstant)
            {
                fromEnd++;
                continue;
            }

            foreach (Graph body in bodies)
            {
                Value inner = body.Inputs[^fromEnd];
                (inner.Type, inner.Shape, inner.Constant) = (outer.Type, outer.Shape, outer.Constant);
                body.Inputs.RemoveAt(body.Inputs.Count - fromEnd);
                body.Captures--;
            }

            node.RemoveInput(index);
            captures--;
            changed = true;
        }

        return changed;
    }

    /// <summary>Gives inputs of a body the types and shapes of what they stand for.</summary>
    public static void SetCaptures(Node node, Graph body)
    {
        foreach ((Value inner, Value outer) in Captures(node, body))
        {
            (inner.Type, inner.Shape, inner.Elements) = (outer.Type, outer.Shape, outer.Elements);
        }
    }

    /// <summary>Infers a body whose inputs have types and shapes.</summary>
    public static void Infer(Graph body, InferenceContext context)
    {
        InferenceContext inside = context.Inside(body);
        foreach (Node node in body.Nodes)
        {
            inside.Infer(node);
        }
    }

    /// <summary>The symbols that are bound inside a body: what has them cannot be known around it.</summary>
    public static HashSet<string> BoundInside(Graph body) =>
        [.. body.AllGraphs().SelectMany(g => g.Nodes).SelectMany(n => n.Bound).SelectMany(d => d.Symbols)];

    /// <summary>Checks that an input is one number or truth value of a type.</summary>
    public static void RequireSingle(Node node, int index, DataType type, InferenceContext context)
    {
        if (node.Input(index) is { } value && (value.Type != type || !value.KnownShape.Length.Equals(Dimension.One)))
        {
            throw context.Malformed(node, $"has an input {index} of type {value.Type}{value.Shape} instead of one {type}.");
        }
    }
}
