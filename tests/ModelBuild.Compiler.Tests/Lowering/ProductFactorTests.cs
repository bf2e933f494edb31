using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>One number beside a product of codes: part of the multiplier where it multiplies or divides the product, only there.</summary>
public sealed class ProductFactorTests
{
    [Theory]
    [InlineData("Mul", true, 0.25f)]
    [InlineData("Mul", false, 0.25f)]
    [InlineData("Div", true, 4f)]
    [InlineData("Div", false, 4f)]
    [InlineData("Sub", true, 0.5f)]
    [InlineData("Sub", false, 0.5f)]
    public void Lower_NumberBesideAProductOfCodes_MeansWhatTheOperatorsMean(string type, bool isProductFirst, float number)
    {
        foreach (bool isQuantized in new[] { false, true })
        {
            // Codes from their zero point on: the products are away from zero, so that one can divide by them.
            var g = new TestGraph();
            Value product = g.Node("MatMul", [Codes(g, g.Input(3, 6), 0.01f), Codes(g, g.Input(6, 5), 0.01f)]);
            Value one = g.Constant(Tensor.Scalar(number));
            Value y = g.Node(type, isProductFirst ? [product, one] : [one, product]);
            Graph graph = g.Finish(isQuantized ? Codes(g, y, 0.05f) : y);
            var random = new Random(5);
            Dictionary<string, Tensor> inputs = graph.Inputs.ToDictionary(v => v.Name, v =>
            {
                long[] sizes = [2, .. v.KnownShape.Skip(1).Select(d => d.Value)];
                int length = (int)sizes.Aggregate((a, b) => a * b);
                return Tensor.Of([.. Enumerable.Range(0, length).Select(_ => 1 + random.NextSingle())], sizes);
            });

            Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, isQuantized ? 0.0501 : 1e-4);
        }
    }

    private static Value Codes(TestGraph g, Value x, float scale)
    {
        Value step = g.Constant(Tensor.Scalar(scale));
        Value zero = g.Constant(Tensor.Of([(byte)10], []));
        return g.Node("DequantizeLinear", [g.Node("QuantizeLinear", [x, step, zero]), step, zero]);
    }
}
