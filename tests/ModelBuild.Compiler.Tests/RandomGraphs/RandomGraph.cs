using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.RandomGraphs;

/// <summary>
/// A graph of random operators of the README's list, on tensors of all ranks: broadcasting, parameters that are not constant, shared
/// initializers, odd sizes, quantization by others. The same for the same seed.
/// </summary>
internal sealed class RandomGraph
{
    private readonly Random _random;
    private readonly InferenceContext _inference = new("random.onnx", 18);
    private readonly Graph _graph = new() { Name = "random", Opset = 18, ImportedOpset = 18 };
    private readonly List<Value> _floats = [];
    private readonly List<Value> _constants = [];
    private int _count;

    private RandomGraph(int seed) => _random = new Random(seed);

    public static Graph Make(int seed)
    {
        var builder = new RandomGraph(seed);
        builder.Fill();
        return builder._graph;
    }

    private void Fill()
    {
        int inputs = Next(1, 3);
        for (int i = 0; i < inputs; i++)
        {
            int rank = Pick(1, 2, 2, 3, 3, 4, 4, 4, 5);
            Dimension first = Chance(0.6) ? Dimension.Symbol("batch") : Next(1, 4);
            AddInput(DataType.Float32, [first, .. Enumerable.Range(1, rank - 1).Select(_ => (Dimension)Next(1, 8))]);
        }

        int nodes = Next(3, 12);
        for (int attempts = 0; (_graph.Nodes.Count < nodes || !_floats.Any(v => v.Producer is not null)) && attempts < 200; attempts++)
        {
            Step();
        }

        _graph.Outputs.Add(_floats.Last(v => v.Producer is not null));
        if (Chance(0.3))
        {
            Value other = Choose();
            if (other.Producer is not null && !_graph.Outputs.Contains(other))
            {
                _graph.Outputs.Add(other);
            }
        }
    }

    private void Step()
    {
        Value x = Choose();
        int rank = x.KnownShape.Rank;
        switch (Next(0, 24))
        {
            case 0 or 1:
                Node(Pick("Add", "Sub", "Mul"), [x, Operand(x)]);
                break;
            case 2:
                Node(
                    Pick(
                        "Add", "Sub", "Mul", "Div"),
                        Chance(0.5) ? [x, Constant(BroadcastShape(x), 0.5, 2)] : [Constant(BroadcastShape(x), 0.5, 2), x]);
                break;
            case 3 or 4:
                Node(Pick("Relu", "Sigmoid", "Tanh", "HardSwish", "LeakyRelu", "HardSigmoid", "Identity"), [x]);
                break;
            case 5:
                Node("Clip", [x, Chance(0.7) ? Bound(-1) : null, Chance(0.7) ? Bound(1) : null]);
                break;
            case 6 when rank is 3 or 4 && x.KnownShape[1].IsConstant:
                Convolution(x);
                break;
            case 7 when rank == 2 && x.KnownShape[1].IsConstant:
                long columns = Next(1, 7);
                bool transposed = Chance(0.5);
                long inner = x.KnownShape[1].Value;
                Value weights = Weight(transposed ? [columns, inner] : [inner, columns]);
                Node(
                    "Gemm", Chance(0.5) ? [x, weights] : [x, weights, Constant(Pick<long[]>([columns], [1, columns], [1]), -1, 1)],
                    ("transB", transposed ? 1L : 0L));
                break;
            case 8 or 9 when x.KnownShape[rank - 1].IsConstant:
                long last = x.KnownShape[rank - 1].Value;
                Node("MatMul", [x, Weight(Pick<long[]>([last, Next(1, 6)], [last], [last, 1]))]);
                break;
            case 10 when rank >= 2:
                Node("MatMul", [x, Node("Transpose", [x], ("perm", (long[])[.. Enumerable.Range(0, rank - 2), rank - 1, rank - 2])) ?? x]);
                break;
            case 11:
                Node("Transpose", [x], ("perm", Enumerable.Range(0, rank).OrderBy(_ => _random.Next()).Select(i => (long)i).ToArray()));
                break;
            case 12:
                Node("Flatten", [x], ("axis", (long)Next(0, rank + 1)));
                break;
            case 13:
                Node("Unsqueeze", [x, Integers(Next(0, rank + 1))]);
                break;
            case 14 when Enumerable.Range(0, rank).Where(i => x.KnownShape[i].Equals(Dimension.One)).ToArray() is { Length: > 0 } ones:
                Node("Squeeze", [x, Integers(ones[Next(0, ones.Length)])]);
                break;
            case 15:
                int axis = Next(0, rank);
                Node(
                    "Concat",
                    Chance(0.5)
                        ? [x, x]
                        : [x, Constant([.. x.KnownShape.Select((d, i) => i == axis ? Next(1, 3) : d.IsConstant ? d.Value : 1)], -1, 1)],
                        ("axis", axis - (Chance(0.3) ? rank : 0L)));
                break;
            case 16:
                Padding(x);
                break;
            case 17:
                Slicing(x);
                break;
            case 18:
                long[] axes = [.. Enumerable.Range(0, rank).Where(_ => Chance(0.5)).Select(i => (long)i)];
                Node(
                    "ReduceMean", axes.Length == 0 && Chance(0.5) ? [x] : [x, Integers([.. axes])], ("keepdims", Chance(0.5) ? 1L : 0L),
                    ("noop_with_empty_axes", Chance(0.3) ? 1L : 0L));
                break;
            case 19:
                Node(Pick("Softmax", "LogSoftmax"), [x], ("axis", Next(-rank, rank)));
                break;
            case 20 when rank is 3 or 4:
                Pool(x);
                break;
            case 21 when rank >= 2 && x.KnownShape[1].IsConstant:
                long channels = x.KnownShape[1].Value;
                Node(
                    "BatchNormalization",
                    [x, Constant([channels], 0.5, 2), Constant([channels], -1, 1), Constant([channels], -1, 1), Constant(
                        [channels], 0.5, 2)]);
                break;
            case 22 or 23:
                Quantize(x);
                break;
        }
    }

    private void Convolution(Value x)
    {
        int spatial = x.KnownShape.Rank - 2;
        long channels = x.KnownShape[1].Value;
        long groups = Chance(0.3) ? channels : 1;
        long outputs = groups * Next(1, groups > 1 ? 3 : 7);
        long[] kernel = [.. Enumerable.Range(0, spatial).Select(_ => (long)Next(1, 4))];
        Value?[] inputs =
            [x, Weight(
                [outputs, channels / groups, .. kernel]),
                Chance(0.7) ? Chance(0.8) ? Constant([outputs], -1, 1) : AddInput(DataType.Float32, [outputs]) : null];
        Node(
            "Conv",
            inputs,
            ("group", groups),
            ("strides", Repeat(spatial, 1, 3)),
            ("dilations", Repeat(spatial, 1, 3)),
            ("pads", Repeat(2 * spatial, 0, 3)));
    }

    private void Pool(Value x)
    {
        int spatial = x.KnownShape.Rank - 2;
        string type = Pick("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool");
        if (type.StartsWith("Global", StringComparison.Ordinal))
        {
            Node(type, [x]);
            return;
        }

        List<(string, AttributeValue)> attributes =
        [
            ("kernel_shape", Repeat(spatial, 1, 4)), ("strides", Repeat(spatial, 1, 3)), ("pads", Repeat(2 * spatial, 0, 2)),
            ("ceil_mode", (long)Next(0, 2)),
            ("dilations", Repeat(spatial, 1, 3)),
        ];
        if (type == "AveragePool")
        {
            attributes.Add(("count_include_pad", (long)Next(0, 2)));
        }

        Node(type, [x], [.. attributes]);
    }

    private void Padding(Value x)
    {
        int rank = x.KnownShape.Rank;
        int[] axes = [.. Enumerable.Range(0, rank).Where(i => Chance(0.6) && x.KnownShape[i].IsConstant)];
        long[] pads = [.. axes.Concat(axes).Select(_ => (long)Next(-1, 3))];
        Node(
            "Pad",
            [x, Integers(pads), Chance(0.5) ? Chance(0.7) ? Constant([], -1, 1) : AddInput(DataType.Float32, []) : null, Integers(
                [.. axes.Select(a => a - (Chance(0.3) ? rank : 0L))])]);
    }

    private void Slicing(Value x)
    {
        int rank = x.KnownShape.Rank;
        int[] axes = [.. Enumerable.Range(0, rank).Where(i => Chance(0.6) && x.KnownShape[i].IsConstant)];
        long[] steps = [.. axes.Select(_ => (long)Pick(1, 1, 1, 2, -1, -2))];
        Node(
            "Slice",
            [
                x, Integers(
                    [.. axes.Select((_, i) => steps[i] > 0 ? (long)Next(-9, 3) : Next(-2, 9))]),
                    Integers([.. axes.Select((_, i) => steps[i] > 0 ? (long)Next(-1, 9) : Next(-20, -1))]),
                Integers([.. axes.Select(a => (long)a)]), Integers(steps),
            ]);
    }

    /// <summary>QuantizeLinear, perhaps an operator on the integers, DequantizeLinear: mostly with the same parameters.</summary>
    private void Quantize(Value x)
    {
        bool signed = Chance(0.4);
        Value scale = Scalar(Pick(0.02f, 0.03f, 0.05f, 0.0117f));
        Value zeroPoint = ZeroPoint(signed, Next(signed ? -20 : 100, signed ? 20 : 140));
        Value? codes = Node("QuantizeLinear", [x, scale, zeroPoint]);
        if (codes is null)
        {
            return;
        }

        _floats.Remove(codes);
        int rank = codes.KnownShape.Rank;
        if (Chance(0.25))
        {
            Value? moved = Next(0, 3) switch
            {
                0 => Node("Transpose", [codes], ("perm", Enumerable.Range(0, rank).Reverse().Select(i => (long)i).ToArray())),
                1 => Node("Clip", [codes, ZeroPoint(signed, signed ? -7 : 90), ZeroPoint(signed, signed ? 7 : 200)]),
                _ => Node(
                    "Pad",
                    [codes, Integers([.. Enumerable.Repeat(0L, rank), .. Enumerable.Repeat(1L, rank)]), Chance(0.5) ? zeroPoint : null]),
            };
            if (moved is not null)
            {
                _floats.Remove(moved);
                codes = moved;
            }
        }

        if (Chance(0.2))
        {
            scale = Scalar(0.04f);
            zeroPoint = ZeroPoint(signed, 3);
        }

        Node("DequantizeLinear", [codes, scale, zeroPoint]);
    }

    private Value ZeroPoint(bool signed, int value) => Known(signed ? Tensor.Of([(sbyte)value], []) : Tensor.Of([(byte)value], []));

    private Value Scalar(float value) => Known(Tensor.Scalar(value));

    /// <summary>Weights are sometimes dequantized, sometimes shared.</summary>
    private Value Weight(long[] shape)
    {
        double limit = 1.5 / Math.Sqrt(shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        if (Chance(0.7))
        {
            return Constant(shape, -limit, limit);
        }

        sbyte[] codes = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (sbyte)Next(-127, 128))];
        Value quantized = _graph.NewConstant($"codes{_count++}", Tensor.Of(codes, shape));
        bool perChannel = Chance(0.5);
        Value scales = perChannel
            ? Known(
                Tensor.Of(
                    [.. Enumerable.Range(0, (int)shape[0]).Select(_ => (float)(limit / 127 * (0.5 + _random.NextDouble())))], shape[0]))
            : Scalar((float)(limit / 127));
        Value? reals = perChannel
            ? Node("DequantizeLinear", [quantized, scales, Known(Tensor.Of(new sbyte[shape[0]], shape[0]))], ("axis", 0L))
            : Node("DequantizeLinear", [quantized, scales, Known(Tensor.Of([(sbyte)0], []))]);
        _floats.Remove(reals!);
        return reals!;
    }

    private Value Bound(float around) =>
        Chance(0.8) ? Scalar((float)(around * (0.2 + _random.NextDouble()) * (Chance(0.1) ? -3 : 1))) : AddInput(DataType.Float32, []);

    private Value Operand(Value x)
    {
        Value[] fitting = [.. _floats.Where(v => v.KnownShape.Equals(x.KnownShape))];
        return Chance(0.7) ? fitting[Next(0, fitting.Length)] : Choose();
    }

    private long[] BroadcastShape(Value x)
    {
        int rank = x.KnownShape.Rank;
        long[] shape = [.. x.KnownShape.Select(d => d.IsConstant && Chance(0.5) ? d.Value : 1)];
        return Chance(0.1) ? [1, .. shape] : shape[Next(0, rank + 1)..];
    }

    private Value Constant(long[] shape, double low, double high)
    {
        Value[] shared =
            [.. _constants.Where(
                c => c.Constant!.Dimensions.SequenceEqual(shape) && c.Constant.ToFloats().All(v => v >= low && v <= high))];
        if (shared.Length > 0 && Chance(0.4))
        {
            return shared[Next(0, shared.Length)];
        }

        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(low + (_random.NextDouble() * (high - low)));
        }

        Value constant = Known(Tensor.Of(values, shape));
        _constants.Add(constant);
        return constant;
    }

    private Value Integers(params long[] values) => Known(Tensor.Of(values, values.Length));

    private Value Known(Tensor tensor) => _graph.NewConstant($"constant{_count++}", tensor);

    private Value AddInput(DataType type, IEnumerable<Dimension> shape)
    {
        Value value = _graph.NewValue($"input{_graph.Inputs.Count}", type, new Shape(shape));
        _graph.Inputs.Add(value);
        if (value.KnownShape.Rank > 0)
        {
            _floats.Add(value);
        }

        return value;
    }

    /// <summary>Null where ONNX does not allow it, or the tensor becomes large.</summary>
    private Value? Node(string type, IEnumerable<Value?> inputs, params (string Name, AttributeValue Value)[] attributes)
    {
        string name = $"{type}{_count++}";
        Value output = _graph.NewValue($"{name}_output", DataType.Undefined);
        Node node = _graph.Add(new Node(Domains.Onnx, type, name, inputs, [output], attributes.ToDictionary(a => a.Name, a => a.Value)));
        try
        {
            _inference.Infer(node);
        }
        catch (CompilationException)
        {
            _graph.Remove(node);
            return null;
        }

        if (output.KnownShape.Rank is 0 or > 6 || output.KnownShape.Any(d => d.IsConstant && d.Value is 0 or > 64))
        {
            _graph.Remove(node);
            return null;
        }

        if (output.Type == DataType.Float32)
        {
            _floats.Add(output);
        }

        return output;
    }

    private Value Choose() => _floats[Chance(0.7) ? _floats.Count - 1 : Next(0, _floats.Count)];

    private long[] Repeat(int count, int low, int high) => [.. Enumerable.Range(0, count).Select(_ => (long)Next(low, high))];

    private int Next(int low, int high) => _random.Next(low, high);

    private bool Chance(double probability) => _random.NextDouble() < probability;

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
