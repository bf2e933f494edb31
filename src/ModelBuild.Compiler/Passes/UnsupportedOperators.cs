using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>Finds the operators that the compiler cannot run, and reports all of them at once (MODELB1003).</summary>
internal static class UnsupportedOperators
{
    private const int NamesShown = 8;

    private const string FoldOnly = "is supported only where it can be computed at build";

    /// <summary>
    /// After import: are all operators known? If not, those that are only computed at build and depend on the model's inputs are listed
    /// too, because they will not go away.
    /// </summary>
    /// <param name="opsets">Versions by domain, as the file declares them.</param>
    /// <param name="functions">Domain and name of operators that the model defines itself.</param>
    public static void CheckKnown(
        Graph graph, IReadOnlyDictionary<string, long> opsets, IReadOnlySet<(string Domain, string Name)> functions, string file)
    {
        var unknown = new List<(Node, string)>();
        CollectUnknown(graph, n => WhyUnknown(n, opsets, functions), unknown);
        if (unknown.Count > 0)
        {
            throw Error(unknown.Concat(DependingOnData(graph).Select(n => (n, FoldOnly))), file);
        }
    }

    /// <summary>After the portable passes: is everything that had to be computed at build gone?</summary>
    /// <remarks>Shape arithmetic whose results are known as expressions may stay: nobody will run it.</remarks>
    public static void CheckFolded(Graph graph, string file)
    {
        Node[] left =
            [.. graph.Nodes.Where(n => OperatorRegistry.Find(n) is { IsFoldOnly: true } && n.Outputs.Any(o => o is { Elements: null }))];
        if (left.Length > 0)
        {
            throw Error(left.Select(n => (n, FoldOnly)), file);
        }
    }

    private static string? WhyUnknown(
        Node node, IReadOnlyDictionary<string, long> opsets, IReadOnlySet<(string Domain, string Name)> functions) =>
        functions.Contains((node.Domain, node.Type)) ? "is a function of the model, which is not supported"
        : OperatorRegistry.Find(node) is null ? "is not supported"
        : OperatorRegistry.Find(node.Domain, node.Type, opsets.GetValueOrDefault(node.Domain)) is null
            ? "does not exist in the version of ONNX's operators that the model declares"
            : null;

    private static void CollectUnknown(Graph graph, Func<Node, string?> reason, List<(Node, string)> unknown)
    {
        foreach (Node node in graph.Nodes)
        {
            if (reason(node) is { } why)
            {
                unknown.Add((node, why));
            }

            foreach (AttributeValue attribute in node.Attributes.Values.Where(a => a.Kind == AttributeKind.Graph))
            {
                CollectUnknown(attribute.Graph, reason, unknown);
            }
        }
    }

    private static IEnumerable<Node> DependingOnData(Graph graph)
    {
        var data = new HashSet<Value>(graph.Inputs);
        foreach (Node node in graph.Nodes)
        {
            if (node.Is("Shape") || node.Is("Size") || !node.Inputs.Any(i => i is not null && data.Contains(i)))
            {
                continue;
            }

            data.UnionWith(node.Outputs.OfType<Value>());

            // Min, Max and Sum have forms that run: limits by constants, additions.
            if (OperatorRegistry.Find(node) is { IsFoldOnly: true } && node.Type is not ("Min" or "Max" or "Sum"))
            {
                yield return node;
            }
        }
    }

    private static CompilationException Error(IEnumerable<(Node Node, string Reason)> nodes, string file) => new(
    [
        .. nodes.GroupBy(n => (Type: n.Node.Domain.Length == 0 ? n.Node.Type : $"{n.Node.Domain}.{n.Node.Type}", n.Reason))
            .OrderBy(g => g.Key.Type, StringComparer.Ordinal)
            .Select(group => new Finding(
                DiagnosticCodes.UnsupportedOperator,
                FindingSeverity.Error,
                $"Model '{Path.GetFileName(file)}': operator {group.Key.Type} {group.Key.Reason} "
                    + $"({Names([.. group.Select(n => n.Node.Name)])}). "
                    + "Replace it in the model, or run that part of the network elsewhere.",
                file)),
    ]);

    private static string Names(string[] names) => (names.Length > 1 ? "nodes " : "node ")
        + string.Join(", ", names.Take(NamesShown).Select(n => $"'{n}'"))
        + (names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : string.Empty);
}
