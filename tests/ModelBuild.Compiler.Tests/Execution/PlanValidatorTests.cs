using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Execution;

/// <summary>Plans with small faults: the plan of a graph is held against a graph that differs a little.</summary>
public sealed class PlanValidatorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void CheckPlan_OfTheSameGraph_Passes(bool isQuantized) => Check(Make(isQuantized, 0.3f), Make(isQuantized, 0.3f));

    /// <summary>The bias of one output of eight is off by less than a tenth of the outputs' size.</summary>
    [Theory]
    [InlineData(false, 0.303f)]
    [InlineData(true, 0.36f)]
    public void CheckPlan_OfAGraphWithAnotherBias_IsAnErrorThatSaysWhere(bool isQuantized, float bias)
    {
        CompilationException error = Assert.Throws<CompilationException>(() => Check(Make(isQuantized, 0.3f), Make(isQuantized, bias)));

        Assert.Equal(DiagnosticCodes.ValidationFailed, Assert.Single(error.Findings).Code);
    }

    /// <summary>
    /// Kernels multiply the zeros of a padding with the weights, which makes NaN of infinity; the operator's meaning leaves them out.
    /// </summary>
    [Fact]
    public void CheckPlan_WeightsThatAreNotFinite_ComparesWhatIs()
    {
        Check(Padded(), Padded());

        static Graph Padded()
        {
            var g = new TestGraph();
            float[] weights = [.. Enumerable.Range(0, 2 * 9).Select(i => i == 4 ? float.NegativeInfinity : 0.1f * i)];
            return g.Finish(
                g.Node("Conv", [g.Input(1, 6, 6), g.Constant(Tensor.Of(weights, 2, 1, 3, 3))], ("pads", new long[] { 1, 1, 1, 1 })));
        }
    }

    [Fact]
    public void CheckPlan_OfTheSameNumbersInAnotherShape_IsAnError()
    {
        var error = Assert.Throws<CompilationException>(() => Check(Shaped(2, 6), Shaped(6, 2)));

        Assert.Contains("instead of", error.Message, StringComparison.Ordinal);

        static Graph Shaped(params long[] dimensions)
        {
            var g = new TestGraph();
            return g.Finish(g.Node("Reshape", [g.Node("Relu", g.Input(12)), g.Constant(Tensor.Of([-1L, .. dimensions], 3))]));
        }
    }

    /// <summary>All that is finite on both sides agrees.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CheckPlan_NumbersWhereNoneAreMeant_IsAnError(bool isNumberMeant)
    {
        CompilationException error =
            Assert.Throws<CompilationException>(() => Check(Root(isNumberMeant), Root(!isNumberMeant)));

        Assert.Equal(DiagnosticCodes.ValidationFailed, Assert.Single(error.Findings).Code);

        static Graph Root(bool ofNegativesToo)
        {
            var g = new TestGraph();
            Value x = g.Input(16);
            return g.Finish(g.Node("Sqrt", ofNegativesToo ? g.Node("Relu", x) : g.Node("LeakyRelu", x, ("alpha", 0.5f))));
        }
    }

    /// <summary>
    /// Two equal branches of which only one is folded, since the other's convolution is an output too: their difference is zero in the
    /// model and rounding in the plan.
    /// </summary>
    [Fact]
    public void Compile_DifferenceOfEqualBranches_MayBeRounding()
    {
        var g = new TestGraph();
        Value x = g.Input(3, 8, 8);
        Value[] parameters = [g.Weights(4, 3, 3, 3), g.Weights(4)];
        Value[] statistics = [.. new[] { 1.3f, 0.2f, 0.1f, 0.7f }.Select(v => g.Constant(Tensor.Of([v, v + 0.1f, v + 0.3f, v + 0.9f], 4)))];
        Value shown = g.Node("Conv", [x, .. parameters]);
        Value hidden = g.Node("Conv", [x, .. parameters]);
        Value difference = g.Node(
            "Sub", [g.Node("BatchNormalization", [shown, .. statistics]), g.Node("BatchNormalization", [hidden, .. statistics])]);

        using CompiledModel model = CompiledFile.Of(g.Finish(difference, shown), ModelMode.Fp32);

        Assert.Empty(model.Findings);
    }

    /// <summary>Where all that is expected is zero, rounding is still told from a fault.</summary>
    [Fact]
    public void CheckPlan_OfADifferenceThatIsZero_FindsWhatIsNoRounding()
    {
        Check(Difference(0), Difference(0));
        Assert.Throws<CompilationException>(() => Check(Difference(0), Difference(0.01f)));

        static Graph Difference(float bias)
        {
            var g = new TestGraph();
            Value x = g.Input(16);
            Value weights = g.Weights(8, 16);
            Value left = g.Node("Gemm", [x, weights], ("transB", 1L));
            Value right = g.Node("Gemm", [x, weights, g.Constant(Tensor.Of([0, 0, bias, 0, 0, 0, 0, 0], 8))], ("transB", 1L));
            return g.Finish(g.Node("Sub", [left, right]));
        }
    }

    /// <summary>
    /// The score of the third box of five is the threshold itself: with it the plan, in which the score is one unit in the last place
    /// larger, finds one box more. A score that is larger by a tenth is a fault.
    /// </summary>
    [Fact]
    public void CheckPlan_TieThatRoundingBreaks_IsNoFault()
    {
        float tie = new Interpreter(LoweredGraph.Plan(Found(0, 0))).Run(ProbeInputs.For(Found(0, 0)))["scores"].ToFloats()[2];

        Check(Found(0, tie), Found(MathF.BitIncrement(tie) - tie, tie));
        Assert.Throws<CompilationException>(() => Check(Found(0, tie), Found(0.1f, tie)));

        static Graph Found(float more, float threshold)
        {
            float[] boxes = [.. Enumerable.Range(0, 5).SelectMany(i => new float[] { i, 0, i + 1, 1 })];
            return OnnxImporter.Import(
                new OnnxGraph().Input("x", 1, 1, 5).Output("found", DataType.Int64).Output("scores")
                    .Constant("more", [5], [0, 0, more, 0, 0]).Constant("boxes", [1, 5, 4], boxes).Integers("most", 5)
                    .Constant("overlap", [1], [0.5f]).Constant("threshold", [1], [threshold]).Node("Add", ["x", "more"], ["scores"])
                    .Node("NonMaxSuppression", ["boxes", "scores", "most", "overlap", "threshold"], ["found"]).ToModel(),
                "model.onnx");
        }
    }

    /// <summary>
    /// The third of sixteen numbers lies between two codes, which are shown, read in another scale behind a transpose, or clipped: with
    /// one more unit in the last place it is rounded the other way. A number of the other sign, four times as large, is a fault.
    /// </summary>
    [Theory]
    [InlineData("shown")]
    [InlineData("read")]
    [InlineData("clipped")]
    public void CheckPlan_TieOfCodesThatAreShownReadInAnotherScaleOrClipped_IsNoFault(string use)
    {
        float scale = ProbeInputs.For(Coded(1, 1))["x"].ToFloats()[2] / 1.5f;

        Check(Coded(1, scale), Coded(1 - 1e-6f, scale));
        Assert.Throws<CompilationException>(() => Check(Coded(1, scale), Coded(-4, scale)));

        Graph Coded(float factor, float step)
        {
            OnnxGraph g = new OnnxGraph().Input("x", 4, 4).Constant("s", [], [Math.Abs(step)]).Constant("z", Tensor.Of([(byte)128], []))
                .Constant("t", [], [0.5f]).Constant("f", [4, 4], [.. Enumerable.Range(0, 16).Select(i => i == 2 ? factor : 1)])
                .Node("Mul", ["x", "f"], ["m"]).Node("QuantizeLinear", ["m", "s", "z"], ["q"]).Node("Transpose", ["q"], ["r"]);
            g = use switch
            {
                "shown" => g.Output("r", DataType.UInt8),
                "read" => g.Node("DequantizeLinear", ["r", "t", "z"], ["y"]).Output("y"),
                _ => g.Constant("low", Tensor.Of([(byte)3], [])).Constant("high", Tensor.Of([(byte)250], []))
                    .Node("Clip", ["q", "low", "high"], ["c"]).Node("DequantizeLinear", ["c", "s", "z"], ["y"]).Output("y"),
            };
            return OnnxImporter.Import(g.ToModel(), "model.onnx");
        }
    }

    [Fact]
    public void CheckPlan_WithAStepThatCannotRun_NamesTheStep()
    {
        Graph graph = Make(isQuantized: false, 0.3f);
        CompiledPlan plan = LoweredGraph.Plan(graph);
        PlanStep last = plan.Plan.Steps[^1];
        PlanStep[] steps = [.. plan.Plan.Steps.SkipLast(1), last with { Call = last.Call with { Target = "Gemm.Nowhere" } }];
        CompiledPlan broken = plan with { Plan = plan.Plan with { Steps = new EquatableArray<PlanStep>(steps) } };
        var validator = new PlanValidator(new InferenceContext("model.onnx", 18), ModelMode.Fp32, CancellationToken.None);
        IReadOnlyDictionary<string, Tensor> inputs = ProbeInputs.For(graph);
        PlanValidator.Expectation expectation = validator.Expect(graph, LoweredGraph.Plan, inputs, known: null);

        var error = Assert.Throws<CompilationException>(
            () => validator.CheckPlan(broken, expectation, LoweredGraph.Plan, LoweredGraph.Plan, inputs));

        Assert.Equal(DiagnosticCodes.ValidationFailed, Assert.Single(error.Findings).Code);
        Assert.Contains($"step '{last.Name}' (Gemm.Nowhere) cannot run", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("Backend=\"onnxruntime\" runs it meanwhile.", error.Message, StringComparison.Ordinal);
    }

    private static void Check(Graph graph, Graph other)
    {
        var validator = new PlanValidator(new InferenceContext("model.onnx", 18), ModelMode.Fp32, CancellationToken.None);
        IReadOnlyDictionary<string, Tensor> inputs = ProbeInputs.For(graph);
        PlanValidator.Expectation expectation = validator.Expect(graph, LoweredGraph.Plan, inputs, known: null);
        validator.CheckPlan(LoweredGraph.Plan(other), expectation, LoweredGraph.Plan, LoweredGraph.Plan, inputs);
    }

    private static Graph Make(bool isQuantized, float bias)
    {
        var g = new TestGraph();
        Value hidden = Rounded(g.Node("Relu", g.Gemm(Rounded(g.Input(16), 0.03f, 128), 32)), 0.02f, 0);
        float[] biases = [.. Enumerable.Range(0, 8).Select(i => i == 5 ? bias : 0.1f * i)];
        return g.Finish(g.Node("Add", [g.Gemm(hidden, 8), g.Constant(Tensor.Of(biases, 8))]));

        Value Rounded(Value x, float scale, byte zeroPoint)
        {
            if (!isQuantized)
            {
                return x;
            }

            Value[] parameters = [g.Constant(Tensor.Scalar(scale)), g.Constant(Tensor.Of([zeroPoint], []))];
            return g.Node("DequantizeLinear", [g.Node("QuantizeLinear", [x, .. parameters]), .. parameters]);
        }
    }
}
