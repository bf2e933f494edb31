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

    /// <summary>ONNX Runtime has these norms on graphics cards alone, but everywhere the operators that they stand for.</summary>
    [Fact]
    public void Predict_GroupQueryAttentionWithNorms_GivesWhatTheNormsBeforeItGive()
    {
        byte[] onnx = Query(false), apart = Query(true);
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        Dictionary<string, Tensor> inputs = new()
        {
            ["q"] = ModelParts.Values(1, 2, 3, 32), ["k"] = ModelParts.Values(2, 2, 3, 16), ["v"] = ModelParts.Values(3, 2, 3, 16),
        };

        Dictionary<string, Tensor> actual = GeneratedModels.Build(result).Predict("Model", inputs);

        foreach ((string output, Tensor expected) in OrtSession.Run(apart, inputs))
        {
            Assert.Equal(expected.Dimensions, actual[output].Dimensions);
            Assert.All(expected.ToFloats().Zip(actual[output].ToFloats()), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }

        static byte[] Query(bool isApart)
        {
            OnnxGraph graph = new OnnxGraph().Input("q", 2, 3, 32).Input("k", 2, 3, 16).Input("v", 2, 3, 16).Output("y").Output("pk")
                .Output("pv").Constant("qn", ModelParts.Values(4, 16)).Constant("kn", ModelParts.Values(5, 16))
                .Constant("len", Tensor.Of([2, 2], 2)).Constant("sum", Tensor.Of([3], []))
                .Constant("c", ModelParts.Values(6, 8, 8)).Constant("s", ModelParts.Values(7, 8, 8));
            string[] names = ["q", "k"];
            if (isApart)
            {
                graph.Integers("qh", 2, 3, 2, 16).Integers("kh", 2, 3, 1, 16).Integers("qf", 2, 3, 32).Integers("kf", 2, 3, 16);
                foreach (string name in names)
                {
                    graph.Node("Reshape", [name, name + "h"], [name + "a"])
                        .Node("SimplifiedLayerNormalization", [name + "a", name + "n"], [name + "b"], ("axis", -1), ("epsilon", 1e-3f))
                        .Node("Reshape", [name + "b", name + "f"], [name + "c"]);
                }

                names = ["qc", "kc"];
            }

            string[] norms = isApart ? [] : ["", "", "", "", "", "qn", "kn"];
            (string, object)[] attributes =
            [
                ("num_heads", 2), ("kv_num_heads", 1), ("do_rotary", 1),
                .. isApart ? [] : new (string, object)[] { ("qk_norm_epsilon", 1e-3f) },
            ];
            return graph.Node(
                    "com.microsoft", "GroupQueryAttention", string.Empty, [.. names, "v", "", "", "len", "sum", "c", "s", .. norms],
                    ["y", "pk", "pv"], attributes)
                .ToModel(17, others: ("com.microsoft", 1));
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
