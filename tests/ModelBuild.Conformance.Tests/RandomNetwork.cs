using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests;

/// <summary>Builds ONNX models with random weights, operator by operator.</summary>
internal sealed class RandomNetwork
{
    private readonly Graph _graph = new() { Name = "random", Opset = 18 };
    private readonly Random _random = new(20240607);

    /// <summary>The input <c>x</c> of shape [batch, channels, …].</summary>
    public Value Input(int channels, params ReadOnlySpan<long> size)
    {
        Value input = _graph.NewValue("x", DataType.Float32, new Shape([Dimension.Symbol("batch"), channels, .. size.ToArray().Select(Dimension.Constant)]));
        _graph.Inputs.Add(input);
        return input;
    }

    public Value Conv(Value x, int outputs, long[] kernel, long[] pads, int stride = 1, int dilation = 1, int groups = 1)
    {
        int inputs = Channels(x) / groups;
        int products = inputs * (int)kernel.Aggregate((a, b) => a * b);
        Value weights = Normal($"w{_graph.Nodes.Count}", Math.Sqrt(2.0 / products), [outputs, inputs, .. kernel]);
        Value bias = Normal($"b{_graph.Nodes.Count}", 0.1, outputs);
        return Add("Conv", [x, weights, bias], new()
        {
            ["kernel_shape"] = kernel,
            ["pads"] = pads,
            ["strides"] = Array.ConvertAll(kernel, _ => (long)stride),
            ["dilations"] = Array.ConvertAll(kernel, _ => (long)dilation),
            ["group"] = groups,
        });
    }

    public Value BatchNormalization(Value x)
    {
        int channels = Channels(x);
        Value Constant(string name, Func<float> value) => _graph.NewConstant($"{name}{_graph.Nodes.Count}", Tensor.Of([.. Enumerable.Range(0, channels).Select(_ => value())], channels));
        return Add("BatchNormalization", [x, Constant("scale", () => 0.5f + _random.NextSingle()), Constant("shift", Noise), Constant("mean", Noise), Constant("variance", () => 0.5f + _random.NextSingle())]);
        float Noise() => _random.NextSingle() - 0.5f;
    }

    /// <summary>ReLU6, as exporters write it.</summary>
    public Value Relu6(Value x) => Add("Clip", [x, _graph.NewConstant("zero", Tensor.Scalar(0)), _graph.NewConstant("six", Tensor.Scalar(6))]);

    public Value Gemm(Value x, int outputs) =>
        Add("Gemm", [x, Normal("w", 1 / Math.Sqrt(Channels(x)), outputs, Channels(x)), Normal("b", 0.1, outputs)], new() { ["transB"] = 1L });

    /// <summary>MatMul with a constant, and Add of another: a fully connected layer as some exporters write it.</summary>
    public Value MatMul(Value x, int outputs)
    {
        int inputs = (int)x.KnownShape[^1].Value;
        return Add("Add", [Add("MatMul", [x, Normal("w", 1 / Math.Sqrt(inputs), inputs, outputs)]), Normal("b", 0.1, outputs)]);
    }

    public Value ReduceMean(Value x, params long[] axes) =>
        Add("ReduceMean", [x, _graph.NewConstant("axes", Tensor.Of(axes, axes.Length))], new() { ["keepdims"] = 0L });

    public Value Add(string type, Value[] inputs, Dictionary<string, AttributeValue>? attributes = null)
    {
        string name = $"{type}_{_graph.Nodes.Count}";
        Value output = _graph.Add(Domains.Onnx, type, name, inputs, $"{name}_output", DataType.Float32, null, attributes);
        ShapeInference.Infer(output.Producer!, new InferenceContext("random.onnx", _graph.Opset));
        return output;
    }

    /// <summary>The file of the model that ends here.</summary>
    public byte[] Finish(Value output)
    {
        _graph.Outputs.Add(output);
        return OnnxExporter.Export(_graph);
    }

    private static int Channels(Value value) => (int)value.KnownShape[1].Value;

    private Value Normal(string name, double deviation, params long[] dimensions)
    {
        var values = new float[dimensions.Aggregate((a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            // The sum of twelve uniform numbers is close enough to normal.
            double sum = -6;
            for (int k = 0; k < 12; k++)
            {
                sum += _random.NextDouble();
            }

            values[i] = (float)(sum * deviation);
        }

        return _graph.NewConstant(name, Tensor.Of(values, dimensions));
    }
}
