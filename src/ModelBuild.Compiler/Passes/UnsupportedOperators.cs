using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Passes;

/// <summary>Finds the operators that the compiler cannot run, and reports all of them at once (MODELB1003).</summary>
/// <param name="opsets">Versions by domain, as the file declares them.</param>
internal sealed class UnsupportedOperators(IReadOnlyDictionary<string, long> opsets)
{
    private const int NamesShown = 8;

    private readonly List<(Node Node, string Reason)> _found = [];
    private readonly HashSet<Node> _seen = [];

    /// <summary>During import: is the operator of a node unknown? If so it is kept for <see cref="Report"/>.</summary>
    public bool Contains(Node node)
    {
        if (WhyUnknown(node) is not { } reason)
        {
            return false;
        }

        if (_seen.Add(node))
        {
            _found.Add((node, reason));
            AddInside(node);
        }

        return true;
    }

    /// <summary>Keeps unknown operators of bodies that cannot be looked into, since nothing is known of what they read.</summary>
    public void AddInside(Node node)
    {
        foreach (Node inner in node.Bodies.SelectMany(b => b.AllGraphs()).SelectMany(g => g.Nodes))
        {
            Contains(inner);
        }
    }

    /// <summary>
    /// After import: are there unknown operators whose results somebody reads? Those inside them are listed with them.
    /// </summary>
    /// <exception cref="CompilationException">There are.</exception>
    public void Report(Graph graph, string file)
    {
        var alive = new HashSet<Node>(graph.AllGraphs().SelectMany(g => g.Nodes));
        (Node Node, string Reason)[] found = [.. _found.Where(f => alive.Contains(f.Node))];
        if (found.Length > 0)
        {
            throw Error(found, file);
        }
    }

    private string? WhyUnknown(Node node) =>
        OperatorRegistry.Find(node) is null ? "is not supported"
        : !OperatorRegistry.Understands(node.Domain, node.Type, opsets.GetValueOrDefault(node.Domain))
            ? $"is not supported in version {opsets.GetValueOrDefault(node.Domain)} of ONNX's operators; from version "
                + $"{Math.Max(OperatorRegistry.Since(node), OperatorRegistry.OldestOpset)} on it is"
        : OperatorRegistry.Find(node.Domain, node.Type, opsets.GetValueOrDefault(node.Domain, VersionOf(node.Domain))) is null
            ? "does not exist in the version of ONNX's operators that the model declares"
            : null;

    /// <summary>Of a domain that the file does not declare: ONNX Runtime's has one version only, and is taken there without.</summary>
    private static long VersionOf(string domain) => domain == Domains.Microsoft ? 1 : 0;

    private static CompilationException Error(IEnumerable<(Node Node, string Reason)> nodes, string file) => new(
    [
        .. nodes.GroupBy(n => (Type: n.Node.Domain.Length == 0 ? n.Node.Type : $"{n.Node.Domain}.{n.Node.Type}", n.Reason))
            .OrderBy(g => g.Key.Type, StringComparer.Ordinal)
            .Select(group => new Finding(
                DiagnosticCodes.UnsupportedOperator,
                FindingSeverity.Error,
                $"Model '{Path.GetFileName(file)}': operator {group.Key.Type} {group.Key.Reason} "
                    + $"({Names([.. group.Select(n => n.Node.Name)])}). "
                    + (IsIntegerOperator(group.Key.Type)
                        ? "Quantize the model in Q/DQ form instead, with QuantizeLinear and DequantizeLinear around its operators; or set "
                            + "Backend=\"onnxruntime\" and Mode=\"fp32\": ONNX Runtime then runs the model as it is."
                        : Domains.IsOfOnnxRuntime(group.First().Node.Domain) ? InferenceContext.UnsupportedWayOut
                        : $"Change that part of the model, or define the operators of '{group.First().Node.Domain}' in it, as functions of "
                            + "ONNX's own: ONNX Runtime does not have them either, by itself."),
                file)),
    ]);

    /// <summary>Operators of models that were quantized in QOperator form.</summary>
    private static bool IsIntegerOperator(string type) =>
        type.Contains("QLinear", StringComparison.Ordinal) || type.EndsWith("Integer", StringComparison.Ordinal)
        || type.StartsWith("com.microsoft.Q", StringComparison.Ordinal);

    private static string Names(string[] names) => (names.Length > 1 ? "nodes " : "node ")
        + string.Join(", ", names.Take(NamesShown).Select(n => $"'{n}'"))
        + (names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : string.Empty);
}
