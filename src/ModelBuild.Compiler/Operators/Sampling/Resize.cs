using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Samples a tensor anew along some axes, by the nearest element or by interpolation between several.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Resize.html, since opset 10 (that form and Upsample are brought to the later one by import);
/// <c>axes</c>, <c>antialias</c> and <c>keep_aspect_ratio_policy</c> since 18. <c>length_resized</c> is the length of the result, as the
/// page says, where ONNX's reference takes the product of length and scale that it was rounded from.
/// </remarks>
internal sealed class Resize() : Operator(
    1, 4, ("antialias", AttributeKind.Int), ("axes", AttributeKind.Ints), ("coordinate_transformation_mode", AttributeKind.Text),
    ("cubic_coeff_a", AttributeKind.Float), ("exclude_outside", AttributeKind.Int), ("extrapolation_value", AttributeKind.Float),
    ("keep_aspect_ratio_policy", AttributeKind.Text), ("mode", AttributeKind.Text), ("nearest_mode", AttributeKind.Text))
{
    private static readonly string[] s_policies = ["stretch", "not_larger", "not_smaller"];

    /// <summary>The number that kernels have for a node's <c>keep_aspect_ratio_policy</c>.</summary>
    public static int Policy(Node node) => Array.IndexOf(s_policies, node.Text("keep_aspect_ratio_policy", s_policies[0]));

    /// <summary>Integers are interpolated as floats, and the results lose their fraction, as in ONNX's reference.</summary>
    public override IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        if (!input.Type.IsInteger() || IsNearest(node))
        {
            return null;
        }

        var expansion = new Expansion(graph, node, context);
        Value resized = expansion.Apply(
            "Resize", [expansion.Cast(input, DataType.Float32), .. node.Inputs.Skip(1)],
            [.. node.Attributes.Select(a => (a.Key, a.Value))]);
        return expansion.Replace([expansion.Cast(resized, input.Type)]);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        RequireOneOf(node, "mode", context, ResizeAttributes.Modes);
        RequireOneOf(node, "nearest_mode", context, ResizeAttributes.Roundings);
        RequireOneOf(node, "keep_aspect_ratio_policy", context, s_policies);
        RequireOneOf(node, "coordinate_transformation_mode", context, ResizeAttributes.Transformations);
        if (IsNearest(node))
        {
            context.RequireMovable(node, 0);
        }
        else
        {
            context.RequireFloat(node, 0);
        }

        if (Repeats(node) is { } repeats)
        {
            node.Output.Set(input.Type, new Shape(input.KnownShape.Select((d, i) => d * repeats[i])));
            return;
        }

        Shape shape = input.KnownShape;
        if (IsFromData(node, context))
        {
            InferFromData(node, context);
            return;
        }

        foreach (ResizedAxis axis in Axes(node, context))
        {
            if (axis.Length == 0 && axis.Result > 0)
            {
                throw context.Malformed(node, $"makes {axis.Result} elements out of none.");
            }

            shape = shape.With(axis.Axis, axis.Result);
        }

        node.Output.Set(input.Type, shape);
    }

    /// <summary>
    /// How often each element stands there along each axis, where that is all and the run decides a length; otherwise null.
    /// </summary>
    public static long[]? Repeats(Node node)
    {
        Shape shape = node.Required(0).KnownShape;
        (string transformation, string rounding) =
            (node.Text("coordinate_transformation_mode", "half_pixel"), node.Text("nearest_mode", "round_prefer_floor"));
        bool isRepetition = (transformation, rounding) is ("asymmetric", "floor")
            or ("half_pixel" or "half_pixel_symmetric" or "pytorch_half_pixel", "round_prefer_floor" or "round_prefer_ceil");
        if (shape.IsConstant || !IsNearest(node) || !isRepetition || node.Text("keep_aspect_ratio_policy", "stretch") != "stretch")
        {
            return null;
        }

        int[] axes = node.Ints("axes") is { } given
            ? [.. given.Select(a => (int)(a < 0 ? a + shape.Rank : a))] : [.. Enumerable.Range(0, shape.Rank)];
        long[] repeats = [.. Enumerable.Repeat(1L, shape.Rank)];
        float[]? scales = node.Input(2)?.Constant is { Length: > 0 } constant && constant.Type.IsFloat() ? constant.ToFloats() : null;
        IReadOnlyList<Dimension>? sizes = scales is null ? SymbolicElements.Of(node.Input(3)) : null;
        for (int i = 0; i < axes.Length; i++)
        {
            if (axes[i] < 0 || axes[i] >= shape.Rank || (scales?.Length ?? sizes?.Count) != axes.Length)
            {
                return null;
            }

            double repeat = scales is not null ? scales[i]
                : sizes![i].DivideExactly(shape[axes[i]]) is { IsConstant: true } quotient ? quotient.Value
                : 0;
            if (repeat < 1 || repeat > 1 << 16 || repeat != Math.Floor(repeat))
            {
                return null;
            }

            repeats[axes[i]] = (long)repeat;
        }

        // Tables are made where they can be: they go through integers and layouts.
        return Enumerable.Range(0, shape.Rank).Any(i => repeats[i] > 1 && !shape[i].IsConstant) ? repeats : null;
    }

    /// <summary>True where the result's elements are the input's.</summary>
    public static bool IsNearest(Node node) => node.Text("mode", "nearest") == "nearest";

    /// <summary>True where elements from outside the tensor are a value of their own.</summary>
    public static bool Extrapolates(Node node) => node.Text("coordinate_transformation_mode") == "tf_crop_and_resize";

    /// <summary>
    /// The axes of a node of whose lengths, sizes or scales only the run knows some, but for those that stay as they are, and where each
    /// stands among those that the node names.
    /// </summary>
    public static IReadOnlyList<(int Axis, int Place)> OpenAxes(Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        int[] axes = NamedAxes(node, context);
        float[]? scales = Present(node, 2)?.Constant is { } constant && constant.Type.IsFloat() ? constant.ToFloats() : null;
        IReadOnlyList<Dimension>? sizes = Policy(node) == 0 ? SymbolicElements.Of(Present(node, 3)) : null;
        bool hasRegion = Extrapolates(node);
        return
        [
            .. axes.Select((axis, place) => (axis, place)).Where(a => hasRegion || !IsKept(a.axis, a.place)),
        ];

        bool IsKept(int axis, int place) =>
            scales?.ElementAtOrDefault(place) == 1 || sizes?.ElementAtOrDefault(place)?.Equals(shape[axis]) == true;
    }

    /// <summary>Whether only the run knows how the node resizes.</summary>
    private static bool IsFromData(Node node, InferenceContext context)
    {
        if (node.Bound.Count > 0 || Enumerable.Range(1, 3).Any(i => Present(node, i) is not null && (i > 1 || Extrapolates(node))
            && context.IsFromData(node, i)))
        {
            return true;
        }

        Shape shape = node.Required(0).KnownShape;
        return (Present(node, 2) is not null || Present(node, 3) is not null) && OpenAxes(node, context).Any(a => !shape[a.Axis].IsConstant
            || SymbolicElements.Of(Present(node, 3))?.ElementAtOrDefault(a.Place) is { IsConstant: false });
    }

    /// <summary>An input that is there; before opset 13 an empty tensor stands for an absent one.</summary>
    public static Value? Present(Node node, int index) =>
        node.Input(index) is { } value && !value.KnownShape.Length.Equals(Dimension.Zero) ? value : null;

    /// <summary>Binds the lengths of the results, and the neighbours of an element where several count.</summary>
    private static void InferFromData(Node node, InferenceContext context)
    {
        int[] named = NamedAxes(node, context);
        Value? scales = Present(node, 2);
        Value? sizes = Present(node, 3);
        if ((scales is null) == (sizes is null) && named.Length > 0)
        {
            throw context.Malformed(node, $"has {(scales is null ? "neither scales nor sizes" : "both scales and sizes")}.");
        }

        RequireList(scales, DataType.Float32, named.Length);
        RequireList(sizes, DataType.Int64, named.Length);
        if (Extrapolates(node))
        {
            RequireList(
                node.Input(1) ?? throw context.Malformed(node, "lacks a region."), DataType.Float32, 2 * named.Length);
        }

        IReadOnlyList<(int Axis, int Place)> axes = OpenAxes(node, context);
        Shape shape = node.Required(0).KnownShape;
        float[]? factors = scales?.Constant?.ToFloats();
        IReadOnlyList<Dimension>? lengths = Policy(node) == 0 ? SymbolicElements.Of(sizes) : null;
        for (int i = 0; i < axes.Count; i++)
        {
            (int axis, int place) = axes[i];
            Dimension? known = lengths?[place] ?? (factors is null ? null : Scaled(shape[axis], factors[place]));
            if (known is not null && node.Bound.Count == i)
            {
                node.Bound.Add(known);
            }

            shape = shape.With(axis, context.Bound(node, i, $"dim{axis}"));
        }

        for (int i = 0; i < axes.Count && !IsNearest(node); i++)
        {
            context.Bound(node, axes.Count + i, $"taps{axes[i].Axis}");
        }

        node.Output.Set(node.Required(0).Type, shape);

        void RequireList(Value? list, DataType type, int count)
        {
            if (list is not null && (list.Type != type || list.KnownShape is not { Rank: 1 } known
                || (known[0].IsConstant && known[0].Value != count)))
            {
                throw context.Malformed(node, $"has {list.Type}{list.Shape} for {named.Length} axes; it takes {count} of {type}.");
            }
        }
    }

    /// <summary>The length of a result where that can be said without rounding of its own; otherwise null.</summary>
    private static Dimension? Scaled(Dimension length, float scale)
    {
        double inverse = 1 / (double)scale;
        return scale is >= 1 and <= 1 << 16 && scale == MathF.Floor(scale) ? length * (long)scale
            : inverse is > 1 and <= 1 << 16 && double.IsPow2(inverse) ? length.FloorDivide((long)inverse)
            : null;
    }

    private static int[] NamedAxes(Node node, InferenceContext context)
    {
        int rank = node.Required(0).KnownShape.Rank;
        int[] axes = node.Ints("axes") is { } given ? [.. given.Select(a => context.Axis(node, a, rank))] : [.. Enumerable.Range(0, rank)];
        return axes.Distinct().Count() == axes.Length ? axes : throw context.Malformed(node, "names an axis twice.");
    }

    /// <summary>The axes along which the result differs from the input, in ascending order.</summary>
    /// <exception cref="CompilationException">MODELB1xxx: they are malformed or not known at build.</exception>
    public static IReadOnlyList<ResizedAxis> Axes(Node node, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        int[] axes = NamedAxes(node, context);
        bool hasScales = Present(node, 2) is not null;
        bool hasSizes = Present(node, 3) is not null;
        if (hasScales == hasSizes && axes.Length > 0)
        {
            throw context.Malformed(node, $"has {(hasScales ? "both scales and sizes" : "neither scales nor sizes")}.");
        }

        float[] regions = Extrapolates(node) ? Floats(node, 1, 2 * axes.Length, "a region", context) : [];
        ResizedAxis?[] resized = hasScales
            ? ByScales(node, axes, Floats(node, 2, axes.Length, "scales", context), context)
            : BySizes(node, axes, context);
        for (int i = 0; i < regions.Length / 2; i++)
        {
            (float start, float end) = (regions[i], regions[axes.Length + i]);
            if (start != 0 || end != 1)
            {
                int length = Length(node, axes[i], context);
                resized[i] = (resized[i] ?? new ResizedAxis(axes[i], length, length, 1)) with { Start = start, End = end };
            }
        }

        return [.. resized.OfType<ResizedAxis>().OrderBy(a => a.Axis)];
    }

    private static ResizedAxis?[] ByScales(Node node, int[] axes, float[] scales, InferenceContext context)
    {
        var resized = new ResizedAxis?[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            if (!(scales[i] > 0) || float.IsInfinity(scales[i]))
            {
                throw context.Malformed(node, $"has the scale {scales[i]}.");
            }

            if (scales[i] != 1)
            {
                int length = Length(node, axes[i], context);
                resized[i] = new ResizedAxis(axes[i], length, Result(node, Math.Floor(scales[i] * length), context), scales[i]);
            }
        }

        return resized;
    }

    private static ResizedAxis?[] BySizes(Node node, int[] axes, InferenceContext context)
    {
        Shape shape = node.Required(0).KnownShape;
        IReadOnlyList<Dimension> sizes = axes.Length == 0 ? [] : SymbolicElements.Of(node.Required(3))
            ?? throw context.Unsupported(node, "computes its sizes at run time. They must be known at build.");
        if (sizes.Count != axes.Length)
        {
            throw context.Malformed(node, $"has {sizes.Count} sizes for {axes.Length} axes.");
        }

        var resized = new ResizedAxis?[axes.Length];
        string policy = node.Text("keep_aspect_ratio_policy", "stretch");
        for (int i = 0; i < axes.Length; i++)
        {
            // An axis that keeps its length may be one that the run decides.
            if (policy != "stretch" || !sizes[i].Equals(shape[axes[i]]))
            {
                int length = Length(node, axes[i], context);
                int result = sizes[i].IsConstant
                    ? Result(node, sizes[i].Value, context)
                    : throw context.Unbound(node, "has sizes that depend on run-time dimensions.", sizes[i]);
                resized[i] = new ResizedAxis(axes[i], length, result, length == 0 ? 1 : (float)result / length);
            }
        }

        if (policy == "stretch" || axes.Length == 0)
        {
            return resized;
        }

        float scale = policy == "not_larger" ? resized.Min(a => a!.Scale) : resized.Max(a => a!.Scale);
        return [.. resized.Select(a => scale == 1 ? null : a! with
        {
            Result = Result(node, Math.Floor((scale * a.Length) + 0.5f), context),
            Scale = scale,
        })];
    }

    private static int Length(Node node, int axis, InferenceContext context)
    {
        Dimension length = node.Required(0).KnownShape[axis];
        return length.IsConstant ? (int)length.Value
            : throw context.Unbound(node, $"resizes {node.Required(0).Shape} along a dimension that the run decides.", length);
    }

    private static int Result(Node node, double size, InferenceContext context) => size is >= 0 and <= int.MaxValue
        ? (int)size
        : throw context.Malformed(node, $"makes {size} elements along an axis.");

    private static float[] Floats(Node node, int index, int count, string role, InferenceContext context)
    {
        Tensor tensor = (node.Input(index) ?? throw context.Malformed(node, $"lacks {role}.")).Constant
            ?? throw context.Unsupported(node, $"computes {role} at run time, which must be known at build.");
        return tensor.Type.IsFloat() && tensor.Length == count
            ? tensor.ToFloats()
            : throw context.Malformed(node, $"has {role} of type {tensor.Type} and shape {tensor.Shape}; it takes {count} floats.");
    }

    private static void RequireOneOf(Node node, string attribute, InferenceContext context, IReadOnlyList<string> values)
    {
        if (!values.Contains(node.Text(attribute, values[0])))
        {
            throw context.Malformed(node, $"has {attribute} '{node.Text(attribute)}'. There are {string.Join(", ", values)}.");
        }
    }
}
