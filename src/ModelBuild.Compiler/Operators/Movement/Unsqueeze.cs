using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Inserts dimensions of 1, so that they stand at the given axes of the result.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__Unsqueeze.html, since opset 1; axes are an input since 13 (import makes them that).
/// </remarks>
internal sealed class Unsqueeze() : Operator(2, 2)
{
    public override void Infer(Node node, InferenceContext context)
    {
        Value input = node.Required(0);
        if (context.IsFromData(node, 1))
        {
            node.Output.Set(
                input.Type, new Shape(context.BoundDimensions(node, input.KnownShape.Rank + context.BoundCount(node, 1, "axes"))));
            return;
        }

        long[] given = context.Constants(node, 1, "axes")!;
        int rank = input.KnownShape.Rank + given.Length;
        int[] axes = context.Axes(node, given, rank);
        using IEnumerator<Dimension> source = input.KnownShape.GetEnumerator();
        var shape = new Dimension[rank];
        for (int i = 0; i < rank; i++)
        {
            shape[i] = axes.Contains(i) || !source.MoveNext() ? Dimension.One : source.Current;
        }

        node.Output.Set(input.Type, new Shape(shape), SymbolicElements.Of(input));
    }

    public override Tensor[] Evaluate(Node node, IReadOnlyList<Tensor?> inputs)
    {
        Tensor x = inputs[0]!;
        long[] axes = inputs[1]!.ToInt64s();
        int rank = x.Rank + axes.Length;
        List<long> dimensions = [.. x.Dimensions];
        foreach (long axis in axes.Select(a => a < 0 ? a + rank : a).Order())
        {
            dimensions.Insert((int)axis, 1);
        }

        return [x.Reshape([.. dimensions])];
    }
}
