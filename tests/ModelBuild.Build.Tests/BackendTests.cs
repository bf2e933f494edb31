using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>Classes over ONNX Runtime in projects of users.</summary>
public sealed class BackendTests
{
    private const string Properties = "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>";

    private const string Item = """    <QuantizedModel Include="inverse.onnx" Backend="onnxruntime" Mode="fp32" />""";

    /// <summary>An operator that ModelBuild does not know, in a library whose application references the library alone.</summary>
    [Fact]
    public void Console_OfALibraryWithAnUnknownOperator_RunsInOnnxRuntime()
    {
        string folder = Path.Combine(Package.Folder, "backend");
        var library = new TestProject("Library", Item + Reference(), folder: folder);
        library.Write("inverse.onnx", Inverse());
        library.Write("Setup.cs", """
            namespace App;

            public sealed partial class Inverse
            {
                /// <summary>How often the session was set up.</summary>
                public static int Sessions { get; private set; }

                static partial void ConfigureSession(Microsoft.ML.OnnxRuntime.SessionOptions options)
                {
                    options.IntraOpNumThreads = 1;
                    Sessions++;
                }
            }
            """);
        var app = new TestProject(
            "Application", """    <ProjectReference Include="../Library/Library.csproj" />""", Properties, folder);
        app.Write("Program.cs", """
            float[] y = new float[8];
            Parallel.For(0, 8, _ => new App.Inverse().Predict(new float[] { 2, 0, 0, 4, 1, 1, 0, 1 }, new float[8]));
            new App.Inverse().Predict(new float[] { 2, 0, 0, 4, 1, 1, 0, 1 }, y);
            Console.WriteLine(string.Join(' ', y.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture))));
            Console.WriteLine(App.Inverse.Sessions);
            """);

        BuildResult build = app.Build().Succeeded();

        string[] lines = app.Run("bin/Debug/net10.0/Application.dll").Split('\n', StringSplitOptions.TrimEntries);
        Assert.Equal("0.5 0 0 0.25 1 -1 0 1", lines[0].Replace("-0 ", "0 ", StringComparison.Ordinal));
        Assert.Equal("1", lines[1]);
        Assert.Empty(build.Warnings);
    }

    [Fact]
    public void Build_WithoutTheReference_NamesIt()
    {
        var project = new TestProject("Bare", Item);
        project.Write("inverse.onnx", Inverse());

        BuildResult build = project.Build().Failed();

        Assert.Contains(build.Errors, e => e.Code == "MODELB3004"
            && e.Text.Contains("<PackageReference Include=\"Microsoft.ML.OnnxRuntime\"", StringComparison.Ordinal));
    }

    /// <summary>The version that the tests of this repository have.</summary>
    private static string Reference() =>
        $"""    <PackageReference Include="Microsoft.ML.OnnxRuntime" Version="{OrtSession.Version}" />""";

    private static byte[] Inverse() => new OnnxGraph().Input("x", "batch", 2, 2).Output("y", "batch", 2, 2)
        .Node("com.microsoft", "Inverse", string.Empty, ["x"], ["y"]).ToModel(17, others: ("com.microsoft", 1));
}
