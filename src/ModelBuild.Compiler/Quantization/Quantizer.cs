using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Post-training quantization: inserts QuantizeLinear and DequantizeLinear into a float graph, for activations at the
/// <see cref="QuantizationPoints"/>, for the weights and biases of convolutions and matrix products. The result is an ordinary ONNX
/// model; what it computes is what we run.
/// </summary>
internal static class Quantizer
{
    /// <param name="graph">Changed in place.</param>
    /// <param name="points">Of this graph.</param>
    /// <param name="statistics">Of the points, by name, from calibration.</param>
    /// <param name="floats">What stays float.</param>
    /// <param name="sparseSteps">Whether steps of weights are coarser where many of them are zero (<see cref="SparseSteps"/>).</param>
    public static void Insert(
        Graph graph, QuantizationPoints points, IReadOnlyDictionary<string, TensorStatistics> statistics, FloatParts? floats = null,
        bool sparseSteps = false)
    {
        Dictionary<Value, QuantizationParameters> parameters = Choose(points, statistics);
        foreach (Value value in points.Values)
        {
            InsertActivation(graph, points, value, parameters[points.Group(value)]);
        }

        foreach (Node anchor in graph.Nodes.Where(n => AnchorOperands.HasIntegerForm(n) && floats?.Keeps(n) != true).ToArray())
        {
            InsertWeights(graph, anchor, sparseSteps);
        }
    }

    /// <summary>The codes of the points, by those that stand for a group.</summary>
    /// <param name="half">Which half of the samples counts (<see cref="TensorStatistics.RangeOfHalf"/>); null for all.</param>
    public static Dictionary<Value, QuantizationParameters> Choose(
        QuantizationPoints points, IReadOnlyDictionary<string, TensorStatistics> statistics, int? half = null)
    {
        var groups = new Dictionary<Value, ValueRange>();
        foreach (Value value in points.Values)
        {
            // A tensor without elements has no range, and needs none.
            TensorStatistics seen = statistics[value.Name];
            ValueRange range = value.KnownShape.Length.Equals(Dimension.Zero) ? new ValueRange(0, 0)
                : points.IsWide(value) ? seen.Seen : half is { } one ? seen.RangeOfHalf(one) : seen.Range;
            if (!range.IsEmpty && !points.IsWide(value))
            {
                range = seen.Choose(points.OnlyUse(value) is { } function
                    ? range.WhereItMatters(arguments => UnaryFunction.Evaluate(function, value, arguments))
                    : range);
            }

            groups[points.Group(value)] = groups.GetValueOrDefault(points.Group(value), ValueRange.Empty).Union(range);
        }

        ILookup<Value, Value> members = points.Values.ToLookup(points.Group);
        return groups.ToDictionary(g => g.Key, g => g.Value.IsEmpty
            ? throw new UnsuitedDataException($"tensor '{g.Key.Name}' has no elements in any sample.")
            : points.IsWide(g.Key) ? g.Value.ToInt16()
            : Bytes(members[g.Key]) ?? g.Value.ToUInt8());

        // All that share a scale are the same bytes, or their range is what counts.
        static QuantizationParameters? Bytes(IEnumerable<Value> values)
        {
            QuantizationParameters?[] all = [.. values.Select(ByteCodes.Of).Distinct()];
            return all is [{ } one] ? one : null;
        }
    }

    /// <summary>The same for each of the points, by its name.</summary>
    public static Dictionary<string, QuantizationParameters> ChooseByName(
        QuantizationPoints points, IReadOnlyDictionary<string, TensorStatistics> statistics, int? half = null)
    {
        Dictionary<Value, QuantizationParameters> codes = Choose(points, statistics, half);
        return points.Values.ToDictionary(v => v.Name, v => codes[points.Group(v)], StringComparer.Ordinal);
    }

    /// <summary>Adds nodes that round a value to codes.</summary>
    /// <param name="value">Of floats.</param>
    /// <param name="stem">What the names of nodes and tensors begin with.</param>
    /// <param name="type">Of the codes.</param>
    /// <param name="parameters">What they stand for.</param>
    /// <returns>The reals that they stand for.</returns>
    internal static Value AddPair(Graph graph, Value value, string stem, DataType type, QuantizationParameters parameters)
    {
        Value scale = graph.NewConstant($"{stem}_scale", Tensor.Scalar(parameters.Scale));
        Value zeroPoint = graph.NewConstant($"{stem}_zero_point", Tensor.FromInt64s(type, [parameters.ZeroPoint], []));
        Value codes = graph.Add(
            Domains.Onnx, "QuantizeLinear", $"{stem}_QuantizeLinear", [value, scale, zeroPoint], $"{stem}_quantized", type, value.Shape);
        return graph.Add(
            Domains.Onnx, "DequantizeLinear", $"{stem}_DequantizeLinear", [codes, scale, zeroPoint], $"{stem}_dequantized",
            DataType.Float32, value.Shape);
    }

    private static void InsertActivation(Graph graph, QuantizationPoints points, Value value, QuantizationParameters parameters)
    {
        Node[] consumers = [.. value.Consumers.Distinct().Where(c => points.ReadsCodes(c, value))];
        if (consumers.Length == 0)
        {
            return;
        }

        Value reals = AddPair(graph, value, value.Name, parameters.CodeType, parameters);
        foreach (Node consumer in consumers)
        {
            consumer.ReplaceInput(value, reals);
        }
    }

    private static void InsertWeights(Graph graph, Node anchor, bool sparseSteps)
    {
        if (anchor.Required(0).Producer is not { } dequantize || !dequantize.Is("DequantizeLinear")
            || anchor.Required(1).Constant is not { } weights)
        {
            return;
        }

        QuantizationParameters input = QuantizationInputs.Parameters(dequantize);
        bool isWide = input.CodeType != DataType.UInt8;
        if (isWide)
        {
            input = CodePlanes.Of(input).High;
        }

        int axis = AnchorOperands.HasOutputsFirst(anchor) ? 0 : 1;
        float[]? bias = anchor.Is("MatMul") ? null : anchor.Input(2)?.Constant?.ToFloats();
        (Tensor codes, float[] scales) = WeightQuantizer.Quantize(weights, axis, bias, input, sparseSteps);
        anchor.SetInput(1, Dequantized(graph, anchor.Required(1).Name, codes, scales, axis));
        if (bias is not null && !isWide)
        {
            (Tensor biasCodes, float[] biasScales) = WeightQuantizer.QuantizeBias(bias, input.Scale, scales);
            anchor.SetInput(2, Dequantized(graph, anchor.Required(2).Name, biasCodes, biasScales, 0));
        }
    }

    internal static Value Dequantized(Graph graph, string name, Tensor codes, float[] scales, int axis)
    {
        Value quantized = graph.NewConstant($"{name}_quantized", codes);
        Value scale = graph.NewConstant($"{name}_scale", Tensor.Of(scales, scales.Length));
        Value zeroPoint =
            graph.NewConstant($"{name}_zero_point", new Tensor(codes.Type, [scales.Length], new byte[scales.Length * codes.Type.Size()]));
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = (long)axis };
        return graph.Add(
            Domains.Onnx, "DequantizeLinear", $"{name}_DequantizeLinear", [quantized, scale, zeroPoint], $"{name}_dequantized",
            DataType.Float32, codes.Shape, attributes);
    }
}
