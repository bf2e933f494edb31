using System.Diagnostics;
using System.Runtime.InteropServices;
using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>A class library that carries a model, and a native application that knows nothing of ModelBuild but through it.</summary>
public sealed class NativeTests
{
    [NativeFact]
    public void Publish_NativeApplicationOfLibraryWithModel_RunsAndSaysWhatTheBaselineCosts()
    {
        var library = new TestProject("Models", """    <QuantizedModel Include="dense.onnx" Mode="fp32" />""", """
            <TargetFramework>net10.0</TargetFramework>
            <IsAotCompatible>true</IsAotCompatible>
            """);
        library.Write("dense.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 4 } }, [0.5f, 0]));
        var app = new TestProject("Native", string.Empty, folder: Path.GetDirectoryName(library.Folder));
        app.Write(app.ProjectFile, $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <OutputType>Exe</OutputType>
                <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
                <PublishAot>true</PublishAot>
                <InvariantGlobalization>true</InvariantGlobalization>
                <TrimmerSingleWarn>false</TrimmerSingleWarn>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="../Models/Models.csproj" />
              </ItemGroup>
            </Project>
            """);
        app.Write("Program.cs", """System.Console.WriteLine(string.Join(' ', new App.Dense().Predict([3f, 1f]).Y));""");

        BuildResult publish = app.Publish([.. NativeFactAttribute.LinkerProperties, "-c", "Release"]).Succeeded();

        Assert.Equal(["MODELB0015"], publish.Warnings.Select(warning => warning.Code));
        Assert.Contains("x86-64-v3", publish.Warnings[0].Text, StringComparison.Ordinal);
        Assert.Single(publish.Calls("CompileQuantizedModels"));
        string folder = Path.Combine(app.Folder, "bin", "Release", "net10.0", RuntimeInformation.RuntimeIdentifier, "publish");
        Assert.Empty(Directory.GetFiles(folder, "*.dll"));
        Assert.Equal("5.5 1", Run(Path.Combine(folder, "Native")));

        Assert.Empty(app.Build("-t:_ModelBuildCheckNativeBaseline", "-p:IlcInstructionSet=x86-64-v3").Succeeded().Warnings);
        Assert.Empty(app.Build("-t:_ModelBuildCheckNativeBaseline", "-p:PublishAot=false").Succeeded().Warnings);
    }

    private static string Run(string program)
    {
        using var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
