using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The largest element of each window.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__MaxPool.html, since opset 1. Gaps: the second output (indices), and with it
/// <c>storage_order</c>, which only concerns that output.
/// </remarks>
internal sealed class MaxPool() : Pooling(("storage_order", AttributeKind.Int))
{
    protected override bool TakesIntegers => true;

    protected override double Reduce(Node node, double[] covered, int padded) => covered.Aggregate(double.NegativeInfinity, Math.Max);
}
