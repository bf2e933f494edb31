using System.CommandLine;
using System.CommandLine.Parsing;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Cli.CommandLine;

/// <summary>
/// What looks like an option and is none. The parser takes it for a value where one may stand: <c>--input a.npy --typo</c> would be two
/// files.
/// </summary>
internal static class UnknownOptions
{
    /// <summary>Lets a command look at all values that it is given.</summary>
    public static void Check(Command command)
    {
        string[] known = [.. command.Options.SelectMany(o => o.Aliases.Prepend(o.Name))];
        foreach (Argument argument in command.Arguments)
        {
            argument.Validators.Add(result => Check(result, known));
        }

        foreach (Option option in command.Options)
        {
            option.Validators.Add(result => Check(result, known));
        }
    }

    private static void Check(SymbolResult result, string[] known)
    {
        foreach (Token token in result.Tokens.Where(t => LooksLikeOption(t.Value)))
        {
            result.AddError(
                $"'{token.Value}' is no option of this command.{Suggestion.For(token.Value, known)} A file of that name is "
                    + $"'./{token.Value}'.");
        }
    }

    /// <summary>Numbers may have a sign.</summary>
    private static bool LooksLikeOption(string text) =>
        text.Length > 1 && text[0] == '-' && !char.IsAsciiDigit(text[1]) && text[1] != '.';
}
