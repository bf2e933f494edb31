using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Brings a node from the operator set of its file to the meaning it has in <see cref="Target"/>, so that all later code sees one form:
/// attributes that became inputs become constant inputs, and Softmax works along one axis.
/// </summary>
internal static class OpsetUpgrade
{
    /// <summary>The version in which all operators that are supported have the form they still have.</summary>
    public const long Target = 18;

    /// <param name="opset">The version the file declares.</param>
    /// <returns>The nodes to go on with, in the order in which they run.</returns>
    public static IReadOnlyList<Node> Apply(Graph graph, Node node, long opset, InferenceContext context)
    {
        if (node.Domain != Domains.Onnx)
        {
            return [node];
        }

        switch (node.Type)
        {
            case "Squeeze" or "Unsqueeze" or "ReduceSum" when opset < 13:
            case "ReduceMean" or "ReduceMax" or "ReduceMin" or "ReduceProd" or "ReduceL1" or "ReduceL2" or "ReduceLogSum"
                or "ReduceLogSumExp" or "ReduceSumSquare" when opset < 18:
                IntsToInput(graph, node, "axes", 1);
                return IsIntegerMean(node) ? DivideSum(graph, node) : [node];
            case "ReduceMean" when IsIntegerMean(node):
                return DivideSum(graph, node);
            case "Clip" when opset < 11:
                FloatToInput(graph, node, "min", 1);
                FloatToInput(graph, node, "max", 2);
                break;
            case "Pad" when opset < 11:
                IntsToInput(graph, node, "pads", 1);
                FloatToInput(graph, node, "value", 2);
                break;
            case "Slice" when opset < 10:
                IntsToInput(graph, node, "starts", 1);
                IntsToInput(graph, node, "ends", 2);
                IntsToInput(graph, node, "axes", 3);
                break;
            case "DFT" when opset < 20 && node.Attributes.GetValueOrDefault("axis")?.Raw is null or long:
                node.SetInput(2, graph.NewConstant($"{node.Name}_axis", Tensor.Of([node.Int("axis", 1)], 1)));
                node.Attributes.Remove("axis");
                break;
            case "BatchNormalization" when opset < 9 && node.Attributes.TryGetValue("spatial", out AttributeValue? spatial)
                && spatial.Raw is 1L:
                node.Attributes.Remove("spatial");
                break;
            case "Softmax" or "LogSoftmax" or "Hardmax" when opset < 13:
                return UpgradeSoftmax(graph, node, context);
            case "Split" when opset < 13:
                IntsToInput(graph, node, "split", 1);
                break;
            case "TopK" when opset < 10 && node.Attributes.TryGetValue("k", out AttributeValue? k) && k.Raw is long:
                node.Attributes.Remove("k");
                node.SetInput(1, graph.NewConstant($"{node.Name}_k", Tensor.Of([k.Int], 1)));
                break;
            case "LSTM" or "GRU" or "RNN" when node.Attributes.TryGetValue("layout", out AttributeValue? layout) && layout.Raw is 1L:
                return RecurrentLayout.PutStepsFirst(graph, node);
            case "Scan" when opset < 9 && BatchedScan.Is(node):
                return BatchedScan.PutSamplesAround(graph, node, context);
            case "Upsample":
            case "Resize" when opset < 11:
                return UpgradeResize(graph, node);
            case "RoiAlign" when opset < 16:
                node.Attributes.TryAdd("coordinate_transformation_mode", "output_half_pixel");
                break;
            case "Min" or "Max" when node.Inputs.Count != 2:
                return MakeChain(graph, node);
            case "ReduceMax" or "ReduceMin" when node.Input(0) is { Type: DataType.Bool }:
                return ReduceBytes(graph, node);
        }

        return [node];
    }

    private static void IntsToInput(Graph graph, Node node, string attribute, int input)
    {
        if (node.Attributes.TryGetValue(attribute, out AttributeValue? value) && value.Raw is long[] numbers)
        {
            node.Attributes.Remove(attribute);
            node.SetInput(input, graph.NewConstant($"{node.Name}_{attribute}", Tensor.Of(numbers, numbers.Length)));
        }
    }

    private static void FloatToInput(Graph graph, Node node, string attribute, int input)
    {
        if (node.Attributes.TryGetValue(attribute, out AttributeValue? value) && value.Raw is float number && node.Input(0) is { } data
            && data.Type.IsFloat())
        {
            node.Attributes.Remove(attribute);
            node.SetInput(input, graph.NewConstant($"{node.Name}_{attribute}", Tensor.FromDoubles(data.Type, [number])));
        }
    }

    /// <summary>Up to opset 12 Softmax flattens its input to a matrix at <c>axis</c>, 1 by default, and works along its rows.</summary>
    private static IReadOnlyList<Node> UpgradeSoftmax(Graph graph, Node node, InferenceContext context)
    {
        if (node.Inputs is not [{ Shape: { } shape } input] || node.Outputs is not [{ } output]
            || (node.Attributes.TryGetValue("axis", out AttributeValue? given) && given.Raw is not long))
        {
            return [node];
        }

        int axis = context.Axis(node, node.Int("axis", 1), shape.Rank);
        node.Attributes["axis"] = (long)axis;
        if (shape.Product(axis + 1, shape.Rank).Equals(Plan.Dimension.One))
        {
            return [node];
        }

        Value matrix = graph.Add(Domains.Onnx, "Flatten", node.Name + "/Flatten", [input], input.Name + "_flat", default, null,
            new Dictionary<string, AttributeValue> { ["axis"] = (long)axis });
        Value dimensions = graph.Add(Domains.Onnx, "Shape", node.Name + "/Shape", [input], input.Name + "_shape", default, null);
        Value probabilities = graph.NewValue(output.Name + "_flat", default);
        node.SetInput(0, matrix);
        node.SetOutput(0, probabilities);
        node.Attributes["axis"] = -1L;
        Node reshape = graph.Add(new Node(Domains.Onnx, "Reshape", node.Name + "/Reshape", [probabilities, dimensions], [output]));
        return [matrix.Producer!, dimensions.Producer!, node, reshape];
    }

    /// <summary>
    /// Upsample, and Resize up to opset 10, measure coordinates from the corner. Which element is nearest is not said: that below for an
    /// axis that grows, that above for one that becomes shorter, as ONNX's vectors of opset 10 have it.
    /// </summary>
    private static IReadOnlyList<Node> UpgradeResize(Graph graph, Node node)
    {
        if (node.Input(0) is not { } input || node.Outputs is not [{ } output])
        {
            return [node];
        }

        var attributes = new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal)
        {
            ["coordinate_transformation_mode"] = "asymmetric",
        };
        string name = $"{node.Name}_scales";
        Value? scales = attributes.Remove("scales", out AttributeValue? given) && given.Raw is float[] factors
            ? graph.NewConstant(name, Tensor.Of(factors, factors.Length))
            : node.Input(1);
        graph.Remove(node);
        bool isNearest = node.Text("mode", "nearest") == "nearest";
        if (isNearest && scales is { IsConstant: false })
        {
            return UpgradeOpenResize(graph, node, input, scales, output, attributes);
        }

        if (!isNearest || scales?.Constant is not { Type: DataType.Float32 } constant)
        {
            return [graph.Add(new Node(Domains.Onnx, "Resize", node.Name, [input, null, scales], [output], attributes))];
        }

        // Both at once takes two nodes.
        float[] all = constant.ToFloats();
        var nodes = new List<Node>();
        Value value = input;
        if (all.Any(s => s < 1))
        {
            bool isAll = all.All(s => s <= 1);
            attributes["nearest_mode"] = "ceil";
            Value shortened = isAll ? output : graph.NewValue($"{output.Name}_shortened", default);
            Value below = graph.NewConstant(name, Tensor.Of([.. all.Select(s => float.Min(s, 1))], all.Length));
            nodes.Add(graph.Add(new Node(Domains.Onnx, "Resize", node.Name, [input, null, below], [shortened], attributes)));
            if (isAll)
            {
                return nodes;
            }

            value = shortened;
        }

        attributes["nearest_mode"] = "floor";
        Value above = graph.NewConstant(name, Tensor.Of([.. all.Select(s => float.IsNaN(s) ? s : float.Max(s, 1))], all.Length));
        nodes.Add(graph.Add(new Node(Domains.Onnx, "Resize", node.Name, [value, null, above], [output], attributes)));
        return nodes;
    }

    /// <summary>
    /// The same where only the run knows which axes grow: one node for those that become shorter, one for those that grow.
    /// </summary>
    private static IReadOnlyList<Node> UpgradeOpenResize(
        Graph graph, Node node, Value input, Value scales, Value output, Dictionary<string, AttributeValue> attributes)
    {
        var nodes = new List<Node>();
        Value shortened = graph.NewValue($"{output.Name}_shortened", default);
        Resize("Min", "ceil", input, shortened);
        Resize("Max", "floor", shortened, output);
        return nodes;

        void Resize(string bound, string rounding, Value from, Value to)
        {
            Value one = graph.NewConstant($"{node.Name}_one", Tensor.Of([1f], 1));
            Value bounded = graph.NewValue($"{scales.Name}_{bound}", default);
            nodes.Add(graph.Add(new Node(Domains.Onnx, bound, node.Name, [scales, one], [bounded])));
            nodes.Add(graph.Add(new Node(
                Domains.Onnx, "Resize", node.Name, [from, null, bounded], [to],
                new Dictionary<string, AttributeValue>(attributes, StringComparer.Ordinal) { ["nearest_mode"] = rounding })));
        }
    }

    /// <summary>A function of any number of tensors becomes a chain of one of two.</summary>
    private static IReadOnlyList<Node> MakeChain(Graph graph, Node node)
    {
        if (node.Inputs.Count == 0 || node.Inputs.Contains(null) || node.Outputs is not [{ } output])
        {
            return [node];
        }

        Value[] terms = [.. node.Inputs.OfType<Value>()];
        graph.Remove(node);
        if (terms.Length == 1)
        {
            return [graph.Add(new Node(Domains.Onnx, "Identity", node.Name, terms, [output]))];
        }

        var nodes = new List<Node>();
        Value result = terms[0];
        for (int i = 1; i < terms.Length; i++)
        {
            Value next = i == terms.Length - 1 ? output : graph.NewValue($"{output.Name}_{i}", default);
            nodes.Add(graph.Add(new Node(Domains.Onnx, node.Type, node.Name, [result, terms[i]], [next])));
            result = next;
        }

        return nodes;
    }

    /// <summary>Truth values are reduced as bytes: false is smaller than true.</summary>
    private static IReadOnlyList<Node> ReduceBytes(Graph graph, Node node)
    {
        Value output = node.Output;
        Value bytes = graph.Add(
            Domains.Onnx, "Cast", node.Name, [node.Required(0)], output.Name + "_bytes", default, null,
            new Dictionary<string, AttributeValue> { ["to"] = (long)DataType.UInt8 });
        Value reduced = graph.NewValue(output.Name + "_reduced", default);
        node.SetInput(0, bytes);
        node.SetOutput(0, reduced);
        Node truth = graph.Add(new Node(
            Domains.Onnx, "Cast", node.Name, [reduced], [output],
            new Dictionary<string, AttributeValue> { ["to"] = (long)DataType.Bool }));
        return [bytes.Producer!, node, truth];
    }

    private static bool IsIntegerMean(Node node) => node.Is("ReduceMean")
        && node.Input(0) is { Shape: { } shape } input && input.Type.IsInteger() && !shape.Contains(Plan.Dimension.Zero);

    /// <summary>A mean of integers is their sum by how many they are, towards zero, as ONNX Runtime has it.</summary>
    private static IReadOnlyList<Node> DivideSum(Graph graph, Node node)
    {
        Value output = node.Output;
        Value x = node.Required(0);
        Value sum = graph.NewValue(output.Name + "_sum", default);
        Node total = graph.Add(new Node(
            Domains.Onnx, "ReduceSum", node.Name, node.Inputs, [sum],
            new Dictionary<string, AttributeValue>(node.Attributes, StringComparer.Ordinal)));
        Value before = Add("Size", [x], "_before");
        Value after = Add("Size", [sum], "_after");
        Value ratio = Add("Div", [before, after], "_ratio");
        Value count = graph.Add(
            Domains.Onnx, "Cast", node.Name, [ratio], output.Name + "_count", default, null,
            new Dictionary<string, AttributeValue> { ["to"] = (long)x.Type });
        graph.Remove(node);
        Node mean = graph.Add(new Node(Domains.Onnx, "Div", node.Name, [sum, count], [output]));
        return [total, before.Producer!, after.Producer!, ratio.Producer!, count.Producer!, mean];

        Value Add(string type, Value[] inputs, string role) =>
            graph.Add(Domains.Onnx, type, node.Name, inputs, output.Name + role, default, null);
    }
}
