using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// What stands beside a model that some rewriting was made for: the same graph with one thing changed that such a rewriting has to ask
/// about.
/// </summary>
internal static class ModelVariant
{
    /// <summary>How graphs are changed: each finds all places that can be, and says what to do there.</summary>
    private static readonly SortedDictionary<string, Func<Graph, IEnumerable<Action>>> s_changes = new(StringComparer.Ordinal)
    {
        ["shown"] = graph => Interior(graph).Select(v => (Action)(() => graph.Outputs.Add(v))),
        ["read again"] = graph => Interior(graph).Where(v => v.Type.IsFloat())
            .Select(v => (Action)(() => graph.Outputs.Add(graph.Add(Domains.Onnx, "Neg", "again", [v], "again", v.Type, v.Shape)))),
        ["given"] = graph => Constants(graph).Select(v => (Action)(() => Give(graph, v))),
        ["varied"] = graph => Elementwise(graph).SelectMany(n => n.Inputs.Index().Where(i => i.Item is { Constant.Length: 1 })
            .SelectMany(i => Axes(n).Select(axis => (Action)(() => n.SetInput(i.Index, Vary(graph, i.Item!, n.Output.KnownShape, axis)))))),
        ["alike"] = graph => Elementwise(graph).SelectMany(n => n.Inputs.Index().Where(i => i.Item is { Constant.Length: > 1 })
            .Select(i => (Action)(() => n.SetInput(
                i.Index, graph.NewConstant("alike", Tensor.FromDoubles(i.Item!.Type, [i.Item.Constant!.ToDoubles()[0]])))))
            .Where(_ => n.Inputs.Any(v => v is { IsConstant: false, Shape: { } shape } && shape.Equals(n.Output.Shape)))),
        ["other way round"] = graph => graph.Nodes.Where(n => n.Domain.Length == 0 && n.Type is "Add" or "Mul" && n.Inputs.Count == 2)
            .Select(n => (Action)(() =>
            {
                Value? first = n.Inputs[0];
                n.SetInput(0, n.Inputs[1]);
                n.SetInput(1, first);
            })),
        ["twice"] = graph => graph.Nodes.Where(n => n.Domain.Length == 0 && n.Inputs is [{ Shape: { } a }, { Shape: { } b }]
                && n.Inputs[0] != n.Inputs[1] && n.Inputs[0]!.Type == n.Inputs[1]!.Type && a.Equals(b))
            .Select(n => (Action)(() => n.SetInput(1, n.Inputs[0]))),
    };

    public static IEnumerable<string> Kinds => s_changes.Keys;

    /// <summary>Variants of one kind, at most so many, each time the same.</summary>
    public static IEnumerable<byte[]> Of(byte[] onnx, string kind, int most, int seed = 1)
    {
        int places = s_changes[kind](Import()).Count();
        foreach (int place in Enumerable.Range(0, places).OrderBy(i => unchecked((uint)((i + seed) * 2654435761))).Take(most))
        {
            Graph graph = Import();
            s_changes[kind](graph).ElementAt(place)();
            yield return OnnxExporter.Export(graph);
        }

        Graph Import() => OnnxImporter.Import(onnx, "model.onnx");
    }

    private static IEnumerable<Value> Interior(Graph graph) =>
        graph.Nodes.SelectMany(n => n.Outputs).OfType<Value>().Where(v => v.Shape is not null && !graph.IsOutput(v)).ToArray();

    private static IEnumerable<Value> Constants(Graph graph) => graph.Nodes.SelectMany(n => n.Inputs).OfType<Value>()
        .Where(v => v.IsConstant && v.Type.IsFloat() && v.Consumers.All(n => n.Graph == graph)).Distinct().ToArray();

    private static IEnumerable<Node> Elementwise(Graph graph) => graph.Nodes.Where(
        n => n.Domain.Length == 0 && n.Type is "Add" or "Sub" or "Mul" or "Div" or "Max" or "Min" or "Pow" or "PRelu" or "Where");

    private static void Give(Graph graph, Value constant)
    {
        Value input = graph.NewValue("given", constant.Type, constant.Shape);
        graph.Inputs.Add(input);
        graph.ReplaceUses(constant, input);
    }

    private static IEnumerable<int> Axes(Node node) =>
        Enumerable.Range(0, node.Output.Shape?.Rank ?? 0).Where(i => node.Output.KnownShape[i] is { IsConstant: true, Value: > 1 });

    /// <summary>Another number for each index of an axis, from the constant's to one and a half of it.</summary>
    private static Value Vary(Graph graph, Value constant, Shape shape, int axis)
    {
        int count = (int)shape[axis].Value;
        double value = constant.Constant!.ToDoubles()[0];
        return graph.NewConstant("varied", Tensor.FromDoubles(
            constant.Type, [.. Enumerable.Range(0, count).Select(i => value * (1 + (0.5 * i / count)))],
            [count, .. Enumerable.Repeat(1L, shape.Rank - axis - 1)]));
    }
}
