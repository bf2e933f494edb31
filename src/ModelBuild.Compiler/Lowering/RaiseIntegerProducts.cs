using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Reads products of integers whose sums are scaled behind them, as models in QOperator form have them where a result stays real:
/// <code>
///   codes → ConvInteger(w) → Add(bias) → Cast → Mul(scales) → reals      becomes   codes → DQ → Conv(DQ ← w, bias) → reals
///   codes → MatMulInteger(w) → Cast → Mul(scales) → reals                becomes   codes → DQ → MatMul(DQ ← w) → reals
/// </code>
/// What follows, a residual sum or a clamp above all, is then fused as in a model with Q/DQ nodes (<see cref="FuseOperators"/>). The
/// scales of the weights are what is left of the product's when that of the codes is divided out; codes of which nothing is known stay
/// integers.
/// </summary>
internal sealed class RaiseIntegerProducts : IPass
{
    private const int SignOffset = 128;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node product in graph.Nodes.Where(n => n.Is("MatMulInteger") || n.Is("ConvInteger")).ToArray())
        {
            changed |= Raise(graph, product);
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool Raise(Graph graph, Node product)
    {
        bool isConvolution = product.Is("ConvInteger");
        int axis = isConvolution ? 1 : product.Output.KnownShape.Rank - 1;
        if (Codes(product.Required(0)) is not { Quantization: { IsPerTensor: true, Scale: > 0 } parameters } codes
            || (product.Input(2)?.Constant!.ToInt64s()[0] ?? 0) + (product.Required(0).Type == DataType.Int8 ? SignOffset : 0)
                != parameters.ZeroPoint
            || product.Required(1) is not { Constant: { Type: DataType.Int8 } weights } source
            || (!isConvolution && (weights.Rank != 2 || axis < 1)))
        {
            return false;
        }

        Node? next = graph.Follower(product.Output);
        double[]? bias = null;
        if (next is not null && next.Is("Add") && next.Output.KnownShape.Equals(product.Output.KnownShape)
            && Rewriting.PerChannel(next.OtherOperand(product.Output), product.Output.KnownShape, axis) is { } numbers)
        {
            bias = numbers;
            next = graph.Follower(next.Output);
        }

        if (next is null || !next.Is("Cast") || next.Output.Type != DataType.Float32
            || graph.Follower(next.Output) is not { } scaled || !scaled.Is("Mul")
            || !scaled.Output.KnownShape.Equals(product.Output.KnownShape)
            || Rewriting.PerChannel(scaled.OtherOperand(next.Output), product.Output.KnownShape, axis) is not { } scales
            || !scales.All(s => s > 0))
        {
            return false;
        }

        float[] quotients = [.. scales.Select(s => Quotient((float)s, parameters.Scale))];
        if (!Array.TrueForAll(quotients, q => float.IsNormal(q)))
        {
            return false;
        }

        Value integers = graph.NewConstant(source.Name, weights);
        integers.Quantization = new QuantizationParameters(quotients, new int[quotients.Length], isConvolution ? 0 : 1);
        (integers.Name, source.Name) = (source.Name, integers.Name);
        Value?[] inputs = [QuantizedValues.Dequantize(graph, codes), QuantizedValues.Dequantize(graph, integers)];
        if (bias is not null)
        {
            float[] reals = [.. bias.Select((b, i) => (float)(b * scales[i]))];
            Value constant = graph.NewConstant($"{integers.Name}_bias", Tensor.Of(reals, reals.Length));
            inputs = [.. inputs, constant];
        }

        Value output = scaled.Output;
        string type = isConvolution ? "Conv" : "MatMul";
        if (!isConvolution && bias is not null)
        {
            // The bias is added behind the product.
            Value sum = graph.Add(Domains.Onnx, type, product.Name, inputs[..2], $"{output.Name}_product", DataType.Float32, output.Shape);
            (type, inputs) = ("Add", [sum, inputs[2]]);
        }

        graph.Remove(scaled);
        graph.Add(new Node(Domains.Onnx, type, product.Name, inputs, [output], isConvolution ? product.Attributes : null));
        return true;
    }

    /// <summary>Unsigned codes whose meaning is known, be it from what is before operators that only select.</summary>
    private static Value? Codes(Value value)
    {
        if (value.Type == DataType.Int8)
        {
            return value.Producer is { } flip && flip.Is(Domains.Internal, InternalOperators.FlipSign) ? Codes(flip.Required(0)) : null;
        }

        if (value.Quantization is null && value.Producer is { } node && node.Traits().IsSelection && !node.Is("Pad")
            && node.Outputs.Count == 1)
        {
            value.Quantization = Codes(node.Required(0))?.Quantization;
        }

        return value.Type == DataType.UInt8 && value.Quantization is not null ? value : null;
    }

    /// <summary>The number that makes a product of another, to the last bit where there is one.</summary>
    private static float Quotient(float product, float factor)
    {
        float nearest = product / factor;
        return new[] { nearest, MathF.BitIncrement(nearest), MathF.BitDecrement(nearest) }
            .FirstOrDefault(q => q * factor == product, nearest);
    }
}
