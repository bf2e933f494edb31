using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>What a build must not do without a word: lose a column of the inputs, prepare nothing, take steps for samples.</summary>
public sealed class SilentLossTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Columns of a table in units of their own: the weights of the one in hundred thousands are as small.</summary>
    [Theory]
    [InlineData(ModelMode.Int8Weights, "Gemm", 40)]
    [InlineData(ModelMode.Int4Weights, "Gemm", 20)]
    [InlineData(ModelMode.Int8Dynamic, "Gemm", 40)]
    [InlineData(ModelMode.Int8Weights, "Conv", 40)]
    [InlineData(ModelMode.Int8Dynamic, "Conv", 40)]
    [InlineData(ModelMode.Int8Weights, "LSTM", 40)]
    [InlineData(ModelMode.Int8Dynamic, "LSTM", 40)]
    public void Compile_ColumnsInUnitsOfTheirOwn_KeepTheirWeights(ModelMode mode, string layer, double expected)
    {
        (byte[] model, Dictionary<string, Tensor> inputs) = Table(layer, 1e5f);
        using CompileResult result = Compile(model, mode);

        float[] actual = GeneratedModels.Build(result).Predict("Model", inputs).Values.Single().ToFloats();

        Assert.Contains(result.Findings, f => f.Code == DiagnosticCodes.LostColumns);
        Assert.InRange(
            Scores.SqnrDb(OrtSession.Run(model, inputs).Values.Single().ToFloats(), actual), expected, double.PositiveInfinity);
    }

    /// <summary>Halves keep what codes of 16 bits would lose, whichever side of a product the weights stand on.</summary>
    [Theory]
    [InlineData("Gemm")]
    [InlineData("Conv")]
    [InlineData("LSTM")]
    [InlineData("MatMul")]
    public void Compile_ColumnsInUnitsOfTheirOwn_AreHalvesInFp16(string layer)
    {
        (byte[] model, Dictionary<string, Tensor> inputs) = Table(layer, 1e5f);
        using CompileResult result = Compile(model, ModelMode.Fp16);

        float[] actual = GeneratedModels.Build(result).Predict("Model", inputs).Values.Single().ToFloats();

        Assert.InRange(
            Scores.SqnrDb(OrtSession.Run(model, inputs).Values.Single().ToFloats(), actual), 50, double.PositiveInfinity);
    }

    [Theory]
    [InlineData(ModelMode.Int8Weights)]
    [InlineData(ModelMode.Int8Dynamic)]
    public void Compile_ColumnsOfOneUnit_GetCodes(ModelMode mode)
    {
        (byte[] model, _) = Table("Gemm", 1);
        using CompileResult result = Compile(model, mode);

        Assert.DoesNotContain(result.Findings, f => f.Code == DiagnosticCodes.LostColumns);
    }

    [Fact]
    public void Compile_PreprocessingBesideArrays_IsAWarning()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Conv(g.Input(3, 8, 8), 16, 3));
        string samples = _files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 3, seed: 5)));
        Assert.True(ImagePreprocessing.TryRead("scale=1/255", out ImagePreprocessing? preprocessing, out _));

        foreach (ImagePreprocessing? given in (ImagePreprocessing?[])[null, preprocessing])
        {
            using CompileResult result = Compile(
                OnnxExporter.Export(graph), ModelMode.Int8, o => o with { CalibrationFiles = [samples], Preprocessing = given });

            Assert.Equal(given is not null, result.Findings.Any(f => f.Code == DiagnosticCodes.PreprocessingUnused));
        }
    }

    /// <summary>Steps first, sequences second: an array is one sample, not as many as it has steps.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Compile_SequencesOfARecurrentLayer_AreTheSamples(bool stepsFirst)
    {
        var g = new TestGraph();
        Value x = g.Graph.NewValue("x", DataType.Float32, new Shape([Dimension.Symbol("a"), Dimension.Symbol("b"), 12]));
        g.Graph.Inputs.Add(x);
        Value y = g.Node(
            "GRU", [stepsFirst ? x : g.Node("Transpose", x, ("perm", (long[])[1, 0, 2])), g.Weights(1, 60, 12), g.Weights(1, 60, 20)],
            ("hidden_size", 20L));
        byte[] model = OnnxExporter.Export(g.Finish(y));
        var samples = new Dictionary<string, Tensor>
        {
            ["x"] = Tensor.Of([.. Enumerable.Range(0, 6 * 4 * 12).Select(i => i % 7 / 7f)], 6, 4, 12),
        };

        using CompileResult result = Compile(
            model, ModelMode.Int8, o => o with { CalibrationFiles = [_files.Write("samples.npz", NumpyFile.Npz(samples))] });

        Assert.Equal(stepsFirst, result.Findings.Any(f => f.Message.Contains("a single calibration sample", StringComparison.Ordinal)));
    }

    /// <summary>ONNX Runtime's operator leaves as it came, with codes for weights, and says the same.</summary>
    [SharedTheory]
    [InlineData("models/quantized/ort.dynamic_s8_pt.lstm.onnx")]
    public void WriteOnnx_DynamicallyQuantizedLstm_IsThatOperator(string file)
    {
        string path = SharedFolder.File(file);
        using CompileResult result = Compile(File.ReadAllBytes(path), ModelMode.Int8);
        byte[] written = WrittenModel.Onnx(result);
        Dictionary<string, Tensor> inputs = ProbeInputs.For(OnnxImporter.Import(path));

        float[] expected = OrtSession.Run(File.ReadAllBytes(path), inputs).Values.Single().ToFloats();

        Assert.InRange(written.Length, 1, new FileInfo(path).Length * 12 / 10);
        Assert.InRange(
            Scores.SqnrDb(expected, OrtSession.Run(written, inputs).Values.Single().ToFloats()), 80, double.PositiveInfinity);
    }

    private CompileResult Compile(byte[] model, ModelMode mode, Func<CompileOptions, CompileOptions>? change = null)
    {
        var options = new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", model), Mode = mode, ClassName = "Model", ResourceName = "Model.weights",
        };
        return ModelCompiler.Compile(change is null ? options : change(options));
    }

    /// <summary>A layer over 24 columns, of which the first is in units so many times larger, and another layer.</summary>
    private static (byte[] Model, Dictionary<string, Tensor> Inputs) Table(string layer, float unit)
    {
        var g = new TestGraph();
        Value x = layer switch
        {
            "Gemm" => g.Input(24), "Conv" => g.Input(24, 9), "MatMul" => g.Input(24, 32), _ => g.FixedInput(5, 3, 24),
        };
        Value weights = layer switch
        {
            "Gemm" => g.Weights(24, 32), "Conv" => g.Weights(32, 24, 3), "MatMul" => g.Weights(16, 24), _ => g.Weights(1, 128, 24),
        };
        float[] values = weights.Constant!.ToFloats();
        int inner = layer switch { "Gemm" => 32, "Conv" => 3, _ => 1 };
        weights.Constant = Tensor.Of(
            [.. values.Select((w, i) => i / inner % 24 == 0 ? w / unit : w)], [.. weights.Constant.Dimensions]);
        Value hidden = layer switch
        {
            "Gemm" => g.Node("Gemm", [x, weights]),
            "Conv" => g.Node("Conv", [x, weights]),
            "MatMul" => g.Node("MatMul", [weights, x]),
            _ => g.Node("LSTM", [x, weights, g.Weights(1, 128, 32)], ("hidden_size", 32L)),
        };
        Value second = layer == "Conv" ? g.Node("Conv", [g.Node("Relu", hidden), g.Weights(40, 32, 3)])
            : g.Node("MatMul", [g.Node("Relu", hidden), g.Weights(32, 40)]);
        Graph graph = g.Finish(second);
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, 40, seed: 5);
        (string name, Tensor numbers) = inputs.Single();
        int step = layer switch { "Conv" => 9, "MatMul" => 32, _ => 1 };
        inputs[name] = Tensor.Of(
            [.. numbers.ToFloats().Select((v, i) => i / step % 24 == 0 ? v * unit : v)], [.. numbers.Dimensions]);
        return (OnnxExporter.Export(graph), inputs);
    }
}
