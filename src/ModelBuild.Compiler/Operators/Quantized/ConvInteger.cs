using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Convolution of 8-bit integers without their zero points, exactly, in int32.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__ConvInteger.html, since opset 10. One zero point for x; one for w, or one for each output channel.
/// See <see cref="IntegerProduct"/>. Gaps: those of Conv; groups of computed weights with more products than float32 counts exactly.
/// </remarks>
internal sealed class ConvInteger() : Operator(2, 4, [.. SpatialWindow.Attributes, ("group", AttributeKind.Int)])
{
    public override void Infer(Node node, InferenceContext context)
    {
        IntegerProduct.Check(node, context);
        if (node.Input(2) is { } zero && !zero.KnownShape.Length.Equals(Dimension.One))
        {
            throw context.Unsupported(node, $"has zero points {zero.Shape} for its input. One for all is supported.");
        }

        node.Output.Set(DataType.Int32, Conv.Result(node, context));
    }

    public override double WorkPerElement(Node node) => node.Required(1).KnownShape.Product(1, node.Required(1).KnownShape.Rank).Value;

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        Tensor w = inputs[1]!;
        double zero = inputs.ElementAtOrDefault(2)?.ToDoubles()[0] ?? 0;
        double[] zeros = inputs.ElementAtOrDefault(3)?.ToDoubles() ?? [0];
        double[] images = Array.ConvertAll(x.ToDoubles(), v => v - zero);
        int inner = (int)(w.Length / Math.Max(w.Dimensions[0], 1));
        double[] weights = [.. w.ToDoubles().Select((v, i) => v - zeros[zeros.Length == 1 ? 0 : i / inner])];
        Tensor result = Conv.Convolve(
            node, Tensor.FromDoubles(DataType.Float64, images, [.. x.Dimensions]),
            Tensor.FromDoubles(DataType.Float64, weights, [.. w.Dimensions]), null);
        return [Tensor.FromInt64s(DataType.Int32, result.ToInt64s(), [.. result.Dimensions])];
    }

    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        context.Infer(node);
        Value x = node.Required(0);
        Value w = node.Required(1);
        Value? zero = node.Input(2);
        Value? weightZero = node.Input(3);
        if (node.Inputs.All(i => i is null or { IsConstant: true }))
        {
            return null;
        }

        bool isConstant = w.IsConstant && weightZero is null or { IsConstant: true } && w.KnownShape.Rank is 3 or 4 && !x.IsConstant
            && w.KnownShape.Product(1, w.KnownShape.Rank).Value is > 0 and <= IntegerProduct.DepthLimit;
        bool isFused = IntegerProduct.IsZero(zero) || IntegerProduct.IsConstantScalar(zero);
        if (isConstant && isFused && w.Type == DataType.Int8 && IntegerProduct.IsZero(weightZero))
        {
            return null;
        }

        var e = new Expansion(graph, node, context);
        return e.Replace([isConstant ? ByConstant(e, isFused) : OfReals(e)]);
    }

    /// <summary>Σ x·(w − z_w) − z_x·Σ (w − z_w), where the second sum has the taps that fall on the image.</summary>
    private static Value ByConstant(Expansion e, bool isFused)
    {
        Value x = e.Input(0);
        Value? zero = e.Node.Input(2);
        IReadOnlyList<Tensor> weights = IntegerProduct.Weights(e.Input(1).Constant!, e.Node.Input(3)?.Constant, axis: 0);
        Value sum = weights.Select(w => e.Apply("ConvInteger", [x, e.Constant(w), isFused ? zero : null], Attributes(e.Node)))
            .Aggregate(e.Add);
        return isFused ? sum : e.Subtract(sum, e.Multiply(e.Cast(zero!, DataType.Int32), WeightSums(e, weights)));
    }

    /// <summary>The convolution of an image of ones: all channels of a window are alike, so that one stands for them.</summary>
    private static Value WeightSums(Expansion e, IReadOnlyList<Tensor> weights)
    {
        long[] dimensions = [.. weights[0].Dimensions];
        long taps = dimensions.Skip(2).Aggregate(1L, (a, b) => a * b);
        var sums = new float[dimensions[0] * taps];
        foreach (Tensor part in weights)
        {
            ReadOnlySpan<sbyte> codes = part.Span<sbyte>();
            for (int i = 0; i < codes.Length; i++)
            {
                sums[(i / (dimensions[1] * taps) * taps) + (i % taps)] += codes[i];
            }
        }

        Tensor kernel = Tensor.Of(sums, [dimensions[0], 1, .. dimensions.Skip(2)]);
        Value ones = e.Filled(1, DataType.Float32, new Shape([Dimension.One, Dimension.One, .. e.Input(0).KnownShape.Skip(2)]));
        return e.Cast(
            e.Apply("Conv", [ones, e.Constant(kernel)], [.. Attributes(e.Node).Where(a => a.Item1 != "group")]), DataType.Int32);
    }

    private static Value OfReals(Expansion e)
    {
        Value? weightZero = e.Node.Input(3);
        Shape shape = e.Input(1).KnownShape;
        Value x = IntegerProduct.Difference(e, e.Input(0), e.Node.Input(2));
        Value w = IntegerProduct.Difference(
            e, e.Input(1),
            weightZero is null || weightZero.KnownShape.Length.Equals(Dimension.One)
                ? weightZero
                : e.Reshape(weightZero, [shape[0], .. Enumerable.Repeat(Dimension.One, shape.Rank - 1)]));
        long channels = shape[1].Value;
        long limit = IntegerProduct.ExactDepth / Math.Max(shape.Product(2, shape.Rank).Value, 1);
        if (channels > limit && (limit == 0 || e.Node.Int("group", 1) != 1))
        {
            throw e.Context.Unsupported(e.Node, $"has weights {shape} that are computed at run time. They must be constant.");
        }

        return IntegerProduct.Sum(e, channels, Math.Max(limit, 1), (start, end) => channels <= limit
            ? e.Apply("Conv", [x, w], Attributes(e.Node))
            : e.Apply(
                "Conv",
                [IntegerProduct.Part(e, x, 1, start, end), IntegerProduct.Part(e, w, 1, start, end)], Attributes(e.Node)));
    }

    private static (string, AttributeValue)[] Attributes(Node node) => [.. node.Attributes.Select(a => (a.Key, a.Value))];
}
