using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>
/// Writes a network as PyTorch exports it: nodes are named after the modules that they come from, and weights, of a seeded generator, are
/// so large that values stay about as they are from layer to layer.
/// </summary>
/// <param name="isFolded">BatchNormalization is part of the convolution before it, as an export of a trained network has it.</param>
internal sealed class NetworkWriter(bool isFolded = true)
{
    private readonly Random _random = new(20240607);
    private readonly OnnxGraph _graph = new();
    private readonly List<(string, DataType, object[], int)> _ports = [];
    private int _count;

    /// <summary>The module that is being written: <c>/layer1/0</c>.</summary>
    public string Module { get; set; } = string.Empty;

    /// <param name="name">Of the input.</param>
    /// <param name="type">Its type.</param>
    /// <param name="below">What whole numbers are below.</param>
    /// <param name="shape">Numbers and names.</param>
    public string Input(string name, DataType type, int below, params object[] shape)
    {
        _ports.Add((name, type, shape, below));
        _graph.Input(name, type, shape);
        return name;
    }

    public FeatureMap Image(long channels, params object[] sizes) =>
        new(Input("input", DataType.Float32, 0, ["batch", channels, .. sizes]), channels);

    public void Output(string name, string value, DataType type = DataType.Float32)
    {
        _graph.Node("Identity", $"/{name}/Identity", [value], [name]);
        _graph.Output(name, type, null!);
    }

    public NetworkFile Finish() => new(_graph.ToModel(17), _ports);

    /// <summary>A node with one output.</summary>
    public string Node(string type, string[] inputs, params (string Name, object Value)[] attributes) =>
        Nodes(type, 1, inputs, attributes)[0];

    public string[] Nodes(string type, int outputs, string[] inputs, params (string Name, object Value)[] attributes)
    {
        string name = $"{Module}/{type}_{_count++}";
        string[] made = [.. Enumerable.Range(0, outputs).Select(i => $"{name}_output_{i}")];
        _graph.Node(type, name, inputs, made, attributes);
        return made;
    }

    public string Integers(params long[] values)
    {
        string name = $"{Module}/Constant_{_count++}_output_0";
        _graph.Integers(name, values);
        return name;
    }

    public string Constant(Tensor tensor)
    {
        string name = $"{Module}/Constant_{_count++}_output_0";
        _graph.Constant(name, tensor);
        return name;
    }

    public string Number(float value) => Constant(Tensor.Scalar(value));

    public string Index(long value) => Constant(Tensor.Of([value]));

    /// <summary>Weights between two numbers.</summary>
    public string Weights(string kind, double low, double high, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(low + ((high - low) * _random.NextSingle()));
        }

        string name = $"{Module.TrimStart('/').Replace('/', '.')}.{_count++}.{kind}";
        _graph.Constant(name, Tensor.Owning(DataType.Float32, values, shape));
        return name;
    }

    /// <summary>A convolution with bias.</summary>
    /// <param name="x">What is convolved, in one or two dimensions.</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="kernel">Its size along each dimension.</param>
    /// <param name="gain">Of the variance that keeps values as large as they are behind a function that takes half of them away.</param>
    public FeatureMap Conv(
        FeatureMap x, long outputs, int kernel, int stride = 1, long groups = 1, double gain = 1, int dimensions = 2, int? pad = null)
    {
        double bound = gain * Math.Sqrt(6.0 / (x.Channels / groups * Math.Pow(kernel, dimensions)));
        long[] Repeat(long value, int times) => [.. Enumerable.Repeat(value, times)];
        string weights = Weights("weight", -bound, bound, [outputs, x.Channels / groups, .. Repeat(kernel, dimensions)]);
        string y = Node(
            "Conv", [x.Name, weights, Weights("bias", -0.1 * gain, 0.1 * gain, outputs)],
            ("dilations", Repeat(1, dimensions)), ("group", groups), ("kernel_shape", Repeat(kernel, dimensions)),
            ("pads", Repeat(pad ?? (kernel / 2), 2 * dimensions)), ("strides", Repeat(stride, dimensions)));
        return new(y, outputs);
    }

    /// <summary>A convolution, its normalization and a function.</summary>
    /// <param name="activation">As of <see cref="Activate"/>.</param>
    public FeatureMap Block(
        FeatureMap x, long outputs, int kernel, string? activation, int stride = 1, long groups = 1, double gain = 1, int dimensions = 2)
    {
        FeatureMap y = Conv(x, outputs, kernel, stride, groups, gain, dimensions);
        return Activate(isFolded ? y : Normalize(y), activation);
    }

    /// <summary>BatchNormalization with statistics that a trained network may have.</summary>
    public FeatureMap Normalize(FeatureMap x) => x with
    {
        Name = Node(
            "BatchNormalization",
            [
                x.Name, Weights("scale", 0.8, 1.2, x.Channels), Weights("shift", -0.1, 0.1, x.Channels),
                Weights("mean", -0.1, 0.1, x.Channels), Weights("variance", 0.7, 1.3, x.Channels),
            ],
            ("epsilon", 1e-5f)),
    };

    /// <summary>A function of each element, as exporters write it; null for none.</summary>
    public FeatureMap Activate(FeatureMap x, string? function) => x with { Name = Activate(x.Name, function) };

    /// <inheritdoc cref="Activate(FeatureMap, string?)"/>
    public string Activate(string x, string? function) => function switch
    {
        null => x,
        "Relu6" => Node("Clip", [x, Number(0), Number(6)]),
        "Silu" => Node("Mul", [x, Node("Sigmoid", [x])]),
        "HardSigmoid" => Node("HardSigmoid", [x], ("alpha", 1f / 6)),
        "Gelu" => Node(
            "Mul",
            [
                Node("Mul", [x, Node("Add", [Node("Erf", [Node("Div", [x, Number(MathF.Sqrt(2))])]), Number(1)])]),
                Number(0.5f),
            ]),
        _ => Node(function, [x]),
    };

    public FeatureMap Add(FeatureMap a, FeatureMap b) => a with { Name = Node("Add", [a.Name, b.Name]) };

    public FeatureMap Concat(params FeatureMap[] maps) =>
        new(Node("Concat", [.. maps.Select(m => m.Name)], ("axis", 1)), maps.Sum(m => m.Channels));

    /// <summary>A pool over squares.</summary>
    public FeatureMap Pool(FeatureMap x, string type, int kernel, int stride, int pad = 0, bool ceil = false) => x with
    {
        Name = Node(
            type, [x.Name], ("ceil_mode", ceil ? 1 : 0), ("kernel_shape", new long[] { kernel, kernel }),
            ("pads", new long[] { pad, pad, pad, pad }), ("strides", new long[] { stride, stride })),
    };

    /// <summary>Channels weighed by what is in them all over the image.</summary>
    public FeatureMap SqueezeAndExcite(FeatureMap x, long inner, string activation, string gate)
    {
        FeatureMap y = Conv(new(Node("GlobalAveragePool", [x.Name]), x.Channels), inner, 1);
        y = Activate(Conv(Activate(y, activation), x.Channels, 1), gate);
        return x with { Name = Node("Mul", [x.Name, y.Name]) };
    }

    /// <summary>Means of the channels, and a fully connected layer.</summary>
    public string Classify(FeatureMap x, long classes)
    {
        string y = Node("Flatten", [Node("GlobalAveragePool", [x.Name])], ("axis", 1));
        return Gemm(y, x.Channels, classes);
    }

    /// <summary>A fully connected layer of rows.</summary>
    public string Gemm(string x, long inputs, long outputs)
    {
        double bound = Math.Sqrt(3.0 / inputs);
        return Node(
            "Gemm", [x, Weights("weight", -bound, bound, outputs, inputs), Weights("bias", -0.1, 0.1, outputs)], ("alpha", 1f),
            ("beta", 1f), ("transB", 1));
    }

    /// <summary>A fully connected layer of tokens.</summary>
    public string Linear(string x, long inputs, long outputs, double gain = 1)
    {
        double bound = gain * Math.Sqrt(3.0 / inputs);
        return Node(
            "Add", [Weights("bias", -0.1, 0.1, outputs), Node("MatMul", [x, Weights("weight", -bound, bound, inputs, outputs)])]);
    }

    public string LayerNorm(string x, long width) => Node(
        "LayerNormalization", [x, Weights("weight", 0.8, 1.2, width), Weights("bias", -0.1, 0.1, width)], ("axis", -1),
        ("epsilon", 1e-5f));

    /// <summary>The sizes of dimensions, as <c>x.size(i)</c> is exported: each a tensor of one element.</summary>
    public string[] SizesOf(string x, params long[] dimensions)
    {
        string shape = Node("Shape", [x]);
        return [.. dimensions.Select(d => Node("Unsqueeze", [Node("Gather", [shape, Index(d)], ("axis", 0)), Integers(0)]))];
    }

    /// <summary>A shape of numbers and of sizes that are computed.</summary>
    public string Reshape(string x, params object[] shape) => Node(
        "Reshape", [x, Node("Concat", [.. shape.Select(d => d as string ?? Integers(Convert.ToInt64(d, null)))], ("axis", 0))]);
}
