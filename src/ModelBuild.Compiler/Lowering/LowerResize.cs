using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

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

    /// <summary>
    /// The same where only the run knows lengths or scales: steps work the tables out.
    /// <code>
    /// x, sizes → Resize(linear; W) → y   becomes   sizes → scales, lengths;  scales → starts, weights;  x, starts, weights → Interpolate →
    /// y
    /// </code>
    /// </summary>
    public static void LowerOpen(Graph graph, Node node, PassContext context)
    {
        Value value = node.Required(0);
        Value output = node.Output;
        IReadOnlyList<(int Axis, int Place)> axes = Resize.OpenAxes(node, context.Inference);
        Value? given = Resize.Present(node, 2);
        Value? wanted = Resize.Present(node, 3);
        Value? region = Resize.Extrapolates(node) ? node.Input(1) : null;
        Dimension[] lengths = [.. axes.Select(a => value.KnownShape[a.Axis])];
        long[] places = [.. axes.Select(a => (long)a.Place)];
        graph.Remove(node);
        if (axes.Count == 0)
        {
            graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [value], [output]));
            return;
        }

        Value measured = graph.NewSizes($"{output.Name}_lengths", lengths);
        Value scales = graph.Add(
            Domains.Internal, InternalOperators.ResizeScales, node.Name, [measured, given, wanted], $"{output.Name}_scales",
            DataType.Float32, new Shape([axes.Count]), AttributeValue.ByName(("places", places), ("policy", (long)Resize.Policy(node))));
        Value sizes = graph.Add(
            Domains.Internal, InternalOperators.Sizes, node.Name, [measured, scales, wanted], $"{output.Name}_sizes", DataType.Int64,
            new Shape([node.Bound.Count]),
            AttributeValue.ByName(
                ("rule", "Resize"), ("places", places), ("rounded", Resize.Policy(node) == 0 ? 0L : 1),
                ("reach", (long)ResizeAttributes.Of(node).Reach), ("antialias", node.Int("antialias"))));
        sizes.Elements = [.. node.Bound];
        sizes.Producer!.Bound.AddRange(node.Bound);
        for (int i = 0; i < axes.Count; i++)
        {
            (int axis, int place) = axes[i];
            Dimension result = node.Bound[i];
            Value next = i == axes.Count - 1
                ? output
                : graph.NewValue($"{output.Name}_axis{axis}", output.Type, value.KnownShape.With(axis, result));
            Dictionary<string, AttributeValue> table =
                new(node.Attributes, StringComparer.Ordinal) { ["index"] = (long)i, ["place"] = (long)place };
            Value sized = graph.NewSizes($"{next.Name}_lengths", lengths[i], result);
            var along = AttributeValue.ByName(("axis", (long)axis));
            Value starts = graph.NewValue($"{next.Name}_places", DataType.Int32, new Shape([result]));
            if (Resize.IsNearest(node) && region is null)
            {
                // The sizes have to be bound before: they are read for that alone.
                graph.Add(new Node(
                    Domains.Internal, InternalOperators.ResizePlaces, node.Name, [sized, scales, sizes], [starts], table));
                graph.Add(new Node(Domains.Internal, InternalOperators.Pick, node.Name, [value, starts], [next], along));
            }
            else
            {
                Dimension taps = Resize.IsNearest(node) ? Dimension.One : node.Bound[axes.Count + i];
                Value weights = graph.NewValue($"{next.Name}_weights", DataType.Float32, new Shape([result, taps]));
                graph.Add(new Node(
                    Domains.Internal, InternalOperators.ResizeWeights, node.Name, [sized, scales, sizes, region], [starts, weights],
                    table));
                along["outside"] = node.Float("extrapolation_value");
                graph.Add(new Node(Domains.Internal, InternalOperators.Interpolate, node.Name, [value, starts, weights], [next], along));
            }

            value = next;
        }
    }

    private static Node Step(Graph graph, Node node, ResizedAxis axis, Value input, Value output)
    {
        string name = $"{output.Name}_places";
        ResizeAxis table = ResizeAttributes.Of(node).At(axis);
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = (long)axis.Axis };
        if (Resize.IsNearest(node) && !Resize.Extrapolates(node))
        {
            var nearest = new int[axis.Result];
            ResizeTables.Nearest(table, 0, [axis.Scale], nearest);
            Value places = graph.NewConstant(name, Tensor.Of(nearest, axis.Result));
            return new Node(Domains.Internal, InternalOperators.Pick, node.Name, [input, places], [output], attributes);
        }

        int taps = ResizeAxis.Taps(axis.Length, axis.Scale, table.Reach, table.Antialias);
        var starts = new int[axis.Result];
        var weights = new float[axis.Result * taps];
        ResizeTables.Weighted(table, 0, [axis.Scale], 0, starts, weights, [axis.Start, axis.End]);
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
