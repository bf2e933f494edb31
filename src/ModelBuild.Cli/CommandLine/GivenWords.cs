using System.CommandLine;
using System.CommandLine.Parsing;

namespace ModelBuild.Cli.CommandLine;

/// <summary>
/// What stands on the command line, for checks of a whole command. These run before the parser has looked at how many values there are and
/// whether they can be read, and its own way to a value throws then: what it will complain of is nothing here.
/// </summary>
internal static class GivenWords
{
    /// <summary>What stands at an argument's place; null where nothing does.</summary>
    public static string? Word(this CommandResult result, Argument<string> argument) =>
        result.GetResult(argument) is { Tokens: [var token] } ? token.Value : null;

    /// <summary>The value of an option; null where it is not given, or not once.</summary>
    public static string? Word(this CommandResult result, Option<string> option) =>
        result.GetResult(option) is { Tokens: [var token] } ? token.Value : null;

    /// <summary>Whether a switch is on.</summary>
    public static bool IsOn(this CommandResult result, Option<bool> option) => result.GetResult(option) is
    {
        Implicit: false, Tokens: var tokens,
    } && (tokens.Count == 0 || (bool.TryParse(tokens[^1].Value, out bool value) && value));
}
