using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// HardSwish and any sequence of constants behind a product of codes, one for all or one per channel, on either side of an operator: to
/// one code of what the operators mean, wherever the gate ends.
/// </summary>
public sealed class GateTests
{
    private const float Step = 0.05f;
    private const int Channels = 19;

    public static TheoryData<int, bool> Seeds
    {
        get
        {
            var rows = new TheoryData<int, bool>();
            for (int seed = 0; seed < 24; seed++)
            {
                rows.Add(seed, seed % 3 == 0);
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Run_ConstantsBehindHardSwish_GiveWhatTheOperatorsMean(int seed, bool ofRows)
    {
        (OnnxGraph g, int taken) = Model(seed, ofRows);
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 1, seed);

        Node fused = LoweredGraph.Lower(graph).Nodes.First(n => n.Type is "Convolution" or "Gemm");

        Assert.True(Gate.IsIn(fused));
        Assert.Equal(taken, fused.Name.Split(" + ").Count(n => n.StartsWith('g')));
        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, Step * 1.001);
        Assert.InRange(ReferenceEvaluator.Run(graph, inputs)[0].ToFloats().Distinct().Count(), 5, 256);
    }

    /// <summary>What others read too, or an output is, has to be there: whether they come before HardSwish or behind it.</summary>
    [Theory]
    [InlineData("HardSwish first")]
    [InlineData("HardSwish last")]
    [InlineData("output")]
    public void Run_PreActivationThatIsWantedItself_IsThere(string kind)
    {
        OnnxGraph g = Anchor(new Random(3), ofRows: false).Output(kind == "output" ? "v" : "u");
        string[] readers = kind == "HardSwish last" ? ["u", "y"] : kind == "HardSwish first" ? ["y", "u"] : ["y"];
        foreach (string reader in readers)
        {
            string value = "v";
            if (reader == "y")
            {
                g.Node("HardSwish", "g", ["v"], ["v0"]);
                value = "v0";
            }

            g.Node("QuantizeLinear", [value, "step", "middle"], [$"{reader}_q"])
                .Node("DequantizeLinear", [$"{reader}_q", "step", "middle"], [reader]);
        }

        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");

        Assert.DoesNotContain(LoweredGraph.Lower(graph).Nodes, Gate.IsIn);
        Assert.InRange(LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 1, seed: 2)), 0, Step * 1.001);
    }

    /// <summary>What is taken off a constant, or divides it, is another thing than what a constant is taken off.</summary>
    [Theory]
    [InlineData("Sub")]
    [InlineData("Div")]
    public void Run_ConstantBeforeTheGate_IsBehindIt(string type)
    {
        OnnxGraph g = Anchor(new Random(3), ofRows: false).Node("HardSwish", "g", ["v"], ["v0"]).Constant("c", Tensor.Scalar(0.7f))
            .Node(type, "other", ["c", "v0"], ["v1"]);

        Check(g, "v1");
    }

    /// <summary>Zeros stay zeros, however large the factors are that follow each other.</summary>
    [Fact]
    public void Run_FactorsThatTogetherAreInfinite_StayBehindTheGate()
    {
        OnnxGraph g = Anchor(new Random(3), ofRows: false).Node("HardSwish", "g", ["v"], ["v0"]).Constant("c", Tensor.Scalar(1e30f))
            .Node("Mul", "first", ["v0", "c"], ["v1"]).Node("Mul", "second", ["v1", "c"], ["v2"]);

        Check(g, "v2");
    }

    private static void Check(OnnxGraph g, string end)
    {
        g.Node("QuantizeLinear", [end, "step", "middle"], ["r"]).Node("DequantizeLinear", ["r", "step", "middle"], ["y"]);
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");

        Assert.InRange(LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, batch: 1, seed: 2)), 0, Step * 1.001);
    }

    /// <returns>The model, and how many operators are part of the gate: HardSwish and all behind it.</returns>
    private static (OnnxGraph Graph, int Taken) Model(int seed, bool ofRows)
    {
        var random = new Random(seed);
        OnnxGraph g = Anchor(random, ofRows).Node("HardSwish", "g", ["v"], ["v0"]);
        int count = random.Next(1, 6);
        for (int i = 0; i < count; i++)
        {
            string type = new[] { "Mul", "Add", "Sub", "Div" }[random.Next(4)];
            bool isPerChannel = random.Next(3) > 0;
            float[] numbers = [.. Enumerable.Range(0, isPerChannel ? Channels : 1)
                .Select(_ => (0.6f + random.NextSingle()) * (random.Next(4) == 0 ? -1 : 1))];
            long[] dimensions = !isPerChannel ? [] : ofRows ? [Channels] : [Channels, 1, 1];
            string[] operands = [$"v{i}", $"c{i}"];

            // A sum and a product have no first operand.
            if (type is "Mul" or "Add" && random.Next(2) == 0)
            {
                Array.Reverse(operands);
            }

            g.Constant($"c{i}", Tensor.Of(numbers, dimensions)).Node(type, $"g{i}", operands, [$"v{i + 1}"]);
        }

        g.Node("QuantizeLinear", [$"v{count}", "step", "middle"], ["r"]).Node("DequantizeLinear", ["r", "step", "middle"], ["y"]);
        return (g, count + 1);
    }

    /// <summary>A product of codes that makes <c>v</c>, and constants for the codes behind.</summary>
    private static OnnxGraph Anchor(Random random, bool ofRows)
    {
        OnnxGraph g = new OnnxGraph().Output("y")
            .Constant("scale", Tensor.Scalar(0.03f)).Constant("zero", Tensor.Of(new byte[] { 100 }, []))
            .Constant("ws", Tensor.Scalar(0.02f)).Constant("wz", Tensor.Of(new sbyte[] { 0 }, []))
            .Constant("step", Tensor.Scalar(Step)).Constant("middle", Tensor.Of(new byte[] { 128 }, []));
        long[] weights = ofRows ? [8, Channels] : [Channels, 8, 1, 1];
        sbyte[] codes = [.. Enumerable.Range(0, 8 * Channels).Select(_ => (sbyte)random.Next(-127, 128))];
        _ = ofRows ? g.Input("x", 2, 5, 8) : g.Input("x", 2, 8, 3, 3);
        return g.Constant("w", Tensor.Of(codes, weights)).Node("DequantizeLinear", ["w", "ws", "wz"], ["wd"])
            .Node("QuantizeLinear", ["x", "scale", "zero"], ["q"]).Node("DequantizeLinear", ["q", "scale", "zero"], ["d"])
            .Node(ofRows ? "MatMul" : "Conv", "anchor", ["d", "wd"], ["v"]);
    }
}
