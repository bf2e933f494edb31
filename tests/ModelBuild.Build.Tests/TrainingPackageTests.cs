using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Build.Tests;

/// <summary>The package ModelBuild.Training in a program of a user: packed, restored, built and run.</summary>
public sealed class TrainingPackageTests
{
    [Fact]
    public void Console_WithThePackage_TrainsOrSaysWhyLibTorchCannotBeLoaded()
    {
        string package = Package.PackTraining();
        var app = new TestProject(
            "Trains",
            $"""
                <PackageReference Include="ModelBuild.Training" Version="{Package.Version}" />
                <PackageReference Include="libtorch-cpu-linux-x64" Version="{Package.LibTorchVersion}" Condition="$([MSBuild]::IsOSPlatform('Linux'))" />
                <PackageReference Include="libtorch-cpu-win-x64" Version="{Package.LibTorchVersion}" Condition="$([MSBuild]::IsOSPlatform('Windows'))" />
                <PackageReference Include="libtorch-cpu-osx-arm64" Version="{Package.LibTorchVersion}" Condition="$([MSBuild]::IsOSPlatform('OSX'))" />
            """,
            "<TargetFramework>net10.0</TargetFramework><OutputType>Exe</OutputType>"
                + "<CreateHardLinksForCopyLocalIfPossible>true</CreateHardLinksForCopyLocalIfPossible>");
        app.Write("model.onnx", Model()).Write("Program.cs", """
            using ModelBuild.Compiler;
            using ModelBuild.Compiler.Pruning;
            using ModelBuild.Training;

            try
            {
                using var trainer = new Trainer(args[0], new TrainingOptions { Epochs = 2, BatchSize = 8, Optimizer = Optimizers.AdamW(1e-2) });
                trainer.Prune(new ConstantSparsity(0.5, 0, 4), SparsityPattern.Blocks(1, 2));
                trainer.QuantizeAware(ModelMode.Int8);
                float[] inputs = [.. Enumerable.Range(0, 64 * 8).Select(i => (float)Math.Sin(i))];
                TrainingResult result = await trainer.FitAsync(
                    TrainingData.FromArrays(inputs, [.. Enumerable.Range(0, 64).Select(i => i % 4L)]));
                trainer.Save("trained.onnx");
                Console.WriteLine($"trained {result.Steps} steps");
            }
            catch (CompilationException e)
            {
                Console.WriteLine(e.Message);
            }
            """);
        BuildResult built = app.Build().Succeeded();
        Assert.Empty(built.Warnings);
        Assert.True(File.Exists(package));

        string said = app.Run("bin/Debug/net10.0/Trains.dll", "model.onnx");

        // Older Linux distributions cannot load LibTorch, and hear why.
        Assert.Matches("^(trained 16 steps|MODELB4018: LibTorch cannot be loaded: .*GLIBC)", said);
        Assert.Equal(said.StartsWith("trained", StringComparison.Ordinal), File.Exists(Path.Combine(app.Folder, "trained.onnx")));
    }

    private static byte[] Model()
    {
        var builder = new TestGraph();
        Value hidden = builder.Node("Relu", builder.Gemm(builder.Input(8), 16));
        builder.Graph.Outputs.Add(builder.Gemm(hidden, 4));
        return OnnxExporter.Export(builder.Graph);
    }
}
