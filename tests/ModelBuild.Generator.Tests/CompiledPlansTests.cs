using ModelBuild.Compiler;

namespace ModelBuild.Generator.Tests;

/// <summary>The plans LeNet and Outline are what the compiler makes of a model, so that what their snapshots show runs.</summary>
public sealed class CompiledPlansTests
{
    private static readonly CompileOptions s_options = new()
    {
        // A model that arrives quantized: its scales are in the file, so the plan is the same on every machine.
        ModelPath = Repository.Asset("quantized", "ort.u8s8_pc.lenet.onnx"),
        Mode = ModelMode.Int8,
        ClassName = "LeNet",
        Namespace = "Fashion.Models",
        ResourceName = "Fashion.Models.LeNet.weights",
    };

    [Fact]
    public void Compile_LeNet_GivesThePlanOfTheSnapshots()
    {
        using CompileResult result = ModelCompiler.Compile(s_options);

        Snapshot.Matches("Plans", "LeNet.plan", result.Plan);
    }

    [Fact]
    public void CompileSurface_LeNet_GivesTheOutlineOfTheSnapshots() =>
        Snapshot.Matches("Plans", "Outline.plan", ModelCompiler.CompileSurface(s_options));
}
