using ModelBuild.Build.Tests.Support;

namespace ModelBuild.Build.Tests;

/// <summary>Programs of one C# file, whose project is only in memory.</summary>
public sealed class FileBasedTests
{
    [Fact]
    public void Build_ProgramWithoutProjectFile_HasTheClass()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Package.Folder, "file-based")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "dense.onnx"), OnnxFile.Dense(new[,] { { 1f, -1 }, { 2, 4 } }, [0.5f, 0]));
        File.WriteAllText(Path.Combine(folder, "Directory.Build.props"), """
            <Project>
              <ItemGroup>
                <QuantizedModel Include="$(MSBuildThisFileDirectory)dense.onnx" Namespace="Models" />
              </ItemGroup>
            </Project>
            """);
        File.WriteAllText(Path.Combine(folder, "app.cs"), $"""
            #:package ModelBuild@{Package.Version}
            Console.WriteLine(new Models.Dense().Predict([3f, 1f]).Y[0].ToString(System.Globalization.CultureInfo.InvariantCulture));
            """);

        // Otherwise it would be built in a folder of the user's.
        (int built, string log) = DotNet.Run(folder, ["build", "app.cs", "--artifacts-path", "artifacts"]);
        Assert.True(built == 0, log);
        (_, string output) = DotNet.Run(folder, [Path.Combine(folder, "artifacts", "bin", "debug", "app.dll")]);

        Assert.Equal("5.5", output.Trim());
    }
}
