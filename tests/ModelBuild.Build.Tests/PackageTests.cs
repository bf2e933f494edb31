using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Xml.Linq;
using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>What is in the packages, file by file.</summary>
public sealed class PackageTests
{
    /// <summary>What the machine word of an image is combined with: 0 for Windows (ECMA-335's extension by ReadyToRun images).</summary>
    private static readonly (string Runtime, Machine Machine, int System)[] s_precompiled =
    [
        ("linux-x64", Machine.Amd64, 0x7B79), ("win-x64", Machine.Amd64, 0), ("linux-arm64", Machine.Arm64, 0x7B79),
        ("osx-arm64", Machine.Arm64, 0x4644),
    ];

    [Fact]
    public void ModelBuild_Packed_HasExactlyTheseFiles()
    {
        string[] pages =
            [.. new[] { "docs/diagnostics/", "docs/" }.SelectMany(folder =>
                Directory.GetFiles(Path.Combine(Repository.Root, folder), "*.md").Select(page => folder + Path.GetFileName(page)))];

        AssertFiles(Package.ModelBuild,
        [
            "README.md",
            "THIRD-PARTY-NOTICES.txt",
            "analyzers/dotnet/cs/ModelBuild.Generator.dll",
            "build/net10.0/ModelBuild.props",
            "build/net10.0/ModelBuild.targets",
            "build/net10.0/ModelBuild.targets.buildschema.json",
            "build/net10.0/QuantizedModel.xaml",
            "lib/net10.0/_._",
            "tasks/net10.0/CommunityToolkit.HighPerformance.dll",
            "tasks/net10.0/CsvHelper.dll",
            "tasks/net10.0/K4os.Compression.LZ4.dll",
            "tasks/net10.0/Microsoft.IO.RecyclableMemoryStream.dll",
            "tasks/net10.0/ModelBuild.Compiler.dll",
            "tasks/net10.0/ModelBuild.Runtime.dll",
            "tasks/net10.0/ModelBuild.Tasks.dll",
            "tasks/net10.0/Parquet.dll",
            "tasks/net10.0/Snappier.dll",
            "tasks/net10.0/StbImageSharp.dll",
            "tasks/net10.0/System.Numerics.Tensors.dll",
            "tasks/net10.0/ZstdSharp.dll",
            .. pages,
        ]);
    }

    [Fact]
    public void Runtime_Packed_HasExactlyTheseFiles()
    {
        AssertFiles(Package.Runtime,
        [
            "README.md",
            "buildTransitive/net10.0/ModelBuild.Runtime.targets",
            "docs/MODELB0015.md",
            "docs/MODELB0021.md",
            "lib/net10.0/ModelBuild.Runtime.dll",
            "lib/net10.0/ModelBuild.Runtime.xml",
            .. s_precompiled.Select(image => Precompiled(image.Runtime)),
        ]);
        AssertFiles(Package.RuntimeSymbols, ["lib/net10.0/ModelBuild.Runtime.pdb"]);
    }

    /// <summary>The same assembly for all, and native code beside it for some.</summary>
    [Fact]
    public void Runtime_Precompiled_IsTheAssemblyWithCodeForItsSystem()
    {
        using var portable = new PEReader(new MemoryStream(Read(Package.Runtime, "lib/net10.0/ModelBuild.Runtime.dll")));
        Assert.Equal(0, portable.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);

        foreach ((string runtime, Machine machine, int system) in s_precompiled)
        {
            using var image = new PEReader(new MemoryStream(Read(Package.Runtime, Precompiled(runtime))));
            Assert.Equal((int)machine ^ system, (int)image.PEHeaders.CoffHeader.Machine);
            Assert.NotEqual(0, image.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size);
            Assert.Equal(Version(portable), Version(image));
        }

        static Guid Version(PEReader image)
        {
            MetadataReader reader = image.GetMetadataReader();
            return reader.GetGuid(reader.GetModuleDefinition().Mvid);
        }
    }

    [Fact]
    public void BuildFiles_Packed_AreThoseOfTheRepository()
    {
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "build", "package")))
        {
            Assert.Equal(File.ReadAllBytes(file), Read(Package.ModelBuild, "build/net10.0/" + Path.GetFileName(file)));
        }
    }

    [Fact]
    public void ModelBuild_Metadata_DependsOnExactlyThisRuntimeAndNothingElse()
    {
        XElement metadata = Metadata(Package.ModelBuild);

        XElement group = Assert.Single(metadata.Descendants(), element => element.Name.LocalName == "group");
        XElement dependency = Assert.Single(group.Elements());
        Assert.Equal("net10.0", group.Attribute("targetFramework")?.Value);
        Assert.Equal("ModelBuild.Runtime", dependency.Attribute("id")?.Value);
        Assert.Equal($"[{Package.Version}]", dependency.Attribute("version")?.Value);
        Assert.DoesNotContain(metadata.Descendants(), element => element.Name.LocalName == "developmentDependency");
    }

    [Theory]
    [InlineData(nameof(Package.ModelBuild))]
    [InlineData(nameof(Package.Runtime))]
    public void Package_Metadata_HasLicenceReadmeAndCommit(string which)
    {
        XElement metadata = Metadata(which == nameof(Package.ModelBuild) ? Package.ModelBuild : Package.Runtime);

        string? Value(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
        Assert.Equal("MIT", Value("license"));
        Assert.Equal("README.md", Value("readme"));
        Assert.NotEmpty(Value("description")!);
    }

    /// <summary>
    /// A project that is not SDK-style gets every analyzer slot at once, so there is one; and a newer Roslyn than the host's is not loaded
    /// (CS9057).
    /// </summary>
    [Fact]
    public void Generator_Packed_LoadsInRoslyn414WithoutDependencies()
    {
        // What every compiler of that version brings itself.
        string[] allowed =
            ["netstandard", "Microsoft.CodeAnalysis", "Microsoft.CodeAnalysis.CSharp", "System.Collections.Immutable", "System.Memory"];
        using var image = new PEReader(new MemoryStream(Read(Package.ModelBuild, "analyzers/dotnet/cs/ModelBuild.Generator.dll")));
        MetadataReader reader = image.GetMetadataReader();

        foreach (AssemblyReference reference in reader.AssemblyReferences.Select(reader.GetAssemblyReference))
        {
            string name = reader.GetString(reference.Name);
            Assert.Contains(name, allowed);
            if (name.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal))
            {
                Assert.True(reference.Version <= new Version(4, 14, 0, 0), $"{name} {reference.Version}");
            }
        }
    }

    [Theory]
    [InlineData(nameof(Package.ModelBuild))]
    [InlineData(nameof(Package.Runtime))]
    public void Package_Contents_NamesNoFolderOfThisMachine(string which)
    {
        if (Repository.Configuration != "Release")
        {
            // A debugger needs real paths; packages are made of the other configuration.
            return;
        }

        string path = which == nameof(Package.ModelBuild) ? Package.ModelBuild : Package.Runtime;
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        byte[][] folders = [.. new[] { Repository.Root.TrimEnd('/', '\\'), home }
            .Where(folder => folder.Length > 1)
            .SelectMany(folder => new[] { Encoding.UTF8.GetBytes(folder), Encoding.Unicode.GetBytes(folder) })];

        using ZipArchive archive = ZipFile.OpenRead(path);
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            byte[] content = Read(path, entry.FullName);
            Assert.All(folders, folder => Assert.True(content.AsSpan().IndexOf(folder) < 0, entry.FullName));
        }
    }

    private static string Precompiled(string runtime) => $"runtimes/{runtime}/lib/net10.0/ModelBuild.Runtime.dll";

    private static void AssertFiles(string package, string[] expected)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        IEnumerable<string> files = archive.Entries
            .Select(entry => entry.FullName)
            .Where(name => name != "[Content_Types].xml" && !name.StartsWith("_rels/", StringComparison.Ordinal)
                && !name.StartsWith("package/", StringComparison.Ordinal) && !name.EndsWith(".nuspec", StringComparison.Ordinal));
        Assert.Equal(expected.Order(StringComparer.Ordinal), files.Order(StringComparer.Ordinal));
    }

    private static XElement Metadata(string package)
    {
        string nuspec = package.EndsWith(Path.GetFileName(Package.Runtime), StringComparison.Ordinal)
            ? "ModelBuild.Runtime.nuspec"
            : "ModelBuild.nuspec";
        return XDocument.Load(new MemoryStream(Read(package, nuspec))).Root!.Elements().Single();
    }

    private static byte[] Read(string package, string file)
    {
        using ZipArchive archive = ZipFile.OpenRead(package);
        using Stream stream = archive.GetEntry(file)!.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
