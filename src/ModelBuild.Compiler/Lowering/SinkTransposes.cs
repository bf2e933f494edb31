using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning.Steps;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Pushes transposes towards the outputs until they meet one that undoes them, become a mere reshape, or are absorbed by weights:
/// <code>
///   Transpose → Transpose                       becomes   one Transpose, or nothing
///   Transpose → Relu                            becomes   Relu → Transpose          (all element-wise operators, Concat, Split, Pad, …)
///   Transpose → ReduceMean(axes)                becomes   ReduceMean(other axes) → Transpose
///   Transpose → shuffle of channels             becomes   shuffle of channels → Transpose (<see cref="ChannelShuffle"/>)
///   Transpose → Reshape[N, C·H·W] → product     becomes   Reshape → product with permuted weights
///   Transpose that moves only sizes of 1        becomes   Reshape
/// </code>
/// </summary>
/// <remarks>
/// A transpose only ever moves down. An operand that is put in order for one that passes is a constant or becomes a view, never a new
/// transpose that would have to move in its turn: so it ends. One sweep in the order of the nodes takes each transpose as far as it
/// goes.
/// </remarks>
internal sealed class SinkTransposes : IPass
{
    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        bool again = true;
        while (again)
        {
            context.Cancellation.ThrowIfCancellationRequested();

            // Reshapes stop transposes, so a transpose becomes one only when it cannot go anywhere.
            again = Sweep(graph, n => Merge(graph, n) || Push(graph, n) || ChannelShuffle.Push(graph, n) || Absorb(graph, n))
                || Sweep(graph, n => MakeReshape(graph, n) || MergeReshapes(graph, n));
            changed |= again;
        }

        return changed;
    }

    private static bool Sweep(Graph graph, Func<Node, bool> rewrite)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.ToArray())
        {
            // A node that an earlier rewrite of this sweep removed has let go of its output.
            changed |= node.Outputs[0] is not null && rewrite(node);
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool Merge(Graph graph, Node node)
    {
        if (!node.Is("Transpose"))
        {
            return false;
        }

        int[] permutation = Transposes.Permutation(node);
        if (permutation.SequenceEqual(Enumerable.Range(0, permutation.Length)))
        {
            graph.ReplaceUses(node.Output, node.Required(0));
            graph.Remove(node);
            return true;
        }

        if (node.Required(0).Producer is { } first && first.Is("Transpose"))
        {
            int[] inner = Transposes.Permutation(first);
            node.Attributes["perm"] = Array.ConvertAll(permutation, p => (long)inner[p]);
            node.SetInput(0, first.Required(0));
            return true;
        }

        return false;
    }

    private static bool Push(Graph graph, Node node)
    {
        if (node.Is("Transpose") || (node.Outputs.Count != 1 && !node.Is("Split") && !node.Traits().IsElementwise)
            || node.Inputs.FirstOrDefault(IsTransposed)?.Producer is not { } transpose)
        {
            return false;
        }

        int[] permutation = Transposes.Permutation(transpose);
        int rank = permutation.Length;
        if (node.Output.KnownShape.Rank != rank)
        {
            return false;
        }

        if (node.Traits().IsElementwise)
        {
            // All operands must come in the same order for free: through the same transpose, as constants, or broadcast from few elements.
            int[] inverse = Transposes.Inverse(permutation);
            if (node.Inputs.Take(node.Traits().Operands).OfType<Value>().Any(v => !ComesFree(v, permutation)))
            {
                return false;
            }

            for (int i = 0; i < Math.Min(node.Inputs.Count, node.Traits().Operands); i++)
            {
                if (node.Inputs[i] is { } input)
                {
                    node.SetInput(i, Reorder(graph, input, permutation, inverse));
                }
            }
        }
        else
        {
            switch (node.Type)
            {
                case "Concat":
                    if (node.Inputs.Any(v => !IsTransposed(v) || !Transposes.Permutation(v!.Producer!).SequenceEqual(permutation)))
                    {
                        return false;
                    }

                    node.Attributes["axis"] = permutation[node.Axis(rank)];
                    break;
                case "Split":
                    node.Attributes["axis"] = permutation[node.Axis(rank)];
                    break;
                case "Slice" when SlicedAxes(node) is { } sliced:
                    node.SetInput(3, graph.NewConstant(
                        $"{node.Output.Name}_axes", Tensor.Of([.. sliced.Select(a => (long)permutation[a])], sliced.Length)));
                    break;
                case "Softmax" or "LogSoftmax" or InternalOperators.QuantizedSoftmax or InternalOperators.Pick
                    or InternalOperators.Interpolate:
                    node.Attributes["axis"] = permutation[node.Axis(rank, usual: -1)];
                    break;
                case "ReduceMean" or InternalOperators.QuantizedMean when node.Int("keepdims", 1) != 0:
                    long[] axes = [.. node.Ints("axes")!.Select(a => (long)permutation[a]).Order()];
                    if (!ReductionSteps.AreNeighbours(transpose.Required(0).KnownShape, axes))
                    {
                        return false;
                    }

                    node.Attributes["axes"] = axes;
                    break;
                case "Pad" when !Pad.IsFromData(node):
                    (long[] before, long[] after) = Pad.Amounts(node, rank, InferenceContext.Evaluation);
                    var reordered = new long[2 * rank];
                    for (int i = 0; i < rank; i++)
                    {
                        reordered[permutation[i]] = before[i];
                        reordered[rank + permutation[i]] = after[i];
                    }

                    node.SetInput(1, graph.NewConstant($"{node.Output.Name}_pads", Tensor.Of(reordered, reordered.Length)));
                    node.SetInput(3, null);
                    break;
                default:
                    return false;
            }

            for (int i = 0; i < (node.Is("Concat") ? node.Inputs.Count : 1); i++)
            {
                if (IsTransposed(node.Inputs[i]))
                {
                    node.SetInput(i, Untransposed(graph, node.Inputs[i]!));
                }
            }
        }

        Transposes.MoveAfter(graph, node, Transposes.Inverse(permutation), permutation);
        return true;
    }

    /// <summary>The axes of a Slice of which all is known; null of any other.</summary>
    private static int[]? SlicedAxes(Node node) =>
        node.Bound.Count > 0 || Slice.IsFromData(node, InferenceContext.Evaluation) || node.Required(1).Constant is not { } starts ? null
        : Slice.Axes(node, node.Required(0).KnownShape.Rank, (int)starts.Length, InferenceContext.Evaluation);

    /// <summary>Lets the weights of matrix products do what a transpose before a flattening reshape did.</summary>
    private static bool Absorb(Graph graph, Node node)
    {
        if (!node.Is("Reshape") || !IsTransposed(node.Required(0)) || graph.IsOutput(node.Output) || node.Output.KnownShape.Rank != 2)
        {
            return false;
        }

        Node transpose = node.Required(0).Producer!;
        int[] permutation = Transposes.Permutation(transpose);
        Shape outer = node.Required(0).KnownShape;
        if (permutation[0] != 0 || !outer[0].Equals(node.Output.KnownShape[0]) || outer.Skip(1).Any(d => !d.IsConstant)
            || node.Output.Consumers.Any(
                c => !c.Is(Domains.Internal, InternalOperators.Gemm) || c.Required(0) != node.Output || c.Input(3) == node.Output))
        {
            return false;
        }

        foreach (Node product in node.Output.Consumers.Distinct().ToArray())
        {
            Value weights = product.Required(1);
            Value reordered = graph.NewConstant(weights.Name, weights.Type == DataType.Int8
                ? Reorder<sbyte>(weights.Constant!, outer, permutation)
                : Reorder<float>(weights.Constant!, outer, permutation));
            reordered.Quantization = weights.Quantization;
            (reordered.Name, weights.Name) = (weights.Name, reordered.Name);
            product.SetInput(1, reordered);
        }

        node.SetInput(0, transpose.Required(0));
        return true;
    }

    /// <summary>
    /// Weights [outputs, inner] whose inner index runs over <paramref name="outer"/>[1..]; afterwards over the transpose's input.
    /// </summary>
    private static Tensor Reorder<T>(Tensor weights, Shape outer, int[] permutation)
        where T : unmanaged
    {
        int rank = outer.Rank;
        long[] sizes = [.. outer.Skip(1).Select(d => d.Value)];
        var outerStrides = new long[rank];
        long stride = 1;
        for (int i = rank - 1; i >= 1; i--)
        {
            outerStrides[i] = stride;
            stride *= sizes[i - 1];
        }

        // Axis i of the transpose's output is axis permutation[i] of its input.
        int[] inverse = Transposes.Inverse(permutation);
        long[] innerSizes = [.. Enumerable.Range(1, rank - 1).Select(axis => sizes[inverse[axis] - 1])];
        long[] strides = [.. Enumerable.Range(1, rank - 1).Select(axis => outerStrides[inverse[axis]])];
        ReadOnlySpan<T> source = weights.Span<T>();
        int outputs = (int)weights.Dimensions[0];
        int inner = source.Length / outputs;
        var result = new T[source.Length];
        var index = new long[rank - 1];
        for (int k = 0; k < inner; k++)
        {
            long from = 0;
            for (int d = 0; d < index.Length; d++)
            {
                from += index[d] * strides[d];
            }

            for (int o = 0; o < outputs; o++)
            {
                result[(o * inner) + k] = source[(int)((o * inner) + from)];
            }

            for (int d = index.Length - 1; d >= 0 && ++index[d] == innerSizes[d]; d--)
            {
                index[d] = 0;
            }
        }

        return Tensor.Owning(weights.Type, result, [.. weights.Dimensions]);
    }

    private static bool MakeReshape(Graph graph, Node node)
    {
        if (!node.Is("Transpose") || !MovesOnlyOnes(node.Required(0).KnownShape, Transposes.Permutation(node)))
        {
            return false;
        }

        Value output = node.Output;
        Value input = node.Required(0);
        graph.Remove(node);
        graph.Add(new Node(Domains.Onnx, "Reshape", node.Name, [input], [output]));
        return true;
    }

    private static bool MergeReshapes(Graph graph, Node node)
    {
        if (!node.Is("Reshape"))
        {
            return false;
        }

        if (node.Required(0).Producer is { } first && first.Is("Reshape"))
        {
            node.SetInput(0, first.Required(0));
            return true;
        }

        if (node.Required(0).KnownShape.Equals(node.Output.KnownShape) && !graph.IsOutput(node.Output))
        {
            graph.ReplaceUses(node.Output, node.Required(0));
            graph.Remove(node);
            return true;
        }

        return false;
    }

    private static bool MovesOnlyOnes(Shape shape, int[] permutation) =>
        permutation.Where(axis => !shape[axis].Equals(Dimension1))
            .SequenceEqual(Enumerable.Range(0, shape.Rank).Where(axis => !shape[axis].Equals(Dimension1)));

    private static Plan.Dimension Dimension1 => Plan.Dimension.One;

    private static bool IsTransposed(Value? value) => value?.Producer is { } node && node.Is("Transpose");

    private static bool ComesFree(Value value, int[] permutation) =>
        value.IsConstant
        || (IsTransposed(value) && Transposes.Permutation(value.Producer!).SequenceEqual(permutation))
        || value.KnownShape.Rank == 0
        || (value.KnownShape.Rank == permutation.Length && MovesOnlyOnes(value.KnownShape, Transposes.Inverse(permutation)));

    /// <summary>An operand in the order of the transpose's input.</summary>
    private static Value Reorder(Graph graph, Value operand, int[] permutation, int[] inverse)
    {
        if (operand.Constant is not { } constant)
        {
            return operand.KnownShape.Rank == 0 ? operand
                : IsTransposed(operand) && Transposes.Permutation(operand.Producer!).SequenceEqual(permutation)
                ? Untransposed(graph, operand)
                : Reshape(graph, operand, operand.KnownShape.Permute(inverse));
        }

        if (constant.Length == 1)
        {
            return operand;
        }

        // Broadcasting aligns shapes at their ends: leading ones make the rank equal, then the constant can be permuted.
        long[] dimensions = [.. Enumerable.Repeat(1L, inverse.Length - constant.Rank), .. constant.Dimensions];
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal)
        {
            ["perm"] = Array.ConvertAll(inverse, p => (long)p),
        };
        var transpose = new Node(Domains.Onnx, "Transpose", string.Empty, [], [], attributes);
        Value reordered = graph.NewConstant(
            $"{operand.Name}_transposed", OperatorRegistry.Find(transpose)!.Evaluate(transpose, [constant.Reshape(dimensions)])![0]);
        reordered.Quantization = operand.Quantization;
        return reordered;
    }

    /// <summary>What a transpose reads, understood as its reader understands the transpose's output.</summary>
    private static Value Untransposed(Graph graph, Value value)
    {
        Node transpose = value.Producer!;
        return value.Quantization is { } parameters
            ? QuantizedValues.WithQuantization(
                graph, transpose.Required(0), Transposes.Permute(parameters, Transposes.Inverse(Transposes.Permutation(transpose)))!)
            : transpose.Required(0);
    }

    private static Value Reshape(Graph graph, Value value, Shape shape)
    {
        if (value.KnownShape.Equals(shape))
        {
            return value;
        }

        Value view = graph.Add(Domains.Onnx, "Reshape", string.Empty, [value], $"{value.Name}_reshaped", value.Type, shape);
        view.Quantization = value.Quantization;
        return view;
    }
}
