using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Looks at a lowered graph before a plan is made of it: every node must be within what its operator's kernels hold for
/// (<see cref="OperatorTraits"/>). What is not is refused by name, all of it at once, so that nothing behind this point has to expect it.
/// </summary>
internal static class LoweredGraphVerifier
{
    /// <exception cref="CompilationException">MODELB1003: nodes that cannot run, each with its reason.</exception>
    public static void Verify(Graph graph, PassContext context)
    {
        Finding[] refusals =
            [.. graph.AllGraphs().SelectMany(g => g.Nodes).Select(n => (Node: n, Reason: Refusal(n))).Where(r => r.Reason is not null)
                .Select(Finding)];
        if (refusals.Length > 0)
        {
            throw new CompilationException(refusals);
        }

        Finding Finding((Node Node, string? Reason) refusal) => new(
            DiagnosticCodes.UnsupportedOperator,
            FindingSeverity.Error,
            $"Model '{Path.GetFileName(context.Inference.File)}': node '{refusal.Node.Label}' ({refusal.Node.Type}) {refusal.Reason}. "
                + InferenceContext.UnsupportedWayOut,
            context.Inference.File);
    }

    private static string? Refusal(Node node)
    {
        OperatorTraits traits = node.Traits();
        if (traits.Writer is null && !traits.IsView)
        {
            return "has no kernel at run time in this form; it is supported where its inputs or weights are constant";
        }

        if (node.Outputs.Skip(traits.Outputs).Any(o => o is not null))
        {
            return "makes several outputs at run time, of which only the first is supported";
        }

        Value?[] operands = [.. node.Inputs.Take(traits.Operands)];
        foreach (Value operand in operands.OfType<Value>().Take(1).Concat(node.Outputs.OfType<Value>()))
        {
            if (operand.KnownShape.Rank > InferenceContext.RankLimit)
            {
                return $"works on {operand.KnownShape.Rank} dimensions; up to {InferenceContext.RankLimit} are supported";
            }
        }

        Value? empty = node.Inputs.Concat(node.Outputs)
            .FirstOrDefault(v => v is { KnownShape: var shape } && shape.Contains(Dimension.Zero));
        if (empty is not null && !traits.TakesEmpty)
        {
            return $"works on a tensor of shape {empty.Shape}, which has no elements; that is not supported";
        }

        if (operands.FirstOrDefault() is { } first && !traits.Types.Contains(first.Type))
        {
            string supported = traits.Types.Count > 3
                ? "numeric types up to 64 bits and booleans are"
                : $"{string.Join(" and ", traits.Types)} is";
            return $"computes on {first.Type} at run time; {supported} supported";
        }

        foreach (int index in traits.Constants)
        {
            if (node.Input(index) is { IsConstant: false })
            {
                return $"has an input {index} that is computed at run time and has to be constant";
            }
        }

        return traits.Restriction(node);
    }
}
