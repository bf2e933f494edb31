using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Takes Resize apart into one step for each axis, with tables of what to read:
/// <code>
///   x → Resize(nearest; H, W) → y   becomes   x → Pick(W) → Pick(H) → y
///   x → Resize(linear; H, W) → y    becomes   x → Interpolate(W) → Interpolate(H) → y
/// </code>
/// All of the modes are separable. The pass comes before quantized values are moved about, which may pass a Pick.
/// </summary>
internal sealed class LowerResize : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Is("Resize")).ToArray())
        {
            Replace(graph, node, context);
            changed = true;
        }

        return changed;
    }

    private static void Replace(Graph graph, Node node, PassContext context)
    {
        Value result = node.Output;
        Value value = node.Required(0);
        if (Resize.Repeats(node) is { } repeats)
        {
            Repeat(graph, node, repeats);
            return;
        }

        ResizedAxis[] axes = [.. InOrder(Resize.Axes(node, context.Inference))];
        graph.Remove(node);
        if (axes.Length == 0)
        {
            graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [value], [result]));
        }

        foreach (ResizedAxis axis in axes)
        {
            Value output = axis == axes[^1]
                ? result
                : graph.NewValue($"{result.Name}_axis{axis.Axis}", result.Type, value.KnownShape.With(axis.Axis, axis.Result));
            graph.Add(Step(graph, node, axis, value, output));
            value = output;
        }
    }

    /// <summary>Each element gets an axis of its own, along which it is repeated.</summary>
    private static void Repeat(Graph graph, Node node, long[] repeats)
    {
        Value input = node.Required(0);
        Value output = node.Output;
        Shape shape = input.KnownShape;
        int[] axes = [.. Enumerable.Range(0, shape.Rank)];
        var apart = new Shape(axes.SelectMany(i => repeats[i] == 1 ? new[] { shape[i] } : [shape[i], Dimension.One]));
        var repeated = new Shape(axes.SelectMany(i => repeats[i] == 1 ? new[] { shape[i] } : [shape[i], repeats[i]]));
        graph.Remove(node);
        Value single = graph.Add(Domains.Onnx, "Reshape", node.Name, [input, Known(apart)], $"{output.Name}_apart", input.Type, apart);
        Value many =
            graph.Add(Domains.Onnx, "Expand", node.Name, [single, Known(repeated)], $"{output.Name}_repeated", input.Type, repeated);
        graph.Add(new Node(Domains.Onnx, "Reshape", node.Name, [many, Known(output.KnownShape)], [output]));

        Value Known(Shape sizes) => graph.NewSizes($"{output.Name}_shape", sizes);
    }

    private static Node Step(Graph graph, Node node, ResizedAxis axis, Value input, Value output)
    {
        string name = $"{output.Name}_places";
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = (long)axis.Axis };
        if (Resize.IsNearest(node) && !Resize.Extrapolates(node))
        {
            Value places = graph.NewConstant(name, Tensor.Of(ResizeTables.Nearest(node, axis), axis.Result));
            return new Node(Domains.Internal, InternalOperators.Pick, node.Name, [input, places], [output], attributes);
        }

        (int taps, int[] starts, float[] weights) = ResizeTables.Weighted(node, axis);
        attributes["outside"] = node.Float("extrapolation_value");
        Value first = graph.NewConstant(name, Tensor.Of(starts, axis.Result));
        Value factors = graph.NewConstant($"{output.Name}_weights", Tensor.Of(weights, axis.Result, taps));
        return new Node(Domains.Internal, InternalOperators.Interpolate, node.Name, [input, first, factors], [output], attributes);
    }

    /// <summary>
    /// First the axes that become shorter, the outermost of them first, then those that grow, the innermost first: each step has little
    /// to do, and the last ones move whole rows.
    /// </summary>
    private static IEnumerable<ResizedAxis> InOrder(IReadOnlyList<ResizedAxis> axes) =>
        axes.Where(a => a.Result < a.Length).Concat(axes.Where(a => a.Result >= a.Length).Reverse());
}
