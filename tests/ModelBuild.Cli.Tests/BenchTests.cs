using System.Text.Json;
using ModelBuild.Cli.Tests.Support;

namespace ModelBuild.Cli.Tests;

/// <summary><c>bench</c>: that it measures the generated class, not how long that takes.</summary>
public sealed class BenchTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("fp32", 1, 1)]
    [InlineData("fp32", 2, 1)]
    [InlineData("int8", 1, 2)]
    public async Task Bench_Json_HasTimesOfCallsThatAllocateNothing(string mode, int threads, int callers)
    {
        JsonElement report = (await ToolCall.Succeed(
            "bench", Models.Lenet, "-m", mode, "-c", Models.Calibration, "-t", $"{threads}", "--callers", $"{callers}", "--warmup", "0.2",
            "--seconds", "0.2", "--json")).Json;

        double Number(string name) => report.GetProperty(name).GetDouble();
        Assert.Equal(mode, report.GetProperty("mode").GetString());
        Assert.Equal(threads, report.GetProperty("threads").GetInt32());
        Assert.Equal(callers, report.GetProperty("callers").GetInt32());
        Assert.Equal(1, report.GetProperty("dimensions").GetProperty("batch").GetInt64());
        Assert.True(Number("calls") >= callers);
        Assert.True(Number("minimumMicroseconds") > 0);
        Assert.True(Number("minimumMicroseconds") <= Number("medianMicroseconds"));
        Assert.True(Number("medianMicroseconds") <= Number("p99Microseconds"));
        Assert.Equal(0, Number("allocatedBytesPerCall"));
        Assert.True(Number("weightsBytes") > 0);
    }

    [Fact]
    public async Task Bench_BoundBatch_IsWhatIsCalled()
    {
        JsonElement report = (await ToolCall.Succeed(
            "bench", Models.Lenet, "--dimension", "batch=3", "--warmup", "0", "--seconds", "0", "--json")).Json;

        JsonElement input = Assert.Single(report.GetProperty("inputs").EnumerateArray());
        Assert.Equal([3, 1, 28, 28], input.GetProperty("shape").EnumerateArray().Select(d => d.GetInt64()));
        Assert.Equal(3, report.GetProperty("dimensions").GetProperty("batch").GetInt64());
        Assert.Equal(1, report.GetProperty("calls").GetInt32());
    }

    [Fact]
    public async Task Bench_InputsOfSeveralTypes_AreMade()
    {
        string model = _files.Write("two.onnx", Models.TwoInputs());

        string text = (await ToolCall.Succeed("bench", model, "--warmup", "0", "--seconds", "0")).Output;

        Assert.Contains("right/side int64 [1,3]", text, StringComparison.Ordinal);
        Assert.Contains("median", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_DimensionThatTheClassCallsOtherwise_IsGiven()
    {
        string model = _files.Write("clash.onnx", Models.ClashingNames());

        string text = (await ToolCall.Succeed("bench", model, "--warmup", "0", "--seconds", "0")).Output;

        Assert.Contains("x float32 [1,1]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_GivenInputs_AreUsed()
    {
        string model = _files.Write("rows.onnx", Models.Rows());
        string good = _files.Write("good.npy", NumpyFile.Int64([2], 1, 0));
        string bad = _files.Write("bad.npy", NumpyFile.Int64([1], 7));

        await ToolCall.Succeed("bench", model, "--input", good, "--warmup", "0", "--seconds", "0");
        await ToolCall.Fail(1, "MODELB4004", "cannot use its inputs", "bench", model, "--input", bad, "--warmup", "0", "--seconds", "0");
    }
}
