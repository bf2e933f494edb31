using System.Globalization;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Conformance.Tests;

/// <summary>Classes whose weights are stored compressed, against the same classes whose weights are stored as they are.</summary>
public sealed class CompressedClassesTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>From the mapped resource of an assembly, in every mode, to the bit; with a large table that does not shrink.</summary>
    [Fact]
    public void Predict_WeightsStoredCompressed_IsTheSameToTheBit()
    {
        string file = _files.Write("model.onnx", OnnxExporter.Export(Network()));
        string samples = _files.Write("x.npy", NumpyFile.Float32([8, 48], Numbers(8 * 48, 3)));
        string[] names = [.. Modes.All.Select(mode => mode.ToString())];
        CompileResult[] plain = [.. Modes.All.Select(mode => ModelCompiler.Compile(Options(file, mode, samples, mode.ToString())))];
        CompileResult[] compressed =
        [
            .. Modes.All.Select(mode => ModelCompiler.Compile(Options(file, mode, samples, $"{mode}Compressed") with { Compress = true })),
        ];
        GeneratedModels classes = GeneratedModels.Build([.. plain, .. compressed]);
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Of(Numbers(2 * 48, 4), 2, 48) };

        for (int i = 0; i < names.Length; i++)
        {
            Dictionary<string, Tensor> expected = classes.Predict(names[i], inputs);
            Dictionary<string, Tensor> actual = classes.Predict($"{names[i]}Compressed", inputs);
            Assert.True(expected["y"].Data.Span.SequenceEqual(actual["y"].Data.Span), names[i]);
            Assert.True(compressed[i].WeightsLength < plain[i].WeightsLength, $"{names[i]} does not become smaller");
        }

        Array.ForEach([.. plain, .. compressed], result => result.Dispose());
    }

    /// <summary>
    /// Codes of pruned layers: what they take is compared with the entropy of codes in steps of the largest weight, and what coarser steps
    /// cost with what quantization costs anyway.
    /// </summary>
    [Theory]
    [InlineData("unstructured", 0.9, 0.9)]
    [InlineData("2x4", 0.9, 0.9)]
    [InlineData("2:4", 0.5, 0.97)]
    public void Compile_PrunedInt8_IsSmallAndAsGood(string pattern, double sparsity, double share)
    {
        var g = new TestGraph();
        Value hidden = g.Node("Relu", g.Gemm(g.Input(512), 512));
        string file = _files.Write("pruned.onnx", OnnxExporter.Export(g.Finish(g.Gemm(hidden, 256))));
        string samples = _files.Write("pruned.npy", NumpyFile.Float32([64, 512], Numbers(64 * 512, 5)));
        Assert.True(SparsityPattern.TryRead(pattern, out SparsityPattern read, out _));
        CompileOptions options = Options(file, ModelMode.Int8, samples, "Pruned") with
        {
            Pruning = new PruningOptions { Sparsity = sparsity, Pattern = read, Criterion = PruningCriterion.Magnitude },
            Recovery = RecoveryMethods.None,
        };
        using CompiledModel fine = ModelCompiler.CompileModel(options);
        using CompiledModel coarse = ModelCompiler.CompileModel(options with { Compress = true });

        (double zeros, double entropy) = CodesOf(fine.Portable);
        Assert.InRange(zeros, sparsity - 0.02, sparsity + 0.05);
        Assert.InRange(coarse.Compiled.Weights.Length, 1, (share * entropy) + 12_000);
        Assert.True(CodesOf(coarse.Portable).Entropy < entropy);

        // Both are compared with the dense model, from which the pruned one is far: what is left is to be about as far.
        Assert.InRange(fine.Quality!.Sqnr!.Value - coarse.Quality!.Sqnr!.Value, -0.5, 0.5);
    }

    /// <summary>The part of all codes that is 0, and the bytes of their entropy, each by itself.</summary>
    private static (double Zeros, double Entropy) CodesOf(Graph graph)
    {
        double zeros = 0;
        double all = 0;
        double entropy = 0;
        foreach (Tensor codes in graph.Values().Where(v => v.IsConstant && v.Type == DataType.Int8 && v.Constant!.Rank == 2)
            .Select(v => v.Constant!))
        {
            int[] counts = new int[256];
            foreach (sbyte code in codes.Span<sbyte>())
            {
                counts[(byte)code]++;
            }

            zeros += counts[0];
            all += codes.Length;
            entropy += counts.Where(c => c > 0).Sum(c => c * Math.Log2(codes.Length / (double)c)) / 8;
        }

        return (zeros / all, entropy);
    }

    /// <summary>Products, a convolution and rows of a table of bytes that are as good as random.</summary>
    private static Graph Network()
    {
        var g = new TestGraph();
        Value x = g.Input(48);
        x.Name = "x";
        var noise = new byte[4096 * 48];
        new Random(1).NextBytes(noise);
        Value table = g.Constant(Tensor.Owning(DataType.UInt8, noise, [4096, 48]));
        Value index = g.Node("Cast", g.Node("Abs", g.Node("ReduceSum", x, ("keepdims", 0L))), ("to", (long)DataType.Int64));
        Value rows = g.Node("Cast", g.Node("Gather", [table, index]), ("to", (long)DataType.Float32));
        rows = rows.KnownShape.Rank == 1 ? g.Node("Reshape", [rows, g.Constant(Tensor.Of([1L, 48], 2))]) : rows;
        Value sum = g.Node("Add", [g.Node("Mul", [rows, g.Constant(Tensor.Scalar(1 / 256f))]), x]);
        Value images = g.Node("Reshape", [sum, g.Constant(Tensor.Of([-1L, 3, 4, 4], 4))]);
        Value flat = g.Flatten(g.Node("Relu", g.Conv(images, 40, 3, pad: 1)));

        // Codes shrink where weights are not as good as evenly distributed.
        Value peaked = g.Constant(Tensor.Of(Array.ConvertAll(Numbers(640 * 96, 7), v => v * v * v * v * v), 640, 96));
        Value y = g.Gemm(g.Node("Relu", g.Node("Gemm", [flat, peaked, g.Weights(96)])), 32);
        y.Name = "y";
        return g.Finish(y);
    }

    private static float[] Numbers(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private static CompileOptions Options(string file, ModelMode mode, string samples, string name) => new()
    {
        ModelPath = file, Mode = mode, CalibrationFiles = mode == ModelMode.Fp32 ? [] : [samples], ClassName = name,
        ResourceName = string.Create(CultureInfo.InvariantCulture, $"{name}.weights"),
    };
}
