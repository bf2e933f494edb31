using System.Runtime.InteropServices;
using Microsoft.Build.Logging.StructuredLogger;
using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>A class library that carries a model, and applications that know nothing of ModelBuild but through it.</summary>
public sealed class LibraryTests
{
    private const string Prediction = """
        float[] y = new App.Dense().Predict([3f, 1f]).Y;
        System.Console.WriteLine(string.Join(' ', System.Array.ConvertAll(y, v => v.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        """;

    private const string Predicted = "5.5 1";

    private static readonly Lazy<TestProject> s_library = new(() => new TestProject(
            "Models",
            """    <QuantizedModel Include="dense.onnx" Mode="fp32" />""",
            "<TargetFramework>net10.0</TargetFramework><IsAotCompatible>true</IsAotCompatible>")
        .Write("dense.onnx", OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 4 } }, [0.5f, 0])));

    private const string ProjectReference = """<ProjectReference Include="../Models/Models.csproj" />""";

    private static string RuntimeIdentifier => RuntimeInformation.RuntimeIdentifier;

    [Fact]
    public void Run_ApplicationOfLibraryProject_Predicts()
    {
        TestProject app = Application("Ordinary", string.Empty, ProjectReference);

        BuildResult build = app.Build().Succeeded();

        Assert.Empty(build.Warnings);
        Assert.Single(build.Calls("CompileQuantizedModels"));
        Assert.Equal(Predicted, app.Run("bin/Debug/net10.0/Ordinary.dll").Trim());
    }

    /// <summary>Whoever takes a packed library gets the Runtime with it, and neither the compiler nor the model.</summary>
    [Fact]
    public void Run_ApplicationOfPackedLibrary_Predicts()
    {
        TestProject app = Application("Consumer", $"""
            <RestoreAdditionalProjectSources>{Path.Combine(s_library.Value.Folder, "packed")}</RestoreAdditionalProjectSources>
            """, """<PackageReference Include="Models" Version="1.0.0-test" />""");
        s_library.Value.Pack("-o", "packed", "-p:PackageVersion=1.0.0-test").Succeeded();

        BuildResult build = app.Build().Succeeded();

        Assert.Empty(build.Warnings);
        Assert.Empty(build.Calls("CompileQuantizedModels"));
        Assert.Equal(Predicted, app.Run("bin/Debug/net10.0/Consumer.dll").Trim());
        Assert.Equal(
            ["Consumer.dll", "ModelBuild.Runtime.dll", "Models.dll", "System.Numerics.Tensors.dll"],
            Directory.GetFiles(Path.Combine(app.Folder, "bin", "Debug", "net10.0"), "*.dll").Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
    }

    /// <summary>The library's reference does not compile the models of the application.</summary>
    [Fact]
    public void Build_ModelInApplicationOfLibrary_SaysThatThePackageIsNotReferenced()
    {
        TestProject app = Application("Unreferenced", string.Empty, ProjectReference + """<QuantizedModel Include="own.onnx" />""");

        // The target alone: the library is built by another test, which counts that.
        BuildResult build = app.Build("-t:_ModelBuildCheckReference").Succeeded();

        AbstractDiagnostic warning = Assert.Single(build.Warnings);
        Assert.Equal(("MODELB0021", app.ProjectFile), (warning.Code, warning.File));
        Assert.Contains("own.onnx", warning.Text, StringComparison.Ordinal);
        Assert.Empty(app.Build("-t:_ModelBuildCheckReference", "-p:ModelBuildEnabled=false").Succeeded().Warnings);
    }

    [Fact]
    public void Publish_TrimmedApplicationOfLibrary_RunsWithoutWarnings()
    {
        TestProject app = Application("TrimmedConsumer", $"""
            <RuntimeIdentifier>{RuntimeIdentifier}</RuntimeIdentifier>
            <PublishTrimmed>true</PublishTrimmed>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
            """, ProjectReference);

        BuildResult publish = app.Publish("-c", "Release").Succeeded();

        Assert.Empty(publish.Warnings);
        Assert.Equal([Predicted], TestProject.Lines(app.RunPublished()));
    }

    /// <summary>
    /// ILC takes a processor of 2003 for its baseline, but leaves the question for SSE4.1 to the run. Without machine code of our own,
    /// which asks the processor itself, that is the tier.
    /// </summary>
    [NativeFact]
    public void Publish_NativeApplicationOfLibrary_RunsOnSse41AndSaysWhatTheBaselineCosts()
    {
        TestProject app = Application("Native", $"""
            <RuntimeIdentifier>{RuntimeIdentifier}</RuntimeIdentifier>
            <PublishAot>true</PublishAot>
            <InvariantGlobalization>true</InvariantGlobalization>
            <TrimmerSingleWarn>false</TrimmerSingleWarn>
            """, ProjectReference + """
            <RuntimeHostConfigurationOption Include="ModelBuild.MachineCode" Value="false" />
            """, """
            const System.Reflection.BindingFlags Static = System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.Static;
            System.Type processor = System.Type.GetType("ModelBuild.Runtime.Cpu.Processor, ModelBuild.Runtime")!;
            System.Console.WriteLine(processor.GetProperty("BestTier", Static)!.GetValue(null));
            """);

        BuildResult publish = app.Publish([.. NativeFactAttribute.LinkerProperties, "-c", "Release"]).Succeeded();

        Assert.Equal(["MODELB0015"], publish.Warnings.Select(warning => warning.Code));
        Assert.Contains("x86-64-v3", publish.Warnings[0].Text, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(app.PublishFolder, "*.dll"));
        Assert.Equal([Predicted, "Sse41"], TestProject.Lines(app.RunPublished()));

        Assert.Empty(app.Build("-t:_ModelBuildCheckNativeBaseline", "-p:IlcInstructionSet=x86-64-v3").Succeeded().Warnings);
        Assert.Empty(app.Build("-t:_ModelBuildCheckNativeBaseline", "-p:PublishAot=false").Succeeded().Warnings);
        Assert.Empty(app.Build("-t:_ModelBuildCheckNativeBaseline", "-p:RuntimeIdentifier=linux-arm64").Succeeded().Warnings);
    }

    /// <summary>An application beside the library, whose project says nothing of ModelBuild.</summary>
    private static TestProject Application(string name, string properties, string reference, string more = "") =>
        TestProject.Application(name, s_library.Value, properties, reference)
            .Write("Program.cs", Prediction + Environment.NewLine + more);
}
