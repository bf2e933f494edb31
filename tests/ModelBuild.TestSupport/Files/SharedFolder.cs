namespace ModelBuild.TestSupport;

/// <summary>
/// Models too large for the repository: a folder <c>shared</c> beside it or above. Tests that use it say that they were skipped where it is
/// absent: <see cref="SharedTheoryAttribute"/>.
/// </summary>
internal static class SharedFolder
{
    private static readonly string? s_folder = Find();

    /// <summary>All models, as paths relative to the folder. Empty where it is absent.</summary>
    public static IEnumerable<string> Models => s_folder is null
        ? []
        : Directory.EnumerateFiles(Path.Combine(s_folder, "models"), "*.onnx", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(s_folder, file)).Order(StringComparer.Ordinal);

    /// <summary>The full path of a file, which need not exist.</summary>
    public static string File(string relative) => Path.Combine(s_folder ?? string.Empty, relative);

    /// <summary>Why a test cannot have a file; null where it can.</summary>
    public static string? Missing(string relative) =>
        s_folder is null ? "There is no folder 'shared' beside the repository or above it."
        : System.IO.File.Exists(File(relative)) ? null
        : $"The folder '{s_folder}' has no '{relative}'.";

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(Repository.Root); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(Path.Combine(candidate, "models")))
            {
                return candidate;
            }
        }

        return null;
    }
}
