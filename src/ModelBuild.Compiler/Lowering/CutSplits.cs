using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// A Split of reals becomes as many Slices as it has outputs, which codes pass through one by one: each part may get codes of its own, or
/// none.
/// <code>
///   x → Split → a, b        becomes   x → Slice → a;   x → Slice → b
/// </code>
/// </summary>
/// <remarks>A part that is an output of the model is wanted in float: there the Split stays whole.</remarks>
/// <param name="amongCodes">Only where what is cut has codes.</param>
internal sealed class CutSplits(bool amongCodes) : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Split") && n.Required(0).Type == DataType.Float32
            && !n.Outputs.Any(o => o is not null && graph.IsOutput(o))).ToArray())
        {
            changed |= (!amongCodes || node.Required(0).Producer?.Is("DequantizeLinear") == true) && Cut(graph, node, context.Inference);
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool Cut(Graph graph, Node node, InferenceContext context)
    {
        Value whole = node.Required(0);
        int axis = node.Axis(whole.KnownShape.Rank);
        Dimension[] lengths = Split.Lengths(node, axis, context with { Assumptions = [] });
        if (lengths.SkipLast(1).Any(l => !l.IsConstant) || !lengths[^1].IsConstant)
        {
            return false;
        }

        Value?[] parts = [.. node.Outputs];
        graph.Remove(node);
        long start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            long end = start + lengths[i].Value;
            if (parts[i] is { } part)
            {
                graph.Add(new Node(
                    Domains.Onnx, "Slice", node.Name,
                    [whole, Integer($"{part.Name}_start", start), Integer($"{part.Name}_end", end), Integer($"{part.Name}_axis", axis)],
                    [part]));
            }

            start = end;
        }

        return true;

        Value Integer(string name, long number) => graph.NewConstant(name, Tensor.Of([number], 1));
    }
}
