using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

/// <summary>
/// Where a result is the small difference of large ones, codes that are good enough by themselves make it poor: then more is done than
/// elsewhere, and what does not help is left.
/// </summary>
public sealed class PoorResultTests
{
    private const int Terms = 8;
    private const int Channels = 48;

    /// <summary>Codes of 30 dB are no reason for 16 bits; a result of less than 20 dB is, for one in four of the tensors.</summary>
    [Fact]
    public void Int16_PoorResultOfTensorsThatAreNotPoor_GivesOneInFour16Bits()
    {
        Graph graph = Differences();

        (double none, CompiledModel plain) = Ablation.Sqnr(graph, RecoveryMethods.None, Samples(graph, apart: 0.15f));
        (double recovered, CompiledModel wide) = Ablation.Sqnr(graph, RecoveryMethods.Int16, Samples(graph, apart: 0.15f));
        (double good, CompiledModel enough) = Ablation.Sqnr(graph, RecoveryMethods.Int16, Samples(graph, apart: 2));

        using (plain)
        using (wide)
        using (enough)
        {
            Assert.InRange(none, 0, 19);
            Assert.InRange(good, 21, 100);
            Assert.InRange(recovered, none + 0.5, 100);
            Assert.Equal(Terms / 4, wide.Compiled.Plan.Steps.Count(IsWide));
            Assert.DoesNotContain(enough.Compiled.Plan.Steps, IsWide);
        }

        static bool IsWide(ModelBuild.Plan.PlanStep step) => step.Call.Target == "Quantization.QuantizeUInt16";
    }

    /// <summary>All that may be done gives no less than any part of it.</summary>
    [Theory]
    [InlineData(0.15f)]
    [InlineData(0.1f)]
    [InlineData(0.05f)]
    public void OfLayers_PoorResult_IsTheBestOfItsMethods(float apart)
    {
        Graph graph = Differences();
        Dictionary<string, Tensor> samples = Samples(graph, apart);

        double all = Quality(RecoveryMethods.OfLayers);

        Assert.InRange(all, -20, 20);
        Assert.All(
            new[] { RecoveryMethods.Gptq, RecoveryMethods.BiasCorrection, RecoveryMethods.None },
            one => Assert.InRange(Quality(one), -30, all + 1e-6));

        double Quality(RecoveryMethods methods)
        {
            using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, methods, [samples]);
            return model.Quality!.Sqnr!.Value;
        }
    }

    /// <summary>x₀·W₀ − x₁·W₀ + x₂·W₂ − x₃·W₂ + …</summary>
    private static Graph Differences()
    {
        var g = new TestGraph();
        Value? sum = null;
        for (int i = 0; i < Terms; i += 2)
        {
            Value weights = g.Weights(Channels, Channels);
            float[] negative = Array.ConvertAll(weights.Constant!.ToFloats(), w => -w);
            Value first = g.Node("MatMul", [g.Input(Channels), weights]);
            Value second = g.Node("MatMul", [g.Input(Channels), g.Constant(Tensor.Of(negative, Channels, Channels))]);
            Value difference = g.Node("Add", [first, second]);
            sum = sum is null ? difference : g.Node("Add", [sum, difference]);
        }

        return g.Finish(sum!);
    }

    /// <summary>Pairs that are nearly the same, with an element in each that leaves the others few codes.</summary>
    private static Dictionary<string, Tensor> Samples(Graph graph, float apart)
    {
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 40, 3);
        var random = new Random(5);
        for (int i = 0; i < Terms; i += 2)
        {
            float[] first = samples[$"input{i}"].ToFloats();
            (first[7], first[60]) = (-12, 12);
            float[] second = Array.ConvertAll(first, v => v * (1 + (apart * (random.NextSingle() - 0.5f))));
            samples[$"input{i}"] = Tensor.Of(first, 40, Channels);
            samples[$"input{i + 1}"] = Tensor.Of(second, 40, Channels);
        }

        return samples;
    }
}
