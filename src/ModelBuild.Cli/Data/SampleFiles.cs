using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Cli.Data;

/// <summary>Samples that models are compared on: files as <c>--calibration</c> takes them, or an array for each input by name.</summary>
internal static class SampleFiles
{
    /// <param name="given"><c>NAME=FILE.npy</c> for each input, or patterns.</param>
    /// <param name="inputs">Of the model.</param>
    /// <param name="preprocessing">How pictures become inputs.</param>
    /// <exception cref="CompilationException">A pattern finds nothing, an input has no file, or a file does not fit.</exception>
    public static CalibrationData Open(
        IReadOnlyList<string> given, IReadOnlyList<Value> inputs, ImagePreprocessing? preprocessing)
    {
        (string? Name, string File)[] split = [.. given.Select(text => Split(text, inputs))];
        return Array.TrueForAll(split, s => s.Name is null)
            ? CalibrationData.Open(FilePatterns.Expand(given, "Input"), inputs, preprocessing)
            : CalibrationData.Open([ByName(split, inputs)], inputs, preprocessing);
    }

    /// <summary>Names may have any character, and so may files: what is called as an input is one.</summary>
    private static (string? Name, string File) Split(string text, IReadOnlyList<Value> inputs)
    {
        Value? input = inputs.Where(i => text.StartsWith(i.Name + "=", StringComparison.Ordinal)).MaxBy(i => i.Name.Length);
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return input is not null ? (input.Name, text[(input.Name.Length + 1)..])
            : equals <= 0 || File.Exists(text) || text.AsSpan(0, equals).ContainsAny('/', '\\') ? (null, text)
            : (text[..equals], text[(equals + 1)..]);
    }

    private static SampleGroup ByName((string? Name, string File)[] given, IReadOnlyList<Value> inputs)
    {
        string names = string.Join(", ", inputs.Select(i => $"'{i.Name}'"));
        foreach ((string? name, string file) in given)
        {
            string? wrong = name is null ? $"Input file '{file}' does not say for which input it is."
                : inputs.All(i => i.Name != name)
                    ? $"'{name}' is no input of the model.{Suggestion.For(name, inputs.Select(i => i.Name))}"
                : given.Count(g => g.Name == name) > 1 ? $"Input '{name}' is given twice."
                : null;
            if (wrong is not null)
            {
                throw new CompilationException(
                    DiagnosticCodes.InputNames, $"{wrong} The model's inputs are {names}; give each one NAME=FILE.npy.");
            }
        }

        string[] missing = [.. inputs.Select(i => i.Name).Where(n => given.All(g => g.Name != n))];
        return missing.Length == 0
            ? new SampleGroup(SampleFormat.Npy, [.. given.Select(g => g.File)]) { Inputs = [.. given.Select(g => g.Name!)] }
            : throw new CompilationException(
                DiagnosticCodes.InputNames,
                $"There is no file for {(missing.Length == 1 ? "input" : "inputs")} {string.Join(", ", missing.Select(n => $"'{n}'"))}. "
                    + $"Add {string.Join(" ", missing.Select(n => $"--input {n}=FILE.npy"))}.");
    }
}
