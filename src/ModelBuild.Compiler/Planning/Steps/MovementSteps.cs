using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Operators that move elements and leave them as they are.</summary>
internal static class MovementSteps
{
    public static void WriteCopy(Node node, PlanBuilder plan) => plan.Call(
        node, Description(node), Kernel(node, "Copy"), ("input", plan.Argument(node.Required(0))), ("output", plan.Tensor(node.Output)));

    public static void WriteTranspose(Node node, PlanBuilder plan) => plan.Call(
        node,
        Description(node),
        Kernel(node, "Transpose"),
        ("dimensions", List(node.Required(0).KnownShape)),
        ("permutation", List(node.Ints("perm")!)),
        ("input", plan.Argument(node.Required(0))),
        ("output", plan.Tensor(node.Output)));

    public static void WriteConcat(Node node, PlanBuilder plan)
    {
        Shape output = node.Output.KnownShape;
        int axis = (int)(node.Int("axis") < 0 ? node.Int("axis") + output.Rank : node.Int("axis"));
        Dimension rows = output.Product(0, axis);
        Dimension stride = output.Product(axis, output.Rank);
        Dimension offset = Dimension.Zero;
        foreach (Value input in node.Inputs.OfType<Value>())
        {
            Dimension length = input.KnownShape.Product(axis, output.Rank);
            plan.Call(
                node,
                $"Concat: {PlanBuilder.Describe(input)} into {PlanBuilder.Describe(node.Output)}",
                Kernel(node, "Concatenate"),
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
        long[] pads = node.Required(1).Constant!.ToInt64s();
        int rank = pads.Length / 2;
        PlanArgument value = node.Output.Type == DataType.UInt8
            ? (long)(node.Input(2)?.Constant?.ToFloats()[0] ?? 0)
            : node.Input(2)?.Constant?.ToFloats()[0] ?? 0f;
        plan.Call(
            node,
            Description(node),
            Kernel(node, "Pad"),
            ("dimensions", List(node.Required(0).KnownShape)),
            ("before", List(pads[..rank])),
            ("after", List(pads[rank..])),
            ("value", value),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteSlice(Node node, PlanBuilder plan)
    {
        Shape input = node.Required(0).KnownShape;
        var starts = new Dimension[input.Rank];
        var steps = new Dimension[input.Rank];
        Array.Fill(starts, Dimension.Zero);
        Array.Fill(steps, Dimension.One);
        long[] given = node.Required(1).Constant!.ToInt64s();
        long[] axes = node.Input(3)?.Constant?.ToInt64s() ?? [.. Enumerable.Range(0, given.Length).Select(i => (long)i)];
        long[]? strides = node.Input(4)?.Constant?.ToInt64s();
        for (int i = 0; i < given.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + input.Rank : axes[i]);
            long step = strides?[i] ?? 1;
            Dimension size = input[axis];
            Dimension start = given[i] < 0 ? size + given[i] : given[i];
            if (size.IsConstant)
            {
                // ONNX Slice: starts are clamped to [0, n] going forwards and to [0, n − 1] going backwards.
                start = Math.Clamp(start.Value, 0, step > 0 ? size.Value : size.Value - 1);
            }

            starts[axis] = start;
            steps[axis] = step;
        }

        plan.Call(
            node,
            Description(node),
            Kernel(node, "Slice"),
            ("dimensions", List(input)),
            ("starts", List(starts)),
            ("steps", List(steps)),
            ("lengths", List(node.Output.KnownShape)),
            ("input", plan.Argument(node.Required(0))),
            ("output", plan.Tensor(node.Output)));
    }

    private static string Kernel(Node node, string what) => node.Output.Type switch
    {
        DataType.UInt8 or DataType.Int8 or DataType.Bool => $"DataMovement.{what}UInt8",
        DataType.Float32 => $"DataMovement.{what}Float32",
        DataType type => throw new NotSupportedException($"node '{node.Name}' ({node.Type}) works on {type} at run time; Float32 and 8-bit types are supported."),
    };

    private static IntegersArgument List(IEnumerable<Dimension> values) => new(new EquatableArray<Dimension>(values));

    private static IntegersArgument List(IEnumerable<long> values) => List(values.Select(Dimension.Constant));

    private static string Description(Node node) => $"{node.Type}: {PlanBuilder.Describe(node.Required(0))} → {PlanBuilder.Describe(node.Output)}";
}
