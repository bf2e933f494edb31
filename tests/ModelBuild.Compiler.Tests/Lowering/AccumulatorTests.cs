using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>Imported Q/DQ operators whose sums come near the ends of int32, against what their ONNX operators mean.</summary>
public sealed class AccumulatorTests
{
    /// <summary>A bias of 5 is 10¹⁰ units of a weight scale of 10⁻⁹.</summary>
    [Fact]
    public void Convolution_LargeFloatBiasBesideTinyWeightScale_KeepsTheBias()
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(3, 4, 4), 0.5f, 128), 0.5f, 128);
        Value weights = Dequantized(g, g.Constant(Tensor.Of((sbyte[])[48, 69, -102, 119, -60, 84], 2, 3, 1, 1)), 7.843e-10f, 0);
        Value y = g.Node("Conv", [x, weights, g.Constant(Tensor.Of([5f, -4.5f], 2))]);
        Graph graph = g.Finish(Dequantized(g, Quantized(g, y, 0.05f, 100), 0.05f, 100));

        Assert.Empty(FloatIslands.Find(LoweredGraph.Lower(graph)));
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-6);
    }

    /// <summary>
    /// A convolution passes its accumulators on to a sum only where nobody else reads it: another operator, or the caller, wants reals.
    /// </summary>
    [Theory]
    [InlineData(0, "Sigmoid")]
    [InlineData(1, "Sigmoid")]
    [InlineData(0, null)]
    [InlineData(1, null)]
    public void Sum_ConvolutionThatIsReadBesideIt_StaysInReals(int which, string? reader)
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(3, 4, 4), 0.02f, 128), 0.02f, 128);
        Value[] terms = [Convolved([48, 69, -102, 119, -60, 84]), Convolved([-17, 90, 33, -76, 121, 5])];
        Value sum = Dequantized(g, Quantized(g, g.Node("Add", terms), 0.05f, 100), 0.05f, 100);
        Graph graph = g.Finish(sum, reader is null ? terms[which] : g.Node(reader, terms[which]));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);

        Value Convolved(sbyte[] weights) =>
            g.Node("Conv", [x, Dequantized(g, g.Constant(Tensor.Of(weights, 2, 3, 1, 1)), 0.01f, 0)]);
    }

    /// <summary>The weights matter beside the bias, so that no unit suits both: such an operator runs in float.</summary>
    [Fact]
    public void Gemm_BiasThatWeightsCannotMakeRoomFor_RunsInFloat()
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(40_000), 1e-5f, 0), 1e-5f, 0);
        sbyte[] ones = [.. Enumerable.Range(0, 40_000).Select(i => (sbyte)(i % 2 == 0 ? 127 : 125))];
        Value weights = Dequantized(g, g.Constant(Tensor.Of(ones, 1, 40_000)), 1e-5f, 0);
        Graph graph = g.Finish(g.Node("Gemm", [x, weights, g.Constant(Tensor.Of([0.1f], 1))], ("transB", 1L)));

        Assert.NotEmpty(FloatIslands.Find(LoweredGraph.Lower(graph)));
        Assert.Equal(0, LoweredGraph.LargestError(graph, Full(graph, 1f, 40_000)), 1e-4);
    }

    /// <summary>Codes of 255 with zero point 0 times −127: beyond 66,310 of these are beyond −2³¹; times −128 even fewer fit.</summary>
    [Theory]
    [InlineData(66_200, -127, true)]
    [InlineData(66_600, -127, false)]
    [InlineData(66_000, -128, true)]
    public void Gemm_AsManyProductsAsAnAccumulatorHoldsAndMore_DoesNotWrap(int inner, sbyte weight, bool inIntegers)
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(inner), 1f / 255, 0), 1f / 255, 0);
        var lowest = new sbyte[inner];
        Array.Fill(lowest, weight);
        Value weights = Dequantized(g, g.Constant(Tensor.Of(lowest, 1, inner)), 1f / 128, 0);
        Graph graph = g.Finish(g.Node("Gemm", [x, weights], ("transB", 1L)));

        Assert.Equal(inIntegers, !FloatIslands.Find(LoweredGraph.Lower(graph)).Any());
        Assert.Equal(inner * weight / 128.0, LoweredGraph.Run(graph, Full(graph, 1f, inner)).ToDoubles()[0], inner * 1e-5);
    }

    /// <summary>Weights lie around their zero point: taken off, the largest code would be no byte any more.</summary>
    [Theory]
    [InlineData(126, 2, true)]
    [InlineData(126, 251, false)] // -5
    [InlineData(-126, 2, true)]
    [InlineData(-126, 5, false)]
    public void Gemm_WeightsWithAZeroPoint_RunInIntegersWhereTheyStayBytes(sbyte weight, byte zeroPoint, bool inIntegers)
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(2), 0.01f, 128), 0.01f, 128);
        Value weights = Dequantized(g, g.Constant(Tensor.Of([weight, (sbyte)7], 1, 2)), 0.01f, zeroPoint);
        Graph graph = g.Finish(g.Node("Gemm", [x, weights], ("transB", 1L)));

        Assert.Equal(inIntegers, !FloatIslands.Find(LoweredGraph.Lower(graph)).Any());
        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-5);
    }

    /// <summary>
    /// Half an accumulator of bias asks for weights of twice as many in units of half the size; 63 · 255 · 66,400 · 2 still fits, and
    /// 63 · 255 · 66,900 · 2 is beyond 2³¹.
    /// </summary>
    [Theory]
    [InlineData(66_400, 63)]
    [InlineData(66_400, -63)]
    [InlineData(66_900, 63)]
    [InlineData(66_900, -63)]
    public void Gemm_BiasBetweenTwoAccumulators_IsFinerOnlyWhereTheSumsFit(int inner, sbyte weight)
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(inner), 1f / 256, 0), 1f / 256, 0);
        var row = new sbyte[inner];
        Array.Fill(row, weight);
        Value weights = Dequantized(g, g.Constant(Tensor.Of(row, 1, inner)), 1f / 128, 0);
        Value bias = g.Constant(Tensor.Of([Math.Sign(weight) * 0.5f / (256 * 128)], 1));
        Graph graph = g.Finish(g.Node("Gemm", [x, weights, bias], ("transB", 1L)));

        Assert.Equal(255 / 256.0 * weight / 128 * inner, LoweredGraph.Run(graph, Full(graph, 1f, inner)).ToDoubles()[0], 0.01);
    }

    /// <summary>
    /// Rows of small weights and of large ones, of one sign and of both, with biases that are parts of an accumulator: codes have no room
    /// for more than 127, whatever their sign, and a bias is never further off than half of one accumulator.
    /// </summary>
    [Fact]
    public void Gemm_BiasesOfPartsOfAnAccumulator_AreKeptAsFarAsWeightsHaveRoom()
    {
        const int Rows = 64;
        const int Columns = 6;
        const float Unit = 1f / (1 << 14);
        var random = new Random(5);
        var codes = new sbyte[Rows * Columns];
        var biases = new float[Rows];
        for (int row = 0; row < Rows; row++)
        {
            (int lowest, int highest) = (random.Next(1, 129), random.Next(0, 128));
            for (int i = 0; i < Columns; i++)
            {
                codes[(row * Columns) + i] = (sbyte)random.Next(-lowest, highest + 1);
            }

            // The first is the largest: most rows have no room for a bias of many parts.
            codes[row * Columns] = (sbyte)(row % 2 == 0 ? -lowest : highest);
            biases[row] = Unit * (random.Next(-500, 500) + (random.Next(64) / 64f));
        }

        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(Columns), 1f / 128, 100), 1f / 128, 100);
        Value weights = Dequantized(g, g.Constant(Tensor.Of(codes, Rows, Columns)), 1f / 128, 0);
        Graph graph = g.Finish(g.Node("Gemm", [x, weights, g.Constant(Tensor.Of(biases, Rows))], ("transB", 1L)));

        Assert.InRange(LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 5, seed: 1)), 0, (Unit / 2) + 1e-6);
    }

    /// <summary>Weights of at most 127 / parts have room for a bias of so many parts of an accumulator: it is kept to the bit.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(8)]
    [InlineData(64)]
    public void Gemm_BiasesOfPartsThatWeightsHaveRoomFor_AreExact(int parts)
    {
        const int Rows = 32;
        const int Columns = 5;
        const float Unit = 1f / (128 * 32);
        var random = new Random(parts);
        int most = 127 / parts;
        sbyte[] codes =
            [.. Enumerable.Range(0, Rows * Columns).Select(i => (sbyte)(i % Columns == 0 ? most : random.Next(-most, most + 1)))];
        float[] biases = [.. Enumerable.Range(0, Rows).Select(_ => Unit * (random.Next(-50 * parts, 50 * parts) / (float)parts))];
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(Columns), 1f / 128, 100), 1f / 128, 100);
        Value weights = Dequantized(g, g.Constant(Tensor.Of(codes, Rows, Columns)), 1f / 32, 0);
        Graph graph = g.Finish(g.Node("Gemm", [x, weights, g.Constant(Tensor.Of(biases, Rows))], ("transB", 1L)));

        Assert.DoesNotContain(FloatIslands.Find(LoweredGraph.Lower(graph)), n => n.Required(0).Type == DataType.Float32);
        Assert.InRange(LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 5, seed: 1)), 0, Unit / 1000);
    }

    /// <summary>A matrix product of three dimensions has its bias in an Add behind it.</summary>
    [Fact]
    public void MatMul_AddedVectorTooLargeForTheScale_StaysASum()
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(2, 4), 1e-3f, 0), 1e-3f, 0);
        Value weights = Dequantized(g, g.Constant(Tensor.Of((sbyte[])[1, 2, 3, 4, 5, 6, 7, 8], 4, 2)), 1e-6f, 0);
        Value sum = g.Node("Add", [g.Node("MatMul", [x, weights]), g.Constant(Tensor.Of([1000f, -1000f], 2))]);
        Graph graph = g.Finish(sum);

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 1e-3);
    }

    /// <summary>A sum takes over the accumulators of its other operand only where nothing is between them.</summary>
    [Theory]
    [InlineData(null, 0.25f)]
    [InlineData(-0.25f, null)]
    [InlineData(null, null)]
    public void Add_OfConvolutionsOneOfThemLimited_ComputesTheLimit(float? minimum, float? maximum)
    {
        var g = new TestGraph();
        Value x = Dequantized(g, Quantized(g, g.Input(2, 4, 4), 0.02f, 128), 0.02f, 128);
        Value limited = g.Node("Clip", [g.Node("Conv", [x, Weights(-60, 84, 77, -13)]), Bound(minimum), Bound(maximum)]);
        Value other = g.Node("Conv", [x, Weights(48, 69, -102, 119)]);
        Graph graph = g.Finish(Dequantized(g, Quantized(g, g.Node("Add", [other, limited]), 0.02f, 100), 0.02f, 100));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 2, seed: 1)), 0.0201);

        Value Weights(params sbyte[] codes) => Dequantized(g, g.Constant(Tensor.Of(codes, 2, 2, 1, 1)), 0.01f, 0);

        Value? Bound(float? bound) => bound is { } number ? g.Constant(Tensor.Scalar(number)) : null;
    }

    /// <summary>A bias is added before the limit, a sum behind it is not one.</summary>
    [Fact]
    public void MatMul_VectorAddedBehindItsLimit_IsNoBias()
    {
        var g = new TestGraph();
        Value limited = g.Node("Relu", g.Node("MatMul", [g.Input(6), g.Weights(6, 4)]));
        Graph graph = g.Finish(g.Node("Add", [limited, g.Constant(Tensor.Of([1f, -2, 3, -4], 4))]));

        Assert.Equal(0, LoweredGraph.LargestError(graph, TestGraph.Inputs(graph, 3, seed: 1)), 1e-5);
    }

    private static Value Quantized(TestGraph g, Value x, float scale, byte zeroPoint) =>
        g.Node("QuantizeLinear", [x, g.Constant(Tensor.Scalar(scale)), g.Constant(Tensor.Of([zeroPoint], []))]);

    private static Value Dequantized(TestGraph g, Value codes, float scale, byte zeroPoint) => g.Node(
        "DequantizeLinear",
        [
            codes, g.Constant(Tensor.Scalar(scale)),
            g.Constant(codes.Type == DataType.Int8 ? Tensor.Of([(sbyte)zeroPoint], []) : Tensor.Of([zeroPoint], [])),
        ]);

    private static Dictionary<string, Tensor> Full(Graph graph, float value, int length) => new(StringComparer.Ordinal)
    {
        [graph.Inputs[0].Name] = Tensor.Of([.. Enumerable.Repeat(value, length)], 1, length),
    };
}
