using System.Text.Json;
using ModelBuild.Cli.Tests.Support;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Cli.Tests;

/// <summary><c>prune</c>: a float model with zeros, or without some channels.</summary>
public sealed class PruneTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>The file runs in ONNX Runtime as here, and the table says what is in it.</summary>
    [Fact]
    public async Task Prune_OnSamples_WritesAFileThatRunsAndSaysWhatItCosts()
    {
        string file = InFolder("pruned.onnx");

        ToolCall call = await ToolCall.Succeed(
            "prune", Models.Lenet, "--sparsity", "50%", "-c", Models.Calibration, "--sensitivity", "--json", "-o", file);

        using JsonDocument json = JsonDocument.Parse(call.Output);
        JsonElement pruning = json.RootElement.GetProperty("pruning");
        Assert.Equal(
            ("unstructured", "second-order", "global"),
            (pruning.GetProperty("pattern").GetString(), pruning.GetProperty("criterion").GetString(),
                pruning.GetProperty("scope").GetString()));
        Assert.Equal(0.5, pruning.GetProperty("reached").GetDouble(), 0.001);
        Assert.Equal(4, pruning.GetProperty("sensitivity").GetArrayLength());
        Assert.True(json.RootElement.GetProperty("agreement").GetDouble() > 0.97);
        Tensor pictures = Models.Pictures(8);
        string input = _files.Write("pictures.npy", NumpyFile.Npy(pictures));
        await ToolCall.Succeed("run", file, "-m", "fp32", "-i", input, "-o", InFolder("out"));
        TensorAssert.Close(
            OrtSession.Run(File.ReadAllBytes(file), new Dictionary<string, Tensor> { ["input"] = pictures })["probs"],
            NumpyFile.ReadNpy(InFolder("out/probs.npy")), relative: 1e-4, absolute: 1e-5);
    }

    [Fact]
    public async Task Prune_WithoutSamples_ShowsZerosOfEachLayer()
    {
        string[] lines = (await ToolCall.Succeed(
            "prune", Models.Lenet, "--pattern", "2:4", "--exclude", "/m/f2/*", "-o", InFolder("p.onnx"))).Output.Split('\n');

        Assert.Contains(lines, l => l.StartsWith("  criterion  magnitude", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("left alone: a first layer of 1 inputs", StringComparison.Ordinal)
            || l.Contains("depthwise", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("left alone: named in --exclude", StringComparison.Ordinal));
        Assert.Contains(lines, l => l.Contains("50.0 % (9,216)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Prune_Channels_MakesASmallerFile()
    {
        await ToolCall.Succeed("prune", Models.Lenet, "--sparsity", "0.5", "--pattern", "channels", "-o", InFolder("c.onnx"));

        Assert.True(new FileInfo(InFolder("c.onnx")).Length < 0.8 * new FileInfo(Models.Lenet).Length);
    }

    /// <summary>Quantizing with a sparsity is quantizing what prune writes: zeros are in the file.</summary>
    [Fact]
    public async Task Quantize_WithSparsity_PrunesFirst()
    {
        await ToolCall.Succeed("quantize", Models.Lenet, "-m", "fp16", "--sparsity", "0.9", "-o", InFolder("sparse.onnx"));
        await ToolCall.Succeed("quantize", Models.Lenet, "-m", "fp16", "-o", InFolder("dense.onnx"));

        Assert.True(Zeros("sparse.onnx") > Zeros("dense.onnx") + 100_000);

        int Zeros(string name) => File.ReadAllBytes(InFolder(name)).Count(b => b == 0);
    }

    [Theory]
    [InlineData("MODELB0030", "from 0 to below 1", "--sparsity", "1")]
    [InlineData("MODELB0031", "'4x4' in --pattern is no pattern", "--sparsity", "0.5", "--pattern", "4x4")]
    [InlineData("MODELB0031", "'first-order' in --criterion", "--sparsity", "0.5", "--criterion", "first-order")]
    [InlineData("", "Give --sparsity 0.5", "--pattern", "1x4")]
    [InlineData("", "Give --calibration", "--sparsity", "0.5", "--sensitivity")]
    public async Task Prune_WordsThatCannotBe_AreFaultsOfTheCommandLine(string code, string says, params string[] words) =>
        await ToolCall.Fail(2, code, says, ["prune", Models.Lenet, "-o", InFolder("x.onnx"), .. words]);

    [Theory]
    [InlineData("MODELB0030", "more than pattern 2:4 has room for", "--sparsity", "0.9", "--pattern", "2:4")]
    [InlineData("MODELB0030", "makes no weight zero", "--sparsity", "0")]
    [InlineData("MODELB2020", "Did you mean", "--sparsity", "0.5", "--exclude", "/m/f3/Gemm")]
    [InlineData("MODELB2021", "none are given", "--sparsity", "0.5", "--criterion", "second-order")]
    public async Task Prune_WhatCannotBe_IsAnError(string code, string says, params string[] words) =>
        await ToolCall.Fail(1, code, says, ["prune", Models.Lenet, "-o", InFolder("x.onnx"), .. words]);

    private string InFolder(string name) => Path.Combine(_files.Path, name);
}
