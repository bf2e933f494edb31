using ModelBuild.Cli.Tests.Support;

namespace ModelBuild.Cli.Tests;

/// <summary>What is cancelled ends, says so and leaves nothing.</summary>
public sealed class CancellationTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Bench_Cancelled_EndsLongBeforeItsTime()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromSeconds(2));

        ToolCall call = await ToolCall.Run(cancellation.Token, "bench", Models.Lenet, "--warmup", "3600", "--threads", "2");

        Assert.Equal(130, call.ExitCode);
        Assert.Empty(call.Output);
        Assert.Contains("Cancelled.", call.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compile_Cancelled_WritesNothing()
    {
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        ToolCall call = await ToolCall.Run(cancellation.Token, "compile", Models.Resnet, "--output", Path.Combine(_files.Path, "out"));

        Assert.Equal(130, call.ExitCode);
        Assert.False(Directory.Exists(Path.Combine(_files.Path, "out")));
    }
}
