using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Operators;

/// <summary>The mean of each window, over the elements of the input in it or, with <c>count_include_pad</c>, the padding too.</summary>
/// <remarks>https://onnx.ai/onnx/operators/onnx__AveragePool.html, since opset 1; <c>dilations</c> since 19.</remarks>
internal sealed class AveragePool() : Pooling(("count_include_pad", AttributeKind.Int))
{
    protected override bool TakesIntegers => false;

    protected override double Reduce(Node node, double[] covered, int padded) =>
        covered.Sum() / (node.Int("count_include_pad") != 0 ? padded : covered.Length);
}
