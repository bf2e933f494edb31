using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// What lowered graphs compute, through plan and kernels, against the plain meaning of the ONNX operators they came from.
/// </summary>
public sealed class LoweredGraphTests
{
    public static TheoryData<string> Names => [.. Networks.Names];

    /// <summary>A product of two activations has no integer kernel.</summary>
    public static TheoryData<string> IntegerNames => [.. Networks.Names.Except(["attention"])];

    [Theory]
    [MemberData(nameof(Names))]
    public void Float_Network_ComputesWhatItsOperatorsMean(string name)
    {
        Graph graph = Networks.Make(name);
        PortablePasses.Run(graph, TestGraph.Context());
        var interpreter = new Interpreter(Build(graph));
        foreach (long batch in new[] { 1L, 3L })
        {
            Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch, seed: 5);
            Tensor[] expected = ReferenceEvaluator.Run(graph, inputs);
            Dictionary<string, Tensor> actual = interpreter.Run(inputs);
            for (int i = 0; i < expected.Length; i++)
            {
                TensorAssert.Close(expected[i], actual[graph.Outputs[i].Name], relative: 1e-4, absolute: 1e-5);
            }
        }
    }

    /// <summary>
    /// The quantized graph run in floating point, operator by operator, differs from the integer engine only where a sum lies within
    /// rounding of the edge between two codes.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Quantized_Network_ComputesWhatItsOnnxFormMeans(string name)
    {
        Graph graph = Quantized(name);
        var interpreter = new Interpreter(Build(graph));
        double signal = 0;
        double noise = 0;
        for (int seed = 0; seed < 8; seed++)
        {
            Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 2, seed);
            Tensor[] expected = ReferenceEvaluator.Run(graph, inputs);
            Dictionary<string, Tensor> actual = interpreter.Run(inputs);
            for (int i = 0; i < expected.Length; i++)
            {
                Tensor output = actual[graph.Outputs[i].Name];
                Assert.Equal(expected[i].Dimensions, output.Dimensions);
                foreach ((float e, float a) in expected[i].ToFloats().Zip(output.ToFloats()))
                {
                    signal += (double)e * e;
                    noise += ((double)e - a) * ((double)e - a);
                }
            }
        }

        Assert.True(
            10 * Math.Log10(signal / noise) > 48, $"{10 * Math.Log10(signal / noise):F1} dB between the engine and the Q/DQ model.");
    }

    /// <summary>Quantization must not have cost more than 8 bits can cost.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Quantized_Network_StaysCloseToFloat(string name)
    {
        Graph graph = Networks.Make(name);
        PortablePasses.Run(graph, TestGraph.Context());
        var interpreter = new Interpreter(Build(Quantized(name)));
        double signal = 0;
        double noise = 0;
        for (int seed = 0; seed < 8; seed++)
        {
            Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 2, seed);
            Tensor[] expected = ReferenceEvaluator.Run(graph, inputs);
            Dictionary<string, Tensor> actual = interpreter.Run(inputs);
            for (int i = 0; i < expected.Length; i++)
            {
                foreach ((float e, float a) in expected[i].ToFloats().Zip(actual[graph.Outputs[i].Name].ToFloats()))
                {
                    signal += (double)e * e;
                    noise += ((double)e - a) * ((double)e - a);
                }
            }
        }

        Assert.True(10 * Math.Log10(signal / noise) > 28, $"{10 * Math.Log10(signal / noise):F1} dB against float.");
    }

    [Theory]
    [InlineData("attention")]
    public void Quantized_NetworkWithoutIntegerKernels_ListsItsFloatOperators(string name) =>
        Assert.NotEmpty(FloatIslands.Find(Lower(Quantized(name))));

    [Theory]
    [MemberData(nameof(IntegerNames))]
    public void Quantized_Network_HasNoFloatIsland(string name) =>
        Assert.Empty(FloatIslands.Find(Lower(Quantized(name))).Select(n => n.ToString()));

    [Theory]
    [InlineData("conv relu pool flatten gemm", 0)]
    [InlineData("global average", 1)]
    [InlineData("channels-last input", 0)]
    [InlineData("squeeze and excitation", 2)]
    [InlineData("residual of two convolutions", 2)]
    public void ChannelsLast_LeavesTransposesAtThePortsOnly(string name, int expected) =>
        Assert.Equal(expected, Lower(Quantized(name)).Nodes.Count(n => n.Is("Transpose")));

    [Fact]
    public void ResidualOfTwoConvolutions_PassesAccumulators()
    {
        Graph lowered = Lower(Quantized("residual of two convolutions"));
        Assert.Single(lowered.Nodes, n => n.Is(Domains.Internal, InternalOperators.Convolution) && n.Output.Type == DataType.Int32);
        Assert.DoesNotContain(lowered.Nodes, n => n.Type is "Add" or InternalOperators.QuantizedAdd);
    }

    [Fact]
    public void Swish_IsOneTable() => Assert.Single(Lower(Quantized("swish")).Nodes, n => n.Type == InternalOperators.Lookup);

    [Fact]
    public void Compilation_OfTheSameGraph_MakesTheSameBytes()
    {
        CompiledPlan first = Build(Quantized("squeeze and excitation"));
        CompiledPlan second = Build(Quantized("squeeze and excitation"));
        Assert.Equal(PlanWriter.Write(first.Plan), PlanWriter.Write(second.Plan));
        Assert.Equal(first.Weights.Sha256, second.Weights.Sha256);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Plan_ReadBackFromItsText_IsTheSame(string name)
    {
        ExecutionPlan plan = Build(Quantized(name)).Plan;
        Assert.Equal(plan, PlanReader.Read(PlanWriter.Write(plan)));
    }

    private static Graph Quantized(string name)
    {
        Graph graph = Networks.Make(name);
        PassContext context = TestGraph.Context();
        PortablePasses.Run(graph, context);
        new AffineToDepthwise().Run(graph, context);
        QuantizationPoints points = QuantizationPoints.Find(graph);
        Graph observed = graph.Clone();
        observed.Observed.UnionWith(points.Values.Select(v => v.Name));
        Dictionary<string, TensorStatistics> statistics = RangeCollector.Collect(
            new Interpreter(Build(observed)), points, Enumerable.Range(0, 8).Select(
                seed => TestGraph.Inputs(graph, 4, seed)), CancellationToken.None);
        Quantizer.Insert(graph, points, statistics);
        new ShapeInference().Run(graph, context);
        GraphVerifier.Verify(graph, nameof(Quantizer));
        return graph;
    }

    private static Graph Lower(Graph graph)
    {
        Graph lowered = graph.Clone();
        LoweringPasses.Run(lowered, TestGraph.Context());
        return lowered;
    }

    private static CompiledPlan Build(Graph graph) => PlanBuilder.Build(Lower(graph), new PlanHeader(
        new PlanClass("public", "Tests", "Model"),
        new PlanSource("model.onnx", new string('0', 64), 18, string.Empty),
        "int8",
        "Tests.Model.weights",
        0,
        [.. graph.Inputs.SelectMany(i => i.KnownShape).SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal)]));
}
