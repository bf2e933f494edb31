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

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = false;
        foreach (Node quantize in graph.Nodes.Where(n => n.Is("QuantizeLinear")).ToArray())
        {
            if (Table(graph, quantize) || ChannelTables(graph, quantize) || Operator(graph, quantize, context))
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
            && (mean.Is("GlobalAveragePool") || mean.Is("AveragePool") || mean.Is("ReduceMean")))
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
            "GlobalAveragePool" or "ReduceMean" when left is not null && clamp.IsNone && IsOneRun(node, context.Inference) =>
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
            attributes["axes"] = LowerFloatOperators.MeanAxes(node, context.Inference);
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

    private static bool IsOneRun(Node node, InferenceContext context) =>
        LowerFloatOperators.MeanAxes(node, context) is { Length: > 0 } axes
            && ReductionSteps.AreNeighbours(node.Required(0).KnownShape, axes);

    private static void Replace(Graph graph, Node quantize, Value codes)
    {
        graph.ReplaceUses(quantize.Output, codes);
        graph.Remove(quantize);
    }
}
