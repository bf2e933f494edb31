using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// The second half of import. In the order in which nodes run, each gets the modern form of its operator, types and shapes; what needs no
/// input is computed, and where that decides an If, its branch takes its place. Operators that are not known are reported all at once.
/// </summary>
internal sealed class GraphResolver
{
    /// <summary>
    /// Bodies may lie so deep in one another. A loop is resolved more than once where it changes the shape of what it carries, and those
    /// inside it as often each time.
    /// </summary>
    public const int NestingLimit = 4;

    private readonly long _opset;
    private readonly UnsupportedOperators _unknown;
    private readonly FoldConstants _folding = new();
    private readonly Sequences _sequences = new();
    private readonly NumbersOrVectors _numbers = new();
    private CompilationException? _error;
    private int _nesting;

    private GraphResolver(Graph graph, ModelMessage model)
    {
        _opset = graph.ImportedOpset;
        _unknown = new UnsupportedOperators(model.Opsets);
        _folding.Begin(graph);
    }

    /// <param name="graph">As it stands in the file.</param>
    /// <exception cref="CompilationException">MODELB0007, 1003, 1004, 1005 or 1007.</exception>
    public static void Resolve(Graph graph, ModelMessage model, InferenceContext context)
    {
        graph.RemoveDead();
        SmallIntegers.Widen(graph);
        IReadOnlyList<Value> narrowed = HalfPrecision.Widen(graph);
        var resolver = new GraphResolver(graph, model);
        resolver.Resolve(graph, context);
        resolver._unknown.Report(graph, context.File);
        if (resolver._error is { } error)
        {
            throw error;
        }

        HalfPrecision.CheckOutputs(narrowed, context);
        foreach (Graph each in graph.AllGraphs())
        {
            GraphVerifier.Verify(each, nameof(OnnxImporter));
        }
    }

    private void Resolve(Graph graph, InferenceContext context)
    {
        var ahead = new Stack<Node>();
        Push(graph.Nodes);
        while (ahead.TryPop(out Node? node))
        {
            if (ConstantBranch.IsKnown(node))
            {
                Push(ConstantBranch.Inline(graph, node, context));
                continue;
            }

            // Nothing is known of what an unknown operator makes.
            if (_unknown.Contains(node))
            {
                continue;
            }

            if (!Knows(node))
            {
                continue;
            }

            try
            {
                _numbers.Check(node, context);
                if (SqueezedBranch.Assume(node, context))
                {
                    Push(ConstantBranch.Inline(graph, node, condition: true, context));
                    continue;
                }

                if (_sequences.Unroll(graph, node, context) is { } unrolled)
                {
                    Push(unrolled);
                    continue;
                }

                foreach (Node current in OpsetUpgrade.Apply(graph, node, _opset, context))
                {
                    Resolve(graph, current, context);
                }
            }
            catch (CompilationException e)
            {
                // What is unknown is told first, all of it.
                _error ??= e;
            }
            catch (OverflowException)
            {
                _error ??= context.Error(
                    DiagnosticCodes.TooLarge, node,
                    $"makes sizes that no memory could hold, of {string.Join(" and ", node.Inputs.OfType<Value>().Select(Describe))}. "
                        + "Check its inputs, the shapes of the model's inputs, and what Dimensions says.");
            }
        }

        _sequences.CheckOutputs(graph, context);
        _numbers.CheckOutputs(graph, context);
        graph.RemoveDead();

        void Push(IReadOnlyList<Node> nodes)
        {
            for (int i = nodes.Count - 1; i >= 0; i--)
            {
                ahead.Push(nodes[i]);
            }
        }
    }

    /// <summary>Is something known of all that a node reads? If not, what is unknown inside it is kept.</summary>
    private bool Knows(Node node)
    {
        if (node.Inputs.All(i => i is not { Shape: null } || _sequences.Contains(i)))
        {
            return true;
        }

        _unknown.AddInside(node);
        return false;
    }

    private static string Describe(Value value) => $"'{value.Name}' {value.Shape}";

    private void Resolve(Graph graph, Node node, InferenceContext context)
    {
        Operator? definition = OperatorRegistry.Find(node);
        definition?.CheckInputs(node, context);

        // What an operator is taken apart into may itself be a combination.
        IReadOnlyList<Node>? parts = _sequences.TakeApart(graph, node, context) ?? definition?.TakeApart(graph, node, context);
        if (parts is not null)
        {
            // Where a body is not known, nor is what is made of the rows that a loop over it collects.
            foreach (Node part in parts.Where(Knows))
            {
                Resolve(graph, part, context);
            }

            return;
        }

        if (!node.IsControlFlow || ResolveBodies(node, context))
        {
            context.Infer(node);
            _folding.Fold(graph, node);
        }
    }

    /// <summary>Resolves what a node of control flow runs.</summary>
    /// <returns>False where a body has operators of which nothing is known.</returns>
    private bool ResolveBodies(Node node, InferenceContext context)
    {
        if (_nesting == NestingLimit)
        {
            _unknown.AddInside(node);
            throw context.Unsupported(
                node, $"lies in {NestingLimit} other If, Loop or Scan nodes. Nodes in up to {NestingLimit - 1} others are supported.");
        }

        Bodies.Check(node, context);
        Bodies.CloseConstants(node);
        _nesting++;
        try
        {
            return node.Is("Loop") ? ResolveLoop(node, context) : ResolveBranches(node, context);
        }
        finally
        {
            _nesting--;
        }
    }

    /// <summary>Sizes that one branch needs to be equal may differ where the other runs; those that all need are equal.</summary>
    private bool ResolveBranches(Node node, InferenceContext context)
    {
        Graph[] branches = [.. node.Bodies];
        foreach (Graph branch in branches)
        {
            Bodies.SetCaptures(node, branch);
            try
            {
                Resolve(branch, context.Inside(branch) with { Unify = null });
            }
            catch (CompilationException e)
            {
                // The other branch may have what is unknown.
                _error ??= e;
            }
        }

        foreach ((Dimension a, Dimension b) in branches[0].Assumptions)
        {
            if (Array.TrueForAll(branches, branch => branch.Assumptions.Contains((a, b)) || branch.Assumptions.Contains((b, a)))
                && context.Unify?.Invoke(a, b) != true)
            {
                context.Assume(a, b);
            }
        }

        if (!Array.TrueForAll(branches, branch => branch.Outputs.All(o => o.Shape is not null)))
        {
            return false;
        }

        _numbers.Align(node, (branch, made) => Resolve(branch, made, context.Inside(branch)));
        return true;
    }

    /// <summary>
    /// The shape of what a loop carries is that of its initial value, if the body keeps it. Where it does not, a dimension becomes a
    /// variable, and the body is resolved anew.
    /// </summary>
    private bool ResolveLoop(Node node, InferenceContext context)
    {
        Graph raw = node.Attributes["body"].Graph;
        var carried = new LoopShapes(node);
        while (true)
        {
            Graph body = raw.Clone();
            node.Attributes["body"] = body;
            carried.Enter(body);

            // What was assumed of shapes that turned out to change is forgotten: copies of a body have one list.
            foreach (Graph inner in body.AllGraphs())
            {
                inner.Assumptions.Clear();
            }

            Resolve(body, context.Inside(body));
            if (body.Outputs.Any(o => o.Shape is null))
            {
                return false;
            }

            if (!carried.Widen(body, context))
            {
                return true;
            }
        }
    }
}
