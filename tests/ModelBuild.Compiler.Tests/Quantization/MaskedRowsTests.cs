using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Attention that no step computes as a whole, on a sample of which the mask leaves nothing.</summary>
public sealed class MaskedRowsTests
{
    private const int Tokens = 5;
    private const int Width = 16;
    private const int Samples = 8;

    [Theory]
    [InlineData(-10_000f, false)]
    [InlineData(float.MinValue, false)]
    [InlineData(float.MinValue, true)]
    [InlineData(float.NegativeInfinity, true)]
    public void Compile_SampleThatIsMaskedAltogether_LeavesTheOthersTheirCodes(float mask, bool isGuarded)
    {
        Graph graph = OnnxImporter.Import(Model(mask, isGuarded), "model.onnx");
        Dictionary<string, Tensor> inputs = Inputs();
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [inputs]);

        float[] expected = new Interpreter(floats.Compiled).Run(inputs)["y"].ToFloats();
        float[] actual = new Interpreter(model.Compiled).Run(inputs)["y"].ToFloats();

        Assert.All(actual, v => Assert.True(float.IsFinite(v)));
        Assert.DoesNotContain(model.Findings, f => f.Code == DiagnosticCodes.PoorSqnr);
        double noise = expected.Zip(actual, (e, a) => Math.Pow((double)e - a, 2)).Sum() / expected.Sum(e => (double)e * e);
        Assert.InRange(-10 * Math.Log10(noise), 25, double.PositiveInfinity);
    }

    /// <param name="isGuarded">Whether what a Softmax of nothing gives becomes 0, as PyTorch exports it.</param>
    private static byte[] Model(float mask, bool isGuarded)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "N", Tokens, Width).Input("m", DataType.Bool, "N", 1, 1, Tokens)
            .Output("y", "N", Tokens, Width).Constant("scale", Tensor.Scalar(0.35f)).Constant("low", Tensor.Scalar(mask))
            .Constant("zero", Tensor.Scalar(0)).Integers("heads", 0, Tokens, 2, Width / 2).Integers("whole", 0, Tokens, Width);
        foreach (string part in (string[])["q", "k", "v"])
        {
            g.Constant($"{part}_w", Values(part[0], 1.5 / Math.Sqrt(Width), Width, Width)).Node("MatMul", ["x", $"{part}_w"], [$"{part}_x"])
                .Node("Reshape", [$"{part}_x", "heads"], [$"{part}_h"])
                .Node("Transpose", [$"{part}_h"], [part], ("perm", part == "k" ? new long[] { 0, 2, 3, 1 } : [0, 2, 1, 3]));
        }

        g.Node("MatMul", ["q", "k"], ["products"]).Node("Mul", ["products", "scale"], ["scores"])
            .Node("Where", ["m", "scores", "low"], ["masked"]).Node("Softmax", ["masked"], ["shares"], ("axis", -1));
        if (isGuarded)
        {
            g.Node("IsNaN", ["shares"], ["none"]).Node("Where", ["none", "zero", "shares"], ["guarded"]);
        }

        return g.Node("MatMul", [isGuarded ? "guarded" : "shares", "v"], ["sums"])
            .Node("Transpose", ["sums"], ["turned"], ("perm", new long[] { 0, 2, 1, 3 })).Node("Reshape", ["turned", "whole"], ["joined"])
            .Constant("w", Values('w', 1.5 / Math.Sqrt(Width), Width, Width)).Node("MatMul", ["joined", "w"], ["y"]).ToModel();
    }

    /// <summary>The first sample is masked altogether, each other one in part.</summary>
    private static Dictionary<string, Tensor> Inputs() => new(StringComparer.Ordinal)
    {
        ["x"] = Values('x', 1.7, Samples, Tokens, Width),
        ["m"] = Tensor.FromInt64s(
            DataType.Bool, [.. Enumerable.Range(0, Samples * Tokens).Select(i => i >= Tokens && i % Tokens < 3 ? 1L : 0)], Samples, 1, 1,
            Tokens),
    };

    private static Tensor Values(int seed, double size, params long[] shape)
    {
        var random = new Random(seed);
        return Tensor.FromDoubles(
            DataType.Float32,
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => ((random.NextDouble() * 2) - 1) * size)], shape);
    }
}
