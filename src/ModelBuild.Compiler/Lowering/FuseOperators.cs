using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Fuses convolutions and matrix products with what follows them:
/// <code>
///   x → Conv → Add(residual) → Relu → …                        one float fused operator
///   codes → DQ → Conv → Add(DQ ← codes) → Relu → Q → codes      one integer fused operator
///   codes → DQ → Conv → HardSwish → Mul(c) → Q → codes          one integer fused operator with a gate
///   codes → DQ → Conv ─┐
///   codes → DQ → Conv → Add → Relu → Q → codes                  two integer fused operators; int32 accumulators pass from one to the other
/// </code>
/// Relies on <see cref="ReadQuantization"/>. A value that calibration observes, or that anyone else reads, ends a fused operator.
/// </summary>
internal sealed class FuseOperators : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node node in graph.Nodes.Where(AnchorOperands.IsAnchor).ToArray())
        {
            context.Cancellation.ThrowIfCancellationRequested();
            Form(graph, node, context);
            changed = true;
        }

        graph.RemoveDead();
        return changed;
    }

    private static void Form(Graph graph, Node anchor, PassContext context)
    {
        AnchorOperands operands = AnchorOperands.Of(anchor, allowIntegers: !context.IsPlain);
        Tail tail = context.IsPlain ? new Tail([], anchor.Output, operands, null, new Clamp()) : Follow(graph, anchor, operands);
        operands = tail.Operands;
        Gate? gate = GateOf(graph, anchor, tail);
        if (gate is not null)
        {
            tail = tail with { Nodes = [.. tail.Nodes, .. gate.Nodes], End = gate.End };
        }

        IReadOnlyList<Node>? quantizers = operands.IsInteger ? QuantizedValues.OnlyQuantized(graph, tail.End) : null;
        Value? residual = tail.Residual;
        if (residual is not null && quantizers is not null)
        {
            if (QuantizedValues.QuantizedOf(residual) is { } codes)
            {
                residual = codes;
            }
            else
            {
                MakeAccumulators(residual);
            }
        }

        // The weights keep the name they have in the model, by which people know them.
        Value source = QuantizedValues.ConstantQuantizedOf(anchor.Required(1)) ?? anchor.Required(1);
        Value weights = graph.NewConstant(source.Name, operands.Weights);
        weights.Quantization = operands.WeightQuantization;
        (weights.Name, source.Name) = (source.Name, weights.Name);
        var attributes = new Dictionary<string, AttributeValue>(anchor.Attributes, StringComparer.Ordinal);
        tail.Clamp.Write(attributes);
        gate?.Write(attributes);
        if (anchor.Is("Conv"))
        {
            WindowAttributes.Write(Conv.Window(anchor, context.Inference), attributes);
        }

        Value? bias = Bias(graph, anchor, operands);

        Value output = quantizers is null ? tail.End : quantizers[0].Output;
        foreach (Node quantizer in quantizers?.Skip(1) ?? [])
        {
            graph.ReplaceUses(quantizer.Output, output);
        }

        string name = string.Join(" + ", tail.Nodes.Prepend(anchor).Select(n => n.Name));
        string type = anchor.Is("Conv") ? InternalOperators.Convolution : InternalOperators.Gemm;
        foreach (Node swallowed in tail.Nodes.Append(anchor).Concat(quantizers ?? []).ToArray())
        {
            graph.Remove(swallowed);
        }

        graph.Add(new Node(Domains.Internal, type, name, [operands.Input, weights, bias, residual], [output], attributes));
    }

    /// <summary>A gate directly behind an integer anchor, where its results become 8-bit codes and are nothing else.</summary>
    private static Gate? GateOf(Graph graph, Node anchor, Tail tail) =>
        tail.Operands.IsInteger && tail.Nodes.Count == 0 && Gate.Behind(graph, anchor) is { } gate
        && QuantizedValues.OnlyQuantized(graph, gate.End)?[0].Output.Type == DataType.UInt8
            ? gate : null;

    /// <summary>Walks from the anchor through all that may be fused.</summary>
    private static Tail Follow(Graph graph, Node anchor, AnchorOperands operands)
    {
        var nodes = new List<Node>();
        Value end = anchor.Output;
        Value? residual = null;
        var clamp = new Clamp();
        while (graph.IsPrivate(end))
        {
            Node next = end.Consumers[0];
            if (Clamp.IsClamp(next))
            {
                clamp = clamp.Then(Clamp.Of(next));
            }
            else if (next.Is("Add") && clamp.IsNone && residual is null && WithChannelBias(anchor, operands, next, end) is { } biased)
            {
                operands = biased;
            }
            else if (next.Is("Add") && clamp.IsNone && residual is null && Addend(next, end) is { } addend
                && IsResidual(graph, operands, next, addend))
            {
                residual = addend;
            }
            else
            {
                break;
            }

            nodes.Add(next);
            end = next.Output;
        }

        return new Tail(nodes, end, operands, residual, clamp);
    }

    /// <summary>The operands with a constant that is added to every row of a matrix product: a bias that the model wrote as Add.</summary>
    private static AnchorOperands? WithChannelBias(Node anchor, AnchorOperands operands, Node add, Value end)
    {
        Value other = add.Required(0) == end ? add.Required(1) : add.Required(0);
        Shape shape = end.KnownShape;
        return operands.Bias is null && !anchor.Is("Conv") && shape.Equals(add.Output.Shape)
            && Rewriting.PerChannel(other, shape, shape.Rank - 1) is { } numbers
            ? operands.WithBias(Array.ConvertAll(numbers, n => (float)n)) : null;
    }

    /// <summary>The other operand of a sum of two tensors of equal shape.</summary>
    private static Value? Addend(Node add, Value end)
    {
        Value other = add.Required(0) == end ? add.Required(1) : add.Required(0);
        return other != end && !other.IsConstant && !Rewriting.IsDequantizedConstant(other) && other.Type == DataType.Float32
            && other.KnownShape.Equals(end.KnownShape) ? other : null;
    }

    private static bool IsResidual(Graph graph, AnchorOperands operands, Node add, Value addend)
    {
        if (!operands.IsInteger || QuantizedValues.OnlyQuantized(graph, EndOfClamps(graph, add.Output)) is null)
        {
            // A float fused operator takes any float tensor that exists by then. Of two fused operators that are summed the one formed
            // later is the anchor.
            return addend.Producer is not { } producer || !AnchorOperands.IsAnchor(producer);
        }

        return QuantizedValues.QuantizedOf(addend) is not null || IsAccumulators(graph, addend);
    }

    private static Value EndOfClamps(Graph graph, Value value)
    {
        while (graph.IsPrivate(value) && Clamp.IsClamp(value.Consumers[0]))
        {
            value = value.Consumers[0].Output;
        }

        return value;
    }

    /// <summary>
    /// True for the output of an integer fused operator that nobody else reads and that is nothing but scaled accumulators.
    /// </summary>
    private static bool IsAccumulators(Graph graph, Value value) =>
        graph.IsPrivate(value) && value.Producer is { Domain: Domains.Internal } fused
        && fused.Type is InternalOperators.Convolution or InternalOperators.Gemm && fused.Required(0).Type == DataType.UInt8
        && fused.Input(3) is null && !fused.Has("minimum") && !fused.Has("maximum");

    /// <summary>Lets a fused operator write its accumulators as they are.</summary>
    private static void MakeAccumulators(Value value)
    {
        Node fused = value.Producer!;
        float input = fused.Required(0).Quantization!.Scale;
        QuantizationParameters weights = fused.Required(1).Quantization!;
        int channels = (int)fused.Required(1).Constant!.Dimensions[0];
        int axis = fused.Type == InternalOperators.Convolution ? 1 : value.KnownShape.Rank - 1;
        value.Type = DataType.Int32;
        value.Quantization =
            new QuantizationParameters([.. Enumerable.Range(0, channels).Select(o => input * weights.ScaleOf(o))], new int[channels], axis);
    }

    /// <summary>The bias as the operator wants it: float32, or int32 in units of input scale × weight scale.</summary>
    private static Value? Bias(Graph graph, Node anchor, AnchorOperands operands)
    {
        float[]? reals = operands.Bias;
        if (reals is null)
        {
            return null;
        }

        // Gemm's C may be one value for all columns.
        if (reals.Length == 1)
        {
            reals = [.. Enumerable.Repeat(reals[0], operands.Outputs)];
        }

        string name = $"{anchor.Required(1).Name}_bias";
        if (!operands.IsInteger)
        {
            return graph.NewConstant(name, Tensor.Of(reals, reals.Length));
        }

        float[] weightScales = [.. Enumerable.Range(0, reals.Length).Select(operands.WeightQuantization.ScaleOf)];
        return graph.NewConstant(name, WeightQuantizer.QuantizeBias(reals, operands.Input.Quantization!.Scale, weightScales).Codes);
    }

    private sealed record Tail(IReadOnlyList<Node> Nodes, Value End, AnchorOperands Operands, Value? Residual, Clamp Clamp);
}
