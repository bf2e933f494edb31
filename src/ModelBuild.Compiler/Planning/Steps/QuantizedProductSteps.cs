using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>Products of two tensors of codes that only the run knows.</summary>
internal static class QuantizedProductSteps
{
    public static void Write(Node node, PlanBuilder plan)
    {
        Value left = node.Required(0);
        Value right = node.Required(1);
        Shape l = left.KnownShape;
        Shape r = right.KnownShape;
        Shape y = node.Output.KnownShape;
        float scale = left.Quantization!.Scale * right.Quantization!.Scale * node.Float("factor", 1);
        Dimension products = y.Product(0, y.Rank - 2) * l[^2] * l[^1] * r[^1];
        plan.CountMacs(products);
        List<(string, PlanArgument?)> result = [("multiplier", scale)];
        if (node.Output.Type == DataType.UInt8)
        {
            QuantizationParameters output = node.Output.Quantization!;
            (int minimum, int maximum) = FusedEpilogue.QuantizedBounds(node, output);
            result =
            [
                ("multiplier", scale / output.Scale), ("zeroPoint", output.ZeroPoint), ("minimum", minimum), ("maximum", maximum),
            ];
        }

        plan.Call(
            node,
            $"Matrix product of {PlanBuilder.Describe(left)} and {PlanBuilder.Describe(right)} → {PlanBuilder.Describe(node.Output)}",
            node.Output.Type == DataType.UInt8 ? "QuantizedMatrixProduct.UInt8" : "QuantizedMatrixProduct.Float32",
            [
                ("shape", PlanBuilder.Nested(nameof(GemmShape), ("rows", l[^2]), ("inner", l[^1]), ("columns", r[^1]))),
                ("matrices", Broadcasts.Nest(Leading(l), Leading(r), Leading(y))),
                ("left", plan.Argument(left)),
                ("leftZeroPoint", left.Quantization.ZeroPoint),
                ("right", plan.Argument(right)),
                ("rightZeroPoint", right.Quantization.ZeroPoint),
                .. result,
                ("output", plan.Tensor(node.Output)),
                ("scratch", plan.Scratch(ScratchBytes(l[^1], r[^1]))),
                ("threads", PlanBuilder.Threads(products)),
            ]);
    }

    /// <summary>No less than <see cref="QuantizedMatrixProduct.ScratchBytes"/>, for sizes that only the run knows too.</summary>
    private static Dimension ScratchBytes(Dimension inner, Dimension columns)
    {
        if (inner.IsConstant && columns.IsConstant)
        {
            return QuantizedMatrixProduct.ScratchBytes((int)inner.Value, (int)columns.Value);
        }

        Dimension step = inner + 3;
        Dimension padded = columns + 15;
        return ((padded + (columns * 48)) * sizeof(int)) + (step * (padded + 48));
    }

    /// <summary>The dimensions before the matrices.</summary>
    private static Shape Leading(Shape shape) => new(shape.SkipLast(2));
}
