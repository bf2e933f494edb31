using System.Diagnostics;
using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Growth;

/// <summary>Graphs of many small nodes, as exporters write them for long networks.</summary>
internal static class LargeGraph
{
    public const string Command = "large-graph";

    private const int Channels = 8;

    /// <summary>Writes how many seconds it takes to compile a graph of operators by turns, in a process that has compiled none.</summary>
    public static int Run(string nodes, string mode, TextWriter output)
    {
        using var files = new TemporaryFolder();
        Graph graph = Mixed(int.Parse(nodes, CultureInfo.InvariantCulture));
        string model = files.Write("large.onnx", OnnxExporter.Export(graph));
        string samples = files.Write("large.npy", NumpyFile.Npy(TestGraph.Inputs(graph, 2, seed: 3).Values.Single()));
        ModelMode parsed = Enum.Parse<ModelMode>(mode);
        var watch = Stopwatch.StartNew();
        ModelCompiler.Compile(CompiledFile.Options(model, parsed, parsed.IsCalibrated() ? [samples] : [])).Dispose();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{nodes} nodes, {mode}: {watch.Elapsed.TotalSeconds:F1} s"));
        return 0;
    }

    /// <summary>Operators by turns; every sum reads the one before, so that values live long.</summary>
    public static Graph Mixed(int nodes) =>
        Make(nodes, i => new[] { "Conv", "Relu", "Add", "Mul", "Sigmoid", "Out", "Back", "Pad", "Scale" }[i % 9]);

    /// <summary>One operator all the way.</summary>
    public static Graph Chain(int nodes, string type) => Make(nodes, _ => type);

    private static Graph Make(int nodes, Func<int, string> type)
    {
        var graph = new Graph { Name = "large", Opset = 18, ImportedOpset = 18 };
        var context = new InferenceContext("large.onnx", 18);
        var random = new Random(1);
        Value current = graph.NewValue("x", DataType.Float32, new Shape([Dimension.Symbol("batch"), Channels, 4, 4]));
        graph.Inputs.Add(current);
        Value scale = graph.NewConstant("scale", Tensor.Of(Numbers(Channels), Channels, 1, 1));
        Value sum = current;
        for (int i = 0; i < nodes; i++)
        {
            current = type(i) switch
            {
                "Conv" =>
                    Append("Conv", [current, graph.NewConstant("w", Tensor.Of(Numbers(Channels * Channels), Channels, Channels, 1, 1))]),
                "Add" => sum = Append("Add", [current, sum.KnownShape.Equals(current.KnownShape) ? sum : current]),
                "Mul" => Append("Mul", [current, current]),
                "Out" => Append("Transpose", [current], ("perm", new long[] { 0, 2, 3, 1 })),
                "Back" => Append("Transpose", [current], ("perm", new long[] { 0, 3, 1, 2 })),
                "Pad" => Append("Pad", [current, graph.NewConstant("p", Tensor.Of([0L, 0, i % 2 == 0 ? 1 : -1, 0, 0, 0, 0, 0], 8))]),
                "Scale" => Append("Add", [current, scale]),
                string unary => Append(unary, [current]),
            };
        }

        graph.Outputs.Add(current);
        return graph;

        // Exporters that number nothing give one base name to all.
        Value Append(string name, Value[] inputs, params (string, AttributeValue)[] attributes)
        {
            Value output = graph.Add(
                string.Empty, name, name, inputs, "same", DataType.Undefined, null, attributes.ToDictionary(a => a.Item1, a => a.Item2));
            context.Infer(output.Producer!);
            return output;
        }

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }
}
