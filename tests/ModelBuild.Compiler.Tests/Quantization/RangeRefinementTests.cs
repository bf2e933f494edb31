using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
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
