using System.CommandLine;
using System.Text.RegularExpressions;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.CommandLine;

/// <summary>
/// The compiler speaks of settings as an item has them, <c>Dimensions="N=1"</c>; a user of the command line reads of its options,
/// <c>--dimension N=1</c>. What a command has no option for keeps its name.
/// </summary>
internal sealed partial class SettingWords
{
    private readonly Dictionary<string, string> _options = new(StringComparer.Ordinal);

    /// <summary>What stands before a mode that no option names; null where modes are not named, or by an option.</summary>
    public char? ModeMark { get; set; }

    /// <param name="command">Whose options there are from now on.</param>
    public void Learn(Command command)
    {
        foreach (ISettingOption option in command.Options.OfType<ISettingOption>())
        {
            _options.Add(option.Setting.Name, option.Name);
        }
    }

    /// <summary>A text in the words of the command line.</summary>
    /// <param name="text">May name settings. What stands in single quotes are names of the model or of files, which stay.</param>
    public string Translate(string text) => Settings().Replace(text, match =>
    {
        string name = match.Groups["name"].Value;
        if (!_options.TryGetValue(name, out string? option))
        {
            return ModeMark is { } mark && name == nameof(CompileOptions.Mode) && match.Groups["value"].Success
                ? mark + match.Groups["value"].Value : match.Value;
        }

        return match.Groups["value"] is { Success: true, Value: var value }
            ? $"{option} {(value.Length == 0 || NeedsQuotes().IsMatch(value) ? $"\"{value}\"" : value)}"
            : IsWordOfASentence(text, match.Index, name) || OperatorRegistry.Names.Contains(name, StringComparer.Ordinal) ? match.Value
            : option;
    });

    /// <summary>Capitals that begin a sentence make no name of a word: "Calibration files are missing".</summary>
    private static bool IsWordOfASentence(string text, int index, string name) =>
        name.Count(char.IsUpper) == 1 && (index == 0 || EndOfSentence().IsMatch(text[..index]));

    [GeneratedRegex("""(?<!\w)'[^']*'(?!\w)|\b(?<name>[A-Z][A-Za-z]+)\b(="(?<value>[^"]*)")?""")]
    private static partial Regex Settings();

    [GeneratedRegex("""[.?!]['")]? $""")]
    private static partial Regex EndOfSentence();

    /// <summary>What a shell would not hand over as it is.</summary>
    [GeneratedRegex("""[^\w.,:=/%+…-]""")]
    private static partial Regex NeedsQuotes();
}
