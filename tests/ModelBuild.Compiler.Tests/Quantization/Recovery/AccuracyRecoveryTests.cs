using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

/// <summary>What recovering accuracy buys, on inputs that calibration has not seen.</summary>
public sealed class AccuracyRecoveryTests
{
    private const int Calibrated = 128;
    private const int Unseen = 128;

    private static readonly Lazy<double> s_plainSample = new(() => SampleSqnr(RecoveryMethods.None));

    /// <summary>The codes that a layer's sums are made of give those sums.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 0, 1, 1)]
    [InlineData(1, 2, 1, 4)]
    [InlineData(2, 1, 2, 2)]
    public void InputColumns_TimesTheWeights_AreTheOutputsOfTheConvolution(int stride, int pad, int dilation, int groups)
    {
        const int Outputs = 8;
        var g = new TestGraph();
        Graph graph = g.Finish(g.Conv(g.Input(4, 9, 7), Outputs, 3, stride, pad, groups, dilation));
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 3, 1)]);
        Node node = model.Portable.Nodes.Single(n => n.Is("Conv"));
        QuantizedLayer layer = QuantizedLayer.Of(node, graph.Nodes.Single(n => n.Is("Conv")))!;
        Tensor[] codes = [Codes(1, 2, 4, 9, 7), Codes(2, 1, 4, 9, 7)];

        var columns = new InputColumns(layer.Node, layer.Terms, codes, layer.InputParameters.ZeroPoint);

        Tensor[] outputs = [.. codes.Select(c => Convolve(layer, c))];
        int size = (int)(outputs[0].Dimensions[2] * outputs[0].Dimensions[3]);
        float[] expected = [.. outputs.SelectMany(o => o.ToFloats())];
        Assert.Equal(3 * size, columns.Count);
        for (int o = 0; o < Outputs; o++)
        {
            byte[] read = columns.Read(o / (Outputs / groups), 0, layer.Terms);
            for (int p = 0; p < columns.Count; p++)
            {
                int sum = Enumerable.Range(0, layer.Terms).Sum(t =>
                    (read[(t * columns.Count) + p] - layer.InputParameters.ZeroPoint) * layer.Codes[(o * layer.Terms) + t]);
                Assert.Equal(
                    expected[(((p / size * Outputs) + o) * size) + (p % size)], sum * layer.InputParameters.Scale * layer.Scales[o], 1e-3f);
            }
        }
    }

    [Fact]
    public void InputColumns_OfAMatrixProduct_AreItsRows()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(5), 3));
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 3, 1)]);
        QuantizedLayer layer = QuantizedLayer.Of(model.Portable.Nodes.Single(n => n.Is("Gemm")), graph.Nodes.Single(n => n.Is("Gemm")))!;
        Tensor codes = Codes(1, 2, 5);

        var columns = new InputColumns(layer.Node, layer.Terms, [codes], layer.InputParameters.ZeroPoint);

        byte[] c = codes.Span<byte>().ToArray();
        Assert.Equal([c[1], c[6], c[2], c[7]], columns.Read(0, 1, 2));
    }

    /// <summary>Where not all samples fit into memory: those that come late may be of another kind.</summary>
    [Theory]
    [InlineData(3, 3, 6, 9)]
    [InlineData(1, 9)]
    [InlineData(10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)]
    public void Spread_SomeOfTheSamples_AreFromAllParts(int count, params int[] expected) =>
        Assert.Equal(expected, CalibrationData.Spread(Enumerable.Range(0, 10), 10, count));

    /// <summary>A bias of more than an accumulator holds is not moved; what fits is, in whole units.</summary>
    [Fact]
    public void LayerBias_OfMoreThanFits_IsLeftAlone()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Node("Relu", g.Gemm(g.Input(5), 3)));
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 3, 1)]);
        Node node = model.Portable.Nodes.Single(n => n.Is("Gemm"));
        QuantizedLayer layer = QuantizedLayer.Of(node, graph.Nodes.Single(n => n.Is("Gemm")))!;
        float[] units = [.. layer.Scales.Select(s => s * layer.InputParameters.Scale)];
        int[] before = node.Required(2).Producer!.Required(0).Constant!.Span<int>().ToArray();

        float[] added = LayerBias.Of(model.Portable, layer.Node, layer.Outputs, layer)!
            .Add([units[0] * 3e9f, units[1] * 7.3f, units[2] * -3e9f]);

        Assert.Equal([0, 7 * units[1], 0], added);
        Assert.Equal(
            [before[0], before[1] + 7, before[2]], node.Required(2).Producer!.Required(0).Constant!.Span<int>().ToArray());
    }

    [Theory]
    [InlineData(RecoveryMethods.Gptq, 0.5)]
    [InlineData(RecoveryMethods.BiasCorrection, 0.5)]
    [InlineData(RecoveryMethods.All, 1.5)]
    [InlineData(RecoveryMethods.AdaptiveRounding, 0.5)]
    public void Sample_IsNearerToFp32_OnUnseenImages(RecoveryMethods methods, double gain)
    {
        Assert.InRange(SampleSqnr(methods) - s_plainSample.Value, gain, 20);
    }

    /// <summary>Inputs that vary together, strided, grouped and depthwise convolutions, a sum, a bound, a matrix without bias.</summary>
    [Fact]
    public void Network_OfManyKindsOfLayers_IsNearerToFp32()
    {
        Graph graph = ManyKinds();
        Dictionary<string, Tensor>[] samples = [.. Enumerable.Range(0, Calibrated + Unseen).Select(Smooth)];

        double plain = Sqnr(graph, samples, RecoveryMethods.None);
        double recovered = Sqnr(graph, samples, RecoveryMethods.All);

        Assert.InRange(recovered - plain, 1, 30);
    }

    /// <summary>A single sample says nothing of chance, and is no fault.</summary>
    [Fact]
    public void Network_OneSample_IsCompiled()
    {
        Graph graph = ManyKinds();

        Assert.InRange(Sqnr(graph, [Smooth(1), Smooth(2), Smooth(3)], RecoveryMethods.All, calibrated: 1), 5, 60);
    }

    private static Graph ManyKinds()
    {
        var g = new TestGraph();
        Value x = g.Input(3, 12, 12);
        Value first = g.Relu6(g.Conv(x, 8, 3, stride: 2, pad: 1));
        Value depthwise = g.Node("Relu", g.Conv(first, 8, 3, pad: 1, groups: 8));
        Value sum = g.Node("Add", [g.Conv(depthwise, 8, 1), first]);
        Value grouped = g.Node("Relu", g.Conv(sum, 8, 3, pad: 2, groups: 2, dilation: 2));
        Value product = g.Node("MatMul", [g.Flatten(grouped), g.Weights(grouped.KnownShape.Product(1, 4).Value, 12)]);
        return g.Finish(g.Gemm(g.Node("Relu", product), 5));
    }

    private static double SampleSqnr(RecoveryMethods methods)
    {
        string folder = Path.Combine(Repository.Root, "samples", "FashionMnist");
        string images = SampleImages.All;
        using CompiledModel floats = Compile(ModelMode.Fp32);
        using CompiledModel integers = Compile(ModelMode.Int8);

        // Moved by a pixel, they are images that calibration has not seen.
        IEnumerable<IReadOnlyDictionary<string, Tensor>> unseen = CalibrationData.Open([images], floats.Portable.Inputs).Samples()
            .Take(Unseen).Select(Shifted);
        return NoiseMeter.Compare(
            new Interpreter(floats.Compiled), new Interpreter(integers.Compiled), unseen, CancellationToken.None)!.Sqnr!.Value;

        CompiledModel Compile(ModelMode mode) => ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = Path.Combine(folder, "models", "resnet.onnx"),
            Mode = mode,
            CalibrationFiles = [images],
            Recovery = methods,
            ClassName = "Resnet",
            ResourceName = "Resnet.weights",
        });
    }

    private static IReadOnlyDictionary<string, Tensor> Shifted(IReadOnlyDictionary<string, Tensor> sample) => sample.ToDictionary(
        s => s.Key,
        s =>
        {
            float[] pixels = s.Value.ToFloats();
            return Tensor.Of([0, .. pixels.AsSpan(0, pixels.Length - 1)], [.. s.Value.Dimensions]);
        });

    private static double Sqnr(
        Graph graph, Dictionary<string, Tensor>[] samples, RecoveryMethods methods, int calibrated = Calibrated)
    {
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32, methods, []);
        using CompiledModel integers = CompiledFile.Of(graph, ModelMode.Int8, methods, samples[..calibrated]);
        return NoiseMeter.Compare(
            new Interpreter(floats.Compiled), new Interpreter(integers.Compiled), samples[calibrated..], CancellationToken.None)!
            .Sqnr!.Value;
    }

    /// <summary>An image of waves: neighbours are alike, as in photographs.</summary>
    private static Dictionary<string, Tensor> Smooth(int seed)
    {
        var random = new Random(seed);
        double[] phases = [.. Enumerable.Range(0, 6).Select(_ => random.NextDouble() * 6)];
        float[] pixels = [.. Enumerable.Range(0, 3 * 12 * 12).Select(i =>
        {
            (int channel, int row, int column) = (i / 144, i / 12 % 12, i % 12);
            return (float)(Math.Sin((0.4 * row) + phases[channel]) + Math.Sin((0.3 * column) + phases[channel + 3]));
        })];
        return new(StringComparer.Ordinal) { ["input0"] = Tensor.Of(pixels, 1, 3, 12, 12) };
    }

    private static Tensor Codes(int seed, params long[] dimensions)
    {
        byte[] codes = new byte[dimensions.Aggregate(1L, (a, b) => a * b)];
        new Random(seed).NextBytes(codes);
        return Tensor.Of(codes, dimensions);
    }

    private static Tensor Convolve(QuantizedLayer layer, Tensor codes)
    {
        var g = new TestGraph();
        Value x = g.FixedInput([.. codes.Dimensions]);
        Value output = g.Node(
            "Conv", [x, g.Constant(layer.Weights)], [.. layer.Node.Attributes.Select(a => (a.Key, a.Value))]);
        Tensor reals = Tensor.Of(
            [.. codes.Span<byte>().ToArray().Select(c => (c - layer.InputParameters.ZeroPoint) * layer.InputParameters.Scale)],
            [.. codes.Dimensions]);
        return ReferenceEvaluator.Run(g.Finish(output), new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = reals })[0];
    }
}
