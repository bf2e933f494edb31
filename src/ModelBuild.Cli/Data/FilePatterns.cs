using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Cli.Data;

/// <summary>
/// Patterns as an item's <c>Calibration</c> has them: separated by semicolons, with <c>*</c>, <c>?</c> and <c>**</c>, relative to the
/// current folder, of files or of folders. A shell may have expanded them already.
/// </summary>
internal static class FilePatterns
{
    /// <summary>The files in the order of a build, each once.</summary>
    /// <param name="patterns">Of the user.</param>
    /// <param name="what">What they are for, at the start of a sentence.</param>
    /// <exception cref="CompilationException">MODELB0008: a pattern matches nothing; all such patterns are listed.</exception>
    public static string[] Expand(IEnumerable<string> patterns, string what)
    {
        const StringSplitOptions NonEmpty = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
        var files = new SortedSet<string>(StringComparer.Ordinal);
        var findings = new List<Finding>();
        foreach (string pattern in patterns.SelectMany(pattern => pattern.Split(';', NonEmpty)))
        {
            string[] found = [.. Files(pattern)];
            if (found.Length == 0)
            {
                // A folder, or a pattern of folders.
                found = [.. Files(pattern.TrimEnd('/', '\\') + "/**").Where(SampleGroup.IsSample)];
            }

            files.UnionWith(found);
            if (found.Length == 0)
            {
                findings.Add(new Finding(
                    DiagnosticCodes.CalibrationMissing, FindingSeverity.Error,
                    $"{what} '{pattern}' matches no file, and no folder of samples ({SampleGroup.Known}). It is "
                        + $"relative to the current folder '{Directory.GetCurrentDirectory()}'; "
                        + "correct it or add the files."
                        + Suggestion.ForPath(pattern, Directory.GetCurrentDirectory(), SampleGroup.IsSample)
                        + SampleGroup.HowToSeparate(pattern)));
            }
        }

        return findings.Count == 0 ? [.. files] : throw new CompilationException(findings);
    }

    private static IEnumerable<string> Files(string pattern)
    {
        string[] segments = pattern.Replace('\\', '/').Split('/');
        int wildcard = Array.FindIndex(segments, segment => segment.AsSpan().ContainsAny('*', '?'));
        string whole = Path.GetFullPath(pattern);
        if (wildcard < 0 || File.Exists(whole))
        {
            return File.Exists(whole) ? [whole] : [];
        }

        string folder = Path.GetFullPath(wildcard == 0 ? "." : string.Join('/', segments[..wildcard]) + "/");
        string rest = string.Join('/', segments[wildcard..]);
        bool isDeep = segments.Length > wildcard + 1 || rest.Contains("**", StringComparison.Ordinal);
        var options = new EnumerationOptions { RecurseSubdirectories = isDeep, AttributesToSkip = 0, IgnoreInaccessible = true };
        return Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", options)
                .Where(file => Wildcard.Matches(rest, Path.GetRelativePath(folder, file).Replace('\\', '/')))
            : [];
    }
}
