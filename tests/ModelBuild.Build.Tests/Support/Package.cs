namespace ModelBuild.Build.Tests.Support;

/// <summary>
/// Both packages, packed once for all tests from what was built with them, in a folder with a feed, a nuget.config and a packages folder of
/// its own. Their version is unique: no cache can hold another package under it.
/// </summary>
internal static class Package
{
    private static readonly Lazy<string> s_folder = new(Pack);

    public static string Version { get; } = $"0.1.0-test.{Guid.NewGuid():N}";

    /// <summary>The folder under which all test projects live.</summary>
    public static string Folder => s_folder.Value;

    public static string ModelBuild => Path.Combine(Folder, "feed", $"ModelBuild.{Version}.nupkg");

    public static string Runtime => Path.Combine(Folder, "feed", $"ModelBuild.Runtime.{Version}.nupkg");

    public static string RuntimeSymbols => Path.ChangeExtension(Runtime, ".snupkg");

    public static void Delete()
    {
        if (s_folder.IsValueCreated)
        {
            Directory.Delete(s_folder.Value, recursive: true);
        }
    }

    /// <summary>The version of LibTorch that the repository is built with.</summary>
    public static string LibTorchVersion { get; } = System.Xml.Linq.XDocument
        .Load(Path.Combine(Repository.Root, "Directory.Packages.props")).Descendants("PackageVersion")
        .Single(p => (string?)p.Attribute("Include") == "libtorch-cpu-linux-x64").Attribute("Version")!.Value;

    /// <summary>Packs ModelBuild.Training too.</summary>
    /// <returns>The package.</returns>
    public static string PackTraining()
    {
        Pack(Folder, "ModelBuild.Training");
        return Path.Combine(Folder, "feed", $"ModelBuild.Training.{Version}.nupkg");
    }

    private static string Pack()
    {
        string folder = Directory.CreateTempSubdirectory("modelbuild-tests-").FullName;
        File.WriteAllText(Path.Combine(folder, "nuget.config"), $"""
            <configuration>
              <config>
                <add key="globalPackagesFolder" value="packages" />
              </config>
              <packageSources>
                <add key="feed" value="feed" />
              </packageSources>
              <fallbackPackageFolders>
                <add key="restored" value="{Repository.PackageFolder}" />
              </fallbackPackageFolders>
            </configuration>
            """);
        Pack(folder, "ModelBuild.Runtime");
        Pack(folder, "ModelBuild");
        return folder;
    }

    private static void Pack(string folder, string project)
    {
        (int exitCode, string output) = DotNet.Run(Repository.Root,
        [
            "pack", $"src/{project}", "--no-build", "-c", Repository.Configuration, "-o", Path.Combine(folder, "feed"),
            $"-p:PackageVersion={Version}", $"-p:NuspecOutputPath={Path.Combine(folder, "nuspec")}{Path.DirectorySeparatorChar}",
        ]);
        Assert.True(exitCode == 0, output);
    }
}
