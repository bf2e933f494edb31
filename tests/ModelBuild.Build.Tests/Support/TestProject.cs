using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ModelBuild.Build.Tests.Support;

/// <summary>A project in a temporary folder that references the package as a user's would.</summary>
internal sealed class TestProject
{
    private readonly string _properties;

    private int _builds;

    /// <param name="name">Name of folder and project; may be hostile.</param>
    /// <param name="items">The content of the project's ItemGroup.</param>
    /// <param name="properties">More properties, as XML.</param>
    /// <param name="folder">Where the project's folder lies; a new one if none is given.</param>
    /// <param name="extension">Of the project file: its language.</param>
    public TestProject(
        string name, string items, string properties = "<TargetFramework>net10.0</TargetFramework>", string? folder = null,
        string extension = "csproj")
    {
        Folder = Path.Combine(folder ?? Path.Combine(Package.Folder, $"{Guid.NewGuid():N}"[..8]), name);
        ProjectFile = Path.Combine(Folder, $"{name}.{extension}");
        Directory.CreateDirectory(Folder);
        _properties = properties;
        SetItems(items);
    }

    /// <summary>A program beside a library, whose project says nothing of ModelBuild.</summary>
    /// <param name="name">Of folder and project.</param>
    /// <param name="library">What it lies beside.</param>
    /// <param name="properties">More properties, as XML.</param>
    /// <param name="items">The content of the project's ItemGroup.</param>
    public static TestProject Application(string name, TestProject library, string properties, string items)
    {
        var app = new TestProject(name, string.Empty, folder: Path.GetDirectoryName(library.Folder));
        return app.Write(app.ProjectFile, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                {items}
              </ItemGroup>
            </Project>
            """);
    }

    /// <summary>What a program has written, line by line.</summary>
    public static string[] Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    public string Folder { get; }

    public string ProjectFile { get; }

    /// <summary>Where the target puts what it makes of a model.</summary>
    public string Outputs => Path.Combine(Folder, "obj", "Debug", "net10.0", "modelbuild");

    public void SetItems(string items) => Write(ProjectFile, $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <RootNamespace>App</RootNamespace>
            <ImplicitUsings>enable</ImplicitUsings>
            <Nullable>enable</Nullable>
            <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
            {_properties}
          </PropertyGroup>
          <ItemGroup>
            <PackageReference Include="ModelBuild" Version="{Package.Version}" />
        {items}
          </ItemGroup>
        </Project>
        """);

    public TestProject Write(string path, string content) => Write(path, Encoding.UTF8.GetBytes(content));

    public TestProject Write(string path, byte[] content)
    {
        string file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllBytes(file, content);
        return this;
    }

    /// <summary>Runs <c>dotnet build</c>, restore included the first time.</summary>
    public BuildResult Build(params string[] arguments) => DotNetBuild("build", arguments);

    /// <summary>Builds up to and including the models, without the C# compiler.</summary>
    public BuildResult BuildModels() => DotNetBuild("build", ["-t:ModelBuild"]);

    public BuildResult Publish(params string[] arguments) => DotNetBuild("publish", arguments);

    public BuildResult Pack(params string[] arguments) => DotNetBuild("pack", arguments);

    public BuildResult Clean() => DotNetBuild("clean", []);

    /// <summary>The files whose change makes <c>dotnet watch</c> build again, collected by its own targets.</summary>
    public IReadOnlyList<string> WatchedFiles()
    {
        JsonElement sdk = Evaluate("-getProperty:NetCoreRoot,NETCoreSdkVersion");
        string Property(string name) => sdk.GetProperty("Properties").GetProperty(name).GetString()!;
        string tools = Path.Combine(Property("NetCoreRoot"), "sdk", Property("NETCoreSdkVersion"), "DotnetTools", "dotnet-watch");
        string targets = Directory.GetFiles(tools, "DotNetWatch.targets", SearchOption.AllDirectories).Single();
        JsonElement items = Evaluate($"-p:CustomAfterMicrosoftCommonTargets={targets}", "-t:_CollectWatchItems", "-getItem:Watch");
        return
        [
            .. items.GetProperty("Items").GetProperty("Watch").EnumerateArray().Select(item => item.GetProperty("FullPath").GetString()!),
        ];
    }

    /// <summary>What MSBuild says about the project: the answer to <c>-getItem</c> and <c>-getProperty</c>.</summary>
    public JsonElement Evaluate(params string[] arguments)
    {
        (int exitCode, string output) = DotNet.Run(Folder, ["msbuild", ProjectFile, .. arguments]);
        Assert.True(exitCode == 0, output);
        using JsonDocument document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Runs what was built and gives its output.</summary>
    public string Run(string program, params string[] arguments)
    {
        (int exitCode, string output) = DotNet.Run(Folder, [Path.Combine(Folder, program), .. arguments]);
        Assert.True(exitCode == 0, output);
        return output;
    }

    /// <summary>Where <c>dotnet publish -c Release</c> puts a program for this system.</summary>
    public string PublishFolder => Path.Combine(Folder, "bin", "Release", "net10.0", RuntimeInformation.RuntimeIdentifier, "publish");

    /// <summary>Runs the program that was published and gives its output.</summary>
    public string RunPublished()
    {
        string program = Path.Combine(PublishFolder, Path.GetFileNameWithoutExtension(ProjectFile));
        using var process = Process.Start(
            new ProcessStartInfo(OperatingSystem.IsWindows() ? program + ".exe" : program) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }

    private BuildResult DotNetBuild(string verb, string[] arguments)
    {
        string binlog = Path.Combine(Folder, $"{++_builds}.binlog");
        bool restored = _builds > 1 && verb == "build";
        (int exitCode, string output) =
            DotNet.Run(Folder, [verb, ProjectFile, $"-bl:{binlog}", .. restored ? ["--no-restore"] : Array.Empty<string>(), .. arguments]);
        return new BuildResult(exitCode, output, binlog);
    }
}
