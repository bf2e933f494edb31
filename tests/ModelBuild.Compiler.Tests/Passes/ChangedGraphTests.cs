using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.RandomGraphs;

namespace ModelBuild.Compiler.Tests.Passes;

/// <summary>A pass that has changed a graph says so: the others get another turn, and a dump has a page more.</summary>
public sealed class ChangedGraphTests
{
    private static readonly Dictionary<string, Func<OnnxGraph>> s_doubles = new(StringComparer.Ordinal)
    {
        ["BatchNormalization"] = () => Doubles(1, 3, 4).Constant("p", Numbers(3, 1)).Constant("m", Numbers(3, 0))
            .Node("BatchNormalization", ["x", "p", "m", "m", "p"], ["y"]),
        ["Erf"] = () => Doubles(2, 3).Node("Erf", ["x"], ["y"]),
        ["Conv"] = () => Doubles(1, 2, 4, 4).Constant("w", Tensor.FromDoubles(DataType.Float64, new double[18], [1, 2, 3, 3]))
            .Node("Conv", ["x", "w"], ["y"]),
        ["Add and Softmax"] = () => Doubles(2, 3).Constant("p", Numbers(3, 1)).Node("Add", ["x", "p"], ["a"]).Node("Softmax", ["a"], ["y"]),
    };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_RandomGraphs_EveryChangeIsSaid(int group)
    {
        for (int seed = 40 * group; seed < 40 * (group + 1); seed++)
        {
            Check(RandomGraph.Make(seed), keepsFloat64: seed % 2 == 0, $"seed {seed}");
        }
    }

    [Fact]
    public void Run_GraphsInFloat64_EveryChangeIsSaid()
    {
        foreach ((string name, Func<OnnxGraph> make) in s_doubles)
        {
            foreach (bool keeps in (bool[])[false, true])
            {
                Check(OnnxImporter.Import(make().ToModel(), "model.onnx"), keeps, name);
            }
        }
    }

    private static void Check(Graph graph, bool keepsFloat64, string name)
    {
        var context = new PassContext(new InferenceContext("model.onnx", 18), [], CancellationToken.None) { KeepsFloat64 = keepsFloat64 };
        IReadOnlyList<IPass> passes = PortablePasses.All;
        bool changed = true;
        for (int round = 0; changed; round++)
        {
            Assert.InRange(round, 0, 100);
            changed = false;
            foreach (IPass pass in passes)
            {
                string before = GraphText.Of(graph);
                bool isChanged = context.Apply(pass, graph);
                changed |= isChanged;
                Assert.True(isChanged || before == GraphText.Of(graph), $"{name}: {pass.GetType().Name} has changed the graph");
            }
        }
    }

    private static OnnxGraph Doubles(params object[] shape) =>
        new OnnxGraph().Input("x", DataType.Float64, shape).Output("y", DataType.Float64);

    private static Tensor Numbers(int count, double first) =>
        Tensor.FromDoubles(DataType.Float64, [.. Enumerable.Range(0, count).Select(i => first + (i / 8.0))], [count]);
}
