using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Calibration;

/// <summary>What calibration sees in the memory of a running plan, against the values that the operators mean.</summary>
public sealed class RangeCollectorTests
{
    public static TheoryData<string> Names => [.. Networks.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Collect_EveryTensor_SeesTheRangeOfAllItsElementsInAllSamples(string name)
    {
        Graph graph = Networks.Make(name);
        PortablePasses.Run(graph, TestGraph.Context());
        Compare(graph, [.. Enumerable.Range(0, 4).Select(seed => TestGraph.Inputs(graph, 2, seed))]);
    }

    /// <summary>The parts of a Concat are written one after the other, into memory that held larger numbers before.</summary>
    [Fact]
    public void Collect_ConcatInUsedMemory_SeesNothingOfWhatWasThere()
    {
        var g = new TestGraph();
        Value x = g.Input(4, 8, 8);
        Value large = g.Node("Relu", g.Node("Mul", [g.Conv(x, 32, 1), g.Constant(Tensor.Scalar(1000))]));
        Value small = g.Node("Relu", g.Node("Mul", [g.Conv(large, 4, 1), g.Constant(Tensor.Scalar(1e-6f))]));
        Value joined = g.Node("Concat", [small, g.Conv(small, 4, 1), g.Conv(small, 8, 3, pad: 1)], ("axis", 1L));
        Graph graph = g.Finish(g.Conv(joined, 2, 1));
        PortablePasses.Run(graph, TestGraph.Context());

        Compare(graph, [TestGraph.Inputs(graph, 1, 1), TestGraph.Inputs(graph, 1, 2)]);
    }

    /// <summary>What is an output and is read too lies in the caller's memory, under the name of the port.</summary>
    [Fact]
    public void Collect_OutputsThatAreReadToo_AreSeen()
    {
        var g = new TestGraph();
        Value x = g.Input(4, 8, 8);
        Value pixel = g.Conv(x, 6, 8);
        Value flat = g.Flatten(g.Node("GlobalAveragePool", g.Conv(x, 5, 3)));
        Graph graph = g.Finish(pixel, flat, g.Conv(pixel, 3, 1), g.Gemm(flat, 3));
        PortablePasses.Run(graph, TestGraph.Context());

        Compare(graph, [TestGraph.Inputs(graph, 2, 1), TestGraph.Inputs(graph, 1, 2)]);
    }

    /// <summary>Only the last sample of the last file has the largest value.</summary>
    [Fact]
    public void Compile_SamplesInSeveralFiles_LooksAtTheLastOfEach()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(2), 3));
        Dictionary<string, Tensor> Samples(params float[] values) =>
            new(StringComparer.Ordinal) { [graph.Inputs[0].Name] = Tensor.Of(values, values.Length / 2, 2) };

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [Samples(0.5f, 0, 1, -3), Samples(0, 0.25f, 4, 7.2f)]);

        Node quantize = model.Portable.Nodes.First(n => n.Is("QuantizeLinear"));
        Assert.Equal((7.2f + 3f) / 255, quantize.Required(1).Constant!.ToFloats()[0], 1e-6f);
        Assert.Equal(75, quantize.Required(2).Constant!.ToInt64s()[0]);
    }

    private static void Compare(Graph graph, Dictionary<string, Tensor>[] samples)
    {
        QuantizationPoints points = QuantizationPoints.Find(graph);
        Graph observed = graph.Clone();
        observed.Observed.UnionWith(points.Values.Select(v => v.Name));
        Dictionary<string, TensorStatistics> statistics = RangeCollector.Collect(
            new Interpreter(LoweredGraph.Plan(observed)), points, samples, CancellationToken.None);

        // Values that are views of one another share a scale, and may be seen under one name only.
        Graph all = graph.Clone();
        foreach (IGrouping<Value, Value> group in points.Values.Where(v => !v.IsConstant && !points.IsScores(v)).GroupBy(points.Group))
        {
            HashSet<string> names = [.. group.Select(v => v.Name)];
            all.Outputs.Clear();
            all.Outputs.AddRange(all.Values().Where(v => names.Contains(v.Name)));
            double[] expected = [.. samples.SelectMany(s => ReferenceEvaluator.Run(all, s)).SelectMany(t => t.ToDoubles())];
            ValueRange actual = names.Select(n => statistics[n].Range).Aggregate((a, b) => a.Union(b));

            double tolerance = 1e-4 * expected.Max(Math.Abs);
            Assert.Equal(expected.Min(), actual.Minimum, tolerance);
            Assert.Equal(expected.Max(), actual.Maximum, tolerance);
        }
    }
}
