using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Tests;

/// <summary><c>run</c>: outputs against ONNX Runtime and against the generated class.</summary>
public sealed class RunTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("fp32", 1e-5)]
    [InlineData("FP16", 2e-3)]
    [InlineData("Int8", 0.05)]
    public async Task Run_EveryMode_GivesWhatOnnxRuntimeGives(string mode, double bound)
    {
        Tensor pictures = Models.Pictures(5);
        string input = _files.Write("pictures.npy", NumpyFile.Npy(pictures));
        string output = Path.Combine(_files.Path, "out");
        string[] calibration = mode == "Int8" ? ["--calibration", Models.Calibration] : [];

        ToolCall call = await ToolCall.Succeed(
            ["run", Models.Lenet, "--mode", mode, "--input", input, "--output", output, .. calibration]);

        Assert.Empty(call.Error);
        Tensor expected = OrtSession.Run(File.ReadAllBytes(Models.Lenet), new Dictionary<string, Tensor> { ["input"] = pictures })["probs"];
        Tensor actual = NumpyFile.ReadNpy(Path.Combine(output, "probs.npy"));
        Assert.Equal(["probs.npy"], Directory.GetFiles(output).Select(file => Path.GetFileName(file)));
        TensorAssert.Close(expected, actual, relative: 0, absolute: bound);
    }

    /// <summary>Enough pictures for several slices: the sums of floats are the same only if they are cut alike.</summary>
    [Theory]
    [InlineData("fp32")]
    [InlineData("fp16")]
    [InlineData("int8")]
    public async Task Run_LargeBatch_GivesWhatTheGeneratedClassGives(string mode)
    {
        Tensor some = Models.Pictures(256);
        var pictures = new Tensor(
            DataType.Float32, [1100, 1, 28, 28],
            Enumerable.Repeat(some.Data.ToArray(), 5).SelectMany(d => d).Take(1100 * 28 * 28 * 4).ToArray());
        string input = _files.Write("pictures.npy", NumpyFile.Npy(pictures));
        using CompileResult compiled = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = Models.Resnet,
            Mode = Enum.Parse<ModelMode>(mode, ignoreCase: true),
            CalibrationFiles = [SampleImages.All],
            ClassName = "Resnet",
            ResourceName = "Resnet.weights",
        });

        await ToolCall.Succeed("run", Models.Resnet, "-m", mode, "-c", Models.Calibration, "-i", input, "-o", _files.Path);

        var inputs = new Dictionary<string, Tensor> { ["input"] = pictures };
        Tensor expected = GeneratedModels.Build(compiled).Predict("Resnet", inputs)["logits"];
        Tensor actual = NumpyFile.ReadNpy(Path.Combine(_files.Path, "logits.npy"));
        Assert.Equal(expected.Dimensions, actual.Dimensions);
        Assert.True(expected.Data.Span.SequenceEqual(actual.Data.Span));
    }

    /// <summary>A batch of nothing has an answer, here and in ONNX Runtime.</summary>
    [Theory]
    [InlineData("fp32")]
    [InlineData("int8")]
    public async Task Run_EmptyBatch_GivesEmptyOutputs(string mode)
    {
        var nothing = new Tensor(DataType.Float32, [0, 1, 28, 28], Array.Empty<byte>());
        string input = _files.Write("nothing.npy", NumpyFile.Npy(nothing));

        await ToolCall.Succeed("run", Models.Lenet, "-m", mode, "-c", Models.Calibration, "-i", input, "-o", _files.Path);

        Tensor expected = OrtSession.Run(File.ReadAllBytes(Models.Lenet), new Dictionary<string, Tensor> { ["input"] = nothing })["probs"];
        Tensor actual = NumpyFile.ReadNpy(Path.Combine(_files.Path, "probs.npy"));
        Assert.Equal([0L, 10L], actual.Dimensions);
        Assert.Equal(expected.Dimensions, actual.Dimensions);
        Assert.Equal(expected.Type, actual.Type);
    }

    /// <summary>Sums of nothing are nothing that a class gives.</summary>
    [Fact]
    public async Task Run_EmptyBatchOfAModelWithOutputsAllTheSame_IsRefusedByName()
    {
        string model = _files.Write("sums.onnx", new OnnxGraph()
            .Input("x", "batch", 3).Node("Transpose", ["x"], ["t"]).Node("MatMul", ["t", "x"], ["y"]).Output("y", 3, 3).ToModel());
        string input = _files.Write("nothing.npy", NumpyFile.Float32([0, 3]));

        await ToolCall.Fail(
            1, "MODELB4003", "Dimension 'batch' is 0 in input 'x'", "run", model, "-i", input, "-o", Path.Combine(_files.Path, "out"));
    }

    [Fact]
    public async Task Run_InputsByName_WritesEveryOutputUnderItsOwnName()
    {
        string model = _files.Write("two.onnx", Models.TwoInputs());
        Dictionary<string, Tensor> inputs = TwoInputs();
        string left = _files.Write("a=b.npy", NumpyFile.Npy(inputs["left"]));
        string right = _files.Write("right.npy", NumpyFile.Npy(inputs["right/side"]));
        string output = Path.Combine(_files.Path, "out");

        await ToolCall.Succeed("run", model, "--mode", "fp32", "--input", $"right/side={right}", $"left={left}", "--output", output);

        Dictionary<string, Tensor> expected = OrtSession.Run(Models.TwoInputs(), inputs);
        AssertSame(expected["sum:1"], Path.Combine(output, "sum_1.npy"));
        AssertSame(expected["sum/1"], Path.Combine(output, "sum_1_2.npy"));
        AssertSame(expected["less"], Path.Combine(output, "less.npy"));
    }

    [Fact]
    public async Task Run_Archive_HasAnArrayForEachInput()
    {
        string model = _files.Write("two.onnx", Models.TwoInputs());
        Dictionary<string, Tensor> inputs = TwoInputs();
        string archive = _files.Write("inputs.npz", NumpyFile.Npz(
            ("in_left", NumpyFile.Npy(inputs["left"])),
            ("right/side", NumpyFile.Npy(inputs["right/side"])),
            ("out_less", NumpyFile.Float32([1], 1))));

        ToolCall call = await ToolCall.Succeed("run", model, "-i", archive, "-o", _files.Path, "--json");

        Assert.Equal(
            ["left", "right/side"], call.Json.GetProperty("inputs").EnumerateArray().Select(i => i.GetProperty("name").GetString()));
        AssertSame(OrtSession.Run(Models.TwoInputs(), inputs)["less"], Path.Combine(_files.Path, "less.npy"));
    }

    [Fact]
    public async Task Run_Json_NamesWhatWasReadAndWritten()
    {
        string input = _files.Write("pictures.npy", NumpyFile.Npy(Models.Pictures(2)));

        ToolCall call = await ToolCall.Succeed("run", Models.Lenet, "-m", "FP32", "-i", input, "-o", _files.Path, "--json");

        Assert.Equal("fp32", call.Json.GetProperty("mode").GetString());
        var output = Assert.Single(call.Json.GetProperty("outputs").EnumerateArray());
        Assert.Equal("probs", output.GetProperty("name").GetString());
        Assert.Equal("float32", output.GetProperty("type").GetString());
        Assert.Equal([2, 10], output.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()));
        Assert.True(File.Exists(output.GetProperty("file").GetString()));
    }

    [Fact]
    public async Task Run_QuantizedModel_NeedsNoCalibration()
    {
        Dictionary<string, Tensor> reference = NumpyFile.ReadNpz(Path.ChangeExtension(Models.QuantizedLenet, ".npz"));
        string input = Path.ChangeExtension(Models.QuantizedLenet, ".npz");

        await ToolCall.Succeed("run", Models.QuantizedLenet, "-m", "int8", "-i", input, "-o", _files.Path);

        TensorAssert.Close(reference["out_probs"], NumpyFile.ReadNpy(Path.Combine(_files.Path, "probs.npy")), relative: 0, absolute: 0.02);
    }

    /// <summary>Every element type that arrays can have goes in and comes out with the bytes it had.</summary>
    [Theory]
    [InlineData(nameof(DataType.Float32))]
    [InlineData(nameof(DataType.Float64))]
    [InlineData(nameof(DataType.UInt8))]
    [InlineData(nameof(DataType.Int8))]
    [InlineData(nameof(DataType.UInt16))]
    [InlineData(nameof(DataType.Int16))]
    [InlineData(nameof(DataType.UInt32))]
    [InlineData(nameof(DataType.Int32))]
    [InlineData(nameof(DataType.UInt64))]
    [InlineData(nameof(DataType.Int64))]
    [InlineData(nameof(DataType.Bool))]
    public async Task Run_OfElementType_KeepsTheBytes(string name)
    {
        DataType type = Enum.Parse<DataType>(name);
        string model = _files.Write(
            "moved.onnx",
            new OnnxGraph()
                .Input("x", type, 2, 3)
                .Node("Transpose", ["x"], ["y"], ("perm", new long[] { 1, 0 }))
                .Output("y", type, 3, 2)
                .ToModel());
        Tensor x = Tensor.FromInt64s(type, [0, 1, 1, 0, 0, 1], 2, 3);
        string input = _files.Write("x.npy", NumpyFile.Npy(x));

        await ToolCall.Succeed("run", model, "-m", "fp32", "-i", input, "-o", _files.Path);

        AssertSame(Tensor.FromInt64s(type, [0, 0, 1, 0, 1, 1], 3, 2), Path.Combine(_files.Path, "y.npy"));
    }

    [Fact]
    public async Task Run_BoundDimension_IsANumber()
    {
        string model = _files.Write("open.onnx", Models.OpenLength());
        string input = _files.Write("x.npy", NumpyFile.Float32([1, 2], -1, 2));

        await ToolCall.Succeed("run", model, "--dimension", "length=2", "-d", "batch=1", "-i", input, "-o", _files.Path);

        AssertSame(Tensor.Of([0f, 2], 1, 2), Path.Combine(_files.Path, "y.npy"));
    }

    [Fact]
    public async Task Run_SizeOutOfItsRange_SaysWhatItMayBe()
    {
        string model = _files.Write("open.onnx", Models.OpenLength());
        string input = _files.Write("x.npy", NumpyFile.Float32([1, 2], -1, 2));
        string[] call = ["run", model, "-i", input, "-o", _files.Path, "-d"];

        await ToolCall.Succeed([.. call, "length=1..2"]);
        await ToolCall.Fail(1, "MODELB4003", "'length' is 2 in input 'x'", [.. call, "length=3..512"]);

        string longer = _files.Write("longer.npy", NumpyFile.Float32([1, 3], -1, 2, 3));
        await ToolCall.Fail(
            1, "MODELB4003", "'length' is 3 in input 'x'", "run", model, "-i", longer, "-o", _files.Path, "-d", "length=1..2");
        await ToolCall.Fail(2, "MODELB0006", "'length=3..2' in --dimension does not bind a dimension", [.. call, "length=3..2"]);
    }

    [Fact]
    public async Task Run_SizeThatDataDecides_IsFoundOut()
    {
        string model = _files.Write("some.onnx", Models.NonZero());
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Of([0f, 2, 0, 1, 0, 3], 2, 3) };
        string input = _files.Write("x.npy", NumpyFile.Npy(inputs["x"]));

        await ToolCall.Succeed("run", model, "-i", input, "-o", _files.Path);
        ToolCall bench = await ToolCall.Succeed("bench", model, "-i", input, "--seconds", "0", "--warmup", "0", "--json");

        AssertSame(OrtSession.Run(Models.NonZero(), inputs)["y"], Path.Combine(_files.Path, "y.npy"));
        Assert.Equal(1, bench.Json.GetProperty("calls").GetInt32());
    }

    [Fact]
    public async Task Run_CalibrationWithoutInt8_Warns()
    {
        string input = _files.Write("pictures.npy", NumpyFile.Npy(Models.Pictures(1)));

        ToolCall call = await ToolCall.Succeed("run", Models.Lenet, "-m", "fp32", "-c", Models.Calibration, "-i", input, "-o", _files.Path);

        Assert.Contains(": warning MODELB0012: ", call.Error, StringComparison.Ordinal);
    }

    private static Dictionary<string, Tensor> TwoInputs() => new()
    {
        ["left"] = Tensor.Of([1f, 2, 3, 4, 5, 6], 2, 3),
        ["right/side"] = Tensor.Of([6L, 5, 4, 3, 2, 1], 2, 3),
    };

    private static void AssertSame(Tensor expected, string file)
    {
        Tensor actual = NumpyFile.ReadNpy(file);
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.Dimensions, actual.Dimensions);
        Assert.Equal(expected.Data.ToArray(), actual.Data.ToArray());
    }
}
