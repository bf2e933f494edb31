using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning.Steps;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Gives what is not fused the form its kernel has: pools with explicit windows, GlobalAveragePool as the mean that it is, Gemm of two
/// computed matrices as MatMul.
/// </summary>
internal sealed class LowerFloatOperators : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(n => n.Domain == Domains.Onnx).ToArray())
        {
            bool isLowered = true;
            switch (node.Type)
            {
                case "Conv":
                    WindowAttributes.Write(Conv.Window(node, context.Inference), node.Attributes);
                    Replace(
                        graph, node, Domains.Internal, InternalOperators.UnpackedConvolution, [.. node.Inputs.OfType<Value>()]);
                    break;
                case "BatchNormalization":
                    ReplaceNormalization(graph, node, context);
                    break;
                case "MaxPool" when node.Outputs.Count(o => o is not null) > 1
                    || node.Required(0).Type is not (DataType.Float32 or DataType.Int8 or DataType.UInt8):
                    WindowAttributes.Write(Pooling.Window(node, context.Inference), node.Attributes);
                    ReplaceIndexed(graph, node);
                    break;
                case "MaxPool":
                    WindowAttributes.Write(Pooling.Window(node, context.Inference), node.Attributes);
                    ReplaceMaximum(graph, node);
                    break;
                case "GlobalMaxPool" when node.Required(0).KnownShape.Skip(2).Any(d => !d.IsConstant):
                    node.Attributes["axes"] = Enumerable.Range(2, node.Required(0).KnownShape.Rank - 2).Select(a => (long)a).ToArray();
                    Replace(graph, node, Domains.Onnx, "ReduceMax", node.Required(0));
                    break;
                case "GlobalMaxPool":
                    node.Attributes["kernel_shape"] = SpatialSizes(node, context.Inference);
                    WindowAttributes.Write(Pooling.Window(node, context.Inference), node.Attributes);
                    ReplaceMaximum(graph, node);
                    break;
                case "AveragePool":
                    WindowAttributes.Write(Pooling.Window(node, context.Inference), node.Attributes);
                    Replace(graph, node, Domains.Internal, InternalOperators.AveragePool, node.Required(0));
                    break;
                case "GridSample" or "RoiAlign" or "MaxRoiPool":
                    Value[] inputs = [.. node.Inputs.OfType<Value>()];
                    Replace(graph, node, Domains.Internal, node.Type, inputs);
                    break;
                case "Relu" when node.Required(0) is { Type: var type } && type.IsInteger():
                    graph.Replace(
                        context, node, "Max",
                        [node.Required(0), graph.NewConstant($"{node.Output.Name}_zero", Tensor.Of([0L], []).ConvertTo(type))]);
                    break;
                case "GlobalAveragePool" or "ReduceMean" or "ReduceSum" or "ReduceProd" or "ReduceMin" or "ReduceMax":
                    ReplaceReduction(graph, node, context);
                    break;
                case "Clip" when node.Required(0).Type != DataType.Float32:
                    ReplaceClip(graph, node, context);
                    break;
                case "Gemm":
                    ReplaceGemm(graph, node, context);
                    break;
                default:
                    isLowered = false;
                    break;
            }

            changed |= isLowered;
        }

        return changed;
    }

    /// <summary>The axes of a reduction; GlobalAveragePool's are all but the first two.</summary>
    public static long[] MeanAxes(Node node, InferenceContext context)
    {
        int rank = node.Required(0).KnownShape.Rank;
        IEnumerable<int> axes = node.Is("GlobalAveragePool") ? Enumerable.Range(2, rank - 2) : Reduction.Axes(node, rank, context);
        return [.. axes.Select(a => (long)a)];
    }

    /// <summary>
    /// Kernels reduce neighbouring axes. Others are reduced one run after the other, the last first: every element of a mean of means
    /// is a mean of as many.
    /// </summary>
    private static void ReplaceReduction(Graph graph, Node node, PassContext context)
    {
        string type = node.Is("GlobalAveragePool") ? "ReduceMean" : node.Type;
        long[] axes = MeanAxes(node, context.Inference);
        Value input = node.Required(0);
        if (axes.Length == 0)
        {
            Replace(graph, node, Domains.Onnx, "Identity", input);
            return;
        }

        Shape shape = input.KnownShape;
        while (!ReductionSteps.AreNeighbours(shape, axes))
        {
            int start = axes.Length - 1;
            while (ReductionSteps.AreNeighbours(shape, axes[(start - 1)..]))
            {
                start--;
            }

            long[] run = axes[start..];
            shape = new Shape(shape.Select((d, i) => run.Contains(i) ? Dimension.One : d));
            input = graph.Add(
                Domains.Onnx, type, node.Name, [input], $"{node.Output.Name}_partial", input.Type, shape,
                new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axes"] = run });
            axes = axes[..start];
        }

        node.Attributes["axes"] = axes;
        Replace(graph, node, Domains.Onnx, type, input);
    }

    private static long[] SpatialSizes(Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        return shape.Skip(2).All(d => d.IsConstant)
            ? [.. shape.Skip(2).Select(d => d.Value)]
            : throw context.Unbound(node, $"pools {shape}, of which the run decides a spatial dimension.", shape.Skip(2));
    }

    /// <summary>
    /// (x − mean) / √(variance + epsilon) · scale + bias, with parameters that only the run knows, as a factor and a summand for each
    /// channel.
    /// </summary>
    private static void ReplaceNormalization(Graph graph, Node node, PassContext context)
    {
        Value x = node.Required(0);
        Value variance = node.Required(4);
        Value epsilon = graph.NewConstant(
            $"{node.Output.Name}_epsilon", Tensor.FromDoubles(variance.Type, [node.Float("epsilon", 1e-5f)]));
        Value deviation = Append("Sqrt", [Append("Add", [variance, epsilon], "offset")], "deviation");
        Value factor = Append("Div", [node.Required(1), deviation], "factor");
        Value summand = Append("Sub", [node.Required(2), Append("Mul", [node.Required(3), factor], "shift")], "summand");
        long[] perChannel = [1, -1, .. Enumerable.Repeat(1L, x.KnownShape.Rank - 2)];
        Value shape = graph.NewConstant($"{node.Output.Name}_channels", Tensor.Of(perChannel, perChannel.Length));
        Value scaled = Append("Mul", [x, Append("Reshape", [factor, shape], "factors")], "scaled");
        graph.Replace(context, node, "Add", [scaled, Append("Reshape", [summand, shape], "summands")]);

        Value Append(string type, Value[] inputs, string role) =>
            graph.Append(context, type, node.Name, inputs, $"{node.Output.Name}_{role}");
    }

    private static void ReplaceIndexed(Graph graph, Node node)
    {
        Value?[] outputs = [.. node.Outputs];
        var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal);
        Value input = node.Required(0);
        graph.Remove(node);
        graph.Add(new Node(Domains.Internal, InternalOperators.IndexedMaximumPool, node.Name, [input], outputs, attributes));
    }

    /// <summary>Kernels compare unsigned values; a sign flip keeps their order.</summary>
    private static void ReplaceMaximum(Graph graph, Node node)
    {
        if (node.Required(0).Type != DataType.Int8)
        {
            Replace(graph, node, Domains.Internal, InternalOperators.MaximumPool, node.Required(0));
            return;
        }

        Value input = node.Required(0);
        Value output = node.Output;
        Value unsigned = graph.Add(
            Domains.Internal, InternalOperators.FlipSign, node.Name, [input], $"{input.Name}_unsigned", DataType.UInt8, input.Shape);
        Value pooled = graph.NewValue($"{output.Name}_unsigned", DataType.UInt8, output.Shape);
        node.SetOutput(0, pooled);
        graph.Add(new Node(Domains.Internal, InternalOperators.FlipSign, node.Name, [pooled], [output]));
        Replace(graph, node, Domains.Internal, InternalOperators.MaximumPool, unsigned);
    }

    /// <summary>Integers are limited by Max and Min.</summary>
    private static void ReplaceClip(Graph graph, Node node, PassContext context)
    {
        Value value = node.Required(0);
        if (node.Input(1) is { } minimum)
        {
            value = graph.Append(context, "Max", node.Name, [value, minimum], $"{node.Output.Name}_raised");
        }

        if (node.Input(2) is { } maximum)
        {
            graph.Replace(context, node, "Min", [value, maximum]);
        }
        else
        {
            graph.Replace(context, node, "Identity", [value]);
        }
    }

    /// <summary>NormalizeGemm has left A as it is, B transposed, no factors, and C absent or one constant for each column.</summary>
    private static void ReplaceGemm(Graph graph, Node node, PassContext context)
    {
        Value right = Transposed(graph, node, context);
        if (node.Input(2) is not { } addend)
        {
            graph.Replace(context, node, "MatMul", [node.Required(0), right]);
            return;
        }

        Value product = graph.Append(context, "MatMul", node.Name, [node.Required(0), right], $"{node.Output.Name}_product");
        graph.Replace(context, node, "Add", [product, addend]);
    }

    /// <summary>B as a product takes it: constants are transposed now, not in every call.</summary>
    private static Value Transposed(Graph graph, Node gemm, PassContext context)
    {
        Value transposed = graph.AppendTranspose(context, gemm.Name, gemm.Required(1));
        if (gemm.Required(1).Constant is not { } weights)
        {
            return transposed;
        }

        Node transpose = transposed.Producer!;
        Value constant = graph.NewConstant(
            $"{gemm.Required(1).Name}_transposed", OperatorRegistry.Find(transpose)!.Evaluate(transpose, [weights])![0]);
        graph.Remove(transpose);
        return constant;
    }

    private static void Replace(Graph graph, Node node, string domain, string type, params Value[] inputs)
    {
        Value output = node.Output;
        var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal);
        graph.Remove(node);
        graph.Add(new Node(domain, type, node.Name, inputs, [output], attributes));
    }
}
