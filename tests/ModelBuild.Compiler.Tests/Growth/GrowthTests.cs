using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Growth;

/// <summary>
/// The work of a compile grows with the graph, not with its square. What is counted is memory: whatever walks all nodes again for each of
/// them, restarts from the top or copies lists, allocates as it goes. A clock would tell of the machine.
/// </summary>
[Collection(nameof(GrowthTests))]
[CollectionDefinition(nameof(GrowthTests), DisableParallelization = true)]
public sealed class GrowthTests : IDisposable
{
    private const double Bound = 2.3;
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("mixed", 400, ModelMode.Fp32)]
    [InlineData("mixed", 400, ModelMode.Fp16)]
    [InlineData("mixed", 400, ModelMode.Int8)]
    [InlineData("Pad", 400, ModelMode.Fp32)]
    [InlineData("Scale", 400, ModelMode.Fp32)]
    [InlineData("Relu", 800, ModelMode.Fp32)]
    public void Compile_TwiceTheNodes_IsTwiceTheWork(string kind, int nodes, ModelMode mode)
    {
        // The first compile of a process pays for what all share.
        Work(kind, nodes / 8, mode);

        double once = Work(kind, nodes, mode);
        double twice = Work(kind, 2 * nodes, mode);

        Assert.InRange(twice / once, 1, Bound);
    }

    /// <summary>All nodes have one name, and all get another.</summary>
    [Fact]
    public void Export_TwiceTheNodes_IsTwiceTheWork() => CheckGrowth(nodes =>
    {
        Graph graph = LargeGraph.Chain(nodes, "Relu");
        return () => OnnxExporter.Export(graph);
    });

    /// <summary>Names that are cut, or differ in signs that code cannot have, meet in one.</summary>
    [Fact]
    public void UniqueNames_TwiceAsManyOfOneName_IsTwiceTheWork() => CheckGrowth(count => () =>
    {
        var names = new UniqueNames([]);
        for (int i = 0; i < count; i++)
        {
            names.Add("same");
        }
    });

    private static void CheckGrowth(Func<int, Action> prepare)
    {
        double once = Work(prepare(1000));
        double twice = Work(prepare(2000));

        Assert.InRange(twice / once, 1, Bound);

        static long Work(Action action)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    private long Work(string kind, int nodes, ModelMode mode)
    {
        Graph graph = kind == "mixed" ? LargeGraph.Mixed(nodes) : LargeGraph.Chain(nodes, kind);
        string model = _files.Write($"{kind}{nodes}.onnx", OnnxExporter.Export(graph));
        string samples = _files.Write($"{kind}{nodes}.npy", NumpyFile.Npy(TestGraph.Inputs(graph, 2, seed: 3).Values.Single()));
        long before = GC.GetTotalAllocatedBytes();
        ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = model, Mode = mode, ClassName = "Large", ResourceName = "Large.weights",
            CalibrationFiles = mode.IsCalibrated() ? [samples] : [],
        }).Dispose();
        return GC.GetTotalAllocatedBytes() - before;
    }
}
