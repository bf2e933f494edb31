using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>
/// Decides whether a run may compute a large batch in slices: where one symbol leads the shape of everything that depends on it, and no
/// operator brings two of its samples together, the samples are as many runs of their own.
/// </summary>
internal static class BatchSlices
{
    /// <summary>
    /// Working memory that a slice may take. Far beyond the caches, so that larger slices are no faster; small enough to have one for every
    /// thread.
    /// </summary>
    private const long MaximumBytes = 32 << 20;

    /// <summary>The symbols whose samples do not meet.</summary>
    public static IReadOnlyList<string> Separable(Graph graph, IReadOnlyList<string> symbols) =>
        graph.Nodes.Any(n => n.Bound.Count > 0) ? [] : [.. symbols.Where(s => Keeps(graph, s))];

    /// <param name="separable">Symbols whose samples do not meet.</param>
    /// <param name="arena">Size of working memory.</param>
    /// <returns>How to cut; null where samples meet, or where working memory does not depend on how many there are.</returns>
    public static PlanSlice? Find(IReadOnlyList<string> separable, Dimension arena) =>
        separable.FirstOrDefault(arena.Symbols.Contains) is { } symbol ? new PlanSlice(symbol, MaximumBytes) : null;

    private static bool Keeps(Graph graph, string symbol) =>
        graph.Inputs.All(v => !DependsOn(v, symbol) || IsLedBy(v, symbol))
        && graph.Outputs.All(v => IsLedBy(v, symbol))
        && graph.Nodes.All(n => Keeps(n, symbol));

    private static bool Keeps(Node node, string symbol)
    {
        Value[] operands = [.. node.Inputs.OfType<Value>().Where(v => DependsOn(v, symbol))];
        Value[] outputs = [.. node.Outputs.OfType<Value>()];
        if (outputs.Any(v => v.Elements?.Any(d => d.Symbols.Contains(symbol)) == true))
        {
            // How many samples there are, as data: in a slice it would be another number.
            return false;
        }

        if (operands.Length == 0)
        {
            return !outputs.Any(v => DependsOn(v, symbol));
        }

        // A view reads the same elements in the same order: what belonged to a sample still does.
        return operands.Concat(outputs).All(v => IsLedBy(v, symbol))
            && (node.Traits().IsView
            || (HaveOneFirstAxis(operands, outputs) && (node.Traits().IsElementwise || node.Traits().KeepsSamples(node))));
    }

    /// <summary>Operands of lower rank are broadcast, and then their first axis is not that of the output.</summary>
    private static bool HaveOneFirstAxis(Value[] operands, Value[] outputs) =>
        operands.All(x => outputs.All(y => x.KnownShape.Rank == y.KnownShape.Rank && x.KnownShape[0].Equals(y.KnownShape[0])));

    private static bool DependsOn(Value value, string symbol) => value.KnownShape.Any(d => d.Symbols.Contains(symbol));

    private static bool IsLedBy(Value value, string symbol) =>
        value.KnownShape.Rank > 0
        && value.KnownShape[0].DivideExactly(Dimension.Symbol(symbol)) is { } rest
        && !rest.Symbols.Contains(symbol)
        && value.KnownShape.Skip(1).All(d => !d.Symbols.Contains(symbol));
}
