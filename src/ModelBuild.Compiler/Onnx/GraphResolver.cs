using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// The second half of import. In the order in which nodes run, each gets the modern form of its operator, types and shapes; what needs no
/// input is computed, and where that decides an If, its branch takes its place. Operators that are not known are reported all at once.
/// </summary>
internal static class GraphResolver
{
    /// <param name="graph">As it stands in the file.</param>
    /// <exception cref="CompilationException">MODELB0007, 1003, 1004, 1005 or 1007.</exception>
    public static void Resolve(Graph graph, ModelMessage model, InferenceContext context)
    {
        graph.RemoveDead();
        HalfPrecision.Widen(graph);
        var folding = new FoldConstants();
        folding.Begin(graph);
        var unknown = new UnsupportedOperators(model.Opsets, model.Functions);
        CompilationException? error = null;
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
            if (unknown.Contains(node) || node.Inputs.Any(i => i is { Shape: null }))
            {
                continue;
            }

            try
            {
                foreach (Node current in OpsetUpgrade.Apply(graph, node, graph.ImportedOpset, context))
                {
                    Resolve(current);
                }
            }
            catch (CompilationException e)
            {
                // What is unknown is told first, all of it.
                error ??= e;
            }
        }

        graph.RemoveDead();
        unknown.Report(graph, context.File);
        if (error is not null)
        {
            throw error;
        }

        GraphVerifier.Verify(graph, nameof(OnnxImporter));

        // What an operator is taken apart into may itself be a combination.
        void Resolve(Node node)
        {
            if (OperatorRegistry.Find(node)?.Combination(node) is { } composite)
            {
                foreach (Node part in composite.Expand(graph, node, context))
                {
                    Resolve(part);
                }

                return;
            }

            ShapeInference.Infer(node, context);
            folding.Fold(graph, node);
        }

        void Push(IReadOnlyList<Node> nodes)
        {
            for (int i = nodes.Count - 1; i >= 0; i--)
            {
                ahead.Push(nodes[i]);
            }
        }
    }
}
