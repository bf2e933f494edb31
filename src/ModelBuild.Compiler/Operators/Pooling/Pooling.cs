using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>What MaxPool and AveragePool share: a window over each channel of [N, C, spatial…].</summary>
internal abstract class Pooling(params (string Name, AttributeKind Kind)[] attributes)
    : Operator(1, 1, [.. SpatialWindow.Attributes, ("ceil_mode", AttributeKind.Int), .. attributes])
{
    /// <summary>The window of a node that inference has seen.</summary>
    public static SpatialWindow Window(Node node, InferenceContext context) =>
        SpatialWindow.Of(node, node.Required(0).KnownShape, null, context);

    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context) =>
        OpenPadding.TakeApart(graph, node, null, context);

    public override void Infer(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        DataType type = node.Required(0).Type;
        context.RequireType(node, 0, type.IsFloat() || (TakesIntegers && type is DataType.Int8 or DataType.UInt8));
        SpatialWindow window = SpatialWindow.Of(node, input, null, context);
        for (int i = 0; i < window.Kernel.Length; i++)
        {
            if (Math.Max(window.Begin[i], window.End[i]) > (window.Kernel[i] - 1) * window.Dilations[i])
            {
                throw context.Malformed(node, "pads by as much as its window is wide, so that a window could lie in nothing but padding.");
            }
        }

        node.Outputs[0]?.Set(type, Result(node, context));
    }

    public override double WorkPerElement(Node node) => (node.Ints("kernel_shape") ?? []).Aggregate(1.0, (product, k) => product * k);

    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        SpatialWindow window = SpatialWindow.Of(node, x.Shape, null, InferenceContext.Evaluation);
        var loop = new WindowLoop(window, x.Dimensions);
        double[] data = x.ToDoubles();
        int planes = (int)(x.Dimensions[0] * x.Dimensions[1]);
        var result = new double[planes * loop.Windows];
        for (int position = 0; position < loop.Windows; position++)
        {
            int[] pixels = [.. loop.Inside(position).Select(t => t.Pixel)];
            int padded = loop.CountPadded(position);
            var covered = new double[pixels.Length];
            for (int plane = 0; plane < planes; plane++)
            {
                for (int i = 0; i < pixels.Length; i++)
                {
                    covered[i] = data[(plane * loop.Pixels) + pixels[i]];
                }

                result[(plane * loop.Windows) + position] = Reduce(node, covered, padded);
            }
        }

        return [Tensor.FromDoubles(x.Type, result, [.. x.Dimensions.Take(2), .. window.Output.Select(d => d.Value)])];
    }

    /// <summary>The shape of what a node makes.</summary>
    protected static Shape Result(Node node, InferenceContext context)
    {
        Shape input = node.Required(0).KnownShape;
        return new Shape([input[0], input[1], .. Window(node, context).Output]);
    }

    /// <summary>ONNX takes maxima of 8-bit integers too, but no averages.</summary>
    protected abstract bool TakesIntegers { get; }

    /// <param name="covered">Elements of the input in the window.</param>
    /// <param name="padded">Elements of the input and its padding in the window.</param>
    protected abstract double Reduce(Node node, double[] covered, int padded);
}
