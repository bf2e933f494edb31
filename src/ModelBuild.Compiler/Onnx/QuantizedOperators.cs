using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// QOperator form of a graph in Q/DQ form: DequantizeLinear → operator → QuantizeLinear becomes the one operator on codes that means it,
/// of ONNX or of ONNX Runtime. A product whose result nobody quantizes becomes its exact sums of integers and their scale. What has no such
/// form stays as it is.
/// </summary>
internal sealed class QuantizedOperators
{
    /// <summary>QLinearSoftmax asks which Softmax is meant: that along one axis.</summary>
    private const long SoftmaxOpset = 13;

    /// <summary>What a bias counts in is a product of two scales, rounded here or there.</summary>
    private const float ScaleTolerance = 1e-5f;

    /// <summary>They only move codes, as long as these stand for the same on both sides.</summary>
    private static readonly HashSet<string> s_movements = new(StringComparer.Ordinal)
    {
        "MaxPool", "Reshape", "Transpose", "Flatten", "Squeeze", "Unsqueeze", "Slice", "Identity", "Gather",
    };

    private static readonly HashSet<string> s_poolAttributes = new(StringComparer.Ordinal)
    {
        "auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides",
    };

    private readonly Graph _graph;

    private QuantizedOperators(Graph graph) => _graph = graph;

    /// <summary>The same computation in QOperator form.</summary>
    /// <param name="portable">Is left as it is.</param>
    public static Graph Of(Graph portable)
    {
        var form = new QuantizedOperators(portable.Clone());
        foreach (Node quantize in form._graph.Nodes.Where(n => n.Is("QuantizeLinear")).ToArray())
        {
            form.Fuse(quantize);
        }

        foreach (Node node in form._graph.Nodes.Where(n => n.Type is "Conv" or "Gemm" or "MatMul").ToArray())
        {
            form.Open(node);
        }

        form._graph.RemoveDead();
        GraphVerifier.Verify(form._graph, nameof(QuantizedOperators));
        return form._graph;
    }

    /// <summary>An operator whose result becomes codes, and nothing but codes.</summary>
    private void Fuse(Node quantize)
    {
        if (CodeTensor.MadeBy(_graph, quantize) is not { } made || BeforeClamps(quantize, made) is not { Producer: { } node } result
            || node.Domain.Length > 0 || node.Outputs.Count(o => o is not null) != 1 || !_graph.IsPrivate(result)
            || Form(node, made) is not { } form)
        {
            return;
        }

        Value codes = quantize.Output;
        _graph.Remove(quantize);
        _graph.Add(new Node(
            form.Domain, form.Type, node.Name, form.Inputs, [codes],
            AttributeValue.ByName(form.Attributes)));
    }

    /// <summary>Codes end where a range ends: clamps to no less than that range do nothing.</summary>
    private Value? BeforeClamps(Node quantize, CodeTensor made)
    {
        Value value = quantize.Required(0);
        (double low, double high) = QuantizationInputs.Range(made.Type);
        while (_graph.IsPrivate(value) && value.Producer is { } node && Clamp.IsClamp(node))
        {
            Clamp clamp = Clamp.Of(node);
            if (Code(clamp.Minimum) > low || Code(clamp.Maximum) < high)
            {
                return null;
            }

            value = node.Required(0);
        }

        return value;

        double Code(float real) => Math.Clamp(
            MathF.Round(real / made.Parameters.Scale, MidpointRounding.ToEven) + made.Parameters.ZeroPoint, low, high);
    }

    private OperatorForm? Form(Node node, CodeTensor y)
    {
        if (node.Is("Where"))
        {
            return Choice(node, y);
        }

        if (CodeTensor.ReadBy(_graph, node.Input(0)) is not { Parameters.IsPerTensor: true } x || x.Type != y.Type)
        {
            return null;
        }

        if (s_movements.Contains(node.Type) || (node.Is("Resize") && Resize.IsNearest(node) && !Resize.Extrapolates(node)))
        {
            return x.HasParametersOf(y)
                ? new OperatorForm(Domains.Onnx, node.Type, [x.Codes, .. node.Inputs.Skip(1)], [.. Attributes(node)])
                : null;
        }

        return node.Type switch
        {
            "Conv" => Weights(node, 0, x) is { } w && Bias(node, x, w, out Value? bias)
                ? new OperatorForm(
                    Domains.Onnx, "QLinearConv", [.. x.Inputs, .. w.Inputs, y.Scale, y.ZeroPoint, bias], [.. Attributes(node)])
                : null,
            "MatMul" => Weights(node, node.Required(1).KnownShape.Rank - 1, x) is { } w
                ? new OperatorForm(Domains.Onnx, "QLinearMatMul", [.. x.Inputs, .. w.Inputs, y.Scale, y.ZeroPoint])
                : null,
            "Gemm" => Product(node, x, [y.Scale, y.ZeroPoint]),
            "Add" or "Mul" => CodeTensor.ReadBy(_graph, node.Input(1)) is { Parameters.IsPerTensor: true } other && other.Type == x.Type
                ? new OperatorForm(Domains.Microsoft, "QLinear" + node.Type, [.. x.Inputs, .. other.Inputs, y.Scale, y.ZeroPoint])
                : null,
            "AveragePool" when node.Attributes.Keys.All(s_poolAttributes.Contains) => Function(node, x, y, [.. Attributes(node)]),
            "GlobalAveragePool" or "Sigmoid" => Function(node, x, y),
            "LeakyRelu" => Function(node, x, y, ("alpha", node.Float("alpha", 0.01f))),
            "Softmax" => Function(node, x, y, ("axis", node.Int("axis", -1)), ("opset", SoftmaxOpset)),
            "Concat" => Concat(node, y),
            _ => null,
        };
    }

    private static OperatorForm Function(Node node, CodeTensor x, CodeTensor y, params (string, AttributeValue)[] attributes) =>
        new(Domains.Microsoft, "QLinear" + node.Type, [.. x.Inputs, y.Scale, y.ZeroPoint], attributes);

    /// <summary>The condition comes first, then both tensors, each with its own scale and zero point.</summary>
    private OperatorForm? Choice(Node node, CodeTensor y) =>
        CodeTensor.ReadBy(_graph, node.Input(1)) is { Parameters.IsPerTensor: true } first && first.Type == y.Type
        && CodeTensor.ReadBy(_graph, node.Input(2)) is { Parameters.IsPerTensor: true } second && second.Type == y.Type
            ? new OperatorForm(
                Domains.Microsoft, "QLinearWhere", [node.Required(0), .. first.Inputs, .. second.Inputs, y.Scale, y.ZeroPoint])
            : null;

    private OperatorForm? Concat(Node node, CodeTensor y)
    {
        CodeTensor?[] parts = [.. node.Inputs.Select(i => CodeTensor.ReadBy(_graph, i))];
        return parts.All(p => p is { Parameters.IsPerTensor: true } && p.Type == y.Type)
            ? new OperatorForm(
                Domains.Microsoft, "QLinearConcat", [y.Scale, y.ZeroPoint, .. parts.SelectMany(p => p!.Inputs)], [.. Attributes(node)])
            : null;
    }

    /// <param name="result">Scale and zero point of the result; none where it is float.</param>
    private OperatorForm? Product(Node node, CodeTensor x, params Value[] result)
    {
        int axis = node.Int("transB") != 0 ? 0 : 1;
        return node.Int("transA") == 0 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1
            && Weights(node, axis, x) is { } w && Bias(node, x, w, out Value? bias)
            ? new OperatorForm(
                Domains.Microsoft, "QGemm", [.. x.Inputs, .. w.Inputs, bias, .. result], ("transB", node.Int("transB")))
            : null;
    }

    /// <summary>The second operand: with one scale, or with one for each output, and then with one zero point.</summary>
    private CodeTensor? Weights(Node node, int axis, CodeTensor x) =>
        CodeTensor.ReadBy(_graph, node.Input(1)) is { } weights
        && (weights.Parameters.IsPerTensor
            || (weights.Parameters.Axis == axis && weights.Codes.KnownShape.Rank >= 2
                && (node.Is("Conv") || weights.Codes.KnownShape.Rank == 2)
                && weights.Parameters.ZeroPoints.All(z => z == weights.Parameters.ZeroPoints[0])))
        && (x.Type == DataType.UInt8 || weights.Type == DataType.Int8)
            ? weights
            : null;

    /// <summary>A bias in int32, which counts in the products of the scales.</summary>
    /// <param name="bias">Null where there is none.</param>
    /// <returns>False where there is one of another kind.</returns>
    private static bool Bias(Node node, CodeTensor x, CodeTensor weights, out Value? bias)
    {
        bias = null;
        if (node.Input(2) is not { } reals)
        {
            return true;
        }

        if (reals.Producer is not { } dequantize || !dequantize.Is("DequantizeLinear")
            || dequantize.Required(0) is not { IsConstant: true, Type: DataType.Int32 } codes || codes.KnownShape.Rank != 1
            || dequantize.Required(1).Constant?.ToFloats() is not { } scales
            || dequantize.Input(2)?.Constant?.ToInt64s().Any(z => z != 0) == true)
        {
            return false;
        }

        int outputs = Math.Max(scales.Length, weights.Parameters.Scales.Length);
        for (int i = 0; i < outputs; i++)
        {
            float expected = x.Parameters.Scale * weights.Parameters.ScaleOf(i);
            if (Math.Abs(scales[scales.Length == 1 ? 0 : i] - expected) > ScaleTolerance * expected)
            {
                return false;
            }
        }

        bias = codes;
        return true;
    }

    /// <summary>A product whose result stays float: exact sums, then their scale.</summary>
    private void Open(Node node)
    {
        if (CodeTensor.ReadBy(_graph, node.Input(0)) is not { Parameters.IsPerTensor: true, Type: DataType.UInt8 } x)
        {
            return;
        }

        switch (node.Type)
        {
            case "Gemm" when Product(node, x) is { } form:
                Replace(node, Apply(node, form, node.Output.Type));
                break;
            case "MatMul" when Weights(node, node.Required(1).KnownShape.Rank - 1, x) is { } w:
                Replace(node, Apply(
                    node,
                    new OperatorForm(
                        Domains.Microsoft, "MatMulIntegerToFloat",
                        [x.Codes, w.Codes, x.Scale, w.Scale, x.ZeroPoint, w.ZeroPoint]),
                    node.Output.Type));
                break;
            case "Conv" when Weights(node, 0, x) is { } w && Bias(node, x, w, out Value? bias):
                Replace(node, Convolution(node, x, w, bias));
                break;
        }
    }

    private Value Convolution(Node node, CodeTensor x, CodeTensor w, Value? bias)
    {
        long[] channels = [-1, .. Enumerable.Repeat(1L, node.Output.KnownShape.Rank - 2)];
        Tensor zero = w.ZeroPoint.Constant!;
        Value weightZero = zero.Length == 1
            ? w.ZeroPoint
            : _graph.NewConstant($"{w.Codes.Name}_zero", new Tensor(zero.Type, [], zero.Data[..1]));
        Value sums = Apply(
            node,
            new OperatorForm(Domains.Onnx, "ConvInteger", [x.Codes, w.Codes, x.ZeroPoint, weightZero], [.. Attributes(node)]),
            DataType.Int32);
        if (bias is not null)
        {
            sums = Apply(node, new OperatorForm(Domains.Onnx, "Add", [sums, Spread(bias, bias.Constant!)]), DataType.Int32);
        }

        float[] scales = Array.ConvertAll(w.Parameters.Scales, s => s * x.Parameters.Scale);
        Value scale = Spread(w.Scale, Tensor.Of(scales, scales.Length));
        Value reals = Apply(
            node, new OperatorForm(Domains.Onnx, "Cast", [sums], ("to", (long)DataType.Float32)), DataType.Float32);
        return Apply(node, new OperatorForm(Domains.Onnx, "Mul", [reals, scale]), DataType.Float32);

        Value Spread(Value value, Tensor tensor)
        {
            long[] dimensions = [tensor.Length, .. channels.Skip(1)];
            return _graph.NewConstant($"{value.Name}_channels", new Tensor(tensor.Type, dimensions, tensor.Data));
        }
    }

    private Value Apply(Node node, OperatorForm form, DataType type) => _graph.Add(
        form.Domain, form.Type, node.Name, form.Inputs, $"{node.Output.Name}_{form.Type}", type, node.Output.Shape,
        AttributeValue.ByName(form.Attributes));

    private void Replace(Node node, Value result)
    {
        Value old = node.Output;
        bool isOutput = _graph.IsOutput(old);
        _graph.ReplaceUses(old, result);
        if (!isOutput)
        {
            (old.Name, result.Name) = (result.Name, old.Name);
        }
    }

    private static IEnumerable<(string, AttributeValue)> Attributes(Node node) => node.Attributes.Select(a => (a.Key, a.Value));

    /// <summary>An operator that is to take another's place.</summary>
    private sealed record OperatorForm(
        string Domain, string Type, IReadOnlyList<Value?> Inputs, params IReadOnlyList<(string Name, AttributeValue Value)> Attributes);
}
