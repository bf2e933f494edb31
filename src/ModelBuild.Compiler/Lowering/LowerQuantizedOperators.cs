using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning.Steps;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Turns DequantizeLinear → operator → QuantizeLinear into one operator from codes to codes, for all operators that are no anchors:
/// functions of one tensor become tables, sums, products, means and softmax get their integer kernels.
/// </summary>
internal sealed class LowerQuantizedOperators : IPass
{
    /// <summary>Of tables that one operator has: more than those of an image would be no saving.</summary>
    private const int MostChannels = 4;

    /// <summary>The same where nothing else is to be saved than the way to floats and back: 128 KB.</summary>
    private const int MostSlopes = 512;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node quantize in graph.Nodes.Where(n => n.Is("QuantizeLinear")).ToArray())
        {
            if (Table(graph, quantize) || ChannelTables(graph, quantize) || SlopeTables(graph, quantize)
                || Operator(graph, quantize, context))
            {
                changed = true;
            }
        }

        graph.RemoveDead();
        return changed;
    }

    private static bool Table(Graph graph, Node quantize)
    {
        Value real = quantize.Required(0);
        if (UnaryFunction.RootOf(real) is not { } root || QuantizedValues.QuantizedOf(root) is not { } codes)
        {
            return false;
        }

        QuantizationParameters parameters = quantize.Output.Quantization!;
        float[] results = UnaryFunction.Evaluate(real, root, QuantizedValues.Reals(codes.Quantization!));
        string name = string.Join(" + ", UnaryFunction.Nodes(real, root).Select(n => n.Name));
        byte[] table = QuantizedValues.Table(results, parameters);
        if (QuantizedValues.IsIdentity(table))
        {
            Replace(graph, quantize, QuantizedValues.WithQuantization(graph, codes, parameters));
            return true;
        }

        Replace(graph, quantize, QuantizedValues.Lookup(graph, name, codes, table, quantize.Output.Name, parameters));
        return true;
    }

    /// <summary>Sums and products with a constant for each index of the last axis, such as the mean of each channel of an image.</summary>
    private static bool ChannelTables(Graph graph, Node quantize)
    {
        Value real = quantize.Required(0);
        var steps = new Stack<Node>();
        while (QuantizedValues.QuantizedOf(real) is null)
        {
            if (real.Producer is not { } node || !graph.IsPrivate(real) || !IsChannelwise(node, out Value? operand))
            {
                return false;
            }

            steps.Push(node);
            real = operand;
        }

        if (steps.Count == 0 || !real.KnownShape[^1].IsConstant || real.KnownShape[^1].Value > MostChannels)
        {
            return false;
        }

        Value codes = QuantizedValues.QuantizedOf(real)!;
        QuantizationParameters parameters = quantize.Output.Quantization!;
        int channels = (int)real.KnownShape[^1].Value;
        var reals = new Dictionary<Value, Tensor>
        {
            [real] = Tensor.Of(
                [.. QuantizedValues.Reals(codes.Quantization!).SelectMany(r => Enumerable.Repeat(r, channels))], 256, channels),
        };
        foreach (Node node in steps)
        {
            Tensor?[] inputs = [.. node.Inputs.Select(i => reals.GetValueOrDefault(i!) ?? LastAxis(i!.Constant!))];
            reals[node.Output] = OperatorRegistry.Find(node)!.Evaluate(node, inputs)![0];
        }

        float[] results = reals[quantize.Required(0)].ToFloats();
        byte[] tables =
        [
            .. Enumerable.Range(0, channels).SelectMany(c => QuantizedValues.Table(
                [.. Enumerable.Range(0, 256).Select(code => results[(code * channels) + c])], parameters)),
        ];
        Value constant = graph.NewConstant($"{quantize.Output.Name}_tables", Tensor.Of(tables, channels, 256));
        Value output = graph.Add(
            Domains.Internal, InternalOperators.ChannelLookup, string.Join(" + ", steps.Select(n => n.Name)), [codes, constant],
            quantize.Output.Name, DataType.UInt8, codes.Shape);
        output.Quantization = parameters;
        Replace(graph, quantize, output);
        return true;
    }

    /// <summary>PRelu with a slope for each index of one axis, which stands last for the tables.</summary>
    private static bool SlopeTables(Graph graph, Node quantize)
    {
        Value real = quantize.Required(0);
        if (real.Producer is not { } node || !node.Is("PRelu") || !graph.IsPrivate(real)
            || QuantizedValues.QuantizedOf(node.Required(0)) is not { } codes || !codes.KnownShape.Equals(real.Shape)
            || node.Required(1).Constant is not { Length: > 1 and <= MostSlopes } slopes
            || slopes.Dimensions.ToArray() is not { } sizes || sizes.Count(d => d != 1) != 1)
        {
            return false;
        }

        int rank = real.KnownShape.Rank;
        int axis = rank - sizes.Length + Array.FindIndex(sizes, d => d != 1);
        QuantizationParameters parameters = quantize.Output.Quantization!;
        float[] reals = QuantizedValues.Reals(codes.Quantization!);
        byte[] tables =
        [
            .. slopes.ToFloats().SelectMany(slope => QuantizedValues.Table([.. reals.Select(r => r < 0 ? r * slope : r)], parameters)),
        ];
        long[] last = [.. Enumerable.Range(0, rank).Where(i => i != axis).Append(axis).Select(i => (long)i)];
        long[] back = [.. Enumerable.Range(0, rank).Select(i => (long)Array.IndexOf(last, i))];
        Value moved = Transposed(graph, codes, last);
        Value output = graph.Add(
            Domains.Internal, InternalOperators.ChannelLookup, node.Name,
            [moved, graph.NewConstant($"{quantize.Output.Name}_tables", Tensor.Of(tables, slopes.Length, 256))], quantize.Output.Name,
            DataType.UInt8, moved.Shape);
        output.Quantization = parameters;
        Replace(graph, quantize, Transposed(graph, output, back));
        return true;
    }

    /// <summary>Codes in another order of axes.</summary>
    private static Value Transposed(Graph graph, Value codes, long[] permutation)
    {
        if (permutation.Select((p, i) => p == i).All(isInPlace => isInPlace))
        {
            return codes;
        }

        Value moved = graph.Add(
            Domains.Onnx, "Transpose", $"{codes.Name}_Transpose", [codes], $"{codes.Name}_transposed", DataType.UInt8,
            new Shape(permutation.Select(p => codes.KnownShape[(int)p])),
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["perm"] = permutation });
        moved.Quantization = codes.Quantization;
        return moved;
    }

    /// <summary>Whether a node combines a value with a constant that varies along the last axis at most.</summary>
    private static bool IsChannelwise(Node node, [NotNullWhen(true)] out Value? operand)
    {
        operand = null;
        if (node.Domain.Length > 0 || node.Type is not ("Add" or "Sub" or "Mul" or "Div")
            || node.Required(0).IsConstant == node.Required(1).IsConstant)
        {
            return false;
        }

        operand = node.Required(node.Required(0).IsConstant ? 1 : 0);
        Tensor constant = node.OtherOperand(operand).Constant!;
        return operand.KnownShape.Equals(node.Output.Shape) && constant.Dimensions.SkipLast(1).All(d => d == 1);
    }

    private static Tensor LastAxis(Tensor constant) => constant.Rank == 0 ? constant : constant.Reshape(constant.Dimensions[^1]);

    private static bool Operator(Graph graph, Node quantize, PassContext context)
    {
        // A clamp between operator and quantization is part of the operator: in codes it is a bound.
        Value real = quantize.Required(0);
        var clamp = new Clamp();
        while (real.Producer is { } last && graph.IsPrivate(real) && Clamp.IsClamp(last))
        {
            clamp = Clamp.Of(last).Then(clamp);
            real = last.Required(0);
        }

        // A mean that some tools correct by a factor: it belongs to the multiplier of the requantization.
        float factor = 1;
        while (real.Producer is { } product && product.Is("Mul") && graph.IsPrivate(real) && product.Required(0).Producer is { } mean
            && product.Required(1).Constant is { Length: 1 } scalar && product.Required(0).KnownShape.Equals(product.Output.Shape)
            && mean.Type is "GlobalAveragePool" or "AveragePool" or "ReduceMean" or "ReduceSum" && mean.Domain.Length == 0)
        {
            factor *= scalar.ToFloats()[0];
            real = product.Required(0);
        }

        if (real.Producer is not { } node || !graph.IsPrivate(real) || node.Domain.Length > 0)
        {
            return false;
        }

        Value? left = QuantizedValues.QuantizedOf(node.Input(0));
        Value? right = QuantizedValues.QuantizedOf(node.Input(1));
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal);
        (string? type, Value?[] inputs) = node.Type switch
        {
            "Add" or "Sub" when left is not null && right is not null => (InternalOperators.QuantizedAdd, [left, right]),
            "Mul" when left is not null && right is not null => (InternalOperators.QuantizedMultiply, [left, right]),
            "GlobalAveragePool" or "ReduceMean" or "ReduceSum" when left is not null && clamp.IsNone && IsMean(node, context.Inference) =>
                (InternalOperators.QuantizedMean, [left]),
            "AveragePool" when left is not null && clamp.IsNone && left.KnownShape.Rank <= 4 => (InternalOperators.AveragePool, [left]),
            "Softmax" when left is not null && clamp.IsNone => (InternalOperators.QuantizedSoftmax, new Value?[] { left }),
            _ => ((string?)null, Array.Empty<Value?>()),
        };
        if (type is null)
        {
            return false;
        }

        foreach ((string key, AttributeValue value) in node.Attributes)
        {
            attributes[key] = value;
        }

        if (type is InternalOperators.QuantizedAdd or InternalOperators.QuantizedMultiply)
        {
            clamp.Write(attributes);
            attributes["sign"] = node.Type == "Sub" ? -1L : 1L;
        }
        else if (type == InternalOperators.QuantizedMean)
        {
            long[] axes = LowerFloatOperators.MeanAxes(node, context.Inference);
            if (node.Is("ReduceSum"))
            {
                factor *= Count(node, axes);
            }

            if (!ReductionSteps.AreNeighbours(left!.KnownShape, axes))
            {
                // Kernels reduce neighbouring axes: what is kept stands before them, in the order that the result has.
                int rank = left.KnownShape.Rank;
                long[] kept = [.. Enumerable.Range(0, rank).Select(i => (long)i).Except(axes)];
                inputs = [Transposed(graph, left, [.. kept, .. axes])];
                axes = [.. Enumerable.Range(kept.Length, axes.Length).Select(i => (long)i)];
                attributes["keepdims"] = 0L;
            }

            attributes["axes"] = axes;
        }
        else if (type == InternalOperators.AveragePool)
        {
            WindowAttributes.Write(Pooling.Window(node, context.Inference), attributes);
        }

        if (factor != 1)
        {
            attributes["factor"] = factor;
        }

        Value result = graph.Add(
            Domains.Internal, type, node.Name, inputs, quantize.Output.Name, DataType.UInt8, node.Output.Shape, attributes);
        result.Quantization = quantize.Output.Quantization;
        Replace(graph, quantize, result);
        return true;
    }

    /// <summary>A mean of codes, or a sum of as many as is known at build, which is a multiple of their mean.</summary>
    private static bool IsMean(Node node, InferenceContext context) =>
        LowerFloatOperators.MeanAxes(node, context) is { Length: > 0 } axes
            && (!node.Is("ReduceSum") || axes.All(a => node.Required(0).KnownShape[(int)a].IsConstant));

    private static float Count(Node node, long[] axes) => axes.Aggregate(1f, (n, a) => n * node.Required(0).KnownShape[(int)a].Value);

    private static void Replace(Graph graph, Node quantize, Value codes)
    {
        graph.ReplaceUses(quantize.Output, codes);
        graph.Remove(quantize);
    }
}
