using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Calibration;
using ModelBuild.Conformance.Tests.Layers;
using ModelBuild.OnnxRuntime;
using Xunit.Abstractions;

namespace ModelBuild.Conformance.Tests;

/// <summary>Small networks of every operator that exported networks are made of, from file to output, against ONNX Runtime.</summary>
public sealed class UnseenNetworksTests(ITestOutputHelper output) : IDisposable
{
    private const int Samples = 8;
    private readonly NumpyFiles _files = new();

    public static TheoryData<string> Names => ["mobile", "mixed", "signal"];

    public void Dispose() => _files.Dispose();

    [OrtTheory]
    [MemberData(nameof(Names))]
    public void Run_Fp32_IsWithinOneTenThousandthOfOnnxRuntime(string name)
    {
        (byte[] onnx, long[] shape) = Build(name);
        float[] samples = RandomSamples(shape);

        float[] actual = Compile(name, onnx, ModelMode.Fp32, samples, shape).Run(samples, shape);

        using var session = new OrtModel(onnx);
        float[] expected = session.Run(("x", new OrtTensor(samples, shape))).Values.Single().As<float>();
        Assert.InRange(Scores.RelativeError(expected, actual), 0, 1e-4);
    }

    [OrtTheory]
    [MemberData(nameof(Names))]
    public void Layers_Int8_AreOnnxRuntimesToTheByte(string name)
    {
        (byte[] onnx, long[] shape) = Build(name);
        float[] samples = RandomSamples(shape);
        Network network = Compile(name, onnx, ModelMode.Int8, samples, shape);

        LayerComparison.Run(network, Tensor.Of(samples, shape), output.WriteLine);

        float[] reference = Compile(name, onnx, ModelMode.Fp32, samples, shape).Run(samples, shape);
        double sqnr = Scores.SqnrDb(reference, network.Run(samples, shape));
        output.WriteLine($"SQNR {sqnr:F1} dB");
        Assert.InRange(sqnr, 20, double.PositiveInfinity);
    }

    private static (byte[] Onnx, long[] Shape) Build(string name)
    {
        var network = new RandomNetwork();
        return name switch
        {
            "mobile" => (Mobile(network), [Samples, 3, 32, 44]),
            "mixed" => (Mixed(network), [Samples, 8, 21, 17]),
            _ => (Signal(network), [Samples, 4, 128]),
        };
    }

    /// <summary>Inverted residuals with BatchNormalization, depthwise convolutions and ReLU6.</summary>
    private static byte[] Mobile(RandomNetwork n)
    {
        Value Pointwise(Value x, int outputs) => n.BatchNormalization(n.Conv(x, outputs, [1, 1], [0, 0, 0, 0]));
        Value Depthwise(Value x, int channels, int stride) =>
            n.Relu6(n.BatchNormalization(n.Conv(x, channels, [3, 3], [1, 1, 1, 1], stride, groups: channels)));

        Value stem = n.Relu6(n.BatchNormalization(n.Conv(n.Input(3, 32, 44), 16, [3, 3], [1, 1, 1, 1], stride: 2)));
        Value first = Pointwise(Depthwise(stem, 16, 1), 24);
        Value second = n.Add("Add", [first, Pointwise(Depthwise(n.Relu6(Pointwise(first, 72)), 72, 1), 24)]);
        Value third = Pointwise(Depthwise(n.Relu6(Pointwise(second, 72)), 72, 2), 40);
        Value head = n.Relu6(Pointwise(third, 96));
        return n.Finish(n.Gemm(n.Add("Flatten", [n.Add("GlobalAveragePool", [head])]), 10));
    }

    /// <summary>Uneven padding, groups, dilation, gates, both poolings, Concat.</summary>
    private static byte[] Mixed(RandomNetwork n)
    {
        Value first = n.Add("LeakyRelu", [n.Conv(n.Input(8, 21, 17), 20, [5, 3], [1, 2, 2, 0])], new() { ["alpha"] = 0.1f });
        Value second = n.Add("HardSwish", [n.Conv(first, 32, [3, 3], [2, 2, 2, 2], dilation: 2, groups: 4)]);
        Value gate = n.Add("Sigmoid", [second]);
        Value swish = n.Add("Mul", [second, gate]);
        Value maximum = n.Add("MaxPool", [swish], new() { ["kernel_shape"] = Longs(3, 3), ["strides"] = Longs(2, 2), ["pads"] = Longs(1, 1, 1, 1) });
        Value average = n.Add("AveragePool", [maximum], new() { ["kernel_shape"] = Longs(3, 3), ["strides"] = Longs(1, 1), ["pads"] = Longs(1, 1, 1, 1) });
        Value left = n.Add("Relu", [n.Conv(average, 12, [1, 1], [0, 0, 0, 0])]);
        Value right = n.Add("HardSigmoid", [n.Conv(maximum, 7, [3, 3], [1, 1, 1, 1])], new() { ["alpha"] = 0.2f, ["beta"] = 0.5f });
        Value joined = n.Add("Concat", [left, right], new() { ["axis"] = 1L });
        Value mean = n.ReduceMean(joined, 2, 3);
        return n.Finish(n.Add("Softmax", [n.MatMul(mean, 10)], new() { ["axis"] = 1L }));
    }

    /// <summary>One dimension: convolutions over time, then a matrix product for every step.</summary>
    private static byte[] Signal(RandomNetwork n)
    {
        Value first = n.Add("Relu", [n.Conv(n.Input(4, 128), 18, [9], [4, 4], stride: 2)]);
        Value second = n.Add("Tanh", [n.Conv(first, 24, [3], [4, 0], dilation: 2)]);
        Value pooled = n.Add("MaxPool", [second], new() { ["kernel_shape"] = Longs(2), ["strides"] = Longs(2) });
        Value steps = n.Add("Transpose", [pooled], new() { ["perm"] = Longs(0, 2, 1) });
        return n.Finish(n.Add("LogSoftmax", [n.MatMul(steps, 10)], new() { ["axis"] = 2L }));
    }

    private static AttributeValue Longs(params long[] values) => values;

    private static float[] RandomSamples(long[] shape)
    {
        var random = new Random(7);
        return [.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(_ => (random.NextSingle() * 2) - 1)];
    }

    private Network Compile(string name, byte[] onnx, ModelMode mode, float[] samples, long[] shape) => Network.Compile(
        _files.Write(name + ".onnx", onnx),
        mode,
        [_files.Write(name + ".npy", NumpyFiles.Npy("<f4", $"({string.Join(", ", shape)})", NumpyFiles.Bytes<float>(samples)))]);
}
