using System.CommandLine;

namespace ModelBuild.Cli.CommandLine;

/// <summary><c>--json</c>.</summary>
internal static class JsonOption
{
    public static Option<bool> Create() => new("--json") { Description = "Writes the result as JSON, for programs." };
}
