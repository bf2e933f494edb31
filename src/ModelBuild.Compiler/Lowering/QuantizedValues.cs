using System.Numerics;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Lowering;

/// <summary>What the integer passes ask and say again and again about quantized values.</summary>
internal static class QuantizedValues
{
    /// <summary>
    /// The 8-bit codes, with one scale for all, that a float value is the dequantization of, or null. A constant with a scale for each row,
    /// such as a table of embeddings, is none: rows that are picked out of it have no scale in common.
    /// </summary>
    public static Value? QuantizedOf(Value? value) =>
        value?.Producer is { } node && node.Is("DequantizeLinear")
            && node.Required(0) is { Type: DataType.UInt8, Quantization.IsPerTensor: true } codes
        ? codes : null;

    /// <summary>The constant integers that a float value is the dequantization of, or null.</summary>
    public static Value? ConstantQuantizedOf(Value? value) =>
        value?.Producer is { } node && node.Is("DequantizeLinear") && node.Required(0) is { IsConstant: true, Quantization: not null } codes
        ? codes : null;

    /// <summary>The QuantizeLinear nodes that read a value, when nobody else does and they all quantize alike; otherwise null.</summary>
    public static IReadOnlyList<Node>? OnlyQuantized(Graph graph, Value value) =>
        !graph.IsOutput(value) && value.Consumers.Count > 0
        && value.Consumers.All(
            c => c.Is("QuantizeLinear") && c.Required(0) == value && c.Output.Quantization!.Equals(value.Consumers[0].Output.Quantization))
            ? [.. value.Consumers] : null;

    /// <summary>Lets codes take the place of what some QuantizeLinear nodes make.</summary>
    /// <param name="quantizers">A node that reads its value twice is there twice.</param>
    public static void ReplaceQuantizers(Graph graph, IReadOnlyList<Node> quantizers, Value codes)
    {
        foreach (Node quantize in quantizers.Distinct())
        {
            graph.ReplaceUses(quantize.Output, codes);
            graph.Remove(quantize);
        }
    }

    /// <summary>A value with these parameters that has the elements of another: the other itself where it has them or none yet.</summary>
    public static Value WithQuantization(Graph graph, Value value, QuantizationParameters parameters)
    {
        value.Quantization ??= parameters;
        if (value.Quantization.Equals(parameters))
        {
            return value;
        }

        Value view = graph.Add(
            Domains.Internal, InternalOperators.Reinterpret, value.Producer?.Name ?? value.Name, [value], $"{value.Name}_reinterpreted",
            value.Type, value.Shape);
        view.Quantization = parameters;
        return view;
    }

    /// <summary>Adds QuantizeLinear; equal ones of the same value are one.</summary>
    public static Value Quantize(Graph graph, Value value, QuantizationParameters parameters)
    {
        Node? twin = value.Consumers.FirstOrDefault(c => c.Is("QuantizeLinear") && c.Output.Quantization!.Equals(parameters));
        if (twin is not null)
        {
            return twin.Output;
        }

        Value codes =
            graph.Add(Domains.Onnx, "QuantizeLinear", string.Empty, [value], $"{value.Name}_quantized", DataType.UInt8, value.Shape);
        codes.Quantization = parameters;
        return codes;
    }

    /// <summary>Constant quantized data as float32.</summary>
    public static Tensor Dequantize(Tensor quantized, QuantizationParameters parameters) => quantized.Type switch
    {
        DataType.Int8 => Dequantize(quantized.Span<sbyte>(), quantized, parameters),
        DataType.UInt8 => Dequantize(quantized.Span<byte>(), quantized, parameters),
        DataType.Int16 => Dequantize(quantized.Span<short>(), quantized, parameters),
        _ => Dequantize<long>(quantized.ToInt64s(), quantized, parameters),
    };

    /// <summary>The codes of reals, with one scale for all.</summary>
    public static Tensor Quantize(Tensor reals, QuantizationParameters parameters)
    {
        ReadOnlySpan<float> values = reals.Span<float>();
        if (parameters.CodeType != DataType.UInt8)
        {
            return Tensor.FromInt64s(
                parameters.CodeType, Array.ConvertAll(values.ToArray(), v => (long)WideCode(v, parameters)), [.. reals.Dimensions]);
        }

        byte[] codes = new byte[values.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = Code(values[i], parameters);
        }

        return Tensor.Owning(DataType.UInt8, codes, [.. reals.Dimensions]);
    }

    private static Tensor Dequantize<T>(ReadOnlySpan<T> codes, Tensor quantized, QuantizationParameters parameters)
        where T : unmanaged, IBinaryInteger<T>
    {
        long inner = parameters.Inner(quantized);
        var reals = new float[codes.Length];
        for (int i = 0; i < reals.Length; i++)
        {
            int channel = parameters.ChannelOf(i, inner);
            reals[i] = (long.CreateChecked(codes[i]) - parameters.ZeroPoints[channel]) * parameters.Scales[channel];
        }

        return Tensor.Owning(DataType.Float32, reals, [.. quantized.Dimensions]);
    }

    public static Value Dequantize(Graph graph, Value codes) =>
        graph.Add(Domains.Onnx, "DequantizeLinear", string.Empty, [codes], $"{codes.Name}_dequantized", DataType.Float32, codes.Shape);

    /// <summary>Adds a table; its node is called as given.</summary>
    public static Value Lookup(Graph graph, string name, Value codes, byte[] table, string outputName, QuantizationParameters parameters)
    {
        Value constant = graph.NewConstant($"{outputName}_table", Tensor.Of(table, 256));
        Value output =
            graph.Add(Domains.Internal, InternalOperators.Lookup, name, [codes, constant], outputName, DataType.UInt8, codes.Shape);
        output.Quantization = parameters;
        return output;
    }

    /// <summary>True for a table that changes nothing.</summary>
    public static bool IsIdentity(ReadOnlySpan<byte> table)
    {
        for (int i = 0; i < table.Length; i++)
        {
            if (table[i] != i)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The reals that the 256 codes stand for.</summary>
    public static float[] Reals(QuantizationParameters parameters) =>
        [.. Enumerable.Range(0, 256).Select(code => (code - parameters.ZeroPoint) * parameters.Scale)];

    /// <summary>ONNX QuantizeLinear.</summary>
    public static byte Code(float real, QuantizationParameters parameters) => float.IsNaN(real) ? (byte)parameters.ZeroPoint
        : (byte)Math.Clamp(MathF.Round(real / parameters.Scale, MidpointRounding.ToEven) + parameters.ZeroPoint, 0, 255);

    /// <summary>The same to codes of any type.</summary>
    public static int WideCode(float real, QuantizationParameters parameters)
    {
        (double low, double high) = QuantizationInputs.Range(parameters.CodeType);
        return float.IsNaN(real) ? parameters.ZeroPoint
            : (int)Math.Clamp((double)MathF.Round(real / parameters.Scale, MidpointRounding.ToEven) + parameters.ZeroPoint, low, high);
    }

    /// <summary>The table of a function between two quantizations.</summary>
    public static byte[] Table(ReadOnlySpan<float> results, QuantizationParameters output)
    {
        var table = new byte[256];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = Code(results[i], output);
        }

        return table;
    }
}
