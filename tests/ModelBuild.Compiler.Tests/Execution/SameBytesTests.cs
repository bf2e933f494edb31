using System.Diagnostics;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Execution;

/// <summary>
/// What the compiler writes depends neither on the processor that it runs on, for which processes stand that do without instructions, nor
/// on what else it compiles at the same time.
/// </summary>
public sealed class SameBytesTests
{
    private static readonly Lazy<string[]> s_here = new(() => PlanHashes.Make());

    /// <summary>Without any vectors the larger sample would take minutes, and tell nothing that the smaller one does not.</summary>
    [InstructionsTheory]
    [InlineData("EnableAVX512", "")]
    [InlineData("EnableAVX2", "")]
    [InlineData("EnableHWIntrinsic", "resnet")]
    public async Task Compile_OnAProcessorWithFewerInstructions_WritesTheSameBytes(string instructions, string without)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(typeof(SameBytesTests).Assembly.Location);
        start.ArgumentList.Add(PlanHashes.Command);
        start.ArgumentList.Add(without);
        start.Environment[$"DOTNET_{instructions}"] = "0";
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.True(child.ExitCode == 0, output + await error);
        string[] expected = [.. s_here.Value.Where(h => without.Length == 0 || !h.StartsWith(without + " ", StringComparison.Ordinal))];
        Assert.Equal(expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
    }

    [Fact]
    public void Compile_SeveralModelsAtOnce_WritesTheSameBytes() => Assert.Equal(s_here.Value, PlanHashes.Make(atOnce: 8));
}
