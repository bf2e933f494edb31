using System.Reflection;

namespace ModelBuild.Build.Tests.Support;

/// <summary>What the build of this project knows about the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>The user's folder of restored packages: what the repository needs is there, so that test projects restore without a network.</summary>
    public static string PackageFolder { get; } = Metadata("PackageFolder");

    public static string Asset(string name) => Path.Combine(AppContext.BaseDirectory, "Assets", name);

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
