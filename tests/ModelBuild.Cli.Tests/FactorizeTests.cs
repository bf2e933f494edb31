using System.Text.Json;
using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Cli.Tests;

/// <summary><c>factorize</c> and <c>cluster</c>: float models with smaller layers, or with few values.</summary>
public sealed class FactorizeTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>The file runs in ONNX Runtime, and the numbers are about what is in it.</summary>
    [Fact]
    public async Task Factorize_OnSamples_WritesAFileThatRunsAndSaysWhatItCosts()
    {
        string file = InFolder("small.onnx");

        ToolCall call = await ToolCall.Succeed(
            "factorize", Models.Lenet, "--low-rank", "40%", "-c", Models.Calibration, "--exclude", "/m/f2/*", "--sensitivity", "--json",
            "-o", file);

        using JsonDocument json = JsonDocument.Parse(call.Output);
        JsonElement lowRank = json.RootElement.GetProperty("lowRank");
        Assert.InRange(lowRank.GetProperty("reached").GetDouble(), 0.4, 0.5);
        Assert.InRange(lowRank.GetProperty("sensitivity").GetArrayLength(), 1, 3);
        Assert.True(json.RootElement.GetProperty("agreement").GetDouble() > 0.95);
        Assert.Equal(
            "named in LowRankExclude", lowRank.GetProperty("layers").EnumerateArray().Last().GetProperty("reason").GetString());
        Graph graph = OnnxImporter.Import(file);
        Assert.True(graph.Nodes.Count(n => n.Type is "Conv" or "Gemm") > 4);
        Tensor pictures = Models.Pictures(8);
        Dictionary<string, Tensor> inputs = new() { ["input"] = pictures };
        float[] before = OrtSession.Run(File.ReadAllBytes(Models.Lenet), inputs)["probs"].ToFloats();
        float[] after = OrtSession.Run(File.ReadAllBytes(file), inputs)["probs"].ToFloats();
        Assert.All(before.Zip(after), p => Assert.Equal(p.First, p.Second, 0.5));
    }

    [Fact]
    public async Task Cluster_WithoutSamples_ShowsValuesOfEachLayer()
    {
        string file = InFolder("clustered.onnx");

        string[] lines = (await ToolCall.Succeed("cluster", Models.Lenet, "--clusters", "16", "-o", file)).Output.Split('\n');

        Assert.Contains(lines, l => l.StartsWith("  clusters  16 values", StringComparison.Ordinal));
        Graph graph = OnnxImporter.Import(file);
        Tensor[] weights = [.. graph.Nodes.Where(n => n.Type is "Conv" or "Gemm").Select(n => n.Required(1).Constant!)];
        Assert.Equal(4, weights.Length);
        Assert.All(weights, w => Assert.Equal(16, w.ToFloats().Distinct().Count()));
    }

    [Theory]
    [InlineData("factorize", "MODELB0034", "neither a part", "--low-rank", "1")]
    [InlineData("factorize", "MODELB0034", "neither a part", "--low-rank", "-3dB")]
    [InlineData("factorize", "", "Give --calibration", "--sensitivity")]
    [InlineData("factorize", "", "Give --calibration", "--low-rank", "0.5", "--sensitivity")]
    [InlineData("cluster", "MODELB0035", "2 to 256", "--clusters", "1")]
    [InlineData("cluster", "", "--clusters")]
    public async Task Words_ThatCannotBe_AreFaultsOfTheCommandLine(string command, string code, string says, params string[] words) =>
        await ToolCall.Fail(2, code, says, [command, Models.Lenet, "-o", InFolder("x.onnx"), .. words]);

    [Theory]
    [InlineData("MODELB0034", "takes nothing apart", "--low-rank", "0")]
    [InlineData("MODELB2020", "Did you mean", "--low-rank", "0.5", "--exclude", "/m/f3/Gemm")]
    public async Task Factorize_WhatCannotBe_IsAnError(string code, string says, params string[] words) =>
        await ToolCall.Fail(1, code, says, ["factorize", Models.Lenet, "-o", InFolder("x.onnx"), .. words]);

    private string InFolder(string name) => Path.Combine(_files.Path, name);
}
