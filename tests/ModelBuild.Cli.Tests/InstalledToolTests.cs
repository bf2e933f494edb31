using ModelBuild.Cli.Tests.Support;

namespace ModelBuild.Cli.Tests;

/// <summary>The tool as a user has it: packed, installed from a folder, started as a process whose output is a pipe.</summary>
public sealed class InstalledToolTests : IClassFixture<InstalledTool>
{
    private readonly InstalledTool _tool;
    private readonly TemporaryFolder _files = new();

    public InstalledToolTests(InstalledTool tool) => _tool = tool;

    [Fact]
    public void Inspect_InAPipe_IsPlainAndUnwrapped()
    {
        string folder = Path.Combine(_files.Path, new string('f', 150));
        string model = _files.Write(Path.Combine(folder, "lenet.onnx"), File.ReadAllBytes(Models.Lenet));

        ToolCall call = _tool.Run("inspect", model);

        Assert.Equal(0, call.ExitCode);
        Assert.Empty(call.Error);
        Assert.Equal(model, call.Output.ReplaceLineEndings("\n").Split('\n')[0]);
        Assert.DoesNotContain('\u001b', call.Output);
    }

    [Fact]
    public void Bench_OfTheInstalledTool_CompilesTheClass()
    {
        ToolCall call = _tool.Run("bench", Models.Lenet, "--seconds", "0.1", "--warmup", "0.1", "--json");

        Assert.True(call.ExitCode == 0, call.Error);
        Assert.Equal(0, call.Json.GetProperty("allocatedBytesPerCall").GetInt64());
    }

    [Fact]
    public void Errors_OfAProcess_HaveExitCodesAndAreOnStandardError()
    {
        ToolCall missing = _tool.Run("inspect", Path.Combine(_files.Path, "none.onnx"));
        ToolCall wrong = _tool.Run("run", Models.Lenet);

        Assert.Equal((1, string.Empty), (missing.ExitCode, missing.Output));
        Assert.Contains("none.onnx: error MODELB0001: ", missing.Error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', missing.Error);
        Assert.Equal((2, string.Empty), (wrong.ExitCode, wrong.Output));
        Assert.StartsWith("modelbuild: error: ", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_OfTheInstalledTool_CallsItByItsName()
    {
        ToolCall call = _tool.Run("run", "--help");

        Assert.Contains("modelbuild run <MODEL> [options]", call.Output, StringComparison.Ordinal);
    }
}
