using ModelBuild.Compiler;

namespace ModelBuild.Generator.Tests;

/// <summary>
/// The plans LeNet, Outline, Decoder, Pixels and Codes are what the compiler makes of a model, so that what their snapshots show runs.
/// </summary>
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

    /// <summary>Bytes of images that are the codes of the first convolution, in int8.</summary>
    [Fact]
    public void Compile_Pixels_GivesThePlanOfTheSnapshots()
    {
        using var files = new TemporaryFolder();
        Assert.True(ImagePreprocessing.TryRead("mean=127;std=128", out ImagePreprocessing? preprocessing, out _));
        Assert.True(PortTypes.TryRead("uint8", out PortTypes inputs, out _));
        byte[] onnx = new OnnxGraph().Input("image", "batch", 3, 4, 4).Output("scores", "batch", 2, 2, 2)
            .Constant("w", [2, 3, 3, 3], [.. Enumerable.Range(0, 54).Select(i => (i % 7) - 3f)])
            .Node("Conv", "stem", ["image", "w"], ["scores"], ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }))
            .ToModel();
        byte[] picture = [.. "P6 4 4 255\n"u8, .. Enumerable.Range(0, 48).Select(i => (byte)(i * 83))];
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = files.Write("pixels.onnx", onnx), Mode = ModelMode.Int8, ClassName = "Pixels", Namespace = "Image.Models",
            ResourceName = "Image.Models.Pixels.weights", Preprocessing = preprocessing, InputType = inputs,
            CalibrationFiles = [files.Write("picture.ppm", picture)],
        });

        Snapshot.Matches("Plans", "Pixels.plan", result.Plan);
    }

    /// <summary>A product of codes between ports of codes, signed and unsigned.</summary>
    [Fact]
    public void Compile_Codes_GivesThePlanOfTheSnapshots()
    {
        using var files = new TemporaryFolder();
        Assert.True(PortTypes.TryRead("int8", out PortTypes inputs, out _));
        Assert.True(PortTypes.TryRead("uint8", out PortTypes outputs, out _));
        byte[] onnx = new OnnxGraph().Input("x", "batch", 4).Output("y", "batch", 3)
            .Constant("w", [4, 3], [.. Enumerable.Range(0, 12).Select(i => (i % 5) - 2f)]).Node("MatMul", "layer", ["x", "w"], ["y"])
            .ToModel();
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = files.Write("codes.onnx", onnx), Mode = ModelMode.Int8, ClassName = "Codes", Namespace = "Codes.Models",
            ResourceName = "Codes.Models.Codes.weights", InputType = inputs, OutputType = outputs,
            CalibrationFiles = [files.Write("x.csv", "-1,0,1,2\n3,1,0,-1\n"u8)],
        });

        Snapshot.Matches("Plans", "Codes.plan", result.Plan);
    }

    [Fact]
    public void CompileSurface_LeNet_GivesTheOutlineOfTheSnapshots() =>
        Snapshot.Matches("Plans", "Outline.plan", ModelCompiler.CompileSurface(s_options));
}
