using System.Text.Json;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;

namespace ModelBuild.Cli.Tests.Support;

/// <summary>A call of the tool in this process, and what it wrote.</summary>
internal sealed record ToolCall(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static Task<ToolCall> Run(params string[] arguments) => Run(default, arguments);

    public static async Task<ToolCall> Run(CancellationToken cancellation, params string[] arguments)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int exitCode = await Tool.RunAsync(arguments, new Terminal(output, error), cancellation);
        return new ToolCall(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The call must do what it was asked.</summary>
    public static async Task<ToolCall> Succeed(params string[] arguments)
    {
        ToolCall call = await Run(arguments);
        Assert.True(call.ExitCode == ExitCodeDone, $"{call.ExitCode}: {call.Error}");
        return call;
    }

    /// <summary>The call must end with an exit code and one error of a compiler's form, with a code and words.</summary>
    /// <param name="exitCode">What is expected.</param>
    /// <param name="code">MODELB and digits; empty for errors of the command line that have none.</param>
    /// <param name="words">A part of the message.</param>
    /// <param name="arguments">The command line.</param>
    public static async Task Fail(int exitCode, string code, string words, params string[] arguments)
    {
        ToolCall call = await Run(arguments);
        Assert.Equal(exitCode, call.ExitCode);
        Assert.Empty(call.Output);
        string line = Assert.Single(call.Error.Split('\n'), l => l.Contains($": error {code}".TrimEnd() + ": ", StringComparison.Ordinal));
        Assert.Contains(words, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', call.Error);
    }

    private const int ExitCodeDone = 0;
}
