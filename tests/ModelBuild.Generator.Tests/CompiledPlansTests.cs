using ModelBuild.Compiler;

namespace ModelBuild.Generator.Tests;

/// <summary>The plans LeNet, Outline and Decoder are what the compiler makes of a model, so that what their snapshots show runs.</summary>
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

    /// <summary>A loop that carries a list which grows, until a condition fails, with a branch inside.</summary>
    [Fact]
    public void Compile_Decoder_GivesThePlanOfTheSnapshots()
    {
        using var files = new TemporaryFolder();
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = files.Write(
                "decoder.onnx", DecoderModel.Write()), Mode = ModelMode.Fp32, ClassName = "Decoder", Namespace = "Text.Models",
            ResourceName = "Text.Models.Decoder.weights",
        });

        Snapshot.Matches("Plans", "Decoder.plan", result.Plan);
    }

    [Fact]
    public void CompileSurface_LeNet_GivesTheOutlineOfTheSnapshots() =>
        Snapshot.Matches("Plans", "Outline.plan", ModelCompiler.CompileSurface(s_options));
}
