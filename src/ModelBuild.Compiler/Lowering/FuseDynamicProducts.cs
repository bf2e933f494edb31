using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Makes one operator of a product by integers that find their scales at run time, as <see cref="DynamicQuantizer"/> writes it: codes and
/// accumulators are in the cache then, not in memory.
/// <code>
///   (Cast(MatMulInteger(codes, w)) − zero · Σ w) · scale · scales + bias, clamped       ⇒        DynamicGemm(x, w, bias)
///   Conv((Cast(codes) − zero) · scale, DequantizeLinear(w), bias), clamped              ⇒        DynamicConvolution(x, w, bias)
/// </code>
/// </summary>
internal sealed class FuseDynamicProducts : IPass
{
    public bool IsRequired => false;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node product in graph.Nodes.Where(n => n.Is("MatMulInteger") || n.Is("Conv")).ToArray())
        {
            changed |= product.Is("Conv") ? FuseConvolution(graph, product, context) : FuseGemm(graph, product);
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool FuseGemm(Graph graph, Node product)
    {
        if (product.Inputs.Count > 2 || product.Required(1).Constant is not { Type: DataType.Int8, Rank: 2 } weights
            || DynamicCodes.Of(product.Required(0), shared: 1) is not { } rows
            || Next(graph, product.Output, "Cast") is not { Output.Type: DataType.Float32 } cast
            || Next(graph, cast.Output, "Sub") is not { } difference || difference.Required(0) != cast.Output
            || Offset(difference.Required(1), rows.Zero) is not { } sums
            || AnchorOperands.Transpose<sbyte>(weights) is not { } outputsFirst
            || !sums.AsSpan().SequenceEqual(DynamicQuantizer.Sums(outputsFirst))
            || Next(graph, difference.Output, "Mul") is not { } scaled || scaled.OtherOperand(difference.Output) != rows.Scale
            || Next(graph, scaled.Output, "Mul") is not { } last
            || Channels(last.OtherOperand(scaled.Output), sums.Length) is not { } scales)
        {
            return false;
        }

        var nodes = new List<Node> { product, cast, difference, scaled, last };
        float[]? bias = null;
        if (Next(graph, last.Output, "Add") is { } sum && Channels(sum.OtherOperand(last.Output), sums.Length) is { } terms
            && sum.Output.KnownShape.Equals(last.Output.KnownShape))
        {
            bias = terms;
            nodes.Add(sum);
        }

        Replace(
            graph, InternalOperators.DynamicGemm, nodes, rows.Source, product.Required(1), outputsFirst, scales, bias,
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal));
        return true;
    }

    private static bool FuseConvolution(Graph graph, Node product, PassContext context)
    {
        if (!(product.Required(0).Producer is { } scaled && scaled.Is("Mul")
            && scaled.Required(0).Producer is { } difference && difference.Is("Sub")
            && difference.Required(0).Producer is { } cast && cast.Is("Cast")
            && DynamicCodes.Of(cast.Required(0), product.Required(0).KnownShape.Rank - 1) is { } images
            && scaled.Required(1) == images.Scale && difference.Required(1) == images.Zero
            && product.Required(0).KnownShape.Rank <= 4
            && product.Required(1).Producer is { } dequantize && dequantize.Is("DequantizeLinear")
            && dequantize.Required(0) is { Constant: { Type: DataType.Int8 } weights } source
            && QuantizationInputs.Parameters(dequantize) is { BlockSize: 0 } parameters && (parameters.IsPerTensor || parameters.Axis == 0)
            && Array.TrueForAll(parameters.ZeroPoints, z => z == 0)
            && (product.Input(2) is null or { IsConstant: true })))
        {
            return false;
        }

        var attributes = new Dictionary<string, AttributeValue>(product.Attributes, StringComparer.Ordinal);
        WindowAttributes.Write(Conv.Window(product, context.Inference), attributes);
        float[] scales = [.. Enumerable.Range(0, (int)weights.Dimensions[0]).Select(parameters.ScaleOf)];
        Replace(
            graph, InternalOperators.DynamicConvolution, [product], images.Source, source, weights, scales,
            product.Input(2)?.Constant?.ToFloats(), attributes);
        return true;
    }

    /// <param name="nodes">All that become one, but for the clamps that follow.</param>
    /// <param name="source">What the weights are called after.</param>
    private static void Replace(
        Graph graph, string type, List<Node> nodes, Value x, Value source, Tensor weights, float[] scales, float[]? bias,
        Dictionary<string, AttributeValue> attributes)
    {
        var clamp = new Clamp();
        while (graph.Follower(nodes[^1].Output) is { } next && Clamp.IsClamp(next) && next.Required(0) == nodes[^1].Output)
        {
            clamp = clamp.Then(Clamp.Of(next));
            nodes.Add(next);
        }

        clamp.Write(attributes);
        Value constant = graph.NewConstant(source.Name, weights);
        constant.Quantization = new QuantizationParameters(scales, new int[scales.Length], 0);
        (constant.Name, source.Name) = (source.Name, constant.Name);
        Value? term = bias is null ? null : graph.NewConstant($"{constant.Name}_bias", Tensor.Of(bias, bias.Length));
        string name = nodes.Select(n => n.Name).Distinct(StringComparer.Ordinal).Aggregate(Rewriting.JoinNames);
        Value output = nodes[^1].Output;
        nodes.ForEach(graph.Remove);
        graph.Add(new Node(Domains.Internal, type, name, [x, constant, term], [output], attributes));
    }

    private static Node? Next(Graph graph, Value value, string type) =>
        graph.Follower(value) is { } node && node.Is(type) ? node : null;

    private static float[]? Offset(Value value, Value zero) =>
        value.Producer is { } node && node.Is("Mul") && node.Inputs.Contains(zero) ? node.OtherOperand(zero).Constant?.ToFloats() : null;

    /// <summary>A constant with one number for each channel, the last axis.</summary>
    private static float[]? Channels(Value value, int channels) =>
        value.Constant is { Type: DataType.Float32, Rank: > 0 } constant && constant.Length == channels
            && constant.Dimensions[^1] == channels
            ? constant.ToFloats() : null;
}
