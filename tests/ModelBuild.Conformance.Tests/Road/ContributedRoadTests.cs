using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Operators of models that other tools have quantized or optimized, the whole road, against ONNX Runtime without its optimizations.
/// </summary>
public sealed class ContributedRoadTests : IDisposable
{
    /// <summary>ONNX Runtime quantizes sequences and states step by step, which is a part of its own that is not computed here.</summary>
    private static readonly Dictionary<string, double> s_bounds = new(StringComparer.Ordinal) { ["DynamicQuantizeLSTM"] = 0.02 };

    private readonly TemporaryFolder _files = new();

    public static TheoryData<string> Models => [.. ContributedModels.All.Keys];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Predict_Model_GivesWhatOnnxRuntimeComputes(string name)
    {
        byte[] onnx = ContributedModels.All[name]();
        CompileOptions options = Options(onnx);
        Dictionary<string, Tensor> inputs;
        using (CompiledModel model = ModelCompiler.CompileModel(options))
        {
            inputs = ProbeInputs.For(model.Portable);
        }

        using CompileResult result = ModelCompiler.Compile(options);

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        foreach ((string output, Tensor expected) in OrtSession.Run(onnx, inputs))
        {
            Assert.Equal(expected.Type, actual[output].Type);
            Assert.Equal(expected.Dimensions, actual[output].Dimensions);
            double[] wanted = expected.ToDoubles();
            double bound = expected.Type.IsFloat() ? s_bounds.GetValueOrDefault(name, 1e-5) * wanted.Select(Math.Abs).Max()
                : expected.Type is DataType.UInt8 or DataType.Int8 ? 1 : 0;
            double[] errors = [.. wanted.Zip(actual[output].ToDoubles(), (e, a) => Math.Abs(e - a))];
            string difference =
                $"{output}: {string.Join(' ', actual[output].ToDoubles().Take(8))}, not {string.Join(' ', wanted.Take(8))}";
            Assert.True(errors.All(e => e <= bound), difference);

            // Where a code lies between two, each of them is right; but that is rare.
            Assert.True(expected.Type.IsFloat() || errors.Count(e => e > 0) <= errors.Length / 20, difference);
        }
    }

    /// <summary>A model that is quantized already needs no samples in mode int8, and computes what it computes in every other.</summary>
    [Theory]
    [InlineData("QLinearConv of one axis, chain")]
    [InlineData("QLinearMatMul by constant columns")]
    [InlineData("QGemm to floats, alpha")]
    [InlineData("DynamicQuantizeLinear to MatMulInteger")]
    [InlineData("DynamicQuantizeLinear to ConvInteger")]
    [InlineData("MatMulIntegerToFloat")]
    public void Predict_QuantizedModelInInt8_KeepsItsIntegers(string name)
    {
        CompileOptions options = Options(ContributedModels.All[name]());
        using CompiledModel plain = ModelCompiler.CompileModel(options);
        Dictionary<string, Tensor> inputs = ProbeInputs.For(plain.Portable);

        using CompiledModel model = ModelCompiler.CompileModel(options with { Mode = ModelMode.Int8 });

        Dictionary<string, Tensor> expected = new Interpreter(plain.Compiled).Run(inputs);
        foreach ((string output, Tensor actual) in new Interpreter(model.Compiled).Run(inputs))
        {
            Assert.Equal(expected[output].Data.ToArray(), actual.Data.ToArray());
        }
    }

    /// <summary>All eight bits, of which ONNX Runtime loses some on processors without VNNI, against the sum itself.</summary>
    [Fact]
    public void Predict_IntegerProductOfAllCodes_IsExact()
    {
        const int Inner = 3000;
        const int Columns = 3;
        byte[] left = [.. Enumerable.Range(0, 2 * Inner).Select(i => (byte)(255 - (i * 7 % 19)))];
        sbyte[] right = [.. Enumerable.Range(0, Inner * Columns).Select(i => (sbyte)(i % 3 == 1 ? -128 : 127))];
        byte[] onnx = new OnnxGraph().Constant("w", Tensor.Of(right, Inner, Columns)).Input("x", DataType.UInt8, "N", Inner)
            .Input("z", DataType.UInt8).Output("y", DataType.Int32, "N", Columns).Node("MatMulInteger", ["x", "w", "z"], ["y"]).ToModel();
        using CompileResult result = ModelCompiler.Compile(Options(onnx));

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict(
            "Model", new Dictionary<string, Tensor> { ["x"] = Tensor.Of(left, 2, Inner), ["z"] = Tensor.Of([(byte)3], []) });

        int[] expected =
        [
            .. Enumerable.Range(0, 2 * Columns).Select(i => Enumerable.Range(0, Inner).Sum(k =>
                (left[(i / Columns * Inner) + k] - 3) * right[(k * Columns) + (i % Columns)])),
        ];
        Assert.Equal(expected, actual["y"].Span<int>().ToArray());
    }

    private CompileOptions Options(byte[] onnx) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
    };
}
