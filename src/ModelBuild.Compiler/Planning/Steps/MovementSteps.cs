using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Operators that move elements and leave them as they are.</summary>
internal static class MovementSteps
{
    public static void WriteCopy(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), "DataMovement.Copy", ("input", plan.Argument(node.Required(0))), ("output", plan.Tensor(node.Output)));

    public static void WriteTranspose(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        "DataMovement.Transpose",
        ("dimensions", PlanBuilder.List(node.Required(0).KnownShape)),
        ("permutation", List(Transposes.Permutation(node).Select(p => (long)p))),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteConcat(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        int axis = node.Axis(output.Rank);
        Dimension rows = output.Product(0, axis);
        Dimension stride = output.Product(axis, output.Rank);
        Dimension offset = Dimension.Zero;
        foreach (Value input in node.Inputs.OfType<Value>())
        {
            Dimension length = input.KnownShape.Product(axis, output.Rank);
            plan.Call(
                node,
                $"Concat: {PlanBuilder.Describe(input)} into {PlanBuilder.Describe(node.Output)}",
                "DataMovement.Concatenate",
                ("rows", rows),
                ("length", length),
                ("offset", offset),
                ("stride", stride),
                ("input", plan.Argument(input)),
                ("output", plan.Tensor(node.Output)));
            offset += length;
        }
    }

    public static void WritePad(Node node, PlanBuilder plan)
    {
        Shape shape = node.Required(0).KnownShape;
        (Dimension[] before, Dimension[] after) = Pad.Extents(node, shape.Rank);
        string mode = node.Text("mode", "constant");
        plan.Call(
            node,
            Description(node),
            mode switch
            {
                "edge" => "DataMovement.PadByEdge",
                "reflect" => "DataMovement.PadByReflection",
                "wrap" => "DataMovement.PadByWrapping",
                _ => "DataMovement.Pad",
            },
            ("dimensions", PlanBuilder.List(shape)),
            ("before", PlanBuilder.List(before)),
            ("after", PlanBuilder.List(after)),
            ("value", mode != "constant" ? null : node.Input(2) is { } value ? plan.Argument(value) : plan.Zero(node.Output.Type)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteSlice(Node node, PlanBuilder plan)
    {
        Shape input = node.Required(0).KnownShape;
        (Dimension[] starts, long[] steps, Dimension[] lengths) = Slice.Ranges(node, input, InferenceContext.Evaluation);
        WriteSlice(node, plan, "Slice", starts, steps.Select(Dimension.Constant), lengths, node.Output);
    }

    /// <summary>A part whose bounds are sizes that a step has found out.</summary>
    public static void WritePart(Node node, PlanBuilder plan)
    {
        int rank = node.Required(0).KnownShape.Rank;
        IReadOnlyList<Dimension> bounds = node.Required(1).Elements!;
        WriteSlice(node, plan, "Slice", bounds.Take(rank), bounds.Skip(rank).Take(rank), bounds.Skip(2 * rank), node.Output);
    }

    public static void WriteCount(Node node, PlanBuilder plan) => plan.Call(
        node,
        $"Count: {PlanBuilder.Describe(node.Output)}",
        "DataMovement.Count",
        ("start", SymbolicElements.Of(node.Required(0))![0]),
        ("output", plan.Tensor(node.Output)));

    public static void WriteSplit(Node node, PlanBuilder plan)
    {
        Shape input = node.Required(0).KnownShape;
        int axis = node.Axis(input.Rank);
        Dimension start = Dimension.Zero;

        // What the run has to compare is on the list of the graph already.
        Dimension[] lengths = Split.Lengths(node, axis, InferenceContext.Evaluation with { Assumptions = [] });
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (node.Outputs[i] is { } output)
            {
                WriteSlice(
                    node, plan, "Split", input.Select((_, j) => j == axis ? start : Dimension.Zero), input.Select(_ => Dimension.One),
                    output.KnownShape, output);
            }

            start += lengths[i];
        }
    }

    public static void WriteExpand(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        WriteRepeated(node, plan, output, Broadcasts.Strides(node.Required(0).KnownShape, output));
    }

    /// <summary>The axes in an order, with strides, that a step has found out.</summary>
    public static void WriteWalk(Node node, PlanBuilder plan)
    {
        int rank = node.Required(0).KnownShape.Rank;
        IReadOnlyList<Dimension> sizes = node.Required(1).Elements!;
        WriteRepeated(node, plan, sizes.Take(rank), sizes.Skip(rank).Take(rank));
    }

    /// <summary>Each dimension is walked as often as it is repeated.</summary>
    public static void WriteTile(Node node, PlanBuilder plan)
    {
        Shape input = node.Required(0).KnownShape;
        Dimension[] repeats = Tile.Repeats(node, InferenceContext.Evaluation);
        Dimension[] strides = Broadcasts.Strides(input, input);
        var dimensions = new List<Dimension>();
        var steps = new List<Dimension>();
        for (int i = 0; i < input.Rank; i++)
        {
            if (!repeats[i].Equals(Dimension.One))
            {
                dimensions.Add(repeats[i]);
                steps.Add(Dimension.Zero);
            }

            // What is not repeated goes on from one dimension to the next.
            if (i > 0 && repeats[i].Equals(Dimension.One) && dimensions.Count > 0 && !steps[^1].Equals(Dimension.Zero))
            {
                dimensions[^1] *= input[i];
                steps[^1] = StrideOf(i);
            }
            else if (!input[i].Equals(Dimension.One))
            {
                dimensions.Add(input[i]);
                steps.Add(StrideOf(i));
            }
        }

        WriteRepeated(node, plan, dimensions, steps);

        // A dimension of one element has no stride of its own; what continues it has the stride of all behind it.
        Dimension StrideOf(int axis) => strides[axis].Equals(Dimension.Zero) ? input.Product(axis + 1, input.Rank) : strides[axis];
    }

    public static void WriteGather(Node node, PlanBuilder plan)
    {
        Shape data = node.Required(0).KnownShape;
        int axis = node.Axis(data.Rank);
        plan.Call(
            node,
            Description(node),
            "DataMovement.Gather",
            [node.Output.Type, node.Required(1).Type],
            ("outer", data.Product(0, axis)),
            ("length", data[axis]),
            ("inner", data.Product(axis + 1, data.Rank)),
            ("indices", plan.Argument(node.Required(1))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteGatherElements(Node node, PlanBuilder plan)
    {
        Shape data = node.Required(0).KnownShape;
        plan.Call(
            node,
            Description(node),
            "DataMovement.GatherElements",
            [node.Output.Type, node.Required(1).Type],
            ("dimensions", PlanBuilder.List(data)),
            ("picked", PlanBuilder.List(node.Required(1).KnownShape)),
            ("axis", node.Axis(data.Rank)),
            ("indices", plan.Argument(node.Required(1))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteScatterElements(Node node, PlanBuilder plan)
    {
        Shape data = node.Required(0).KnownShape;
        plan.Call(
            node,
            Description(node),
            $"DataMovement.ScatterElements{Reduction(node)}",
            [node.Output.Type, node.Required(1).Type],
            ("dimensions", PlanBuilder.List(data)),
            ("picked", PlanBuilder.List(node.Required(1).KnownShape)),
            ("axis", node.Axis(data.Rank)),
            ("indices", plan.Argument(node.Required(1))),
            ("updates", plan.Argument(node.Required(2))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteGatherND(Node node, PlanBuilder plan)
    {
        Shape data = node.Required(0).KnownShape;
        int batch = (int)node.Int("batch_dims");
        int end = batch + (int)node.Required(1).KnownShape[^1].Value;
        plan.Call(
            node,
            Description(node),
            "DataMovement.GatherND",
            ("batch", data.Product(0, batch)),
            ("dimensions", PlanBuilder.List(data.Take(end).Skip(batch))),
            ("slice", data.Product(end, data.Rank)),
            ("indices", plan.Argument(node.Required(1))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteScatterND(Node node, PlanBuilder plan)
    {
        Shape data = node.Required(0).KnownShape;
        int depth = (int)node.Required(1).KnownShape[^1].Value;
        plan.Call(
            node,
            Description(node),
            $"DataMovement.ScatterND{Reduction(node)}",
            ("dimensions", PlanBuilder.List(data.Take(depth))),
            ("slice", data.Product(depth, data.Rank)),
            ("indices", plan.Argument(node.Required(1))),
            ("updates", plan.Argument(node.Required(2))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteOneHot(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        int axis = OneHot.Axis(node, InferenceContext.Evaluation);
        plan.Call(
            node,
            Description(node),
            "DataMovement.OneHot",
            [node.Output.Type, node.Required(0).Type],
            ("outer", output.Product(0, axis)),
            ("depth", output[axis]),
            ("inner", output.Product(axis + 1, output.Rank)),
            ("indices", plan.Argument(node.Required(0))),
            ("values", plan.Argument(node.Required(2))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteWhere(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        plan.Call(
            node,
            Description(node),
            "Selection.Where",
            ("dimensions", PlanBuilder.List(output)),
            ("conditionStrides", PlanBuilder.List(Broadcasts.Strides(node.Required(0).KnownShape, output))),
            ("yesStrides", PlanBuilder.List(Broadcasts.Strides(node.Required(1).KnownShape, output))),
            ("noStrides", PlanBuilder.List(Broadcasts.Strides(node.Required(2).KnownShape, output))),
            ("condition", plan.Argument(node.Required(0))),
            ("yes", plan.Argument(node.Required(1))),
            ("no", plan.Argument(node.Required(2))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteTriangle(Node node, PlanBuilder plan)
    {
        Shape shape = node.Output.KnownShape;
        plan.Call(
            node,
            Description(node),
            "Selection.Triangle",
            ("matrices", shape.Product(0, shape.Rank - 2)),
            ("rows", shape[^2]),
            ("columns", shape[^1]),
            ("upper", node.Int("upper", 1) != 0),
            ("diagonal", Trilu.Diagonal(node, InferenceContext.Evaluation)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteReverseSequence(Node node, PlanBuilder plan)
    {
        Shape shape = node.Output.KnownShape;
        plan.Call(
            node,
            Description(node),
            "Selection.ReverseSequence",
            ("first", shape[0]),
            ("second", shape[1]),
            ("inner", shape.Product(2, shape.Rank)),
            ("batchFirst", node.Int("batch_axis", 1) == 0),
            ("lengths", plan.Argument(node.Required(1))),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    private static void WriteSlice(
        Node node, PlanBuilder plan, string name, IEnumerable<Dimension> starts, IEnumerable<Dimension> steps,
        IEnumerable<Dimension> lengths, Value output) => plan.Call(
        node,
        $"{name}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(output)}",
        "DataMovement.Slice",
        ("dimensions", PlanBuilder.List(node.Required(0).KnownShape)),
        ("starts", PlanBuilder.List(starts)),
        ("steps", PlanBuilder.List(steps)),
        ("lengths", PlanBuilder.List(lengths)),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(output)));

    private static void WriteRepeated(
        Node node, PlanBuilder plan, IEnumerable<Dimension> dimensions, IEnumerable<Dimension> strides) => plan.Call(
        node,
        Description(node),
        "DataMovement.Expand",
        ("dimensions", PlanBuilder.List(dimensions)),
        ("strides", PlanBuilder.List(strides)),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    /// <summary>What a kernel is called that meets the elements there by a reduction.</summary>
    private static string Reduction(Node node) => node.Text("reduction", "none") switch
    {
        "add" => "Add",
        "mul" => "Multiply",
        "min" => "Minimum",
        "max" => "Maximum",
        _ => string.Empty,
    };

    private static IntegersArgument List(IEnumerable<long> values) => PlanBuilder.List(values.Select(Dimension.Constant));

    private static string Description(Node node) =>
        $"{node.Type}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";
}
