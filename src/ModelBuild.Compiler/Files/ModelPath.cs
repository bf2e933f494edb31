using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler.Files;

/// <summary>The path of a model, as a user wrote it.</summary>
internal static class ModelPath
{
    /// <summary>Why there is no model (MODELB0001) and what to do about it, as a sentence; null where there is a file.</summary>
    /// <param name="path">In full.</param>
    /// <param name="written">As the user wrote it.</param>
    /// <param name="folder">What that is relative to, in full.</param>
    /// <param name="base">The same in words.</param>
    /// <param name="takesPatterns">Whether <c>*.onnx</c> may stand there too.</param>
    public static string? Fault(string path, string written, string folder, string @base, bool takesPatterns)
    {
        string pattern = takesPatterns ? $", or write '{written}/*.onnx'" : string.Empty;
        return File.Exists(path)
            // A link counts as a file, wherever it leads.
            ? InputFile.BrokenLink(path) is { } link ? $"The model '{written}' is {link}" : null
            : Directory.Exists(path)
                ? $"The model '{written}' is a folder, not an ONNX file. Name the file in it{pattern}."
                : $"The model '{written}' does not exist: there is no file '{path}'. Correct the path; it is relative to {@base}."
                    + Suggestion.ForPath(written, folder, Suggestion.IsModel);
    }
}
