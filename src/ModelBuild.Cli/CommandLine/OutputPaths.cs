using System.CommandLine;
using System.CommandLine.Parsing;
using ModelBuild.Compiler.Files;

namespace ModelBuild.Cli.CommandLine;

/// <summary>The names of the files that a command writes: none is its model, and no two are one.</summary>
internal static class OutputPaths
{
    /// <summary>Lets a command look at them before it works.</summary>
    /// <param name="command">The command.</param>
    /// <param name="model">Its model.</param>
    /// <param name="files">What it writes; null for what it does not.</param>
    public static void Check(Command command, Argument<string> model, Func<CommandResult, IEnumerable<string?>> files) =>
        command.Validators.Add(result =>
        {
            string[] all = [.. files(result).OfType<string>()];
            if (all.Any(string.IsNullOrWhiteSpace))
            {
                result.AddError("A file that is to be written has an empty name. Name it.");
                return;
            }

            string[] paths = [.. all.Select(Target)];
            if (result.Word(model) is { Length: > 0 } source && paths.Contains(Target(source), StringComparer.Ordinal))
            {
                result.AddError($"'{source}' is the model, and would be written over. Give the result another name.");
            }
            else if (paths.Distinct(StringComparer.Ordinal).Count() < paths.Length)
            {
                result.AddError(
                    $"Two files of one name would be written: {string.Join(", ", all.Select(f => $"'{f}'"))}. The JSON of a page is named "
                        + "after it, with .json at the end.");
            }
        });

    /// <summary>Of links that lead in a circle, writing says so.</summary>
    private static string Target(string path)
    {
        try
        {
            return OutputFile.Target(path);
        }
        catch (IOException)
        {
            return Path.GetFullPath(path);
        }
    }
}
