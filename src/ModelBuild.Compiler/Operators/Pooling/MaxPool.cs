using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The largest element of each window.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__MaxPool.html, since opset 1. The second output has the places of the maxima, counted through the
/// whole input; with <c>storage_order</c> 1 places within a channel count the first spatial axis fastest. The first of equal ones counts.
/// </remarks>
internal sealed class MaxPool() : Pooling(("storage_order", AttributeKind.Int))
{
    public override int Outputs => 2;

    public override void Infer(Node node, InferenceContext context)
    {
        base.Infer(node, context);
        if (node.Outputs.Count > 1)
        {
            node.Outputs[1]?.Set(DataType.Int64, Result(node, context));
        }
    }

    /// <summary>Nothing but the kernel knows places.</summary>
    public override Tensor[]? Evaluate(Node node, IReadOnlyList<Tensor?> inputs) =>
        node.Outputs.Count > 1 && node.Outputs[1] is not null ? null : base.Evaluate(node, inputs);

    protected override bool TakesIntegers => true;

    protected override double Reduce(Node node, double[] covered, int padded) => covered.Aggregate(double.NegativeInfinity, Math.Max);
}
