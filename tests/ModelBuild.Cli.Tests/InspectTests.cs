using System.Text.Json;
using ModelBuild.Cli.Tests.Support;

namespace ModelBuild.Cli.Tests;

/// <summary><c>inspect</c>: what is said of models that compile and of models that do not.</summary>
public sealed class InspectTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Inspect_Json_SaysWhatTheModelIs()
    {
        JsonElement report = (await ToolCall.Succeed("inspect", Models.Lenet, "--json")).Json;

        Assert.True(report.GetProperty("isSupported").GetBoolean());
        Assert.Equal(new FileInfo(Models.Lenet).Length, report.GetProperty("file").GetProperty("bytes").GetInt64());
        JsonElement input = Assert.Single(report.GetProperty("inputs").EnumerateArray());
        Assert.Equal("""{"name":"input","type":"float32","shape":["batch",1,28,28]}""", JsonSerializer.Serialize(input));
        JsonElement output = Assert.Single(report.GetProperty("outputs").EnumerateArray());
        Assert.Equal("""{"name":"probs","type":"float32","shape":["batch",10]}""", JsonSerializer.Serialize(output));
        Assert.Contains(
            """{"operator":"Conv","count":2}""", report.GetProperty("operators").EnumerateArray().Select(o => JsonSerializer.Serialize(o)));
        Assert.Equal(121_930, report.GetProperty("parameters").GetInt64());
        Assert.Equal("batch*2528000", report.GetProperty("compiled").GetProperty("multiplyAccumulates").GetString());
        Assert.Equal("none", report.GetProperty("quantization").GetProperty("form").GetString());
        Assert.Empty(report.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public async Task Inspect_Text_HasTheSame()
    {
        string text = (await ToolCall.Succeed("inspect", Models.Lenet)).Output;

        Assert.Contains("  input  float32  [batch,1,28,28]\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("121,930", text, StringComparison.Ordinal);
        Assert.Contains("batch*2528000", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_QuantizedModel_SaysWhatIsInIntegers()
    {
        JsonElement report = (await ToolCall.Succeed("inspect", Models.QuantizedLenet, "--json")).Json;

        JsonElement quantization = report.GetProperty("quantization");
        Assert.Equal("int8", report.GetProperty("compiled").GetProperty("mode").GetString());
        Assert.Equal("QDQ", quantization.GetProperty("form").GetString());
        Assert.True(quantization.GetProperty("quantizeLinear").GetInt32() > 0);
        Assert.True(quantization.GetProperty("integerSteps").GetInt32() >= 4);

        // The Softmax behind the last product.
        Assert.Contains(
            quantization.GetProperty("floatNodes").EnumerateArray(),
            n => n.GetString()!.Contains("Softmax", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Inspect_UnsupportedOperators_ListsAllOfThemAndReports()
    {
        string model = _files.Write("strange.onnx", Models.Unsupported());

        ToolCall call = await ToolCall.Run("inspect", model, "--json");

        Assert.Equal(1, call.ExitCode);
        string[] errors = call.Error.TrimEnd().Split('\n');
        Assert.Equal(2, errors.Length);
        Assert.StartsWith($"{model}: error MODELB1003: ", errors[0], StringComparison.Ordinal);
        Assert.Contains("com.example.Frobnicate", errors[0], StringComparison.Ordinal);
        Assert.Contains("'second', 'third'", errors[1], StringComparison.Ordinal);
        Assert.False(call.Json.GetProperty("isSupported").GetBoolean());
        Assert.Equal(2, call.Json.GetProperty("findings").GetArrayLength());
        Assert.Equal(4, call.Json.GetProperty("file").GetProperty("nodes").GetInt32());
        Assert.Equal(
            ["com.example.Twiddle 2", "Relu 1", "com.example.Frobnicate 1"],
            call.Json.GetProperty("operators").EnumerateArray().Select(o => $"{o.GetProperty("operator")} {o.GetProperty("count")}"));
    }

    [Fact]
    public async Task Inspect_OpenDimensionsAndUnsupportedOperators_SaysBoth()
    {
        string model = _files.Write("strange.onnx", new OnnxGraph()
            .Input("x", "batch", "length")
            .Constant("axes", [1], [2])
            .Node("Shape", ["x"], ["shape"])
            .Node("Slice", ["x", "zero", "shape"], ["part"])
            .Integers("zero", 0, 0)
            .Node("com.example", "Frobnicate", "first", ["part"], ["y"])
            .Output("y", "batch", "length")
            .ToModel(others: ("com.example", 1)));

        ToolCall call = await ToolCall.Run("inspect", model);

        Assert.Equal(1, call.ExitCode);
        Assert.Contains("error MODELB1003", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_NotOnnx_ReportsNothingButTheError()
    {
        string model = _files.Write("text.onnx", "This is no model."u8);

        await ToolCall.Fail(1, "MODELB1001", "is not an ONNX model", "inspect", model);
        Assert.Equal(JsonValueKind.Null, (await ToolCall.Run("inspect", model, "--json")).Json.GetProperty("file").ValueKind);
    }
}
