using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Convolution: X [N, C, spatial…], W [M, C/group, kernel…], optional bias B [M].</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Conv.html, since opset 1. One to three spatial axes, groups, dilation, any padding.
/// Gap: weights of a shape that is known only at run time.
/// </remarks>
internal sealed class Conv() : Operator(2, 3, [.. SpatialWindow.Attributes, ("group", AttributeKind.Int)])
{
    /// <summary>The window of a node that inference has seen.</summary>
    public static SpatialWindow Window(Node node, InferenceContext context) =>
        SpatialWindow.Of(node, node.Required(0).KnownShape, Kernel(node.Required(1).KnownShape), context);

    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context) =>
        node.Input(1) is { } weights
            ? EmptySum.OfChannels(graph, node, context) ?? OpenPadding.TakeApart(graph, node, weights.Shape, context)
            : null;

    public override void Infer(Node node, InferenceContext context)
    {
        context.RequireFloat(node, 0);
        DataType type = context.CommonType(node, 0, 1, 2);
        Shape result = Result(node, context);
        if (node.Input(2) is { } bias && !bias.KnownShape.Equals(new Shape([result[1]])))
        {
            throw context.Malformed(node, $"has a bias of shape {bias.Shape} for {result[1]} output channels.");
        }

        node.Output.Set(type, result);
    }

    /// <summary>The shape of a convolution of the first input by the second.</summary>
    public static Shape Result(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        Shape weights = node.Required(1).KnownShape;
        if (weights.Rank != input.Rank || weights.Rank < 3)
        {
            throw context.Malformed(node, $"has input {input} and weights {weights}.");
        }

        if (!weights.IsConstant)
        {
            throw context.Unbound(node, $"has weights of shape {weights}, which only the run knows.", weights);
        }

        long groups = node.Int("group", 1);
        if (groups < 1 || weights[0].Value < 1 || weights[0].Value % groups != 0)
        {
            throw context.Malformed(node, $"has {groups} groups and weights {weights}.");
        }

        context.RequireEqual(node, input[1], weights[1] * groups, "channels of input and weights");

        // The run could compare them, but packing needs the number.
        if (!input[1].IsConstant && context.Unify is null)
        {
            throw context.Unbound(node, $"has {input[1]} channels, and weights for {weights[1] * groups}.", input[1]);
        }

        return new Shape([input[0], weights[0], .. SpatialWindow.Of(node, input, Kernel(weights), context).Output]);
    }

    public override double WorkPerElement(Node node) => node.Required(1).KnownShape.Product(1, node.Required(1).KnownShape.Rank).Value;

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        [Convolve(node, inputs[0]!, inputs[1]!, inputs.ElementAtOrDefault(2)?.ToDoubles())];

    /// <summary>The convolution of one tensor by another, summed in float64.</summary>
    public static Tensor Convolve(Node node, Tensor x, Tensor w, double[]? bias)
    {
        SpatialWindow window = SpatialWindow.Of(node, x.Shape, Kernel(w.Shape), InferenceContext.Evaluation);
        double[] data = x.ToDoubles();
        double[] weights = w.ToDoubles();
        var (batch, channels, outputs, perGroup) = ((int)x.Dimensions[0], (int)x.Dimensions[1], (int)w.Dimensions[0], (int)w.Dimensions[1]);
        int outputsPerGroup = outputs * perGroup / channels;
        WindowLoop loop = new(window, x.Dimensions);
        var result = new double[batch * outputs * loop.Windows];
        (int Tap, int Pixel)[][] taps = [.. Enumerable.Range(0, loop.Windows).Select(position => loop.Inside(position).ToArray())];
        for (int image = 0; image < batch; image++)
        {
            for (int o = 0; o < outputs; o++)
            {
                int firstChannel = (image * channels) + (o / outputsPerGroup * perGroup);
                for (int position = 0; position < taps.Length; position++)
                {
                    double sum = bias?[o] ?? 0;
                    for (int c = 0; c < perGroup; c++)
                    {
                        ReadOnlySpan<double> plane = data.AsSpan((firstChannel + c) * loop.Pixels, loop.Pixels);
                        ReadOnlySpan<double> kernel = weights.AsSpan(((o * perGroup) + c) * loop.Taps, loop.Taps);
                        foreach ((int tap, int pixel) in taps[position])
                        {
                            sum += plane[pixel] * kernel[tap];
                        }
                    }

                    result[(((image * outputs) + o) * loop.Windows) + position] = sum;
                }
            }
        }

        return Tensor.FromDoubles(x.Type, result, [batch, outputs, .. window.Output.Select(d => d.Value)]);
    }

    private static long[] Kernel(Shape weights) => [.. weights.Skip(2).Select(d => d.Value)];
}
