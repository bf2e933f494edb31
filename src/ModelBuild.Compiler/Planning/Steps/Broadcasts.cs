using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Planning.Steps;

/// <summary>How two shapes meet in a third (ONNX: multidirectional broadcasting), as kernels want to hear it.</summary>
internal static class Broadcasts
{
    /// <summary>The loop nest of a broadcast; null where the shapes are equal and none is needed.</summary>
    public static PlanCall? NestIfNeeded(Shape left, Shape right, Shape output) =>
        left.Equals(output) && right.Equals(output) ? null : Nest(left, right, output);

    /// <summary>The loop nest of a broadcast.</summary>
    public static PlanCall Nest(Shape left, Shape right, Shape output)
    {
        List<(Dimension Size, bool Left, bool Right)> groups = Groups(left, right, output);
        return PlanBuilder.Nested(
            nameof(BroadcastShape),
            ("dimensions", PlanBuilder.List(groups.Select(g => g.Size))),
            ("left", PlanBuilder.List(Strides(groups.Select(g => (g.Size, g.Left))))),
            ("right", PlanBuilder.List(Strides(groups.Select(g => (g.Size, g.Right))))));
    }

    private static List<(Dimension Size, bool Left, bool Right)> Groups(Shape left, Shape right, Shape output)
    {
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

        return groups;

        bool Has(Shape shape, int axis)
        {
            int own = axis - (output.Rank - shape.Rank);
            return own >= 0 && !shape[own].Equals(Dimension.One);
        }
    }

    /// <summary>How far a tensor advances along each axis of one that it is broadcast to; 0 where it is repeated.</summary>
    public static Dimension[] Strides(Shape shape, Shape output)
    {
        var strides = new Dimension[output.Rank];
        Dimension stride = Dimension.One;
        for (int axis = output.Rank - 1; axis >= 0; axis--)
        {
            int own = axis - (output.Rank - shape.Rank);
            bool has = own >= 0 && !shape[own].Equals(Dimension.One);
            strides[axis] = has ? stride : Dimension.Zero;
            stride *= has ? shape[own] : Dimension.One;
        }

        return strides;
    }

    private static Dimension[] Strides(IEnumerable<(Dimension Size, bool Has)> groups)
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
