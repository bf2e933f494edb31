using System.Text.Json;
using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Tests;

/// <summary><c>compare</c>: against numbers that can be worked out, and against what a compile measures.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>x and x + d: the noise is d², whatever x is.</summary>
    [Fact]
    public async Task Compare_ModelsWithAKnownDifference_GivesTheClosedForm()
    {
        string left = _files.Write("a.onnx", Shifted(0, 0, 0));
        string right = _files.Write("b.onnx", Shifted(3, 0, -1));
        string samples = _files.Write("x.npy", NumpyFile.Float32([2, 3], 1, 2, 4, 4, 3, 2));

        JsonElement json = (await ToolCall.Succeed("compare", left, right, "--input", samples, "--json")).Json;

        Assert.Equal(2, json.GetProperty("samples").GetInt32());
        JsonElement output = Assert.Single(json.GetProperty("outputs").EnumerateArray());
        Assert.Equal("y", output.GetProperty("name").GetString());

        // Signal 1+4+16+16+9+4 = 50, noise 2·(9+1) = 20; b is 4 2 3 7 3 1.
        Assert.Equal(10 * Math.Log10(50.0 / 20), output.GetProperty("sqnr").GetDouble(), 6);
        Assert.Equal((4 + 4 + 12 + 28 + 9 + 2) / Math.Sqrt(50.0 * 88), output.GetProperty("cosine").GetDouble(), 6);
        Assert.Equal(3, output.GetProperty("largestDifference").GetDouble());
        Assert.Equal(0.5, output.GetProperty("agreement").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("layers").ValueKind);
    }

    [Fact]
    public async Task Compare_SameModel_IsPerfect()
    {
        JsonElement json = (await ToolCall.Succeed("compare", Models.Lenet, Models.Lenet, "-i", Models.Calibration, "--json")).Json;

        JsonElement output = Assert.Single(json.GetProperty("outputs").EnumerateArray());
        Assert.Equal(200, output.GetProperty("sqnr").GetDouble());
        Assert.Equal(0, output.GetProperty("largestDifference").GetDouble());
        Assert.Equal(1, output.GetProperty("agreement").GetDouble());
    }

    /// <summary>A mode behind the file, and what a compile in that mode says of itself on the same samples.</summary>
    [Theory]
    [InlineData("fp16")]
    [InlineData("int8-dynamic")]
    [InlineData("int8-weights")]
    public async Task Compare_FileInAMode_GivesWhatTheCompileMeasured(string mode)
    {
        ToolCall compile = await ToolCall.Succeed(
            "quantize", Models.Lenet, "-m", mode, "-c", Models.Calibration, "-o", Path.Combine(_files.Path, "q.onnx"), "--json");

        ToolCall call = await ToolCall.Succeed(
            "compare", Models.Lenet, $"{Models.Lenet}@{mode}", "-c", Models.Calibration, "-i", Models.Calibration, "--json", "--layers");

        JsonElement output = Assert.Single(call.Json.GetProperty("outputs").EnumerateArray());
        Assert.Equal(compile.Json.GetProperty("sqnr").GetDouble(), output.GetProperty("sqnr").GetDouble(), 0.5);
        Assert.Equal(compile.Json.GetProperty("agreement").GetDouble(), output.GetProperty("agreement").GetDouble(), 0.005);
        Assert.Equal(mode, call.Json.GetProperty("b").GetProperty("mode").GetString());
        Assert.True(call.Json.GetProperty("layers").GetArrayLength() > 4);
    }

    /// <summary>Both forms of one quantized model, inside too; the worst layer comes first.</summary>
    [Fact]
    public async Task Compare_Layers_AreThoseOfEqualNameTheWorstFirst()
    {
        string quantized = Path.Combine(_files.Path, "q.onnx");
        await ToolCall.Succeed("quantize", Models.Lenet, "-m", "int8", "-c", Models.Calibration, "-o", quantized);

        ToolCall call = await ToolCall.Succeed("compare", Models.Lenet, quantized, "-i", Models.Calibration, "--layers", "--json");
        ToolCall text = await ToolCall.Succeed("compare", Models.Lenet, quantized, "-i", Models.Calibration, "--layers");

        (string? Name, double Sqnr)[] layers = [.. call.Json.GetProperty("layers").EnumerateArray()
            .Select(l => (l.GetProperty("name").GetString(), l.GetProperty("sqnr").GetDouble()))];
        Assert.Contains(layers, l => l.Name == "/m/MaxPool_output_0");
        Assert.Equal(layers.Select(l => l.Sqnr).Order(), layers.Select(l => l.Sqnr));
        Assert.All(layers, l => Assert.InRange(l.Sqnr, 30, 80));
        Assert.All(text.Output.Split('\n').Skip(1), line => Assert.InRange(line.Length, 0, 80));
        Assert.Equal("int8", call.Json.GetProperty("b").GetProperty("mode").GetString());
    }

    /// <summary>What stands between stored weights and their floats is no layer.</summary>
    [Fact]
    public async Task Compare_LayersOfTwoModelsOfStoredWeights_AreThoseOfTheNetwork()
    {
        ToolCall call = await ToolCall.Succeed(
            "compare", $"{Models.Lenet}@fp16", $"{Models.Lenet}@fp16", "-i", Models.Calibration, "--layers", "--json");

        string?[] layers = [.. call.Json.GetProperty("layers").EnumerateArray().Select(l => l.GetProperty("name").GetString())];
        Assert.Contains("/m/MaxPool_output_0", layers);
        Assert.DoesNotContain(layers, name => name!.Contains("weight", StringComparison.Ordinal));
    }

    /// <summary>Codes of weights alone need no samples: such a file is computed as it is.</summary>
    [Theory]
    [InlineData("int8-weights")]
    [InlineData("int4-weights")]
    public async Task Compare_FileOfStoredWeights_IsComputedAsItIs(string mode)
    {
        string stored = Path.Combine(_files.Path, "q.onnx");
        await ToolCall.Succeed("quantize", Models.Lenet, "-m", mode, "-o", stored);

        ToolCall call = await ToolCall.Succeed("compare", $"{Models.Lenet}@{mode}", stored, "-i", Models.Calibration, "--json");
        ToolCall inspect = await ToolCall.Succeed("inspect", stored, "--json");

        Assert.InRange(call.Json.GetProperty("outputs")[0].GetProperty("sqnr").GetDouble(), 100, 200);
        Assert.Equal("fp32", inspect.Json.GetProperty("compiled").GetProperty("mode").GetString());
    }

    [Fact]
    public async Task Compare_BelowTheLimit_IsExitCode1AndSaysWhere()
    {
        string left = _files.Write("a.onnx", Shifted(0, 0, 0));
        string right = _files.Write("b.onnx", Shifted(3, 0, -1));
        string samples = _files.Write("x.npy", NumpyFile.Float32([2, 3], 1, 2, 4, 4, 3, 2));

        ToolCall call = await ToolCall.Run("compare", left, right, "-i", samples, "--min-sqnr", "4");

        Assert.Equal(1, call.ExitCode);
        Assert.Contains("SQNR dB", call.Output, StringComparison.Ordinal);
        Assert.Contains("error MODELB2013: Output 'y' in fp32 has 4.0 dB", call.Error, StringComparison.Ordinal);
        JsonElement finding = Assert.Single(
            (await ToolCall.Run("compare", left, right, "-i", samples, "--min-sqnr", "4", "--json")).Json.GetProperty("findings")
                .EnumerateArray());
        Assert.Equal("MODELB2013", finding.GetProperty("code").GetString());
        await ToolCall.Succeed("compare", left, right, "-i", samples, "--min-sqnr", "3.9");
    }

    [Fact]
    public async Task Compare_InputsByName_AreOneArrayEach()
    {
        string model = _files.Write("two.onnx", Models.TwoInputs());
        string left = _files.Write("l.npy", NumpyFile.Float32([2, 3], 1, 2, 3, 4, 5, 6));
        string right = _files.Write("r.npy", NumpyFile.Int64([2, 3], 6, 5, 4, 3, 2, 1));

        JsonElement json = (await ToolCall.Succeed(
            "compare", model, $"{model}@fp16", "--input", $"left={left}", $"right/side={right}", "--json")).Json;

        Assert.Equal(2, json.GetProperty("samples").GetInt32());
        Assert.Equal(
            ["sum:1", "sum/1", "less"], json.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("name").GetString()));
        await ToolCall.Fail(
            1, "MODELB4001", "no file for input 'right/side'", "compare", model, model, "--input", $"left={left}");
        await ToolCall.Fail(
            1, "MODELB4001", "'lefd' is no input of the model. Did you mean 'left'?",
            "compare", model, model, "--input", "lefd=l.npy", $"left={left}");
    }

    [Fact]
    public async Task Compare_ModelsOfOtherInputsOrOutputs_IsRefused()
    {
        string two = _files.Write("two.onnx", Models.TwoInputs());
        string rows = _files.Write("rows.onnx", Models.Rows());

        await ToolCall.Fail(1, "MODELB4001", "cannot run on the same samples", "compare", two, rows, "--input", "x.npy");
        await ToolCall.Fail(1, "MODELB0008", "Input 'x.npy' matches no file", "compare", rows, rows, "--input", "x.npy");
    }

    [Theory]
    [InlineData("a", 4)]
    [InlineData("b", 4)]
    [InlineData("a", 3, 1)]
    public async Task Compare_InputsOfOtherShapes_NamesBoth(string name, params int[] inner)
    {
        string left = _files.Write("left.onnx", Negated("a", "batch", 3));
        string right = _files.Write("right.onnx", Negated(name, [.. inner.Select(i => (object)i).Prepend("batch")]));
        string samples = _files.Write("x.npy", NumpyFile.Float32([2, 3], new float[6]));

        await ToolCall.Fail(
            1, "MODELB4001", $"takes 'a Float32 [batch,3]', and '{right}' '{name} Float32 [batch,{string.Join(",", inner)}]'",
            "compare", left, right, "--input", samples);
    }

    /// <summary>What one model leaves open, the other may not.</summary>
    [Fact]
    public async Task Compare_SampleThatOneModelDoesNotTake_IsNamed()
    {
        string left = _files.Write("left.onnx", Negated("x", "batch", "length"));
        string right = _files.Write("right.onnx", Negated("x", "batch", 4));
        string batch = _files.Write("batch.onnx", Negated("x", 2, "length"));
        string samples = _files.Write("x.npy", NumpyFile.Float32([2, 3], new float[6]));

        await ToolCall.Fail(
            1, "MODELB4003", "Sample 0 has the shape [1,3] for input 'x', and", "compare", left, right, "--input", samples);
        await ToolCall.Fail(1, "MODELB4003", "takes [2,length] there", "compare", left, batch, "--input", samples);
    }

    /// <summary>What the first model says the second may leave open, too; samples suit both.</summary>
    [Theory]
    [InlineData("batch", 3)]
    [InlineData(1, "length")]
    [InlineData("batch", "length")]
    public async Task Compare_SizesThatOnlyTheSecondLeavesOpen_AreThoseOfTheFirst(params object[] open)
    {
        string left = _files.Write("left.onnx", Negated("x", 1, 3));
        string right = _files.Write("right.onnx", Negated("x", open));
        string samples = _files.Write("x.npy", NumpyFile.Float32([2, 3], 1, 2, 3, 4, 5, 6));

        JsonElement json = (await ToolCall.Succeed("compare", left, right, "--input", samples, "--json")).Json;

        Assert.Equal(2, json.GetProperty("samples").GetInt32());
        Assert.Equal(0, json.GetProperty("outputs")[0].GetProperty("largestDifference").GetDouble());
    }

    /// <summary>Both take the bytes of images, and so do the samples.</summary>
    [Fact]
    public async Task Compare_ModelsThatTakeBytes_RunOnBytes()
    {
        string samples = _files.Write(
            "x.npy",
            NumpyFile.Npy(new Tensor(DataType.UInt8, [2, 28, 28, 1], Enumerable.Range(0, 2 * 784).Select(i => (byte)i).ToArray())));

        ToolCall call = await ToolCall.Succeed(
            "compare", Models.Lenet, $"{Models.Lenet}@fp16", "--input", samples, "--input-type", "uint8", "--preprocessing", "scale=1/255",
            "--json");

        Assert.Equal(2, call.Json.GetProperty("samples").GetInt32());
    }

    [Theory]
    [InlineData("MODELB0003", "ends with @ and no mode", "a.onnx@int9 b.onnx -i x.npy")]
    [InlineData("", "'--input' is required", "a.onnx b.onnx")]
    public async Task Compare_WrongCommandLine_IsExitCode2(string code, string words, string arguments) =>
        await ToolCall.Fail(2, code, words, ["compare", .. arguments.Split(' ')]);

    [Fact]
    public async Task Compare_OptionWithoutUse_IsWarnedOf()
    {
        ToolCall call = await ToolCall.Succeed(
            "compare", Models.Lenet, $"{Models.Lenet}@fp16", "-i", Models.Calibration, "--recover", "none");

        Assert.Contains("warning MODELB0012: --recover is ignored", call.Error, StringComparison.Ordinal);
        Assert.Contains("the mode is fp32 and fp16", call.Error, StringComparison.Ordinal);
    }

    private static byte[] Negated(string input, params object[] shape) => new OnnxGraph()
        .Input(input, shape).Node("Neg", [input], ["y"]).Output("y", shape).ToModel();

    private static byte[] Shifted(params float[] shift) => new OnnxGraph()
        .Input("x", "batch", 3).Constant("shift", [3], shift).Node("Add", ["x", "shift"], ["y"]).Output("y", "batch", 3).ToModel();
}
