namespace ModelBuild.Compiler.Tests.Support;

/// <summary>
/// Models and data too large for the repository: a folder <c>shared</c> beside it or above. Tests that use it do nothing where it is
/// absent.
/// </summary>
internal static class SharedData
{
    private static readonly string? s_folder = Find();

    /// <summary>All models, as paths relative to the folder. Empty where it is absent.</summary>
    public static IEnumerable<string> Models => s_folder is null
        ? []
        : Directory.EnumerateFiles(System.IO.Path.Combine(s_folder, "models"), "*.onnx", SearchOption.AllDirectories)
            .Select(f => System.IO.Path.GetRelativePath(s_folder, f)).Order(StringComparer.Ordinal);

    /// <summary>The full path of a file; null where the folder or the file is absent.</summary>
    public static string? Path(string relative) =>
        s_folder is not null && System.IO.Path.Combine(s_folder, relative) is var path && File.Exists(path) ? path : null;

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared");
            if (Directory.Exists(System.IO.Path.Combine(candidate, "models")))
            {
                return candidate;
            }
        }

        return null;
    }
}
