using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Puts spatial operators between two transposes, so that they work channels-last as all kernels do:
/// <code>x[N,C,H,W] → Conv → y   becomes   x → Transpose[N,H,W,C] → Conv → Transpose[N,C,H,W] → y</code>
/// What these transposes cost is for <see cref="SinkTransposes"/> to remove; afterwards the graph says how data lies in memory.
/// </summary>
internal sealed class ToChannelsLast : IPass
{
    private const string Done = "channels_last";

    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (node.Domain == Domains.Internal
                && node.Type is InternalOperators.Convolution or InternalOperators.DynamicConvolution
                    or InternalOperators.UnpackedConvolution or InternalOperators.MaximumPool or InternalOperators.AveragePool
                    or InternalOperators.GridSample or InternalOperators.RoiAlign
                    or InternalOperators.MaxRoiPool
                && !node.Has(Done))
            {
                Convert(graph, node);
                if (node.Type is InternalOperators.MaximumPool or InternalOperators.AveragePool && node.Output.KnownShape.Rank == 5)
                {
                    PoolVolumes(graph, node);
                }

                changed = true;
            }
        }

        return changed;
    }

    private static void Convert(Graph graph, Node node)
    {
        Value output = node.Output;
        int rank = output.KnownShape.Rank;
        int[] toLast = [0, .. Enumerable.Range(2, rank - 2), 1];
        int[] toFirst = [0, rank - 1, .. Enumerable.Range(1, rank - 2)];
        node.SetInput(0, Transposes.Add(graph, node.Required(0), toLast));
        if (node.Type == InternalOperators.Convolution && node.Input(3) is { } residual)
        {
            node.SetInput(3, Transposes.Add(graph, residual, toLast));
        }

        node.Attributes[Done] = 1;
        Transposes.MoveAfter(graph, node, toLast, toFirst);
    }

    /// <summary>
    /// A window of a volume is a box, so that its maximum or mean is that of the maxima or means of its slices. Channels-last, both are
    /// pools of images, between views:
    /// <code>[N,D,H,W,C] → [N·D,H,W,C] → pool → [N,D,H·W,C] → pool of one column → [N,D,H,W,C]</code>
    /// </summary>
    private static void PoolVolumes(Graph graph, Node node)
    {
        Value input = node.Required(0);
        Value output = node.Output;
        Shape from = input.KnownShape;
        Shape to = output.KnownShape;
        Value slices = View(input, from[0] * from[1], from[2], from[3], from[4]);
        Value pooled = Pool(slices, "slices", Window(1, 3), from[0] * from[1], to[2], to[3], to[4]);
        Value columns = View(pooled, from[0], from[1], to[2] * to[3], to[4]);
        Value result = Pool(columns, "columns", Window(0, 1), to[0], to[1], to[2] * to[3], to[4]);
        graph.Remove(node);
        graph.Add(new Node(Domains.Onnx, "Reshape", node.Name, [result], [output]));

        Value View(Value value, params Dimension[] shape)
        {
            Value view = graph.Add(
                Domains.Onnx, "Reshape", node.Name, [value], $"{value.Name}_reshaped", value.Type, new Shape(shape));
            view.Quantization = value.Quantization;
            return view;
        }

        Value Pool(Value value, string what, Dictionary<string, AttributeValue> window, params Dimension[] shape)
        {
            Value made =
                graph.Add(node.Domain, node.Type, node.Name, [value], $"{output.Name}_{what}", output.Type, new Shape(shape), window);
            made.Quantization = output.Quantization;
            return made;
        }

        // A window along some of the axes; one of columns has one tap in each row.
        Dictionary<string, AttributeValue> Window(int start, int end)
        {
            long[] one = end - start == 1 ? [1] : [];
            long[] none = end - start == 1 ? [0] : [];
            long[] pads = node.Ints("pads")!;
            return new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal)
            {
                ["kernel_shape"] = (long[])[.. node.Ints("kernel_shape")![start..end], .. one],
                ["strides"] = (long[])[.. node.Ints("strides")![start..end], .. one],
                ["dilations"] = (long[])[.. node.Ints("dilations")![start..end], .. one],
                ["pads"] = (long[])[.. pads[start..end], .. none, .. pads[(start + 3)..(end + 3)], .. none],
            };
        }
    }
}
