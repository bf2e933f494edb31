using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>Finds the operators that the compiler cannot run, and reports all of them at once (MODELB1003).</summary>
internal static class UnsupportedOperators
{
    private const int NamesShown = 8;

    /// <summary>
    /// After import: are all operators known? If not, those that are only computed at build and depend on the model's inputs are listed
    /// too, because they will not go away.
    /// </summary>
    /// <param name="opsets">Versions by domain, as the file declares them.</param>
    public static void CheckKnown(Graph graph, IReadOnlyDictionary<string, long> opsets, string file)
    {
        var unknown = new List<Node>();
        CollectUnknown(graph, opsets, unknown);
        if (unknown.Count > 0)
        {
            Throw(unknown.Concat(DependingOnData(graph)), file);
        }
    }

    /// <summary>After the portable passes: is everything that had to be computed at build gone?</summary>
    /// <remarks>Shape arithmetic whose results are known as expressions may stay: nobody will run it.</remarks>
    public static void CheckFolded(Graph graph, string file)
    {
        Node[] left = [.. graph.Nodes.Where(n => OperatorRegistry.Find(n) is { IsFoldOnly: true } && n.Outputs.Any(o => o is { Elements: null }))];
        if (left.Length > 0)
        {
            Throw(left, file);
        }
    }

    private static void CollectUnknown(Graph graph, IReadOnlyDictionary<string, long> opsets, List<Node> unknown)
    {
        foreach (Node node in graph.Nodes)
        {
            if (OperatorRegistry.Find(node.Domain, node.Type, opsets.GetValueOrDefault(node.Domain)) is null)
            {
                unknown.Add(node);
            }

            foreach (AttributeValue attribute in node.Attributes.Values.Where(a => a.Kind == AttributeKind.Graph))
            {
                CollectUnknown(attribute.Graph, opsets, unknown);
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

    private static void Throw(IEnumerable<Node> nodes, string file)
    {
        Finding[] findings =
        [
            .. nodes.GroupBy(n => n.Domain.Length == 0 ? n.Type : $"{n.Domain}.{n.Type}").OrderBy(g => g.Key, StringComparer.Ordinal).Select(group =>
            {
                string[] names = [.. group.Select(n => $"'{n.Name}'")];
                string more = names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : string.Empty;
                string reason = OperatorRegistry.Find(group.First()) is null ? "is not supported" : "is supported only where it can be computed at build";
                return new Finding(
                    DiagnosticCodes.UnsupportedOperator,
                    FindingSeverity.Error,
                    $"Model '{Path.GetFileName(file)}': operator {group.Key} {reason} (node{(names.Length > 1 ? "s" : string.Empty)} {string.Join(", ", names.Take(NamesShown))}{more}). "
                        + "Replace it in the model, or run that part of the network elsewhere.",
                    file);
            }),
        ];
        throw new CompilationException(findings);
    }
}
