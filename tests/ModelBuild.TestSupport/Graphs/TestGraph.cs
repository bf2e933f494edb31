using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.TestSupport;

/// <summary>Builds small graphs in code, with weights from a seeded generator; shapes are inferred as nodes are added.</summary>
internal sealed class TestGraph
{
    private readonly Random _random = new(20240607);
    private readonly InferenceContext _inference = new("model.onnx", 18);
    private int _count;

    public Graph Graph { get; } = new() { Name = "test", Opset = 18 };

    public static PassContext Context() => new(new InferenceContext("model.onnx", 18), [], CancellationToken.None);

    /// <summary>A float input [batch, …].</summary>
    public Value Input(params long[] dimensions) => Input(new Shape([Dimension.Symbol("batch"), .. dimensions.Select(d => (Dimension)d)]));

    /// <summary>A float input of which nothing is left open.</summary>
    public Value FixedInput(params long[] dimensions) => Input(Shape.Of(dimensions));

    private Value Input(Shape shape)
    {
        Value value = Graph.NewValue($"input{Graph.Inputs.Count}", DataType.Float32, shape);
        Graph.Inputs.Add(value);
        return value;
    }

    public Value Weights(params long[] dimensions)
    {
        long inner = dimensions.Skip(1).Aggregate(1L, (a, b) => a * b);
        return Constant(Tensor.Of(Random(dimensions.Aggregate(1L, (a, b) => a * b), 1.5 / Math.Sqrt(Math.Max(inner, 1))), dimensions));
    }

    public Value Constant(Tensor tensor) => Graph.NewConstant($"constant{_count++}", tensor);

    public Value Node(string type, IEnumerable<Value?> inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        string name = $"{type}{_count++}";
        Value output = Graph.NewValue($"{name}_output", DataType.Undefined);
        var node = new Node(Domains.Onnx, type, name, inputs, [output], attributes.ToDictionary(a => a.Name, a => a.Value));
        Graph.Add(node);
        _inference.Infer(node);
        return output;
    }

    public Value Node(string type, Value input, params (string Name, AttributeValue Value)[] attributes) => Node(type, [input], attributes);

    /// <summary>A square convolution with bias.</summary>
    public Value Conv(Value x, long outputs, long kernel, long stride = 1, long pad = 0, long groups = 1, long dilation = 1)
    {
        int spatial = x.KnownShape.Rank - 2;
        return Conv(x, outputs, Repeat(kernel, spatial), Repeat(pad, 2 * spatial), stride, groups, dilation);
    }

    public Value Conv(Value x, long outputs, long[] kernel, long[] pads, long stride = 1, long groups = 1, long dilation = 1) => Node(
        "Conv",
        [x, Weights([outputs, x.KnownShape[1].Value / groups, .. kernel]), Weights(outputs)],
        ("strides", Repeat(stride, kernel.Length)),
        ("pads", pads),
        ("dilations", Repeat(dilation, kernel.Length)),
        ("group", groups));

    /// <summary>BatchNormalization with statistics that leave the values about as they are.</summary>
    public Value BatchNormalization(Value x)
    {
        long channels = x.KnownShape[1].Value;
        Value Around(float center) => Constant(Tensor.Of(Array.ConvertAll(Random(channels, 0.5), v => v + center), channels));
        return Node("BatchNormalization", [x, Around(1), Around(0), Around(0), Around(1)]);
    }

    /// <summary>ReLU6, as exporters write it.</summary>
    public Value Relu6(Value x) => Node("Clip", [x, Constant(Tensor.Scalar(0)), Constant(Tensor.Scalar(6))]);

    public Value Gemm(Value x, long outputs) =>
        Node("Gemm", [x, Weights(outputs, x.KnownShape[1].Value), Weights(outputs)], ("transB", 1L));

    public Value Flatten(Value x) => Node("Reshape", [x, Constant(Tensor.Of([-1L, x.KnownShape.Product(1, x.KnownShape.Rank).Value], 2))]);

    public Graph Finish(params Value[] outputs)
    {
        Graph.Outputs.AddRange(outputs);
        return Graph;
    }

    /// <summary>Random inputs, of a batch.</summary>
    public static Dictionary<string, Tensor> Inputs(Graph graph, long batch, int seed)
    {
        var random = new Random(seed);
        return graph.Inputs.ToDictionary(v => v.Name, v =>
        {
            long[] dimensions = [.. v.KnownShape.Select(d => d.IsConstant ? d.Value : batch)];
            var values = new float[dimensions.Aggregate(1L, (a, b) => a * b)];
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = (float)((random.NextDouble() * 3) - 1);
            }

            return Tensor.Of(values, dimensions);
        });
    }

    private static long[] Repeat(long value, int times) => [.. Enumerable.Repeat(value, times)];

    private float[] Random(long count, double scale)
    {
        var values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(((_random.NextDouble() * 2) - 1) * scale);
        }

        return values;
    }
}
