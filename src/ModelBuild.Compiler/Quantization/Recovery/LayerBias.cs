using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>What can be added to the outputs of a layer: its bias, or the constant of the sum behind it.</summary>
internal sealed class LayerBias
{
    private readonly Graph _graph;
    private readonly Node _node;
    private readonly int _outputs;

    /// <summary>Where the layer multiplies codes, so that its bias has units; null for one of floats.</summary>
    private readonly QuantizedLayer? _codes;
    private readonly Node? _sum;

    private LayerBias(Graph graph, Node node, int outputs, QuantizedLayer? codes, Node? sum)
    {
        _graph = graph;
        _node = node;
        _outputs = outputs;
        _codes = codes;
        _sum = sum;
    }

    /// <summary>True where what is added is a part of what the layer's node gives.</summary>
    private bool IsInside => _sum is null;

    /// <summary>The bounds that what comes out is cut off at.</summary>
    public Clamp Clamp
    {
        get
        {
            var clamp = new Clamp();
            for (Value value = _node.Output;
                IsInside && _graph.IsPrivate(value) && Clamp.IsClamp(value.Consumers[0]);
                value = value.Consumers[0].Output)
            {
                clamp = clamp.Then(Clamp.Of(value.Consumers[0]));
            }

            return clamp;
        }
    }

    /// <param name="graph">Of the node.</param>
    /// <param name="node">The convolution or product.</param>
    /// <param name="outputs">Of all groups.</param>
    /// <param name="layer">What its weights are where they are codes; null for one of floats.</param>
    /// <returns>Null where there is nothing to add to.</returns>
    public static LayerBias? Of(Graph graph, Node node, int outputs, QuantizedLayer? layer)
    {
        QuantizedLayer? codes = layer?.HasInputCodes == true ? layer : null;
        if (!node.Is("MatMul"))
        {
            Value? bias = node.Input(2);
            return bias is null
                || (codes is not null ? bias.Producer?.Is("DequantizeLinear") == true : bias.Constant?.Length == outputs)
                ? new LayerBias(graph, node, outputs, codes, null)
                : null;
        }

        return graph.IsPrivate(node.Output) && node.Output.Consumers[0] is { } sum && sum.Is("Add")
            && sum.Inputs.OfType<Value>().FirstOrDefault(v => v.IsConstant)?.Constant is { Type: DataType.Float32, Rank: > 0 } constant
            && constant.Length == outputs && constant.Dimensions[^1] == outputs
                ? new LayerBias(graph, node, outputs, codes, sum)
                : null;
    }

    /// <summary>Takes back in a layer's bias what has become of the mean of its outputs.</summary>
    /// <param name="graph">Of the node.</param>
    /// <param name="node">The convolution or product.</param>
    /// <param name="outputs">Of all groups.</param>
    /// <param name="layer">What its weights are where they are codes; null for one of floats.</param>
    /// <param name="walk">That has come to the layer.</param>
    /// <param name="actual">What the layer gives in each sample; what its own bias takes back is added. One sample tells no mean.</param>
    public static void Correct(Graph graph, Node node, int outputs, QuantizedLayer? layer, LayerWalk walk, Tensor[] actual)
    {
        if (actual.Length > 1 && Of(graph, node, outputs, layer) is { } bias)
        {
            int axis = node.Is("Conv") ? 1 : actual[0].Rank - 1;
            float[] added = bias.Add(BiasCorrection.Of(walk.Of(walk.Twin(node)!.Output)!, actual, axis, bias.Clamp));
            if (bias.IsInside)
            {
                Add(actual, added, axis);
            }
        }
    }

    /// <summary>Adds to tensors what has been added to the outputs that they are.</summary>
    /// <param name="tensors">Replaced one by one.</param>
    /// <param name="added">For each output.</param>
    /// <param name="axis">Along which the outputs lie.</param>
    private static void Add(Tensor[] tensors, float[] added, int axis)
    {
        for (int s = 0; s < tensors.Length; s++)
        {
            float[] values = tensors[s].ToFloats();
            int inner = (int)tensors[s].Shape.Product(axis + 1, tensors[s].Rank).Value;
            for (int i = 0; i < values.Length; i++)
            {
                values[i] += added[i / inner % added.Length];
            }

            tensors[s] = Tensor.Owning(DataType.Float32, values, [.. tensors[s].Dimensions]);
        }
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

        if (_codes is null)
        {
            Value? bias = _node.Input(2);
            float[] terms = bias?.Constant!.ToFloats() ?? new float[_outputs];
            SetBias(_graph.NewConstant(
                bias?.Name ?? $"{_node.Output.Name}_bias", Tensor.Of([.. terms.Zip(correction, (t, c) => t + c)], _outputs)));
            return correction;
        }

        float inputScale = _codes.InputParameters.Scale;
        Node? dequantize = _node.Input(2)?.Producer;
        int[] codes = dequantize?.Required(0).Constant!.Span<int>().ToArray() ?? new int[_outputs];
        sbyte[] weights = _codes.Codes;
        var added = new float[codes.Length];
        for (int o = 0; o < codes.Length; o++)
        {
            float unit = inputScale * _codes.Scales[o];
            double steps = Math.Round(correction[o] / unit, MidpointRounding.ToEven);
            double code = codes[o] + steps;
            if (AccumulatorRange.Fits(weights.AsSpan(o * _codes.Terms, _codes.Terms), code, _codes.InputParameters.ZeroPoint))
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
            float[] scales = Array.ConvertAll(_codes.Scales, s => inputScale * s);
            Value bias = Quantizer.Dequantized(_graph, $"{_node.Output.Name}_bias", Tensor.Of(codes, codes.Length), scales, 0);
            SetBias(bias);
        }

        return added;
    }

    private void SetBias(Value bias)
    {
        while (_node.Inputs.Count < 3)
        {
            _node.AddInput(null);
        }

        _node.SetInput(2, bias);
    }
}
