namespace ModelBuild.Compiler.Tests.Support;

/// <summary>Models that are in the repository: those of the sample.</summary>
internal static class RepositoryFiles
{
    /// <summary>The full path of one of the sample's models; null where there is none of that name.</summary>
    public static string? SampleModel(string name)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ModelBuild.sln")))
            {
                string path = Path.Combine(folder.FullName, "samples", "FashionMnist", "models", name);
                return File.Exists(path) ? path : null;
            }
        }

        return null;
    }
}
