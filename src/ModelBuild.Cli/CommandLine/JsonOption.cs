using System.CommandLine;
using System.CommandLine.Parsing;

namespace ModelBuild.Cli.CommandLine;

/// <summary><c>--json</c>.</summary>
internal static class JsonOption
{
    private const string Name = "--json";

    public static Option<bool> Create() => new(Name) { Description = "Writes the result as JSON, for programs." };

    /// <summary>Also where the command has no such option.</summary>
    public static bool IsGiven(ParseResult parsed) => parsed.GetResult(Name) is OptionResult option && option.GetValueOrDefault<bool>();
}
