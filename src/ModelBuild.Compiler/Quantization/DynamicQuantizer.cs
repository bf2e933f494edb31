using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning.Steps;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Mode int8-dynamic: products with constant weights become products of codes by int8 weights with one scale per output. The other factor
/// finds its scale and zero point at run time (<see cref="DynamicCodes"/>), each row of a matrix and each image by itself.
/// <code>
///   matrices   y = (Cast(MatMulInteger(codes, w)) − zero · Σ w) · scale · scales + bias
///   images     y = Conv((Cast(codes) − zero) · scale, DequantizeLinear(w), bias)        ConvInteger knows one zero point for all images
/// </code>
/// <see cref="FuseDynamicProducts"/> makes one operator of each.
/// </summary>
internal static class DynamicQuantizer
{
    /// <summary>Rewrites a float graph in place.</summary>
    /// <param name="lost">
    /// Gets the names of weights that stay as they are, and are multiplied in float, since codes would lose a column of the model's inputs.
    /// </param>
    /// <param name="sparseSteps">Whether steps of weights are coarser where many of them are zero (<see cref="SparseSteps"/>).</param>
    /// <returns>Names of the nodes that say what codes of recurrent layers stand for.</returns>
    public static HashSet<string> Insert(Graph graph, PassContext context, ISet<string> lost, bool sparseSteps = false)
    {
        var rows = new Dictionary<Value, DynamicCodes>();
        HashSet<Node> spectra = Spectra.FindAll(graph);
        HashSet<Value> computed = QuantizationPoints.BehindAnchors(graph);
        foreach (Node node in graph.Nodes.Where(n => IsProduct(n) && !spectra.Contains(n)).ToArray())
        {
            if (LosesColumn(node.Required(1), AnchorOperands.HasOutputsFirst(node) ? 0 : 1))
            {
                continue;
            }

            if (node.Is("Conv"))
            {
                Convolve(graph, context, node, sparseSteps);
                continue;
            }

            Value x = node.Required(0);
            if (!rows.TryGetValue(x, out DynamicCodes? codes))
            {
                rows.Add(x, codes = DynamicCodes.Add(graph, context, x, [-1]));
            }

            Multiply(graph, context, node, codes, sparseSteps);
        }

        HashSet<string> stored = RecurrentQuantizer.InsertDynamic(graph, n => !LosesColumn(n.Required(1), 1), sparseSteps);
        graph.RemoveDead();
        return stored;

        bool LosesColumn(Value weights, int axis)
        {
            var coded = new Lazy<(Tensor Codes, float[] Scales)>(() => WeightQuantizer.Quantize(
                weights.Constant!, axis, null, QuantizationParameters.Unit, sparseSteps));
            long inner = weights.Constant!.Shape.Product(axis + 1, weights.Constant.Rank).Value;
            if (!LostColumns.Any(
                weights, i => coded.Value.Codes.Span<sbyte>()[i] * (double)coded.Value.Scales[i / inner % coded.Value.Scales.Length],
                computed))
            {
                return false;
            }

            lost.Add(weights.Name);
            return true;
        }
    }

    /// <summary>The sums of the weights of each output, as they stand in the graph.</summary>
    /// <param name="weights">[outputs, terms].</param>
    public static float[] Sums(Tensor weights) =>
        Array.ConvertAll(WeightSums.Of(weights.Span<sbyte>(), (int)weights.Dimensions[0]), sum => (float)sum);

    /// <summary>What stands in the graph for weights that integers multiply; null where none do.</summary>
    /// <param name="source">The weights in the float graph.</param>
    /// <param name="constants">Of the graph that was rewritten, by name.</param>
    /// <returns>The codes in the order of the weights, the scales, and which of those is that of a code.</returns>
    public static (sbyte[] Codes, float[] Scales, Func<int, int> Output)? WeightsOf(
        Value source, IReadOnlyDictionary<string, Tensor> constants)
    {
        if (source.Consumers.FirstOrDefault(IsProduct) is not { } node || node.Is("Conv")
            || constants.GetValueOrDefault(CodesName(source)) is not { Type: DataType.Int8, Rank: 2 } columns
            || constants.GetValueOrDefault(ScalesName(source)) is not { Type: DataType.Float32 } scales
            || columns.Length != source.Constant!.Length || scales.Length != columns.Dimensions[1])
        {
            return null;
        }

        bool outputsFirst = AnchorOperands.HasOutputsFirst(node);
        int terms = (int)columns.Dimensions[0];
        int outputs = (int)columns.Dimensions[1];
        Tensor codes = outputsFirst ? AnchorOperands.Transpose<sbyte>(columns) : columns;
        return (codes.Span<sbyte>().ToArray(), scales.ToFloats(), i => outputsFirst ? i / terms : i % outputs);
    }

    private static string CodesName(Value source) => $"{source.Name}_quantized";

    private static string ScalesName(Value source) => $"{source.Name}_scale";

    private static bool IsProduct(Node node) => AnchorOperands.HasIntegerForm(node)
        && node.Required(1).Constant is { Type: DataType.Float32 } weights
        && !AnchorOperands.IsShort(node)
        && weights.IsFinite();

    private static void Multiply(Graph graph, PassContext context, Node node, DynamicCodes factor, bool sparseSteps)
    {
        Value output = node.Output;
        string name = node.Name;
        Value source = node.Required(1);
        Value? bias = node.Is("MatMul") ? null : node.Input(2);
        bool outputsFirst = AnchorOperands.HasOutputsFirst(node);
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(source.Constant!, outputsFirst ? 0 : 1, null, QuantizationParameters.Unit, sparseSteps);
        Tensor transposed = AnchorOperands.Transpose<sbyte>(codes);
        LargeGarbage.Add(source.Constant!.Data.Length + codes.Length);
        (Tensor rows, Tensor columns) = outputsFirst ? (codes, transposed) : (transposed, codes);
        graph.Remove(node);

        Value weights = graph.NewConstant(CodesName(source), columns);
        Value accumulators = Append("MatMulInteger", "accumulators", factor.Codes, weights);
        Value sum = graph.Append(context, "Cast", name, [accumulators], $"{output.Name}_sum", ("to", (long)DataType.Float32));
        Value sums = graph.NewConstant($"{source.Name}_sums", Tensor.Of(Sums(rows), scales.Length));
        Value offset = Append("Mul", "offset", factor.Zero, sums);
        Value scaled = Append("Mul", "scaled", Append("Sub", "products", sum, offset), factor.Scale);
        Value factors = graph.NewConstant(ScalesName(source), Tensor.Of(scales, scales.Length));
        Value[] last = bias is null ? [scaled, factors] : [Append("Mul", "product", scaled, factors), bias];
        graph.Add(new Node(Domains.Onnx, bias is null ? "Mul" : "Add", name, last, [output]));

        Value Append(string type, string what, params Value[] inputs) => graph.Append(context, type, name, inputs, $"{output.Name}_{what}");
    }

    private static void Convolve(Graph graph, PassContext context, Node node, bool sparseSteps)
    {
        Value x = node.Required(0);
        Value source = node.Required(1);
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(source.Constant!, 0, null, QuantizationParameters.Unit, sparseSteps);
        long[] axes = [.. Enumerable.Range(1, x.KnownShape.Rank - 1).Select(axis => (long)axis)];
        DynamicCodes images = DynamicCodes.Add(graph, context, x, axes);
        Value codesAsReals =
            graph.Append(context, "Cast", node.Name, [images.Codes], $"{x.Name}_codes", ("to", (long)DataType.Float32));
        Value difference = graph.Append(context, "Sub", node.Name, [codesAsReals, images.Zero], $"{x.Name}_steps");
        node.SetInput(0, graph.Append(context, "Mul", node.Name, [difference, images.Scale], $"{x.Name}_dequantized"));
        node.SetInput(1, Quantizer.Dequantized(graph, source.Name, codes, scales, 0));
    }
}
