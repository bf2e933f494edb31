using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Cli.Data;

/// <summary>The model that the user names.</summary>
internal static class ModelFile
{
    /// <exception cref="CompilationException">MODELB0001: it is not there.</exception>
    public static void Check(string path)
    {
        // A link counts as a file, wherever it leads.
        if (File.Exists(path))
        {
            if (InputFile.BrokenLink(path) is { } link)
            {
                throw Missing($"The model '{path}' is {link}");
            }

            return;
        }

        if (Directory.Exists(path))
        {
            throw Missing($"The model '{path}' is a folder, not an ONNX file. Name a file in it.");
        }

        throw Missing(
            $"The model '{path}' does not exist. Correct the path; it is relative to the current folder "
                + $"'{Directory.GetCurrentDirectory()}'."
                + Suggestion.ForPath(path, Directory.GetCurrentDirectory(), Suggestion.IsModel));

        CompilationException Missing(string message) => new(DiagnosticCodes.ModelMissing, message, path);
    }
}
