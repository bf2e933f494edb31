using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>What can be added to the outputs of a layer: its bias, or the constant of the sum behind it.</summary>
internal sealed class LayerBias
{
    private readonly Graph _graph;
    private readonly QuantizedLayer _layer;
    private readonly Node? _sum;

    private LayerBias(Graph graph, QuantizedLayer layer, Node? sum)
    {
        _graph = graph;
        _layer = layer;
        _sum = sum;
    }

    /// <summary>True where what is added is a part of what the layer's node gives.</summary>
    public bool IsInside => _sum is null;

    /// <summary>The bounds that what comes out is cut off at.</summary>
    public Clamp Clamp
    {
        get
        {
            var clamp = new Clamp();
            for (Value value = _layer.Node.Output;
                IsInside && _graph.IsPrivate(value) && Clamp.IsClamp(value.Consumers[0]);
                value = value.Consumers[0].Output)
            {
                clamp = clamp.Then(Clamp.Of(value.Consumers[0]));
            }

            return clamp;
        }
    }

    /// <returns>Null where there is nothing to add to.</returns>
    public static LayerBias? Of(Graph graph, QuantizedLayer layer)
    {
        if (!layer.Node.Is("MatMul"))
        {
            Value? bias = layer.Node.Input(2);
            return bias is null
                || (layer.HasInputCodes ? bias.Producer?.Is("DequantizeLinear") == true : bias.Constant?.Length == layer.Outputs)
                ? new LayerBias(graph, layer, null)
                : null;
        }

        return graph.IsPrivate(layer.Node.Output) && layer.Node.Output.Consumers[0] is { } sum && sum.Is("Add")
            && sum.Inputs.OfType<Value>().FirstOrDefault(v => v.IsConstant)?.Constant is { Type: DataType.Float32, Rank: > 0 } constant
            && constant.Length == layer.Outputs && constant.Dimensions[^1] == layer.Outputs
                ? new LayerBias(graph, layer, sum)
                : null;
    }

    /// <summary>Adds to the outputs what the units of the bias allow.</summary>
    /// <returns>What has been added.</returns>
    public float[] Add(float[] correction)
    {
        if (_sum is not null)
        {
            Value constant = _sum.Inputs.OfType<Value>().First(v => v.IsConstant);
            float[] terms = constant.Constant!.ToFloats();
            _sum.ReplaceInput(constant, _graph.NewConstant(
                constant.Name, Tensor.Of([.. terms.Zip(correction, (t, c) => t + c)], [.. constant.Constant.Dimensions])));
            return correction;
        }

        if (!_layer.HasInputCodes)
        {
            Value? bias = _layer.Node.Input(2);
            float[] terms = bias?.Constant!.ToFloats() ?? new float[_layer.Outputs];
            SetBias(_graph.NewConstant(
                bias?.Name ?? $"{_layer.Node.Output.Name}_bias", Tensor.Of([.. terms.Zip(correction, (t, c) => t + c)], _layer.Outputs)));
            return correction;
        }

        float inputScale = _layer.InputParameters.Scale;
        Node? dequantize = _layer.Node.Input(2)?.Producer;
        int[] codes = dequantize?.Required(0).Constant!.Span<int>().ToArray() ?? new int[_layer.Outputs];
        sbyte[] weights = _layer.Codes;
        var added = new float[codes.Length];
        for (int o = 0; o < codes.Length; o++)
        {
            float unit = inputScale * _layer.Scales[o];
            double steps = Math.Round(correction[o] / unit, MidpointRounding.ToEven);
            double code = codes[o] + steps;
            if (AccumulatorRange.Fits(weights.AsSpan(o * _layer.Terms, _layer.Terms), code, _layer.InputParameters.ZeroPoint))
            {
                codes[o] = (int)code;
                added[o] = (float)(steps * unit);
            }
        }

        if (dequantize is not null)
        {
            dequantize.Required(0).Constant = Tensor.Of(codes, codes.Length);
        }
        else if (codes.AsSpan().ContainsAnyExcept(0))
        {
            float[] scales = Array.ConvertAll(_layer.Scales, s => inputScale * s);
            Value bias = Quantizer.Dequantized(_graph, $"{_layer.Node.Output.Name}_bias", Tensor.Of(codes, codes.Length), scales, 0);
            SetBias(bias);
        }

        return added;
    }

    private void SetBias(Value bias)
    {
        while (_layer.Node.Inputs.Count < 3)
        {
            _layer.Node.AddInput(null);
        }

        _layer.Node.SetInput(2, bias);
    }
}
