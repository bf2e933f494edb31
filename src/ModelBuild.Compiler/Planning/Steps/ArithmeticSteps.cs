using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Functions of two tensors, element by element, with ONNX's multidirectional broadcasting.</summary>
internal static class ArithmeticSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        string method = node.Type switch { "Add" => "Add", "Sub" => "Subtract", "Mul" => "Multiply", _ => "Divide" };
        plan.Call(
            node,
            Description(node, method),
            $"Arithmetic.{method}",
            ("shape", BroadcastOf(node)),
            ("left", plan.Argument(node.Required(0))),
            ("right", plan.Argument(node.Required(1))),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteQuantizedAdd(Node node, PlanBuilder plan)
    {
        QuantizationParameters left = node.Required(0).Quantization!;
        QuantizationParameters right = node.Required(1).Quantization!;
        QuantizationParameters output = node.Output.Quantization!;
        (int minimum, int maximum) = FusedEpilogue.QuantizedBounds(node, output);
        plan.Call(
            node,
            Description(node, "Add"),
            "QuantizedArithmetic.Add",
            ("shape", BroadcastOf(node)),
            ("left", plan.Argument(node.Required(0))),
            ("leftZeroPoint", left.ZeroPoint),
            ("leftMultiplier", left.Scale / output.Scale),
            ("right", plan.Argument(node.Required(1))),
            ("rightZeroPoint", right.ZeroPoint),
            ("rightMultiplier", node.Int("sign", 1) * (right.Scale / output.Scale)),
            ("zeroPoint", output.ZeroPoint),
            ("minimum", minimum),
            ("maximum", maximum),
            ("output", plan.Tensor(node.Output)));
    }

    public static void WriteQuantizedMultiply(Node node, PlanBuilder plan)
    {
        QuantizationParameters left = node.Required(0).Quantization!;
        QuantizationParameters right = node.Required(1).Quantization!;
        QuantizationParameters output = node.Output.Quantization!;
        (int minimum, int maximum) = FusedEpilogue.QuantizedBounds(node, output);
        plan.Call(
            node,
            Description(node, "Multiply"),
            "QuantizedArithmetic.Multiply",
            ("shape", BroadcastOf(node)),
            ("left", plan.Argument(node.Required(0))),
            ("leftZeroPoint", left.ZeroPoint),
            ("right", plan.Argument(node.Required(1))),
            ("rightZeroPoint", right.ZeroPoint),
            ("multiplier", left.Scale * right.Scale / output.Scale),
            ("zeroPoint", output.ZeroPoint),
            ("minimum", minimum),
            ("maximum", maximum),
            ("output", plan.Tensor(node.Output)));
    }

    private static string Description(Node node, string what) =>
        $"{what}: {PlanBuilder.Describe(node.Required(0))} and {PlanBuilder.Describe(node.Required(1))} → {PlanBuilder.Describe(node.Output)}";

    /// <summary>
    /// The loop nest of a broadcast: neighbouring dimensions along which both operands behave alike are one. Null where the shapes are
    /// equal and no nest is needed.
    /// </summary>
    /// <exception cref="NotSupportedException">More than four dimensions are left.</exception>
    private static PlanCall? BroadcastOf(Node node)
    {
        Shape left = node.Required(0).KnownShape;
        Shape right = node.Required(1).KnownShape;
        Shape output = node.Output.KnownShape;
        if (left.Equals(output) && right.Equals(output))
        {
            return null;
        }

        var groups = new List<(Dimension Size, bool Left, bool Right)>();
        for (int axis = 0; axis < output.Rank; axis++)
        {
            bool hasLeft = Has(left, axis);
            bool hasRight = Has(right, axis);
            if (output[axis].Equals(Dimension.One))
            {
                continue;
            }

            if (groups.Count > 0 && groups[^1].Left == hasLeft && groups[^1].Right == hasRight)
            {
                groups[^1] = (groups[^1].Size * output[axis], hasLeft, hasRight);
            }
            else
            {
                groups.Add((output[axis], hasLeft, hasRight));
            }
        }

        if (groups.Count > 4)
        {
            throw new NotSupportedException($"node '{node.Name}' ({node.Type}) broadcasts over {groups.Count} alternating dimensions; at most 4 are supported.");
        }

        while (groups.Count < 4)
        {
            groups.Insert(0, (Dimension.One, false, false));
        }

        Dimension[] leftStrides = Strides(groups.Select(g => (g.Size, g.Left)));
        Dimension[] rightStrides = Strides(groups.Select(g => (g.Size, g.Right)));
        return PlanBuilder.Nested(
            nameof(BroadcastShape),
            [
                .. groups.Select((g, i) => ($"n{i}", (PlanArgument?)g.Size)),
                .. leftStrides.Select((s, i) => ($"left{i}", (PlanArgument?)s)),
                .. rightStrides.Select((s, i) => ($"right{i}", (PlanArgument?)s)),
            ]);

        bool Has(Shape shape, int axis)
        {
            int own = axis - (output.Rank - shape.Rank);
            return own >= 0 && !shape[own].Equals(Dimension.One);
        }

        static Dimension[] Strides(IEnumerable<(Dimension Size, bool Has)> groups)
        {
            (Dimension Size, bool Has)[] list = [.. groups];
            var strides = new Dimension[list.Length];
            Dimension stride = Dimension.One;
            for (int i = list.Length - 1; i >= 0; i--)
            {
                strides[i] = list[i].Has ? stride : Dimension.Zero;
                stride *= list[i].Has ? list[i].Size : Dimension.One;
            }

            return strides;
        }
    }
}
