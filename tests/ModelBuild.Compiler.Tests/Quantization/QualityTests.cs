using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>What comes out of int8 and fp16 against the meaning of the float model, and what the build says about it.</summary>
public sealed class QualityTests
{
    /// <summary>Air pressure in Pa, a coordinate in degrees, a year.</summary>
    private static readonly float[] s_means = [101_325, 47.123f, 2024.5f];

    private static readonly float[] s_deviations = [50, 0.01f, 2];

    [Theory]
    [InlineData("Sub Div")]
    [InlineData("BatchNormalization")]
    [InlineData("Concat")]
    public void Int8_StandardisedColumns_AreQuantizedAfterTheyWereBroughtToOneScale(string form)
    {
        var g = new TestGraph();
        Value x = form == "Concat" ? g.Node("Concat", [g.Input(1), g.Input(1), g.Input(1)], ("axis", 1L)) : g.Input(3);
        Value mean = g.Constant(Tensor.Of(s_means, 3));
        Value deviation = g.Constant(Tensor.Of(s_deviations, 3));
        Value standardised = form == "BatchNormalization"
            ? g.Node(
                "BatchNormalization",
                [x, g.Constant(
                    Tensor.Of([1f, 1, 1], 3)), g.Constant(Tensor.Of([0f, 0, 0], 3)), mean, g.Constant(
                        Tensor.Of([.. s_deviations.Select(d => d * d)], 3))])
            : g.Node("Div", [g.Node("Sub", [x, mean]), deviation]);
        Graph graph = g.Finish(g.Gemm(g.Node("Relu", g.Gemm(standardised, 16)), 4));

        Assert.InRange(Compare(graph, RawColumns(graph, 3, 1)), 30, 80);
    }

    [Fact]
    public void Int8_StandardisedSequence_IsQuantizedAfterItWasBroughtToOneScale()
    {
        var g = new TestGraph();
        Value x = g.Input(3, 20);
        Value standardised = g.Node(
            "Mul",
            [g.Node("Sub", [x, g.Constant(Tensor.Of(s_means, 3, 1))]), g.Constant(Tensor.Of([.. s_deviations.Select(d => 1 / d)], 3, 1))]);
        Graph graph = g.Finish(g.Conv(g.Node("Relu", g.Conv(standardised, 8, 3)), 4, 3));

        Assert.InRange(Compare(graph, RawColumns(graph, 3, 20)), 30, 80);
    }

    /// <summary>Half of the positions of every row are masked away by −1e30.</summary>
    [Fact]
    public void Int8_MaskBeforeSoftmax_CostsNothing()
    {
        var g = new TestGraph();
        float[] mask = [.. Enumerable.Range(0, 16).Select(i => i % 2 == 0 ? 0 : -1e30f)];
        Value scores = g.Node("Add", [g.Gemm(g.Input(12), 16), g.Constant(Tensor.Of(mask, 16))]);
        Graph graph = g.Finish(g.Gemm(g.Node("Softmax", scores), 4));

        Assert.InRange(Compare(graph, TestGraph.Inputs(graph, 64, 3)), 30, 80);
    }

    /// <summary>Rows of very different size, as in the hidden states of a transformer, each divided by its own deviation.</summary>
    [Theory]
    [InlineData("Sub Pow Sqrt Div", 3)]
    [InlineData("Sub Mul Sqrt Reciprocal Mul", 3)]
    [InlineData("Sub Mul Sqrt Reciprocal Mul", 2)]
    public void Int8_NormalizationOfRowsOfVeryDifferentSize_KeepsTheirVariances(string form, int rank)
    {
        var g = new TestGraph();
        Value x = rank == 3 ? g.Input(5, 16) : g.Input(16);
        Value axes = g.Constant(Tensor.Of([-1L], 1));
        Value size = g.Node("Exp", g.Node("Mul", [g.Node("ReduceMax", [x, axes]), g.Constant(Tensor.Scalar(4))]));
        Value hidden = g.Node("Mul", [g.Node("MatMul", [x, g.Weights(16, 32)]), size]);
        Value centered = g.Node("Sub", [hidden, g.Node("ReduceMean", [hidden, axes])]);
        Value square = form.Contains("Pow", StringComparison.Ordinal)
            ? g.Node("Pow", [centered, g.Constant(Tensor.Scalar(2))])
            : g.Node("Mul", [centered, centered]);
        Value variance = g.Node("Add", [g.Node("ReduceMean", [square, axes]), g.Constant(Tensor.Scalar(1e-12f))]);
        Value deviation = g.Node("Sqrt", variance);
        Value normal = form.Contains("Div", StringComparison.Ordinal)
            ? g.Node("Div", [centered, deviation])
            : g.Node("Mul", [centered, g.Node("Reciprocal", deviation)]);
        Graph graph = g.Finish(g.Node("MatMul", [normal, g.Weights(32, 8)]));

        Assert.InRange(Compare(graph, TestGraph.Inputs(graph, 64, 5)), 25, 80);
    }

    /// <summary>More products of the largest weights and activations than an int32 holds.</summary>
    [Fact]
    public void Int8_VeryWideLayer_DoesNotOverflow()
    {
        const int Width = 70_000;
        var g = new TestGraph();
        var ones = new float[Width];
        Array.Fill(ones, 0.01f);
        Graph graph = g.Finish(g.Node("Gemm", [g.Input(Width), g.Constant(Tensor.Of(ones, 1, Width))], ("transB", 1L)));
        var full = new Dictionary<string, Tensor>(
            StringComparer.Ordinal) { [graph.Inputs[0].Name] = Tensor.Of([.. ones.Concat(ones.Select(_ => 1f))], 2, Width) };

        Assert.InRange(Compare(graph, full), 40, 200);
    }

    /// <summary>The ratio in the plan, computed anew from the operators' meaning and the compiled model.</summary>
    [Theory]
    [InlineData("conv relu pool flatten gemm")]
    [InlineData("swish")]
    [InlineData("squeeze and excitation")]
    public void Int8_Sqnr_IsThatOfTheOutputs(string name)
    {
        Graph graph = Networks.Make(name);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 20, 11);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [samples]);

        Assert.Equal(Sqnr(graph, model, samples), model.Compiled.Plan.Card.Sqnr!.Value, 0.2);
    }

    /// <summary>Two outputs in different units: the large one must not hide the noise of the small one.</summary>
    [Fact]
    public void Int8_SeveralOutputs_TheWorstOneCounts()
    {
        var g = new TestGraph();
        Value hidden = g.Node("Relu", g.Gemm(g.Input(8), 16));
        Value scores = g.Gemm(hidden, 4);
        Value boxes = g.Node("Add", [g.Gemm(hidden, 4), g.Constant(Tensor.Scalar(10_000))]);
        Graph graph = g.Finish(boxes, scores);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 20, 11);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [samples]);

        Assert.InRange(model.Compiled.Plan.Card.Sqnr!.Value, 25, 60);
    }

    [Theory]
    [InlineData(ModelMode.Fp32)]
    [InlineData(ModelMode.Fp16)]
    [InlineData(ModelMode.Int8)]
    public void Weights_NotANumber_AreAnErrorWhereTheyNeedAScale(ModelMode mode)
    {
        var g = new TestGraph();
        Value weights = g.Constant(Tensor.Of([0.5f, float.NaN, 1, 2], 2, 2));
        Graph graph = g.Finish(g.Node("Gemm", [g.Input(2), weights], ("transB", 1L)));
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 4, 1);

        if (mode == ModelMode.Int8)
        {
            Finding error = Assert.Single(Assert.Throws<CompilationException>(() => CompiledFile.Of(graph, mode, [samples])).Findings);
            Assert.Equal(DiagnosticCodes.WeightsNotFinite, error.Code);
            Assert.Contains(weights.Name, error.Message, StringComparison.Ordinal);
            return;
        }

        using CompiledModel model = CompiledFile.Of(graph, mode);
        Assert.Equal(DiagnosticCodes.WeightsNotFinite, Assert.Single(model.Findings).Code);
        float[] y = new Interpreter(model.Compiled).Run(samples)[graph.Outputs[0].Name].ToFloats();
        Assert.All(y.Index(), v => Assert.Equal(v.Index % 2 == 0, float.IsNaN(v.Item)));
    }

    /// <summary>What is computed from a weight has names that nobody finds in the model.</summary>
    [Theory]
    [InlineData("Transpose MatMul")]
    [InlineData("Identity Cast Reshape Gemm")]
    [InlineData("Conv BatchNormalization")]
    [InlineData("MatMul Mul, weights read twice")]
    [InlineData("output")]
    public void Weights_NotANumberAndComputedWith_AreNamedAsInTheModel(string form)
    {
        var g = new TestGraph();
        Value broken = g.Constant(Tensor.Of([0.5f, float.NaN, 1, 2], 2, 2));
        Value vector = g.Constant(Tensor.Of([1f, 1], 2));
        Value x = g.Input(2);
        Value Node(string type, Value input) => g.Node(type, input);
        Graph graph = form switch
        {
            "Transpose MatMul" => g.Finish(g.Node("MatMul", [x, Node("Transpose", broken)])),
            "Identity Cast Reshape Gemm" => g.Finish(g.Node(
                "Gemm",
                [
                    x,
                    g.Node(
                        "Reshape",
                        [
                            g.Node("Cast", g.Node("Cast", Node("Identity", broken), ("to", 11L)), ("to", 1L)),
                            g.Constant(Tensor.Of([2L, 2], 2)),
                        ]),
                ],
                ("transB", 1L))),
            "Conv BatchNormalization" => g.Finish(g.Node(
                "BatchNormalization",
                [
                    g.Conv(g.Input(2, 4, 4), 2, 3), vector, vector, vector,
                    broken = g.Constant(Tensor.Of([float.NaN, 1], 2)),
                ])),
            "output" => g.Finish(g.Node("Add", [x, vector]), broken),
            _ => g.Finish(
                g.Node("Mul", [g.Node("MatMul", [x, broken]), vector]),
                g.Node("Mul", [g.Node("MatMul", [x, broken]), g.Constant(Tensor.Of([3f, 2], 2))])),
        };

        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp32);

        Finding finding = Assert.Single(model.Findings);
        Assert.Equal(DiagnosticCodes.WeightsNotFinite, finding.Code);
        Assert.Contains($"weight '{broken.Name}' holds", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Activations_BecomeInfinite_AreAnErrorThatNamesTheTensor()
    {
        var g = new TestGraph();
        Value large =
            g.Node("Mul", [g.Node("Mul", [g.Gemm(g.Input(3), 2), g.Constant(Tensor.Scalar(1e30f))]), g.Constant(Tensor.Scalar(1e20f))]);
        Graph graph = g.Finish(g.Gemm(large, 2));

        Finding error = Assert.Single(Assert.Throws<CompilationException>(
            () => CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, 4, 1)])).Findings);

        Assert.Equal(DiagnosticCodes.BadRange, error.Code);
        Assert.Contains($"'{large.Name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Calibration_AllZeros_IsAWarningThatNamesTheInput()
    {
        Graph graph = TwoLayers(out Value x);
        var zeros = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(new float[40], 10, 4) };
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [zeros]);

        Finding warning = Assert.Single(model.Findings, f => f.Code == DiagnosticCodes.BadRange);
        Assert.Contains($"'{x.Name}'", warning.Message, StringComparison.Ordinal);
        Assert.Matches("tensor '[^']+' is zero|tensors .+ are zero", warning.Message);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    public void Calibration_SingleSample_IsAWarning(int samples, int warnings)
    {
        Graph graph = TwoLayers(out _);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [TestGraph.Inputs(graph, samples, 1)]);

        Assert.Equal(warnings, model.Findings.Count(f => f.Message.Contains("sample is too few", StringComparison.Ordinal)));
    }

    /// <summary>−1e9 stands for "unknown" in a few places.</summary>
    [Fact]
    public void Calibration_FewValuesOwnTheRange_AreAWarningAndTheModelIsCalledPoor()
    {
        Graph graph = TwoLayers(out Value x);
        Tensor samples = TestGraph.Inputs(graph, 20, 1)[x.Name];
        float[] values = samples.ToFloats();
        values[5] = -1e9f;
        using CompiledModel model = CompiledFile.Of(
            graph, ModelMode.Int8, [new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(values, 20, 4) }]);

        Assert.Contains(
            model.Findings, f => f.Code == DiagnosticCodes.BadRange && f.Message.Contains($"'{x.Name}'", StringComparison.Ordinal));
    }

    /// <summary>A sum over four samples is larger than any that calibration has seen.</summary>
    [Theory]
    [InlineData(0L, true)]
    [InlineData(1L, false)]
    public void Int8_SamplesThatMeet_AreAWarning(long axis, bool isMeeting)
    {
        var g = new TestGraph();
        Value positive = g.Node("Relu", g.Gemm(g.Input(12), 16));
        Value sum = g.Node("ReduceSum", [positive, g.Constant(Tensor.Of([axis], 1))], ("keepdims", 1L));
        Graph graph = g.Finish(isMeeting ? g.Gemm(sum, 4) : g.Node("Add", [g.Gemm(positive, 4), sum]));

        using CompiledModel model = CompiledFile.Of(
            graph, ModelMode.Int8, [.. Enumerable.Range(0, 8).Select(seed => TestGraph.Inputs(graph, 1, seed))]);

        string[] said = [.. model.Findings.Where(f => f.Code == DiagnosticCodes.PoorSqnr).Select(f => f.Message)];
        Assert.Equal(isMeeting ? 1 : 0, said.Length);
        Assert.All(said, m => Assert.Contains("its samples meet", m, StringComparison.Ordinal));
    }

    /// <summary>A batch that is worse than its samples, and still good enough, is nothing to warn of.</summary>
    [Theory]
    [InlineData(45, 30, 0)]
    [InlineData(25, 19, 0)]
    [InlineData(26, 19, 1)]
    public void CheckBatch_NoiseOfSamplesAndOfThemTogether_WarnsWhereTheBatchIsPoor(double single, double joined, int warnings)
    {
        IReadOnlyDictionary<string, Tensor> all = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var batch = new SampleBatch([all, all], all);
        var findings = new List<Finding>();

        QualityFindings.CheckBatch(
            batch, inputs => new ModelQuality(inputs.Count() == 1 ? joined : single, "y", null, null, 1), ModelMode.Int8,
            TestGraph.Context().Inference, findings);

        Assert.Equal(warnings, findings.Count);
    }

    /// <summary>Samples of several lengths make no batch, and each is calibrated with by itself.</summary>
    [Fact]
    public void Int8_SamplesOfDifferentLengths_AreNotPutTogether()
    {
        var shape = new Shape([Plan.Dimension.Symbol("n"), Plan.Dimension.Symbol("t")]);
        Value[] inputs = [new("x") { Type = DataType.Float32, Shape = shape }];
        using var folder = new TemporaryFolder();
        string[] files =
        [
            .. new[] { 3, 5 }.Select(length => folder.Write(
                $"{length}.npz",
                NumpyFile.Npz(new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = Tensor.Of(new float[length], 1, length) }))),
        ];

        Assert.Null(SampleBatch.Of(CalibrationData.Open(files, inputs), inputs));
        Assert.NotNull(SampleBatch.Of(CalibrationData.Open([files[0], files[0]], inputs), inputs));
    }

    /// <summary>Tokens of a class are constants that stand beside what is calibrated, and may be larger.</summary>
    [Fact]
    public void Int8_ConstantBesideActivations_GetsCodesOfItsOwnRange()
    {
        var g = new TestGraph();
        Value x = g.FixedInput(1, 4, 8);
        Value hidden = g.Node("Relu", g.Node("MatMul", [x, g.Weights(8, 8)]));
        Value token = g.Constant(Tensor.Of([.. Enumerable.Range(0, 8).Select(i => 10f - i)], 1, 1, 8));
        Value joined = g.Node("Concat", [hidden, token], ("axis", 1L));
        Graph graph = g.Finish(g.Node("MatMul", [joined, g.Weights(8, 4)]));

        Assert.InRange(Compare(graph, TestGraph.Inputs(graph, 1, 3)), 30, 200);
    }

    /// <summary>Behind a limit nobody sees how far the values before it go: codes are for what lies between.</summary>
    [Fact]
    public void Int8_ArgumentsFarBeyondASigmoid_LeaveItsMiddleItsCodes()
    {
        var g = new TestGraph();
        Value x = g.Input(1);
        Value weight = g.Constant(Tensor.Of([400f], 1, 1));
        Value wide = g.Node("Gemm", [x, weight, g.Constant(Tensor.Of([-200f], 1))], ("transB", 1L));
        Graph graph = g.Finish(g.Gemm(g.Node("Sigmoid", wide), 2));

        // Inputs that codes say exactly, most of them where the function is steep.
        float[] values = [0, 1, .. Enumerable.Range(0, 26 * 8).Select(i => (115 + (i / 8)) / 255f)];

        var samples = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(values, values.Length, 1) };

        Assert.InRange(Compare(graph, samples), 32, 200);
    }

    /// <summary>What lies far below the others is nothing to a Softmax, but something to whoever reads the scores themselves.</summary>
    [Fact]
    public void Int8_ScoresThatAreAnOutputToo_KeepTheirRange()
    {
        var g = new TestGraph();
        Value x = g.Input(8);
        Value scores = g.Node("Gemm", [x, g.Weights(6, 8), g.Constant(Tensor.Of([-100f, 0, 0, 0, 0, 0], 6))], ("transB", 1L));
        Graph graph = g.Finish(g.Gemm(g.Node("Softmax", scores, ("axis", 1L)), 4), scores);
        Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, 20, 1);
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [samples]);

        double[] expected = ReferenceEvaluator.Run(graph, samples)[1].ToDoubles();
        double[] actual = new Interpreter(model.Compiled).Run(samples)[graph.Outputs[1].Name].ToDoubles();
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1.0));
    }

    /// <summary>A column of small numbers beside one of large numbers, which matters as much.</summary>
    [Fact]
    public void Int8_RawColumnsOfDifferentMagnitude_AreCalledPoorWithTheTensorThatLosesMost()
    {
        var g = new TestGraph();
        Value x = g.Input(2);
        Value hidden = g.Node("Relu", g.Node("Gemm", [x, g.Constant(Tensor.Of([1e-6f, 1, 1e-6f, -1], 2, 2))], ("transB", 1L)));
        Graph graph = g.Finish(g.Gemm(hidden, 2));
        float[] values = [.. TestGraph.Inputs(graph, 50, 1)[x.Name].ToFloats().Select((v, i) => i % 2 == 0 ? v * 1e6f : v)];
        using CompiledModel model = CompiledFile.Of(
            graph, ModelMode.Int8, [new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of(values, 50, 2) }]);

        Assert.True(model.Compiled.Plan.Card.Sqnr < 20);
        Finding warning = Assert.Single(model.Findings, f => f.Code == DiagnosticCodes.PoorSqnr);
        Assert.Contains($"'{graph.Outputs[0].Name}'", warning.Message, StringComparison.Ordinal);
        Assert.Contains($"lose most by 8 bits: '{x.Name}'", warning.Message, StringComparison.Ordinal);
    }

    /// <summary>Halves around one are 2⁻¹⁰ apart: what is above the middle goes up, the middle itself to the even one.</summary>
    [Fact]
    public void Fp16_Weights_AreRoundedToTheNearestHalf()
    {
        const float Unit = 1f / 1024;
        var g = new TestGraph();
        Value weights = g.Constant(
            Tensor.Of([1 + (0.51f * Unit), 1 + (0.49f * Unit), 1 + (0.5f * Unit), 1 + (1.5f * Unit), -1 - (0.75f * Unit)], 5, 1));
        Graph graph = g.Finish(g.Node("Gemm", [g.Input(1), weights], ("transB", 1L)));
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp16);
        var one = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [graph.Inputs[0].Name] = Tensor.Of([1f], 1, 1) };

        Assert.Equal(
            [1 + Unit, 1, 1, 1 + (2 * Unit), -1 - Unit], new Interpreter(model.Compiled).Run(one)[graph.Outputs[0].Name].ToFloats());
    }

    [Theory]
    [InlineData(true, false, 9e-10f, 2e-8f, 6e-8f, -2e-8f)]
    [InlineData(true, false, 0.5f, 1e-9f, 0.25f, 1f)]
    [InlineData(false, false, 0.5f, 1e-14f, 0.25f, 1f)]
    [InlineData(true, true, 9e-10f, 2e-8f, 6e-8f, -2e-8f)]
    [InlineData(false, true, 0.5f, 1e-9f, 0.25f, 1f)]
    public void Fp16_WeightsThatWouldVanish_StayFloat32WithAWarning(bool expected, bool behindAnotherLayer, params float[] row)
    {
        var g = new TestGraph();
        Value x = g.Input(4);
        Value weights = g.Constant(Tensor.Of(row, 1, 4));
        Graph graph =
            g.Finish(g.Node("Gemm", [behindAnotherLayer ? g.Gemm(x, 4) : x, weights, g.Constant(Tensor.Of([0.1f], 1))], ("transB", 1L)));
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Fp16);

        Assert.Equal(
            expected,
            model.Findings.Any(f => f.Code == DiagnosticCodes.HalfUnderflow && f.Message.Contains(weights.Name, StringComparison.Ordinal)));
        if (expected && !behindAnotherLayer)
        {
            var large = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [x.Name] = Tensor.Of([1e7f, 2e7f, -3e6f, 5e6f], 1, 4) };
            float y = new Interpreter(model.Compiled).Run(large)[graph.Outputs[0].Name].ToFloats()[0];
            Assert.Equal(ReferenceEvaluator.Run(graph, large)[0].ToDoubles()[0], y, 1e-3 * Math.Abs(y));
        }
    }

    /// <summary>
    /// Raw inputs may come in units of their own, so each channel of them counts; an output that is nearly nothing does not.
    /// </summary>
    [Theory]
    [InlineData(true, 1f, 1e-9f, 1f, 1e-9f)]
    [InlineData(false, 1f, 1f, 1e-9f, 1e-9f)]
    public void Fp16_ConvolutionWhoseWeightsWouldVanish_WarnsOfChannelsOfTheInput(bool expected, params float[] outputsByInputs)
    {
        var g = new TestGraph();
        Value weights = g.Constant(Tensor.Of(outputsByInputs, 2, 2, 1, 1));
        using CompiledModel model = CompiledFile.Of(g.Finish(g.Node("Conv", [g.Input(2, 3, 3), weights])), ModelMode.Fp16);

        Assert.Equal(expected, model.Findings.Any(f => f.Code == DiagnosticCodes.HalfUnderflow));
    }

    private static Graph TwoLayers(out Value x)
    {
        var g = new TestGraph();
        x = g.Input(4);
        return g.Finish(g.Gemm(g.Node("Relu", g.Gemm(x, 8)), 3));
    }

    /// <summary>Samples of raw columns around their means.</summary>
    private static Dictionary<string, Tensor> RawColumns(Graph graph, int columns, int length)
    {
        const int Count = 64;
        var random = new Random(5);
        int perInput = columns / graph.Inputs.Count;
        return graph.Inputs.Select((input, index) =>
        {
            var values = new float[Count * perInput * length];
            for (int i = 0; i < values.Length; i++)
            {
                int column = (i / length % perInput) + (index * perInput);
                values[i] = s_means[column] + (s_deviations[column] * (float)((random.NextDouble() + random.NextDouble() - 1) * 3));
            }

            return (input.Name, Tensor: Tensor.Of(values, [Count, .. input.KnownShape.Skip(1).Select(d => d.Value)]));
        }).ToDictionary(s => s.Name, s => s.Tensor, StringComparer.Ordinal);
    }

    /// <summary>Compiles a model to int8 and measures it against the float operators' meaning, in dB.</summary>
    private static double Compare(Graph graph, Dictionary<string, Tensor> samples)
    {
        using CompiledModel model = CompiledFile.Of(graph, ModelMode.Int8, [samples]);
        return Sqnr(graph, model, samples);
    }

    private static double Sqnr(Graph graph, CompiledModel model, Dictionary<string, Tensor> samples)
    {
        double[] expected = ReferenceEvaluator.Run(graph, samples)[0].ToDoubles();
        double[] actual = new Interpreter(model.Compiled).Run(samples)[graph.Outputs[0].Name].ToDoubles();
        double signal = expected.Sum(e => e * e);
        double noise = expected.Zip(actual, (e, a) => (e - a) * (e - a)).Sum();
        return noise == 0 ? 200 : 10 * Math.Log10(signal / noise);
    }
}
