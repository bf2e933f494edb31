using System.CommandLine;
using System.CommandLine.Parsing;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Tests.Support;

namespace ModelBuild.Cli.Tests;

/// <summary><c>--help</c> is a manual whose examples hold.</summary>
public sealed class HelpTests
{
    [Theory]
    [InlineData("")]
    [InlineData("inspect")]
    [InlineData("run")]
    [InlineData("compile")]
    [InlineData("bench")]
    [InlineData("report")]
    [InlineData("quantize")]
    [InlineData("prune")]
    [InlineData("factorize")]
    [InlineData("cluster")]
    [InlineData("compare")]
    public async Task Help_OfCommand_HasUsageExitCodesAndExamplesThatParse(string command)
    {
        ToolCall call = await ToolCall.Succeed([.. command.Length == 0 ? (string[])[] : [command], "--help"]);

        Assert.Contains("Usage:", call.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", call.Output, StringComparison.Ordinal);
        string[] examples =
        [
            .. call.Output.Split('\n').Select(line => line.Trim())
                .Where(line => line.StartsWith("modelbuild ", StringComparison.Ordinal) && !line.AsSpan().ContainsAny('<', '[')),
        ];
        Assert.True(examples.Length >= 2);
        RootCommand root = Tool.Commands(new Terminal(TextWriter.Null, TextWriter.Null));
        Assert.All(examples, example =>
        {
            string line = example["modelbuild ".Length..].Split(" | ")[0];
            Assert.Empty(root.Parse([.. CommandLineParser.SplitCommandLine(line)]).Errors);
        });
    }

    [Fact]
    public async Task Help_InAPipe_KeepsEveryOptionOnOneLine()
    {
        string[] lines = (await ToolCall.Succeed("run", "--help")).Output.ReplaceLineEndings("\n").Split('\n');

        string line = Assert.Single(lines, l => l.Contains("--calibration <GLOB>", StringComparison.Ordinal));
        Assert.EndsWith("separated by ';'.", line.TrimEnd(), StringComparison.Ordinal);
    }
}
