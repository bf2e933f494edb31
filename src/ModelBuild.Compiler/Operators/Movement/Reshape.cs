using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>The same elements in the same order under other dimensions: 0 keeps a dimension, −1 takes what is left.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Reshape.html, since opset 5; <c>allowzero</c> since 14. The new shape may hold run-time
/// dimensions as long as shape arithmetic can follow them; where it comes from data, all dimensions are found out at run time.
/// </remarks>
internal sealed class Reshape() : Operator(2, 2, ("allowzero", AttributeKind.Int))
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireType(node, 1, node.Required(1).Type == DataType.Int64);
        if (SymbolicElements.Of(node.Required(1)) is not { } target)
        {
            IReadOnlyList<Dimension?>? sizes = KnownElements.Of(node.Required(1));
            node.Output.Set(input.Type, new Shape(context.BoundDimensions(
                node, context.BoundCount(node, 1, "new shape"), i => sizes?[i] is { IsConstant: true, Value: > 0 } size ? size : null)));
            return;
        }

        Shape from = input.KnownShape;
        var to = new Dimension[target.Count];
        int free = -1;
        for (int i = 0; i < to.Length; i++)
        {
            bool isConstant = target[i].IsConstant;
            if (isConstant && target[i].Value == 0 && node.Int("allowzero") == 0)
            {
                to[i] = i < from.Rank ? from[i] : throw context.Malformed(node, $"keeps dimension {i} of {from}, which has none.");
            }
            else if (isConstant && target[i].Value < 0)
            {
                if (target[i].Value < -1 || free >= 0)
                {
                    throw context.Malformed(node, $"reshapes to [{string.Join(",", target)}].");
                }

                free = i;
                to[i] = Dimension.One;
            }
            else
            {
                to[i] = target[i];
            }
        }

        Dimension wanted = new Shape(to).Length;
        if (free >= 0 && !(wanted.IsConstant && wanted.Value == 0) && from.Length.DivideExactly(wanted) is { } rest)
        {
            to[free] = rest;
        }
        else if (free >= 0 || !wanted.Equals(from.Length))
        {
            // Windows of an image, or frames of a signal: whether they come out even is found out with how many there are.
            to = IsOpen(from.Length, wanted, free >= 0) ? Found(node, to, free, context) : throw Mismatch();
        }

        var shape = new Shape(to);
        node.Output.Set(input.Type, shape, SymbolicElements.Of(input));

        CompilationException Mismatch() => from.Length.IsConstant && wanted.IsConstant
            ? context.Malformed(node, $"reshapes {from} to [{string.Join(",", target)}], which has another number of elements.")
            : context.Unbound(node, $"reshapes {from} to [{string.Join(",", target)}]; whether that goes depends on the run.",
                [.. from, .. target]);
    }

    /// <summary>Whether the sizes of a run may go where they do for some; a shape for one batch is no shape for all.</summary>
    private static bool IsOpen(Dimension length, Dimension wanted, bool hasFree) => !length.IsConstant
        && (hasFree
            ? !wanted.IsConstant || wanted.Value > 0
            : !wanted.IsConstant && !wanted.Symbols.ToHashSet(StringComparer.Ordinal).IsProperSubsetOf(length.Symbols));

    /// <summary>The shape in which the run finds out one dimension: that which takes what is left, or the first that is open.</summary>
    private static Dimension[] Found(Node node, Dimension[] to, int free, InferenceContext context)
    {
        int found = free >= 0 ? free : Array.FindIndex(to, d => !d.IsConstant);
        var result = new Dimension[to.Length];
        for (int i = 0; i < to.Length; i++)
        {
            result[i] = i == found ? context.Bound(node, i, $"dim{i}") : to[i];
            if (node.Bound.Count == i)
            {
                node.Bound.Add(to[i]);
            }

            node.Bound[i] = result[i];
        }

        return result;
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        long[] to = inputs[1]!.ToInt64s();
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = to[i] == 0 && node.Int("allowzero") == 0 ? x.Dimensions[i] : to[i];
        }

        int free = Array.IndexOf(to, -1);
        if (free >= 0)
        {
            to[free] = x.Length / to.Where(d => d >= 0).Aggregate(1L, (product, d) => product * d);
        }

        return [x.Reshape(to)];
    }
}
