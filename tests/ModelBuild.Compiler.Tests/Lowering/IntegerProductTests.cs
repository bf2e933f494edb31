using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// Products of integers whose sums are scaled behind them: read as products of what the codes stand for where they say just that, and
/// computed as they are written where they do not.
/// </summary>
public sealed class IntegerProductTests
{
    [Theory]
    [InlineData("as the codes are", true)]
    [InlineData("with a bias", true)]
    [InlineData("a scale for each output", true)]
    [InlineData("no zero point", false)]
    [InlineData("another zero point", false)]
    [InlineData("a negative scale", false)]
    [InlineData("a scale for each row", false)]
    public void Run_ScaledSumsOfIntegers_GiveWhatTheOperatorsMean(string kind, bool isRaised)
    {
        foreach (int rank in (int[])[2, 3, 4])
        {
            bool isConvolution = rank == 4;
            foreach (bool isSigned in new[] { false, true })
            {
                Graph graph = OnnxImporter.Import(Model(kind, rank, isSigned).ToModel(), "model.onnx");
                Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 1, seed: 4);

                Node product = Assert.Single(
                    LoweredGraph.Lower(graph).Nodes, n => n.Type is "Convolution" or "Gemm");

                Assert.Equal(DataType.UInt8, product.Required(0).Type);
                Assert.Equal(DataType.Int8, product.Required(1).Type);
                Assert.Equal(isRaised ? DataType.Float32 : DataType.Int32, product.Output.Type);
                double largest = ReferenceEvaluator.Run(graph, inputs)[0].ToDoubles().Max(Math.Abs);
                Assert.InRange(largest, 1, 1000);
                Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, 1e-4 * largest);
            }
        }
    }

    private static OnnxGraph Model(string kind, int rank, bool isSigned)
    {
        bool isConvolution = rank == 4;
        const int Outputs = 5;
        var random = new Random(7);
        long[] shape = isConvolution ? [2, 6, 4, 4] : rank == 3 ? [2, 4, 6] : [4, 6];
        long[] weights = isConvolution ? [Outputs, 6, 3, 3] : [6, Outputs];
        sbyte[] codes = [.. Enumerable.Range(0, (int)weights.Aggregate(1L, (a, b) => a * b)).Select(_ => (sbyte)random.Next(-127, 128))];
        OnnxGraph g = new OnnxGraph().Input("x", [.. shape.Cast<object>()]).Output("y").Constant("w", Tensor.Of(codes, weights))
            .Constant("step", Tensor.Scalar(0.0213f)).Constant("zero", Zero(11)).Constant("other", Zero(-40))
            .Node("QuantizeLinear", ["x", "step", "zero"], ["q"]);
        string[] zero = kind switch
        {
            "no zero point" => [],
            "another zero point" => ["other"],
            _ => ["zero"],
        };
        g.Node(isConvolution ? "ConvInteger" : "MatMulInteger", ["q", "w", .. zero], ["sums"]);
        string sums = "sums";
        if (kind == "with a bias")
        {
            int[] bias = [.. Enumerable.Range(0, Outputs).Select(i => (i * 700) - 900)];
            g.Constant("bias", Tensor.Of(bias, PerOutput())).Node("Add", ["bias", "sums"], ["biased"]);
            sums = "biased";
        }

        float[] scales = kind switch
        {
            "a scale for each output" => [.. Enumerable.Range(1, Outputs).Select(i => 0.00017f * i)],
            "a scale for each row" => [.. Enumerable.Range(1, 4).Select(i => 0.00017f * i)],
            "a negative scale" => [-0.00031f],
            _ => [0.00031f],
        };
        long[] dimensions = kind switch
        {
            "a scale for each output" => PerOutput(),
            "a scale for each row" => isConvolution ? [2, 1] : [4, 1],
            _ => [],
        };
        scales = kind == "a scale for each row" && isConvolution ? scales[..2] : scales;
        return g.Constant("scales", Tensor.Of(scales, dimensions)).Node("Cast", [sums], ["reals"], ("to", (long)DataType.Float32))
            .Node("Mul", ["reals", "scales"], ["y"]);

        Tensor Zero(int code) => isSigned ? Tensor.Of([(sbyte)code], []) : Tensor.Of([(byte)(code + 128)], []);

        long[] PerOutput() => isConvolution ? [Outputs, 1, 1] : [Outputs];
    }
}
