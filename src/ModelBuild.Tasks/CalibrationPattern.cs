using ModelBuild.Compiler.Files;

namespace ModelBuild.Tasks;

/// <summary>
/// One part of an item's <c>Calibration</c>. MSBuild has expanded them all into one list; this tells whether a file of that list can come
/// from a part, so that a part that found nothing does not hide behind another that did.
/// </summary>
internal static class CalibrationPattern
{
    /// <summary>Whether a part is, or finds, a folder that a file lies in, however deep.</summary>
    public static bool CoversFolderOf(string pattern, string projectDirectory, string file) =>
        Covers(pattern.TrimEnd('/', '\\') + "/**", projectDirectory, file);

    public static bool Covers(string pattern, string projectDirectory, string file)
    {
        string[] segments = pattern.Replace('\\', '/').Split('/');
        int wildcard = Array.FindIndex(segments, segment => segment.AsSpan().ContainsAny('*', '?'));
        if (wildcard < 0)
        {
            return Path.GetFullPath(pattern, projectDirectory) == file && File.Exists(file);
        }

        string start = wildcard == 0 ? "./" : string.Join('/', segments[..wildcard]) + "/";
        string folder = Path.GetFullPath(start, projectDirectory);
        return file.StartsWith(folder, StringComparison.OrdinalIgnoreCase)
            && Wildcard.Matches(string.Join('/', segments[wildcard..]), file[folder.Length..].Replace('\\', '/'));
    }
}
