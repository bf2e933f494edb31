using System.Globalization;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Tests.Ports;

/// <summary>Inputs that take the bytes of images: which can, and what samples they take. What they compute: ByteImageTests.</summary>
public sealed class ByteImagesTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("picture=uint8", "", "InputType names 'picture', which is no input: there are 'image', 'numbers'.")]
    [InlineData("imagee=uint8", "", "Did you mean 'image'?")]
    [InlineData("numbers=uint8", "", "input 'numbers' takes Float32 [1,3], and InputType=\"uint8\" is for images, floats in four")]
    [InlineData("uint8", "crop=8", "makes images of 8×8, but input 'image' takes 4×6. Say crop=4x6")]
    [InlineData("uint8", "resize=4x8", "makes images of 4×8, but input 'image' takes 4×6")]
    [InlineData("uint8", "channels=gray", "gives 1 channel (gray, nchw), but input 'image' takes [1,3,4,6]")]
    [InlineData("uint8", "layout=nhwc", "gives 3 channels (rgb, nhwc)")]
    [InlineData("uint8", "mean=1,2", "mean or std of its Preprocessing has 2 numbers")]
    [InlineData("uint8", "std=1,2,3,4", "mean or std of its Preprocessing has 4 numbers")]
    public void Compile_WhatDoesNotFit_IsRefused(string inputType, string preprocessing, string expected)
    {
        CompilationException e = Assert.Throws<CompilationException>(() => Compile(inputType, preprocessing));
        Finding finding = Assert.Single(e.Findings);
        Assert.Equal("MODELB2019", finding.Code);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
        Assert.Contains("Model 'model.onnx'", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_NoImageAmongTheInputs_IsRefused()
    {
        byte[] onnx = new OnnxGraph().Input("x", 2, 3).Output("y", 2, 3).Node("Relu", ["x"], ["y"]).ToModel();
        CompilationException e = Assert.Throws<CompilationException>(() => Compile("uint8", string.Empty, onnx));
        Assert.Contains("no input is one: 'x' takes Float32 [2,3]. Leave InputType out", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Both ends could be channels, or none: which it is, only the user knows.</summary>
    [Theory]
    [InlineData(3, 3)]
    [InlineData(1, 3)]
    [InlineData(4, 5)]
    public void Compile_ShapeThatDoesNotTellTheLayout_IsRefusedUntilItIsSaid(int first, int last)
    {
        byte[] onnx = new OnnxGraph().Input("image", 1, first, 6, last).Output("y", 1, first, 6, last).Node("Relu", ["image"], ["y"])
            .ToModel();

        CompilationException e = Assert.Throws<CompilationException>(() => Compile("uint8", "mean=1", onnx));

        Assert.Equal("MODELB2019", Assert.Single(e.Findings).Code);
        Assert.Contains("does not tell where its channels are. Say layout=nchw or layout=nhwc", e.Message, StringComparison.Ordinal);
        if (last == 3)
        {
            using CompiledModel model = Compile("uint8", "mean=1;layout=nhwc", onnx);
            Assert.Equal($"[1,{first},6,3]", model.Portable.Inputs[0].KnownShape.ToString());
        }
    }

    /// <summary>What takes bytes has no other type that there is none of in .NET.</summary>
    [Fact]
    public void Compile_ImageInBFloat16_TakesBytesAndNothingIsSaidOfIt()
    {
        byte[] onnx = new OnnxGraph().Input("image", DataType.BFloat16, 1, 3, 4, 6).Output("y", DataType.BFloat16, 1, 3, 4, 6)
            .Node("Relu", ["image"], ["y"]).ToModel(13);

        using CompiledModel model = Compile("uint8", "mean=1", onnx);

        Assert.Equal(DataType.UInt8, model.Portable.Inputs[0].Type);
        Finding finding = Assert.Single(model.Findings, f => f.Code == DiagnosticCodes.PortInBFloat16);
        Assert.Contains("'y'", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'image'", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>Whatever the model counts in: a byte less the mean, by the deviation, where the layout has it.</summary>
    [Theory]
    [InlineData(nameof(DataType.Float32), "nchw")]
    [InlineData(nameof(DataType.Float16), "nchw")]
    [InlineData(nameof(DataType.Float64), "nchw")]
    [InlineData(nameof(DataType.Float32), "nhwc")]
    [InlineData(nameof(DataType.Float16), "nhwc")]
    [InlineData(nameof(DataType.Float64), "nhwc")]
    public void Compile_ImageOfAnyFloats_IsItsPixelsBroughtToScale(string floats, string layout)
    {
        DataType type = Enum.Parse<DataType>(floats);
        bool isFirst = layout == "nchw";
        object[] shape = isFirst ? [1, 3, 4, 5] : [1, 4, 5, 3];
        byte[] onnx = new OnnxGraph().Input("image", type, shape).Output("y", type, shape).Node("Neg", ["image"], ["y"]).ToModel(13);
        byte[] pixels = [.. Enumerable.Range(0, 4 * 5 * 3).Select(i => (byte)(i * 67 % 256))];

        using CompiledModel model = Compile("uint8", "scale=1/255;mean=0.25,0.5,0.75;std=0.5;layout=" + layout, onnx);
        var inputs = new Dictionary<string, Tensor> { ["image"] = Tensor.Of(pixels, 1, 4, 5, 3) };
        Tensor[] results = [ReferenceEvaluator.Run(model.Portable, inputs)[0], new Interpreter(model.Compiled).Run(inputs)["y"]];

        foreach (double[] actual in results.Select(r => r.ToDoubles()))
        {
            for (int i = 0; i < actual.Length; i++)
            {
                (int channel, int at) = isFirst ? (i / 20, (i % 20 * 3) + (i / 20)) : (i % 3, i);
                Assert.Equal(-((pixels[at] / 255.0) - (0.25 * (channel + 1))) / 0.5, actual[i], 2e-3);
            }
        }

        Assert.All(results, r => Assert.Equal(type, r.Type));
    }

    /// <summary>
    /// What is no picture takes bytes too where mean and deviation are declared: channels beside one another in four dimensions, and the
    /// order of the input in all others.
    /// </summary>
    [Theory]
    [InlineData(new[] { 2, 4, 5, 6 }, 1, 4, "layout=nchw")]
    [InlineData(new[] { 2, 4, 5, 6 }, 1, 4, "")]
    [InlineData(new[] { 2, 5, 6, 4 }, 3, 4, "")]
    [InlineData(new[] { 2, 5, 6, 5 }, 3, 5, "layout=nhwc")]
    [InlineData(new[] { 2, 5, 6, 4 }, 3, 1, "layout=nhwc")]
    [InlineData(new[] { 3, 8 }, 1, 8, "")]
    [InlineData(new[] { 3, 8 }, 1, 1, "")]
    [InlineData(new[] { 2, 5, 7 }, 1, 5, "")]
    [InlineData(new[] { 2, 5, 7 }, 2, 7, "")]
    [InlineData(new[] { 2, 5, 5 }, 1, 5, "layout=nchw")]
    [InlineData(new[] { 2, 5, 5 }, 2, 5, "layout=nhwc")]
    [InlineData(new[] { 2, 3, 4, 5, 6 }, 1, 3, "")]
    public void Compile_BytesOfNoPicture_AreBroughtToScale(int[] shape, int axis, int means, string layout)
    {
        object[] dimensions = [.. shape.Cast<object>()];
        byte[] onnx = new OnnxGraph().Input("x", dimensions).Output("y", dimensions).Node("Neg", ["x"], ["y"]).ToModel();
        double[] mean = [.. Enumerable.Range(0, means).Select(i => (i + 1) / 8.0)];
        string numbers = string.Join(",", mean.Select(m => m.ToString(CultureInfo.InvariantCulture)));
        bool isTurned = shape.Length == 4 && axis == 1;
        long[] passed = isTurned ? [shape[0], shape[2], shape[3], shape[1]] : [.. shape.Select(d => (long)d)];
        byte[] bytes = [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (byte)(i * 67 % 256))];

        using CompiledModel model = Compile("x=uint8", $"scale=1/255;mean={numbers};std=0.5;{layout}", onnx);
        float[] actual = new Interpreter(model.Compiled)
            .Run(new Dictionary<string, Tensor> { ["x"] = Tensor.Of(bytes, passed) })["y"].ToFloats();

        Assert.Equal(DataType.UInt8, model.Portable.Inputs[0].Type);
        Assert.Equal(passed, model.Portable.Inputs[0].KnownShape.Select(d => d.Value));
        int behind = shape.Skip(axis + 1).Aggregate(1, (a, b) => a * b);
        for (int i = 0; i < actual.Length; i++)
        {
            int channel = i / behind % shape[axis];
            int at = isTurned ? (i / behind / shape[1] * behind * shape[1]) + (i % behind * shape[1]) + channel : i;
            Assert.Equal(-((bytes[at] / 255.0) - mean[channel % means]) / 0.5, actual[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(new[] { 2, 8 }, "mean=1,2", "input 'x' has 8 channels, and mean or std of its Preprocessing has 2 numbers")]
    [InlineData(new[] { 2, 5, 5 }, "mean=1,2,3,4,5", "does not tell where its channels are. Say layout=nchw or layout=nhwc")]
    [InlineData(new[] { 2, 5, 7 }, "mean=1,2", "does not tell where its channels are. Say layout=nchw or layout=nhwc")]
    [InlineData(new[] { 2, 5, 7 }, "mean=1,2;layout=nhwc", "input 'x' has 7 channels, and mean or std")]
    [InlineData(new[] { 4 }, "mean=1,2", "does not tell where its channels are")]
    [InlineData(new[] { 2, 8 }, "crop=8;mean=1", "are about pictures, and input 'x' takes [2,8]. Leave them out")]
    [InlineData(new[] { 2, 4, 5, 6 }, "mean=1,2;layout=nchw", "input 'x' has 4 channels, and mean or std")]
    [InlineData(new[] { 2, 4, 5, 6 }, "channels=rgb;layout=nchw", "gives 3 channels (rgb, nchw), but input 'x' takes [2,4,5,6]")]
    public void Compile_BytesOfNoPictureThatDoNotFit_AreRefused(int[] shape, string preprocessing, string expected)
    {
        object[] dimensions = [.. shape.Cast<object>()];
        byte[] onnx = new OnnxGraph().Input("x", dimensions).Output("y", dimensions).Node("Neg", ["x"], ["y"]).ToModel();

        CompilationException e = Assert.Throws<CompilationException>(() => Compile("uint8", preprocessing, onnx));

        Finding finding = Assert.Single(e.Findings);
        Assert.Equal("MODELB2019", finding.Code);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    /// <summary>A size that is not the model's is no matter where nothing but the shorter side is said.</summary>
    [Fact]
    public void Compile_Images_HaveTheirPorts()
    {
        using CompiledModel model = Compile("uint8", "resize=256;crop=4x6;mean=127;std=128");
        Value image = model.Portable.Inputs[0];
        Assert.Equal(("image", DataType.UInt8, "[1,4,6,3]"), (image.Name, image.Type, image.KnownShape.ToString()));
        Assert.Equal(["rgb", null], model.Compiled.Plan.Inputs.Select(i => i.Pixels));
        Assert.Equal(DataType.Float32, model.Portable.Inputs[1].Type);

        using CompiledModel plain = Compile("image=uint8", string.Empty);
        Assert.Equal("[1,3,4,6]", plain.Portable.Inputs[0].KnownShape.ToString());
        Assert.Null(plain.Compiled.Plan.Inputs[0].Pixels);
    }

    /// <summary>Pictures become what calls pass, whatever the model makes of it; arrays of floats cannot.</summary>
    [Fact]
    public void Samples_ForImages_AreTheirPixels()
    {
        byte[] pixels = [.. Enumerable.Range(0, 4 * 6 * 3).Select(i => (byte)(i * 3))];
        string file = _files.Write("a.ppm", [.. "P6\n6 4\n255\n"u8, .. pixels]);
        Assert.True(ImagePreprocessing.TryRead("mean=1,2,3;std=2;channels=bgr", out ImagePreprocessing? steps, out _));
        var input = new Value("image") { Type = DataType.UInt8, Shape = Shape.Of(1, 4, 6, 3), Pixels = ImageChannels.Rgb };
        Assert.Equal(
            pixels, CalibrationData.Open([file], [input], steps).Samples().Single()["image"].Data.ToArray());

        string bytes = _files.Write("bytes.npy", NumpyFile.Npy(Tensor.Of(pixels, 1, 4, 6, 3)));
        Assert.Equal(pixels, CalibrationData.Open([bytes], [input], steps).Samples().Single()["image"].Data.ToArray());

        string floats = _files.Write("floats.npy", NumpyFile.Float32([1, 3, 4, 6], new float[72]));
        CompilationException e = Assert.Throws<CompilationException>(() => CalibrationData.Open([floats], [input], steps));
        Assert.Equal("MODELB2003", Assert.Single(e.Findings).Code);
        Assert.Contains("their bytes, as uint8", e.Message, StringComparison.Ordinal);
    }

    private CompiledModel Compile(string inputType, string preprocessing, byte[]? onnx = null)
    {
        Assert.True(PortTypes.TryRead(inputType, out PortTypes inputs, out _));
        Assert.True(ImagePreprocessing.TryRead(preprocessing, out ImagePreprocessing? steps, out _));
        return ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx ?? Model()), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "r",
            InputType = inputs, Preprocessing = steps,
        });
    }

    private static byte[] Model() => new OnnxGraph().Input("image", 1, 3, 4, 6).Input("numbers", 1, 3).Output("y", 1, 3)
        .Node("GlobalAveragePool", ["image"], ["p"]).Node("Flatten", ["p"], ["f"]).Node("Add", ["f", "numbers"], ["y"]).ToModel();
}
