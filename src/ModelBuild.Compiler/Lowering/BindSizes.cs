using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// Puts a step that finds out sizes from data before each node that has such (<see cref="Node.Bound"/>); behind it they are symbols as
/// those of the inputs are.
/// <code>
///   (x, shape) → Reshape → y        becomes        (x, shape) → Sizes(Reshape) → sizes; (x, sizes) → Reshape → y [n0, n1]
/// </code>
/// The other way round, sizes that a model calculates with are written down as numbers.
/// </summary>
internal sealed class BindSizes : IPass
{
    public bool IsRequired => true;

    public bool Run(Graph graph, PassContext context)
    {
        bool changed = WriteElements(graph);
        foreach (Node node in graph.Nodes.ToArray())
        {
            if (node.Is("ConstantOfShape"))
            {
                Replace(
                    graph, node, "Expand", graph.NewConstant(node.Output.Name + "_value", ConstantOfShape.Fill(node).Reshape()), Shape(0));
                changed = true;
            }
            else if (node.Bound.Count == 0 && (node.Is("Squeeze") || node.Is("Unsqueeze") || node.Is("Flatten")))
            {
                // Two run-time dimensions move, which no constant shape can say.
                Replace(graph, node, "Reshape", node.Required(0), Known(graph, node.Output));
                changed = true;
            }
            else if (node.Bound.Count > 0 && node.Domain == Domains.Onnx && !node.IsControlFlow)
            {
                Lower(graph, node, context);
                changed = true;
            }

            Value Shape(int index) => node.Bound.Count == 0 ? node.Required(index) : Read(graph, node, node.Required(index));
        }

        graph.RemoveDead();
        return changed;
    }

    private static void Lower(Graph graph, Node node, PassContext context)
    {
        switch (node.Type)
        {
            case "Reshape":
                node.SetInput(1, Rule(graph, node, "Reshape", node.Required(0), node.Required(1)));
                break;
            case "Squeeze" or "Unsqueeze":
                Replace(graph, node, "Reshape", node.Required(0), Rule(graph, node, node.Type, node.Required(0), node.Required(1)));
                break;
            case "Expand":
                node.SetInput(1, Rule(graph, node, "Broadcast", node.Required(0), node.Required(1)));
                break;
            case "Tile" or "TopK" or "Split" or "OneHot":
                node.SetInput(1, Read(graph, node, node.Required(1)));
                break;
            case "Trilu":
                node.SetInput(1, Read(graph, node, node.Required(1), least: -int.MaxValue));
                break;
            case "Pad":
                node.SetInput(1, node.Input(3) is { } axes
                    ? Rule(graph, node, "Pad", node.Required(0), node.Required(1), axes)
                    : Read(graph, node, node.Required(1), least: -int.MaxValue));
                node.SetInput(3, null);
                break;
            case "Resize":
                LowerResize.LowerOpen(graph, node, context);
                break;
            case "Slice":
                LowerSlice(graph, node);
                break;
            case "Range":
                node.AddInput(Rule(graph, node, "Range", node.Required(0), node.Required(1), node.Required(2)));
                break;
            case "CumSum" or "CumProd":
                LowerCumulative(graph, node);
                break;
            case "ReduceMean" or "ReduceSum" or "ReduceProd" or "ReduceMin" or "ReduceMax":
                LowerReduction(graph, node);
                break;
            case "NonZero":
                node.AddInput(Rule(graph, node, "NonZero", node.Required(0)));
                break;
            case "Col2Im":
                LowerFolding(graph, node, context);
                break;
            case "Compress":
                LowerCompress(graph, node);
                break;
            case "NonMaxSuppression":
                LowerSuppression(graph, node);
                break;
            case "Unique":
                LowerUnique(graph, node);
                break;
        }

        node.Bound.Clear();
    }

    private static void LowerSlice(Graph graph, Node node)
    {
        Value starts = node.Required(1);
        Value axes = node.Input(3) ?? Numbers(graph, node, starts, i => i);
        Value steps = node.Input(4) ?? Numbers(graph, node, starts, _ => 1);
        Value bounds = Rule(graph, node, "Slice", node.Required(0), starts, node.Required(2), axes, steps);
        Value output = node.Output;
        Value input = node.Required(0);
        graph.Remove(node);
        graph.Add(new Node(Domains.Internal, InternalOperators.Part, node.Name, [input, bounds], [output]));
    }

    /// <summary>As many numbers as another input has, of its type.</summary>
    private static Value Numbers(Graph graph, Node node, Value like, Func<int, long> number)
    {
        long[] values = [.. Enumerable.Range(0, (int)like.KnownShape.Length.Value).Select(number)];
        return graph.NewConstant($"{node.Output.Name}_numbers", Tensor.FromInt64s(like.Type, values, values.Length));
    }

    /// <summary>The axis becomes the middle of three.</summary>
    private static void LowerCumulative(Graph graph, Node node)
    {
        Value sizes = Rule(graph, node, "Around", node.Required(0), node.Required(1));
        Value input = node.Required(0);
        Value output = node.Output;
        var shape = new Shape(node.Bound);
        Value three = Append(graph, node, "Reshape", [input, sizes], input.Type, shape);
        Value sums = Append(
            graph, node, node.Type, [three, graph.NewConstant($"{output.Name}_axis", Tensor.Of([1L], []))], input.Type, shape,
            node.Attributes);
        graph.Remove(node);
        graph.Add(new Node(Domains.Onnx, "Reshape", node.Name, [sums, Known(graph, output)], [output]));
    }

    /// <summary>The tensor is walked so that it is a matrix whose rows are reduced.</summary>
    private static void LowerReduction(Graph graph, Node node)
    {
        Value input = node.Required(0);
        Value output = node.Output;
        int rank = input.KnownShape.Rank;
        Value sizes = Rule(graph, node, "Reduce", input, node.Required(1));
        Value matrix = Append(
            graph, node, InternalOperators.Walk, [input, sizes], input.Type, new Shape(node.Bound.Skip(2 * rank).Take(2)),
            domain: Domains.Internal);
        Value rows = Append(
            graph, node, node.Type, [matrix, graph.NewConstant($"{output.Name}_axis", Tensor.Of([1L], 1))], input.Type,
            new Shape([node.Bound[2 * rank]]),
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["keepdims"] = 0L });
        graph.Remove(node);
        graph.Add(new Node(Domains.Onnx, "Reshape", node.Name, [rows, Known(graph, output)], [output]));
    }

    /// <summary>Shapes of image and block, and how many channels columns have where data decides the block.</summary>
    private static void LowerFolding(Graph graph, Node node, PassContext context)
    {
        ColumnWindows windows = Col2Im.Windows(node, context.Inference);
        List<Value> found =
        [
            .. Enumerable.Range(1, 2).Where(i => context.Inference.IsFromData(node, i)).Select(i => Wide(graph, node, node.Required(i))),
        ];
        if (node.Bound.Count > found.Sum(f => f.KnownShape.Length.Value))
        {
            Value column = graph.NewValue($"{node.Output.Name}_column", DataType.Int64, new Shape([1]));
            column.Elements = [node.Required(0).KnownShape[1]];
            graph.Add(Write(node.Name, column));
            Value block = Append(
                graph, node, "ReduceProd", [found[^1], graph.NewConstant($"{node.Output.Name}_axis", Tensor.Of([0L], 1))], DataType.Int64,
                new Shape([1]));
            found.Add(Append(graph, node, "Div", [column, block], DataType.Int64, new Shape([1])));
        }

        Value all = found.Count == 1 ? found[0] : Append(
            graph, node, "Concat", found, DataType.Int64, new Shape([node.Bound.Count]),
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = 0L });
        node.AddInput(Read(graph, node, all));
        node.SetInput(1, graph.NewSizes($"{node.Output.Name}_image", windows.Image));
        node.SetInput(2, graph.NewSizes($"{node.Output.Name}_block", windows.Block));
    }

    /// <summary>The places where the condition holds are gathered.</summary>
    private static void LowerCompress(Graph graph, Node node)
    {
        Value input = node.Required(0);
        Value condition = node.Required(1);
        Value output = node.Output;
        Value count = Rule(graph, node, "NonZero", condition);
        Value places = Append(
            graph, node, "NonZero", [condition, count], DataType.Int64, new Shape([Dimension.One, node.Bound[0]]));
        Value indices = Append(graph, node, "Reshape", [places, count], DataType.Int64, new Shape([node.Bound[0]]));
        Value data = node.Has("axis") ? input : Flat(graph, node, input, output.Name);
        long axis = node.Has("axis") ? node.Axis(input.KnownShape.Rank) : 0;
        graph.Remove(node);
        graph.Add(new Node(
            Domains.Onnx, "Gather", node.Name, [data, indices], [output],
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = axis }));
    }

    /// <summary>The boxes that are left come first of all rows that there could be.</summary>
    private static void LowerSuppression(Graph graph, Node node)
    {
        Value output = node.Output;
        Value rows = graph.NewValue($"{output.Name}_rows", DataType.Int64, new Shape([NonMaxSuppression.Most(node), 3]));
        Value count = graph.NewValue($"{output.Name}_count", DataType.Int64, new Shape([1]));
        Value?[] inputs = [.. node.Inputs];
        graph.Remove(node);
        graph.Add(new Node(Domains.Internal, InternalOperators.Suppression, node.Name, inputs, [rows, count], node.Attributes));
        AddPart(graph, node, rows, Read(graph, node, count), output);
    }

    /// <summary>The different slices are gathered from where they are found first.</summary>
    private static void LowerUnique(Graph graph, Node node)
    {
        Value input = node.Required(0);
        Value?[] outputs = [.. node.Outputs];
        string name = outputs.OfType<Value>().First().Name;
        bool hasAxis = node.Has("axis");
        Value data = hasAxis ? input : Flat(graph, node, input, name);
        long axis = hasAxis ? node.Axis(input.KnownShape.Rank) : 0;
        Dimension length = data.KnownShape[(int)axis];
        Value Slot(string what, Dimension size) => graph.NewValue($"{name}_{what}", DataType.Int64, new Shape([size]));
        Value places = Slot("places", length);
        Value inverse = Output(2) ?? Slot("inverse", length);
        Value counts = Slot("counts", length);
        Value count = Slot("count", 1);
        graph.Remove(node);
        graph.Add(new Node(
            Domains.Internal, InternalOperators.Distinction, node.Name, [data], [places, inverse, counts, count],
            new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = axis, ["sorted"] = node.Int("sorted", 1) }));
        Value bound = Read(graph, node, count);
        Value first = Output(1) ?? Slot("first", node.Bound[0]);
        AddPart(graph, node, places, bound, first);
        if (Output(0) is { } elements)
        {
            graph.Add(new Node(
                Domains.Onnx, "Gather", node.Name, [data, first], [elements],
                new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["axis"] = axis }));
        }

        if (Output(3) is { } numbers)
        {
            AddPart(graph, node, counts, bound, numbers);
        }

        Value? Output(int index) => index < outputs.Length ? outputs[index] : null;
    }

    /// <summary>The first rows of a tensor, once it is known how many there are.</summary>
    private static void AddPart(Graph graph, Node node, Value rows, Value count, Value output)
    {
        int rank = output.KnownShape.Rank;
        Value bounds = graph.NewSizes(
            $"{output.Name}_shape",
            [.. Enumerable.Repeat(Dimension.Zero, rank), .. Enumerable.Repeat(Dimension.One, rank), .. output.KnownShape]);
        graph.Add(new Node(Domains.Internal, InternalOperators.Part, node.Name, [rows, bounds, count], [output]));
    }

    /// <summary>What a node binds, as data has it.</summary>
    private static Value Read(Graph graph, Node node, Value sizes, int least = 0)
    {
        Value value = Rule(graph, node, "Read", sizes.Type == DataType.Int32 ? sizes : Wide(graph, node, sizes));
        value.Producer!.Attributes["least"] = (long)least;
        return value;
    }

    private static Value Wide(Graph graph, Node node, Value sizes) => sizes.Type == DataType.Int64 ? sizes : Append(
        graph, node, "Cast", [sizes], DataType.Int64, sizes.KnownShape,
        new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)DataType.Int64 });

    /// <summary>What a node binds, found out by a rule.</summary>
    private static Value Rule(Graph graph, Node node, string rule, params Value[] inputs)
    {
        var attributes = new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["rule"] = rule };
        foreach (string flag in (string[])["allowzero", "keepdims", "noop_with_empty_axes"])
        {
            if (node.Attributes.TryGetValue(flag, out AttributeValue? value))
            {
                attributes.Add(flag, value);
            }
        }

        Value sizes = Append(
            graph, node, InternalOperators.Sizes, inputs, DataType.Int64, new Shape([node.Bound.Count]), attributes, Domains.Internal);
        sizes.Elements = [.. node.Bound];
        sizes.Producer!.Bound.AddRange(node.Bound);
        return sizes;
    }

    private static Value Known(Graph graph, Value like) => graph.NewSizes($"{like.Name}_shape", like.KnownShape);

    /// <summary>All elements along one axis.</summary>
    private static Value Flat(Graph graph, Node node, Value value, string name)
    {
        Dimension length = value.KnownShape.Length;
        return Append(graph, node, "Reshape", [value, graph.NewSizes($"{name}_shape", length)], value.Type, new Shape([length]));
    }

    private static Value Append(
        Graph graph, Node node, string type, IEnumerable<Value?> inputs, DataType elementType, Shape shape,
        IReadOnlyDictionary<string, AttributeValue>? attributes = null, string domain = Domains.Onnx) =>
        graph.Add(
            domain, type, node.Name, [.. inputs], $"{node.Outputs.OfType<Value>().FirstOrDefault()?.Name ?? node.Name}_{type}", elementType,
            shape, attributes);

    private static void Replace(Graph graph, Node node, string type, params Value[] inputs)
    {
        Value output = node.Output;
        graph.Remove(node);
        graph.Add(new Node(Domains.Onnx, type, node.Name, inputs, [output]));
    }

    /// <summary>Sizes that something calculates with are written into a tensor.</summary>
    private static bool WriteElements(Graph graph)
    {
        bool changed = false;
        var written = new Dictionary<Value, Value>();
        foreach (Node node in graph.Nodes.ToArray())
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is { IsConstant: false, Elements: not null } input && !graph.Inputs.Contains(input) && Reads(node, i))
                {
                    node.SetInput(i, Written(graph, input, written));
                    changed = true;
                }
            }
        }

        foreach (Node node in graph.Nodes.Where(n => (n.Is("Shape") || n.Is("Size")) && graph.IsOutput(n.Output)).ToArray())
        {
            Value output = node.Output;
            graph.Remove(node);
            graph.Add(Write(node.Name, output));
            changed = true;
        }

        return changed;
    }

    /// <summary>Whether the elements of an input matter at run time. Bounds of whole numbers become operands later.</summary>
    private static bool Reads(Node node, int index) =>
        !(node.Is("Shape") || node.Is("Size"))
        && (node.Is("Clip") || index < node.Traits().Operands ? !node.Is("ConstantOfShape") && !(node.Is("Range") && node.Bound.Count == 0)
            : node.Bound.Count > 0);

    private static Value Written(Graph graph, Value value, Dictionary<Value, Value> written)
    {
        if (!written.TryGetValue(value, out Value? copy))
        {
            copy = graph.NewValue(value.Name, value.Type, value.Shape);
            copy.Elements = value.Elements;
            graph.Add(Write(value.Name, copy));
            written.Add(value, copy);
        }

        return copy;
    }

    private static Node Write(string name, Value output) => new(
        Domains.Internal, InternalOperators.Sizes, name, [], [output],
        new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["rule"] = "Write" });
}
