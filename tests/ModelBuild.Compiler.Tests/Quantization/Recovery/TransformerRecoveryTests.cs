using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

/// <summary>
/// What becomes of networks in which few channels, or few elements, are far larger than all others: what each method buys, and that it does
/// nothing where it buys nothing.
/// </summary>
public sealed class TransformerRecoveryTests
{
    private const int Channels = 64;

    /// <summary>Three channels of a normalization are sixty times as large as the others, whose codes would be a handful.</summary>
    [Fact]
    public void SmoothQuant_FewLargeChannelsBehindANormalization_AreMadeLikeTheOthers()
    {
        Graph graph = BehindANormalization(large: 60);

        (double none, CompiledModel plain) = Ablation.Sqnr(graph, RecoveryMethods.None);
        (double smoothed, CompiledModel smooth) = Ablation.Sqnr(graph, RecoveryMethods.SmoothQuant);

        using (plain)
        using (smooth)
        {
            Assert.InRange(smoothed, none + 6, 100);
            Node factor = Assert.Single(
                smooth.Portable.Nodes, n => n.Is("Mul") && n.Output.Name.EndsWith("_smooth", StringComparison.Ordinal));
            Assert.All(factor.Output.Consumers, c => Assert.True(c.Is("QuantizeLinear")));

            // The factor is one with those of the normalization.
            Assert.Equal(plain.Compiled.Plan.Steps.Count, smooth.Compiled.Plan.Steps.Count);
        }
    }

    [Fact]
    public void SmoothQuant_ChannelsOfOneSize_StayAsTheyAre()
    {
        Graph graph = BehindANormalization(large: 1);

        (_, CompiledModel plain) = Ablation.Sqnr(graph, RecoveryMethods.None);
        (_, CompiledModel smooth) = Ablation.Sqnr(graph, RecoveryMethods.SmoothQuant);

        using (plain)
        using (smooth)
        {
            Assert.Equal(plain.Compiled.Plan.Steps.Count, smooth.Compiled.Plan.Steps.Count);
        }
    }

    /// <summary>Of 16 bits there are enough for large channels and small ones.</summary>
    [Fact]
    public void SmoothQuant_Int16x8_ChangesNothing()
    {
        Graph graph = BehindANormalization(large: 60);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 20, 1);

        using CompiledModel plain = CompiledFile.Of(graph, ModelMode.Int16x8, RecoveryMethods.None, [samples]);
        using CompiledModel recovered = CompiledFile.Of(
            graph, ModelMode.Int16x8, RecoveryMethods.Equalization | RecoveryMethods.SmoothQuant, [samples]);

        Assert.Equal(OnnxExporter.Export(plain.Portable), OnnxExporter.Export(recovered.Portable));
    }

    /// <summary>The same rows, in one sample or each in one of its own, say the same of the channels.</summary>
    [Fact]
    public void SmoothQuant_RowsOfOneSampleOrOfMany_GiveTheSameFactors()
    {
        const int Rows = 48;
        float[] values = TestGraph.Inputs(BehindANormalization(60, Rows), 1, 7)["input0"].ToFloats();

        float[] together = Factors(BehindANormalization(60, Rows, hasSmallWeights: false), Tensor.Of(values, 1, Rows, Channels));
        float[] apart = Factors(BehindANormalization(60, 1, hasSmallWeights: false), Tensor.Of(values, Rows, 1, Channels));

        Assert.True(together.Max() > 2 * together.Min());
        Assert.All(together.Zip(apart), f => Assert.Equal(f.First, f.Second, 1e-3f * f.First));

        static float[] Factors(Graph graph, Tensor rows)
        {
            var samples = new Dictionary<string, Tensor> { ["input0"] = rows };
            using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, RecoveryMethods.SmoothQuant, [samples]);
            return model.Portable.Nodes.Single(n => n.Is("Mul") && n.Output.Name.EndsWith("_smooth", StringComparison.Ordinal))
                .Required(1).Constant!.ToFloats();
        }
    }

    /// <summary>Of two inputs with too few codes, one in four tensors is the one with fewer.</summary>
    [Theory]
    [InlineData(200, 40, "input0")]
    [InlineData(40, 200, "input1")]
    public void Int16_TwoTensorsWhoseCodesSayLittle_GoesToTheOneWhoseCodesSayLeast(float first, float second, string expected)
    {
        var g = new TestGraph();
        Value Product(Value x) => g.Node("Relu", g.Node("MatMul", [x, g.Weights(Channels, Channels)]));
        Value sum = g.Node("Add", [Product(g.Input(20, Channels)), Product(g.Input(20, Channels))]);
        Graph graph = g.Finish(Product(Product(sum)));
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 12, 3);
        foreach ((string name, float size) in new[] { ("input0", first), ("input1", second) })
        {
            float[] values = samples[name].ToFloats();
            for (int i = 7; i < values.Length; i += 7000)
            {
                values[i] *= size;
            }

            samples[name] = Tensor.Of(values, [.. samples[name].Dimensions]);
        }

        (_, CompiledModel wide) = Ablation.Sqnr(graph, RecoveryMethods.Int16, samples);

        using (wide)
        {
            Node quantize = Assert.Single(wide.Portable.Nodes, n => n.Is("QuantizeLinear") && n.Output.Type == DataType.Int16);
            Assert.Equal(expected, quantize.Required(0).Name);
        }
    }

    /// <summary>One element in fifteen hundred is eighty times as large: there are a handful of codes for all others.</summary>
    [Fact]
    public void Int16_TensorWhoseCodesSayLittle_HasCodesOf16Bits()
    {
        var g = new TestGraph();
        Value x = g.Input(20, Channels);
        for (int i = 0; i < 4; i++)
        {
            x = g.Node("Relu", g.Node("MatMul", [x, g.Weights(Channels, Channels)]));
        }

        Graph graph = g.Finish(x);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 12, 3);
        float[] values = samples["input0"].ToFloats();
        for (int i = 7; i < values.Length; i += 1500)
        {
            values[i] *= 80;
        }

        samples["input0"] = Tensor.Of(values, [.. samples["input0"].Dimensions]);

        (double none, CompiledModel plain) = Ablation.Sqnr(graph, RecoveryMethods.None, samples);
        (double recovered, CompiledModel wide) = Ablation.Sqnr(graph, RecoveryMethods.Int16, samples);

        using (plain)
        using (wide)
        {
            Assert.DoesNotContain(plain.Compiled.Plan.Steps, IsWide);
            Assert.Single(wide.Compiled.Plan.Steps, IsWide);
            Assert.InRange(recovered, none + 3, 100);
        }

        static bool IsWide(ModelBuild.Plan.PlanStep step) => step.Call.Target == "Quantization.QuantizeUInt16";
    }

    private static Graph BehindANormalization(float large, int rows = 12, bool hasSmallWeights = true)
    {
        var g = new TestGraph();
        float[] scales = [.. Enumerable.Range(0, Channels).Select(c => c % 21 == 5 ? large : 1f)];
        Value axes = g.Constant(Tensor.Of([-1L], 1));
        Value x = g.Node("MatMul", [g.Input(rows, Channels), g.Weights(Channels, Channels)]);
        Value difference = g.Node("Sub", [x, g.Node("ReduceMean", [x, axes])]);
        Value variance = g.Node("ReduceMean", [g.Node("Mul", [difference, difference]), axes]);
        Value deviation = g.Node("Sqrt", g.Node("Add", [variance, g.Constant(Tensor.Scalar(1e-5f))]));
        Value normal = g.Node("Mul", [g.Node("Div", [difference, deviation]), g.Constant(Tensor.Of(scales, Channels))]);
        Value shifted = g.Node("Add", [normal, g.Constant(Tensor.Of([.. Enumerable.Repeat(0.1f, Channels)], Channels))]);

        // The weights of large channels are small, as training leaves them.
        float[] weights = g.Weights(Channels, 16).Constant!.ToFloats();
        float[] scaled = [.. weights.Select((w, i) => hasSmallWeights ? w / scales[i / 16] : w)];
        return g.Finish(
            g.Node("Add", [g.Node("MatMul", [shifted, g.Constant(Tensor.Of(scaled, Channels, 16))]), g.Weights(16)]));
    }
}
