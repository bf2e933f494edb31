using System.CommandLine;
using System.CommandLine.Parsing;

namespace ModelBuild.Cli.CommandLine;

/// <summary>
/// Names that are empty, as those of a variable are that a script has not set: <c>-o "$FOLDER"</c> would write into the current folder, and
/// <c>-i "$FILES"</c> would compare nothing.
/// </summary>
internal static class FileNames
{
    /// <summary>Lets a command refuse them before it works.</summary>
    /// <param name="option">Takes names of files or folders, with <c>NAME=</c> before them where they are inputs.</param>
    public static void Require(Option option) => option.Validators.Add(result =>
    {
        foreach (Token token in result.Tokens.Where(t => IsEmpty(t.Value)))
        {
            result.AddError(token.Value.EndsWith('=')
                ? $"Behind '{token.Value}' in {option.Name} there is no file. Write {token.Value}FILE.npy."
                : $"{option.Name} has an empty name. Name a {(option.HelpName == "FOLDER" ? "folder" : "file")}.");
        }
    });

    /// <summary>A file may be called so.</summary>
    private static bool IsEmpty(string text) => text.AsSpan().Trim("; \t").IsEmpty || (text.EndsWith('=') && !File.Exists(text));
}
