using System.Reflection;

namespace ModelBuild.TestSupport;

/// <summary>The checkout that the tests were built in.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>Debug or Release: how the tests were built.</summary>
    public static string Configuration { get; } = Metadata("Configuration");

    /// <summary>
    /// The user's folder of restored packages: what the repository needs is there, so that test projects restore without a network.
    /// </summary>
    public static string PackageFolder { get; } = Metadata("PackageFolder");

    /// <summary>A file or folder of <c>tests/assets</c>.</summary>
    public static string Asset(params ReadOnlySpan<string> path) => Path.Combine([Root, "tests", "assets", .. path]);

    /// <summary>A file or folder of <c>samples/Faces</c>.</summary>
    public static string Faces(params ReadOnlySpan<string> path) => Path.Combine([Root, "samples", "Faces", .. path]);

    /// <summary>A file or folder of <c>samples/FashionMnist</c>.</summary>
    public static string Sample(params ReadOnlySpan<string> path) => Path.Combine([Root, "samples", "FashionMnist", .. path]);

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;
}
