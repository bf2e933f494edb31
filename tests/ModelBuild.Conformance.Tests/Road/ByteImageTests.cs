using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Inputs that take the bytes of images: the class gives what ONNX Runtime gives for the model on floats that this test makes of the bytes,
/// and for the written file on the bytes themselves. In int8 nothing about pictures is computed in floats.
/// </summary>
public sealed class ByteImageTests : IDisposable
{
    private const int Side = 10;
    private const int Batch = 2;
    private readonly TemporaryFolder _files = new();

    /// <summary>What is declared, what of it the test computes, and the steps of int8 before the first convolution.</summary>
    public static IReadOnlyDictionary<string, (string? Preprocessing, string Layout, int Channels, string[] Steps)> Images { get; } =
        new Dictionary<string, (string?, string, int, string[])>(StringComparer.Ordinal)
        {
            ["integer mean"] = ("mean=127;std=128", "nchw", 3, []),
            ["fraction of 255"] = ("scale=1/255", "nchw", 3, []),
            ["half of 255"] = ("scale=1/255;mean=0.5;std=0.5", "nchw", 3, ["Lookup.UInt8"]),
            ["of each channel"] =
                ("scale=1/255;mean=0.485,0.456,0.406;std=0.229,0.224,0.225;resize=12;crop=10", "nchw", 3, ["Lookup.ChannelsUInt8"]),
            ["blue first"] =
                ("scale=1;mean=103.9,116.8,123.7;channels=bgr", "nchw", 3, ["DataMovement.Gather", "Lookup.ChannelsUInt8"]),
            ["channels last"] = ("scale=1/127.5;mean=1", "nhwc", 3, ["Lookup.UInt8"]),
            ["gray"] = ("scale=2;mean=20;std=4", "nchw", 1, []),
            ["six channels"] =
                ("scale=1/255;mean=0.1,0.2,0.3,0.4,0.5,0.6;std=0.25", "nchw", 6,
                ["Quantization.DequantizeUInt8", "Arithmetic.Add", "Arithmetic.Multiply", "Quantization.QuantizeUInt8"]),
            ["plain"] = (null, "nchw", 3, ["DataMovement.Transpose"]),
        };

    public static TheoryData<string, ModelMode> InModes
    {
        get
        {
            var data = new TheoryData<string, ModelMode>();
            foreach (string image in Images.Keys)
            {
                foreach (ModelMode mode in Enum.GetValues<ModelMode>())
                {
                    data.Add(image, mode);
                }
            }

            return data;
        }
    }

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(InModes))]
    public void Predict_Bytes_IsTheModelOnFloatsAndWhatOnnxRuntimeMakesOfTheFile(string image, ModelMode mode)
    {
        CompileOptions options = Options(image, mode);
        using CompileResult result = ModelCompiler.Compile(options);
        Dictionary<string, Tensor> bytes = Bytes(image, Batch, seed: 7);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", bytes);

        float[] output = actual["output"].ToFloats();
        float[] floats = OrtSession.Run(File.ReadAllBytes(options.ModelPath), Floats(image, bytes["image"]))["output"].ToFloats();
        float[] written = OrtSession.Run(WrittenModel.Onnx(result), bytes, optimize: true)["output"].ToFloats();
        Assert.InRange(Scores.SqnrDb(floats, output), mode switch
        {
            ModelMode.Fp32 => 100,
            ModelMode.Fp16 => 55,
            ModelMode.Int4Weights => 12,
            _ => 28,
        }, double.PositiveInfinity);
        Assert.InRange(Scores.SqnrDb(written, output), mode is ModelMode.Int8 or ModelMode.Auto ? 38 : 50, double.PositiveInfinity);
    }

    public static TheoryData<string> InInt8 => [.. Images.Keys];

    [Theory]
    [MemberData(nameof(InInt8))]
    public void Compile_BytesInInt8_LeavesNoFloatsOfPictures(string image)
    {
        using CompileResult result = ModelCompiler.Compile(Options(image, ModelMode.Int8));

        ExecutionPlan plan = PlanReader.Read(result.Plan);
        string[] before = [.. plan.Steps.Select(s => s.Call.Target).TakeWhile(t => !t.StartsWith("Convolution", StringComparison.Ordinal))];
        Assert.Equal(Images[image].Steps, before);
    }

    public static TheoryData<ModelMode> AllModes => [.. Enum.GetValues<ModelMode>()];

    /// <summary>Rows of numbers, each column of which has a mean and a deviation of its own.</summary>
    [Theory]
    [MemberData(nameof(AllModes))]
    public void Predict_BytesOfRows_IsTheModelOnFloatsAndWhatOnnxRuntimeMakesOfTheFile(ModelMode mode)
    {
        const int Columns = 40;
        double[] mean = [.. Enumerable.Range(0, Columns).Select(i => 100.0 + i)];
        double[] std = [.. Enumerable.Range(0, Columns).Select(i => 40 + (i % 8))];
        byte[] onnx = new OnnxGraph().Input("rows", "batch", Columns).Output("output", "batch", 5)
            .Constant("w", [Columns, 32], Numbers(Columns * 32, 0.5f)).Constant("v", [32, 5], Numbers(160, 0.5f))
            .Node("MatMul", ["rows", "w"], ["h"]).Node("Relu", ["h"], ["r"]).Node("MatMul", ["r", "v"], ["output"]).ToModel();
        CompileOptions options = Options(
            onnx, $"mean={string.Join(',', mean)};std={string.Join(',', std)}", mode, Rows(200, seed: 3));
        using CompileResult result = ModelCompiler.Compile(options);
        Tensor bytes = Rows(4, seed: 7);
        var inputs = new Dictionary<string, Tensor> { ["rows"] = bytes };

        float[] actual = GeneratedModels.Build(result).Predict("Model", inputs)["output"].ToFloats();

        float[] floats = [.. bytes.Data.ToArray().Select((b, i) => (float)((b - mean[i % Columns]) / std[i % Columns]))];
        float[] expected = OrtSession.Run(
            onnx, new Dictionary<string, Tensor> { ["rows"] = Tensor.Of(floats, 4, Columns) })["output"].ToFloats();
        Assert.InRange(Scores.SqnrDb(expected, actual), mode switch
        {
            ModelMode.Fp32 => 100,
            ModelMode.Fp16 => 55,
            ModelMode.Int4Weights => 15,
            _ => 28,
        }, double.PositiveInfinity);
        float[] written = OrtSession.Run(WrittenModel.Onnx(result), inputs, optimize: true)["output"].ToFloats();
        Assert.InRange(Scores.SqnrDb(written, actual), mode is ModelMode.Int8 or ModelMode.Auto ? 38 : 50, double.PositiveInfinity);

        static Tensor Rows(int count, int seed)
        {
            var values = new byte[count * Columns];
            new Random(seed).NextBytes(values);
            return Tensor.Of(values, count, Columns);
        }
    }

    private CompileOptions Options(string image, ModelMode mode)
    {
        (string? text, string layout, int channels, _) = Images[image];
        return Options(Model(layout, channels), text, mode, Bytes(image, 24, seed: 3)["image"]);
    }

    private CompileOptions Options(byte[] onnx, string? text, ModelMode mode, Tensor samples)
    {
        Assert.True(ImagePreprocessing.TryRead(text ?? string.Empty, out ImagePreprocessing? preprocessing, out _));
        Assert.True(PortTypes.TryRead("uint8", out PortTypes inputs, out _));
        return new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = mode, ClassName = "Model",
            ResourceName = "Model.weights", Preprocessing = preprocessing, InputType = inputs,
            CalibrationFiles = mode == ModelMode.Fp32 ? [] : [_files.Write("samples.npy", NumpyFile.Npy(samples))],
        };
    }

    /// <summary>A convolution with a border, whose zeros are those of the prepared image.</summary>
    private static byte[] Model(string layout, int channels)
    {
        var graph = new OnnxGraph().Output("output", "batch", 5)
            .Constant("w", [8, channels, 3, 3], Numbers(8 * channels * 9, 0.5f)).Constant("b", [8], Numbers(8, 0.5f))
            .Constant("v", [16, 8, 3, 3], Numbers(16 * 8 * 9, 0.2f)).Constant("g", [16, 5], Numbers(80, 0.5f));
        string image = "image";
        if (layout == "nhwc")
        {
            graph.Input("image", "batch", Side, Side, channels)
                .Node("Transpose", ["image"], ["planes"], ("perm", new long[] { 0, 3, 1, 2 }));
            image = "planes";
        }
        else
        {
            graph.Input("image", "batch", channels, Side, Side);
        }

        return graph
            .Node("Conv", [image, "w", "b"], ["c"], ("pads", new long[] { 1, 1, 1, 1 }), ("strides", new long[] { 2, 2 }))
            .Node("Relu", ["c"], ["r"]).Node("Conv", ["r", "v"], ["d"]).Node("Relu", ["d"], ["s"])
            .Node("GlobalAveragePool", ["s"], ["p"]).Node("Flatten", ["p"], ["f"]).Node("MatMul", ["f", "g"], ["output"]).ToModel();
    }

    private static Dictionary<string, Tensor> Bytes(string image, int batch, int seed)
    {
        (string? text, _, int channels, _) = Images[image];
        var random = new Random(seed);
        var bytes = new byte[batch * Side * Side * channels];

        // All bytes are among them, so that no sample lies outside of what was seen.
        random.NextBytes(bytes);
        long[] shape = text is null ? [batch, channels, Side, Side] : [batch, Side, Side, channels];
        return new Dictionary<string, Tensor> { ["image"] = Tensor.Of(bytes, shape) };
    }

    /// <summary>What an application does to an image, as documents of models say it.</summary>
    private static Dictionary<string, Tensor> Floats(string image, Tensor bytes)
    {
        (string? text, string layout, int channels, _) = Images[image];
        byte[] source = bytes.Data.ToArray();
        (double Scale, double[] Mean, double[] Std) steps = image switch
        {
            "integer mean" => (1, [127], [128]),
            "fraction of 255" => (1 / 255.0, [0], [1]),
            "half of 255" => (1 / 255.0, [0.5], [0.5]),
            "of each channel" => (1 / 255.0, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            "blue first" => (1, [103.9, 116.8, 123.7], [1]),
            "channels last" => (1 / 127.5, [1], [1]),
            "gray" => (2, [20], [4]),
            "six channels" => (1 / 255.0, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.25]),
            _ => (1, [0], [1]),
        };
        (double scale, double[] mean, double[] std) = steps;
        var values = new float[source.Length];
        for (int n = 0; n < bytes.Dimensions[0]; n++)
        {
            for (int place = 0; place < Side * Side; place++)
            {
                for (int c = 0; c < channels; c++)
                {
                    int planes = (((n * channels) + c) * Side * Side) + place;
                    int beside = (((n * Side * Side) + place) * channels) + c;
                    int read = text is null ? planes : image == "blue first" ? beside - c + (channels - 1 - c) : beside;
                    values[layout == "nchw" ? planes : beside] =
                        (float)(((source[read] * scale) - mean[c % mean.Length]) / std[c % std.Length]);
                }
            }
        }

        long[] shape = layout == "nchw" ? [bytes.Dimensions[0], channels, Side, Side] : [bytes.Dimensions[0], Side, Side, channels];
        return new Dictionary<string, Tensor> { ["image"] = Tensor.Of(values, shape) };
    }

    private static float[] Numbers(int count, float size)
    {
        var random = new Random(count);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * size)];
    }
}
