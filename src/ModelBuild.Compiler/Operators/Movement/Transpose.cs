using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>Permutes the axes: axis i of the result is axis perm[i] of the input; without <c>perm</c> they are reversed.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__Transpose.html, since opset 1.</remarks>
internal sealed class Transpose() : Operator(1, 1, ("perm", AttributeKind.Ints))
{
    /// <summary>The permutation of a node, its default worked out.</summary>
    public static int[] Permutation(Node node, int rank) => node.Ints("perm") is { } given
        ? [.. given.Select(axis => (int)axis)]
        : [.. Enumerable.Range(0, rank).Reverse()];

    /// <summary>A transposed copy.</summary>
    public static Tensor Apply(Tensor tensor, IReadOnlyList<int> permutation)
    {
        long[] strides = Strides.Of([.. tensor.Dimensions]);
        long[] dimensions = [.. permutation.Select(axis => tensor.Dimensions[axis])];
        return Movement.Gather(tensor, Strides.Walk(dimensions, [.. permutation.Select(axis => strides[axis])]), dimensions);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        context.RequireMovable(node, 0);
        int rank = input.KnownShape.Rank;
        int[] permutation = Permutation(node, rank);
        if (!permutation.Order().SequenceEqual(Enumerable.Range(0, rank)))
        {
            throw context.Malformed(node, $"permutes {rank} axes by [{string.Join(",", permutation)}].");
        }

        node.Output.Set(input.Type, input.KnownShape.Permute(permutation), SymbolicElements.Of(input));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs) => [Apply(inputs[0]!, Permutation(node, inputs[0]!.Rank))];
}
