using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Ranges that are better smaller, and such that are not, on samples that calibration has not seen.</summary>
public sealed class RangeRefinementTests
{
    private const int Size = 24;

    /// <summary>The few large values have most of the range and little of the energy. The noise of weights stays.</summary>
    [Fact]
    public void Run_ValuesWithLongTails_LessNoiseOnOtherSamples()
    {
        (double all, QuantizationParameters before) = Quantize(RecoveryMethods.None, LongTailed);
        (double refined, QuantizationParameters after) = Quantize(RecoveryMethods.Ranges, LongTailed);
        Assert.InRange(refined, all + 0.3, 100);
        Assert.InRange(after.Scale, 0.3f * before.Scale, 0.95f * before.Scale);
    }

    /// <summary>Where all of a range is used, what is cut off costs more than any codes bring.</summary>
    [Fact]
    public void Run_ValuesAllOverTheRange_ChangesNothing()
    {
        (double all, QuantizationParameters before) = Quantize(RecoveryMethods.None, Uniform);
        (double refined, QuantizationParameters after) = Quantize(RecoveryMethods.Ranges, Uniform);
        Assert.Equal(all, refined);
        Assert.Equal(before, after);
    }

    [Theory]
    [InlineData(15, "minmax")]
    [InlineData(256, "percentile=100")]
    public void Run_FewSamplesOrAnotherMethod_ChangesNothing(int samples, string method)
    {
        Assert.True(CalibrationMethod.TryRead(method, out CalibrationMethod ranges, out _));
        (double all, QuantizationParameters before) = Quantize(RecoveryMethods.None, LongTailed, samples, ranges);
        (double refined, QuantizationParameters after) = Quantize(RecoveryMethods.Ranges, LongTailed, samples, ranges);
        Assert.Equal(all, refined);
        Assert.Equal(before, after);
    }

    /// <summary>How much work a branch is, only the branch knows: the rest is not the less quantized.</summary>
    [Fact]
    public void Run_BranchWhoseSizesDataDecides_IsQuantizedAllTheSame()
    {
        OnnxGraph then = new OnnxGraph().Constant("u", [2, 3], [1, 2, 3, 4, 5, 6]).Integers("first", 0).Output("a", 1, 3)
            .Node("NonZero", ["x"], ["n"]).Node("Transpose", ["n"], ["t"]).Node("Cast", ["t"], ["f"], ("to", (long)DataType.Float32))
            .Node("MatMul", ["f", "u"], ["m"]).Node("ReduceSum", ["m", "first"], ["a"]);
        OnnxGraph other = new OnnxGraph().Constant("v", [32, 3], [.. Enumerable.Range(0, 96).Select(i => (float)i)]).Output("b", 1, 3)
            .Node("MatMul", ["x", "v"], ["b"]);
        byte[] onnx = new OnnxGraph().Input("x", 1, 32).Input("c", DataType.Bool).Output("y", 1, 32).Output("z", 1, 3)
            .Constant("w", [32, 32], [.. Enumerable.Range(0, 1024).Select(i => (i % 7) - 3f)]).Node("MatMul", ["x", "w"], ["y"])
            .Node("If", ["c"], ["z"], ("then_branch", then), ("else_branch", other)).ToModel(13);
        var random = new Random(1);
        IReadOnlyDictionary<string, Tensor>[] samples =
        [
            .. Enumerable.Range(0, 16).Select(i => new Dictionary<string, Tensor>
            {
                ["x"] = Tensor.Of([.. Enumerable.Range(0, 32).Select(_ => Uniform(random))], 1, 32),
                ["c"] = new Tensor(DataType.Bool, [], new[] { (byte)(i % 2) }),
            }),
        ];

        using CompiledModel model = CompiledFile.Of(OnnxImporter.Import(onnx, "model.onnx"), ModelMode.Int8, samples);

        Assert.Contains(model.Portable.Nodes, n => n.Is("QuantizeLinear"));
    }

    /// <summary>One in 100,000 is up to three times as large as all others.</summary>
    private static float LongTailed(Random random) => random.Next(100_000) == 0 ? 1 + (2 * random.NextSingle()) : Uniform(random);

    private static float Uniform(Random random) => (2 * random.NextSingle()) - 1;

    private static (double Sqnr, QuantizationParameters Input) Quantize(
        RecoveryMethods methods, Func<Random, float> draw, int samples = 256, CalibrationMethod? ranges = null)
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Conv(g.Input(4, Size, Size), 8, 3));
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32, methods, []);
        using CompiledModel integers = CompiledFile.Of(graph, ModelMode.Int8, methods, [Samples(seed: 1)], ranges);
        double sqnr = NoiseMeter.Compare(
            new Interpreter(floats.Compiled), new Interpreter(integers.Compiled), [Samples(seed: 2)], CancellationToken.None)!.Sqnr!.Value;
        Node first = integers.Portable.Nodes.First(n => n.Is("QuantizeLinear"));
        return (sqnr, QuantizationInputs.Parameters(first));

        Dictionary<string, Tensor> Samples(int seed)
        {
            var random = new Random(seed);
            float[] values = [.. Enumerable.Range(0, samples * 4 * Size * Size).Select(_ => draw(random))];
            return new Dictionary<string, Tensor>(StringComparer.Ordinal)
            {
                [graph.Inputs[0].Name] = Tensor.Of(values, samples, 4, Size, Size),
            };
        }
    }
}
