using System.Globalization;
using System.Text.RegularExpressions;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>What a model has to reach, what stays float so that it does, and what is said where it does not.</summary>
public sealed class BudgetTests : IDisposable
{
    private static readonly string s_lenet = Repository.Sample("models", "lenet.onnx");
    private static readonly string[] s_images = [SampleImages.All];

    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData("MinSqnr", "30", 30)]
    [InlineData("MinSqnr", " 27.5 dB ", 27.5)]
    [InlineData("MinSqnr", "-3DB", -3)]
    [InlineData("MinAgreement", "0.99", 0.99)]
    [InlineData("MinAgreement", "99.5 %", 0.995)]
    [InlineData("MinAccuracy", "100%", 1)]
    [InlineData("MaxBytes", "250000", 250000)]
    [InlineData("MaxBytes", "250 KB", 250e3)]
    [InlineData("MaxBytes", "1.5MiB", 1.5 * 1024 * 1024)]
    [InlineData("MaxMacs", "300M", 300e6)]
    [InlineData("MaxMacs", "2 g", 2e9)]
    public void TryAdd_Words_AreNumbers(string name, string text, double expected)
    {
        Assert.True(QualityBudget.None.TryAdd(name, text, out QualityBudget budget, out _));

        double?[] parts = [budget.MinSqnr, budget.MinAgreement, budget.MinAccuracy, budget.MaxBytes, budget.MaxMacs];
        Assert.Equal(expected, parts[QualityBudget.Names.ToList().IndexOf(name)]!.Value, 1e-9);
        Assert.Single(parts, part => part is not null);
    }

    [Theory]
    [InlineData("MinSqnr", "thirty")]
    [InlineData("MinSqnr", "1e400")]
    [InlineData("MinSqnr", "30 %")]
    [InlineData("MinAgreement", "99")]
    [InlineData("MinAgreement", "101 %")]
    [InlineData("MinAccuracy", "-0.1")]
    [InlineData("MaxBytes", "0")]
    [InlineData("MaxBytes", "10 TB")]
    [InlineData("MaxMacs", "-5M")]
    [InlineData("MaxMacs", "1,000")]
    public void TryAdd_OtherWords_AreRefused(string name, string text)
    {
        Assert.False(QualityBudget.None.TryAdd(name, text, out QualityBudget budget, out string? use));

        Assert.Equal(QualityBudget.None, budget);
        Assert.Contains("Write", use, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_ModelTooLarge_IsAnErrorWithEveryMiss()
    {
        CompileOptions options = Lenet(ModelMode.Fp16) with { Budget = new QualityBudget(MaxBytes: 1000, MaxMacs: 1000) };

        Finding error = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings);

        Assert.Equal(DiagnosticCodes.BudgetMissed, error.Code);
        Assert.Contains("MaxBytes is 1,000", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxMacs is 1,000", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("SQNR", error.Message, StringComparison.Ordinal);
        using CompileResult fits = ModelCompiler.Compile(
            options with { Budget = new QualityBudget(MaxBytes: 1 << 20, MaxMacs: 1 << 30) });
    }

    /// <summary>A budget is what may be taken: to the last byte and the last product.</summary>
    [Fact]
    public void Compile_ModelExactlyAsLargeAsItsBudget_Fits()
    {
        using CompiledModel model = ModelCompiler.CompileModel(Lenet(ModelMode.Fp16));
        long bytes = model.Compiled.Weights.Length;
        long macs = (long)BudgetCheck.Macs(model.Compiled.Plan.Card.MultiplyAccumulates);

        using CompiledModel fits = ModelCompiler.CompileModel(Budget(bytes, macs));
        string tooLarge = Message(Budget(bytes - 1, macs));
        string tooMuch = Message(Budget(bytes, macs - 1));

        Assert.Contains("MaxBytes", tooLarge, StringComparison.Ordinal);
        Assert.DoesNotContain("MaxMacs", tooLarge, StringComparison.Ordinal);
        Assert.Contains("MaxMacs", tooMuch, StringComparison.Ordinal);
        Assert.DoesNotContain("MaxBytes", tooMuch, StringComparison.Ordinal);

        static string Message(CompileOptions options) =>
            Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings).Message;

        static CompileOptions Budget(long bytes, long macs) =>
            Lenet(ModelMode.Fp16) with { Budget = new QualityBudget(MaxBytes: bytes, MaxMacs: macs) };
    }

    [Fact]
    public void Compile_RatioMissed_IsAnErrorThatNamesTheTensors()
    {
        CompileOptions options = Lenet(ModelMode.Int8) with { Budget = new QualityBudget(MinSqnr: 70, MinAgreement: 1) };

        Finding error = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings);

        Assert.Equal(DiagnosticCodes.BudgetMissed, error.Code);
        Assert.Contains("less than 70.0 dB", error.Message, StringComparison.Ordinal);
        Assert.Contains("that calibration has not seen", error.Message, StringComparison.Ordinal);
        Assert.Contains("What loses most: '", error.Message, StringComparison.Ordinal);
        Assert.Contains("Mode=\"auto\"", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A sample ten times as large as all others is cut off by the codes that were chosen without it, and costs next to nothing where they
    /// were chosen with it: one in five is held back for what is measured.
    /// </summary>
    [Fact]
    public void Compile_OneLargeSample_CostsWhereItIsMeasuredAndNotCalibratedWith()
    {
        const int Count = 50;
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Node("Relu", g.Gemm(g.Input(24), 32)), 8));
        string model = _files.Write("model.onnx", OnnxExporter.Export(graph));

        double[] ratios = [.. Enumerable.Range(0, 10).Select(Measure)];

        Assert.Equal([4, 9], Enumerable.Range(0, 10).Where(i => ratios[i] < 10));
        Assert.Equal(8, ratios.Count(r => r > 15));

        double Measure(int large)
        {
            Dictionary<string, Tensor> samples = TestGraph.Inputs(graph, Count, seed: 3);
            float[] values = samples["input0"].ToFloats();
            foreach (ref float value in values.AsSpan(large * 24, 24))
            {
                value *= 10;
            }

            samples["input0"] = Tensor.Of(values, Count, 24);
            using CompiledModel compiled = ModelCompiler.CompileModel(
                CompiledFile.Options(model, ModelMode.Int8, [_files.Write("samples.npz", NumpyFile.Npz(samples))]) with
                {
                    Budget = new QualityBudget(MinSqnr: -100),
                });
            Assert.True(compiled.Quality!.IsHeldBack);
            return compiled.Quality.Sqnr!.Value;
        }
    }

    [Theory]
    [InlineData(ModelMode.Fp16, 60)]
    [InlineData(ModelMode.Int8Dynamic, 30)]
    [InlineData(ModelMode.Int8, 30)]
    public void Compile_BudgetInAnyMode_IsMeasured(ModelMode mode, double ratio)
    {
        using CompileResult result = ModelCompiler.Compile(
            Lenet(mode) with { Budget = new QualityBudget(MinSqnr: ratio, MinAgreement: 0.97) });

        Assert.InRange(result.Sqnr!.Value, ratio, NoiseMeter.Perfect);
        Assert.InRange(result.Agreement!.Value, 0.97, 1);
    }

    /// <summary>Labels that are what fp32 answers make accuracy the same as agreement; others make it small.</summary>
    [Theory]
    [InlineData(true, ModelMode.Fp16)]
    [InlineData(false, ModelMode.Fp16)]
    [InlineData(false, ModelMode.Fp32)]
    [InlineData(false, ModelMode.Int8)]
    public void Compile_Labels_SayWhatIsAccurate(bool areRight, ModelMode mode)
    {
        using CompiledModel floats = ModelCompiler.CompileModel(Lenet(ModelMode.Fp32));
        var reference = new Interpreter(floats.Compiled);
        IEnumerable<float[]> answers = CalibrationData.Open(s_images, floats.Portable.Inputs).Samples()
            .Select(sample => reference.Run(sample).Values.Single().ToFloats());
        long[] labels = [.. answers.Select(a => (Array.IndexOf(a, a.Max()) + (areRight ? 0L : 1)) % 10)];
        string file = _files.Write("labels.npz", NumpyFile.Npz(new Dictionary<string, Tensor>
        {
            ["names"] = Tensor.Of([1L], 1), ["labels"] = Tensor.Of(labels, labels.Length),
        }));
        CompileOptions options =
            Lenet(mode) with { Budget = new QualityBudget(MinAccuracy: 0.9), LabelsFile = file, Recovery = RecoveryMethods.None };

        if (areRight)
        {
            using CompiledModel model = ModelCompiler.CompileModel(options);
            Assert.Equal(1, model.Quality!.Accuracy);
            return;
        }

        Finding error = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings);
        Assert.Contains("accuracy is 0.00 %, less than 90.00 %", error.Message, StringComparison.Ordinal);

        // The float model is as wrong, so that no mode and no layer is to blame.
        Assert.Contains("Check Labels, use a better model or ask for less accuracy", error.Message, StringComparison.Ordinal);
        Assert.Contains("the model has 0.00 % there itself", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("What loses most", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Mode=", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Codes at the ports cost what no mode gives back, and modes without codes of activations refuse them.</summary>
    [Fact]
    public void Compile_PortsOfCodesThatMissABudget_AreWhatIsToGo()
    {
        Assert.True(PortTypes.TryRead("int8", out PortTypes codes, out _));
        CompileOptions options = Lenet(ModelMode.Int16x8) with
        {
            InputType = codes, OutputType = codes, Recovery = RecoveryMethods.None, Budget = new QualityBudget(MinSqnr: 120),
        };

        Finding error = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings);

        Assert.Equal(DiagnosticCodes.BudgetMissed, error.Code);
        Assert.Contains("Leave InputType or OutputType out", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("fp16", error.Message, StringComparison.Ordinal);
    }

    /// <summary>What was not asked for is not spoken of.</summary>
    [Fact]
    public void Compile_BudgetWithoutSamples_NamesWhatItAsksFor()
    {
        Assert.Contains(": MinSqnr is found out", Message(new QualityBudget(MinSqnr: 10)), StringComparison.Ordinal);
        Assert.Contains(
            ": MinSqnr and MinAgreement are found out", Message(new QualityBudget(MinSqnr: 10, MinAgreement: 0.9)),
            StringComparison.Ordinal);

        static string Message(QualityBudget budget) => Assert.Single(Assert.Throws<CompilationException>(
            () => ModelCompiler.Compile(Lenet(ModelMode.Fp16) with { CalibrationFiles = [], Budget = budget })).Findings).Message;
    }

    [Fact]
    public void Compile_BudgetThatNothingCanShow_SaysWhatIsMissing()
    {
        AssertCode(
            DiagnosticCodes.BudgetWithoutSamples,
            Lenet(ModelMode.Fp16) with { CalibrationFiles = [], Budget = new QualityBudget(MinSqnr: 10) });
        AssertCode(DiagnosticCodes.BudgetWithoutSamples, Lenet(ModelMode.Fp16) with { Budget = new QualityBudget(MinAccuracy: 0.5) });
        AssertCode(
            DiagnosticCodes.LabelFile,
            Lenet(ModelMode.Fp16) with
            {
                Budget = new QualityBudget(MinAccuracy: 0.5),
                LabelsFile = _files.Write("few.npz", NumpyFile.Npz(new Dictionary<string, Tensor> { ["labels"] = Tensor.Of([1L, 2], 2) })),
            });
        AssertCode(
            DiagnosticCodes.LabelFile,
            Lenet(ModelMode.Fp16) with
            {
                Budget = new QualityBudget(MinAccuracy: 0.5),
                LabelsFile = _files.Write("f.npz", NumpyFile.Npz(new Dictionary<string, Tensor> { ["labels"] = Tensor.Of([1f], 1) })),
            });

        AssertCode(
            DiagnosticCodes.LabelFile,
            Lenet(ModelMode.Fp16) with { Budget = new QualityBudget(MinAccuracy: 0.5), LabelsFile = _files.Path + "/nowhere.npy" });
        int count = CalibrationData.Open(s_images, Floats().Portable.Inputs).Count;
        Tensor wrong = Tensor.Of(Enumerable.Repeat(10L, count).ToArray(), count);
        AssertCode(
            DiagnosticCodes.LabelFile,
            Lenet(ModelMode.Fp16) with
            {
                Budget = new QualityBudget(MinAccuracy: 0.5),
                LabelsFile = _files.Write(
                    "ten.npz",
                    NumpyFile.Npz(new Dictionary<string, Tensor> { ["labels"] = wrong })),
            });

        static CompiledModel Floats() => ModelCompiler.CompileModel(Lenet(ModelMode.Fp32));

        static void AssertCode(string code, CompileOptions options) => Assert.All(
            Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings, f => Assert.Equal(code, f.Code));
    }

    [Fact]
    public void KeepFloat_Names_StayFloat()
    {
        using CompiledModel all = ModelCompiler.CompileModel(Lenet(ModelMode.Int8));
        using CompiledModel none = ModelCompiler.CompileModel(Lenet(ModelMode.Int8) with { KeepFloat = ["*"] });
        string first = all.Source!.Graph.Nodes.Count == 0 ? "*" : FirstConvolution();
        using CompiledModel one = ModelCompiler.CompileModel(Lenet(ModelMode.Int8) with { KeepFloat = [first] });

        Assert.Contains(all.Compiled.Plan.Steps, s => s.Call.Target == "Convolution.UInt8");
        Assert.DoesNotContain(none.Compiled.Plan.Steps, s => s.Call.Target.EndsWith("UInt8", StringComparison.Ordinal));
        Assert.Single(one.Compiled.Plan.Steps, s => s.Call.Target == "Convolution.Float32");
        Assert.DoesNotContain(one.Findings, f => f.Code == DiagnosticCodes.FloatInsideInt8);

        string FirstConvolution()
        {
            using CompiledModel floats = ModelCompiler.CompileModel(Lenet(ModelMode.Fp32));
            return floats.Portable.Nodes.First(n => n.Is("Conv")).Name.Split(" + ")[0];
        }
    }

    /// <summary>By the names that messages give: tensors that have codes, the input among them, and what shares their scales.</summary>
    [Fact]
    public void KeepFloat_NamesOfTensors_HaveNoCodes()
    {
        using CompiledModel all = ModelCompiler.CompileModel(Lenet(ModelMode.Int8));
        string[] names = [.. all.Portable.Nodes.Where(n => n.Is("QuantizeLinear")).Select(n => n.Required(0).Name)];
        Assert.NotEmpty(names);
        foreach (string name in names)
        {
            using CompiledModel model = ModelCompiler.CompileModel(Lenet(ModelMode.Int8) with { KeepFloat = [name] });

            string[] left = [.. model.Portable.Nodes.Where(n => n.Is("QuantizeLinear")).Select(n => n.Required(0).Name)];
            Assert.DoesNotContain(name, left);
            Assert.Subset(names.ToHashSet(), left.ToHashSet());
        }
    }

    /// <summary>What moves elements computes nothing, so that there is nothing to keep.</summary>
    [Fact]
    public void KeepFloat_OfWhatOnlyMoves_ChangesNothing()
    {
        var g = new TestGraph();
        Value x = g.Node("Relu", g.Conv(g.Input(2, 6, 6), 4, 3));
        Graph graph = g.Finish(g.Gemm(g.Node("Flatten", x), 5));
        string model = _files.Write("model.onnx", OnnxExporter.Export(graph));
        string samples = _files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 9, 3)));
        CompileOptions options = CompiledFile.Options(model, ModelMode.Int8, [samples]);
        string flatten = graph.Nodes.Single(n => n.Is("Flatten")).Name;

        using CompiledModel plain = ModelCompiler.CompileModel(options);
        using CompiledModel kept = ModelCompiler.CompileModel(options with { KeepFloat = [flatten] });

        Assert.Equal(PlanWriter.Write(plain.Compiled.Plan), PlanWriter.Write(kept.Compiled.Plan));
    }

    [Fact]
    public void KeepFloat_NameThatIsNone_IsAnError()
    {
        CompileOptions options = Lenet(ModelMode.Int8) with { KeepFloat = ["*", "conv99*"] };

        Finding error = Assert.Single(Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings);

        Assert.Equal(DiagnosticCodes.NothingToKeep, error.Code);
        Assert.Contains("'conv99*'", error.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// Plain int8 misses what is asked for: a part of the tensors gets 16 bits, or stays float where those are not enough, and the message
    /// says it.
    /// </summary>
    [Theory]
    [InlineData(53, "gives 16 bits to", "QuantizeUInt16")]
    [InlineData(62, "keeps in float", "Gemm.Float32")]
    public void Auto_BudgetThatInt8Misses_IsReachedWithAPartInMoreBits(double wanted, string way, string kernel)
    {
        var budget = new QualityBudget(MinSqnr: wanted);
        Assert.Throws<CompilationException>(() => ModelCompiler.Compile(Lenet(ModelMode.Int8) with { Budget = budget }));

        using CompiledModel model = ModelCompiler.CompileModel(Lenet(ModelMode.Auto) with { Budget = budget });

        Assert.InRange(model.Quality!.Sqnr!.Value, wanted, NoiseMeter.Perfect);
        Assert.True(model.Quality.IsHeldBack);
        Assert.Contains(way, model.Note, StringComparison.Ordinal);
        Assert.Contains("those that cost most in 8 bits: '", model.Note, StringComparison.Ordinal);
        Assert.Contains(model.Compiled.Plan.Steps, s => s.Call.Target.EndsWith(kernel, StringComparison.Ordinal));
        using CompiledModel again = ModelCompiler.CompileModel(Lenet(ModelMode.Auto) with { Budget = budget });
        Assert.Equal(PlanWriter.Write(model.Compiled.Plan), PlanWriter.Write(again.Compiled.Plan));
    }

    /// <summary>Budgets that lie close together: none takes more tensors than another did that reached as much.</summary>
    [Fact]
    public void Auto_SeveralBudgets_TakeAsFewTensorsAsReachThem()
    {
        var g = new TestGraph();
        Value x = g.Input(48);
        for (int i = 0; i < 10; i++)
        {
            x = g.Node("Relu", g.Gemm(x, 48));
        }

        Graph graph = g.Finish(x);
        CompileOptions options = CompiledFile.Options(
            _files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Auto,
            [_files.Write("samples.npz", NumpyFile.Npz(TestGraph.Inputs(graph, 60, seed: 3)))]);
        var reached = new List<(double Wanted, double Least, string Way, int Tensors)>();
        for (double wanted = Compile(-100).Least + 0.3; reached.Count < 12; wanted += 1.7)
        {
            (double least, string note) = Compile(wanted);
            Match said = Regex.Match(note, "^auto (.+) ([0-9]+) of ([0-9]+) tensors");
            Assert.True(said.Success, note);
            reached.Add((wanted, least, said.Groups[1].Value, int.Parse(said.Groups[2].Value, CultureInfo.InvariantCulture)));
        }

        Assert.InRange(reached.Select(r => r.Tensors).Distinct().Count(), 3, 10);
        Assert.All(reached, one => Assert.DoesNotContain(
            reached, other => other.Way == one.Way && other.Least >= one.Wanted && other.Tensors < one.Tensors));

        (double Least, string Note) Compile(double wanted)
        {
            using CompiledModel model = ModelCompiler.CompileModel(options with { Budget = new QualityBudget(MinSqnr: wanted) });
            return (model.Quality!.LeastSqnr!.Value, model.Note!);
        }
    }

    /// <summary>
    /// One sample of twenty, not of those held back, has a factor of few codes and another that makes their noise large: auto reaches the
    /// budget for such samples too.
    /// </summary>
    [Fact]
    public void Auto_RareSamplesThatCodesSuitBadly_ReachesTheBudgetForThemToo()
    {
        var g = new TestGraph();
        var random = new Random(4);

        // Weights that codes say exactly.
        Value weights = g.Constant(Tensor.Of([.. Enumerable.Range(0, 16 * 16).Select(_ => random.Next(-127, 128) / 64f)], 16, 16));
        Graph graph = g.Finish(g.Node("Mul", [g.Node("MatMul", [g.Input(16), weights]), g.Input(16)]));
        float[] left = [.. Enumerable.Range(0, 20 * 16).Select(i => i / 16 == 0 ? random.NextSingle() / 128 : random.NextSingle())];
        float[] right = [.. Enumerable.Range(0, 20 * 16).Select(i => i / 16 == 0 ? 255f : 1)];
        var samples = new Dictionary<string, Tensor> { ["input0"] = Tensor.Of(left, 20, 16), ["input1"] = Tensor.Of(right, 20, 16) };
        CompileOptions options = CompiledFile.Options(
            _files.Write("model.onnx", OnnxExporter.Export(graph)), ModelMode.Auto,
            [_files.Write("samples.npz", NumpyFile.Npz(samples))]) with { Budget = new QualityBudget(MinSqnr: 30) };

        using CompiledModel integers = ModelCompiler.CompileModel(options with { Mode = ModelMode.Int8 });
        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal((4, true), (integers.Quality!.Samples, integers.Quality.IsHeldBack));
        Assert.InRange(integers.Quality.LeastSqnr!.Value, 35, NoiseMeter.Perfect);
        Assert.Contains("those that cost most in 8 bits: 'input0'", model.Note, StringComparison.Ordinal);
    }

    /// <summary>A budget is meant for the model as it was: what pruning has lost counts while auto looks for what reaches it.</summary>
    [Fact]
    public void Auto_OfAPrunedModel_SearchesForTheBudgetAgainstTheModelAsItWas()
    {
        var pruning = new PruningOptions { Sparsity = 0.03, Scope = PruningScope.Layer };
        double pruned = Sqnr(ModelMode.Fp32, 1);
        double integers = Sqnr(ModelMode.Int8, 1);
        Assert.InRange(integers, 0, pruned - 1);

        // Half of what is left: 8 bits for all do not reach it, though they are nearer to the pruned model.
        double wanted = (integers + pruned) / 2;
        using CompiledModel model = Compile(ModelMode.Auto, wanted);

        Assert.InRange(model.Quality!.Sqnr!.Value, wanted, pruned + 1);
        Assert.Contains("those that cost most in 8 bits", model.Note, StringComparison.Ordinal);

        double Sqnr(ModelMode mode, double wanted)
        {
            using CompiledModel compiled = Compile(mode, wanted);
            return compiled.Quality!.Sqnr!.Value;
        }

        CompiledModel Compile(ModelMode mode, double wanted) => ModelCompiler.CompileModel(
            Lenet(mode) with { Budget = new QualityBudget(MinSqnr: wanted), Pruning = pruning });
    }

    [Fact]
    public void Auto_BudgetThatInt8Reaches_Takes8BitsOnly()
    {
        using CompiledModel model = ModelCompiler.CompileModel(Lenet(ModelMode.Auto));

        Assert.InRange(model.Quality!.Sqnr!.Value, 30, NoiseMeter.Perfect);
        Assert.Contains("8 bits only", model.Note, StringComparison.Ordinal);
        AssertCalibrationRequired(Lenet(ModelMode.Auto) with { CalibrationFiles = [] });

        static void AssertCalibrationRequired(CompileOptions options) => Assert.Equal(
            DiagnosticCodes.CalibrationRequired,
            Assert.Throws<CompilationException>(() => ModelCompiler.Compile(options)).Findings[0].Code);
    }

    /// <summary>The largest value lies in a sample that is held back: the scale does not know it.</summary>
    [Fact]
    public void Budget_HeldBackSamples_HaveNoPartInRanges()
    {
        var g = new TestGraph();
        Graph graph = g.Finish(g.Gemm(g.Input(4), 8));
        float[] values = [.. Enumerable.Range(0, 60 * 4).Select(i => i / 4 == 9 ? 100f : i % 5 / 4f)];
        string model = _files.Write("model.onnx", OnnxExporter.Export(graph));
        string samples = _files.Write(
            "samples.npz", NumpyFile.Npz(new Dictionary<string, Tensor> { ["input0"] = Tensor.Of(values, 60, 4) }));
        CompileOptions options = CompiledFile.Options(model, ModelMode.Int8, [samples]);

        using CompiledModel all = ModelCompiler.CompileModel(options);
        using CompiledModel some = ModelCompiler.CompileModel(options with { Budget = new QualityBudget(MinSqnr: -100) });

        Assert.Equal(100f / 255, Scale(all), 1e-6f);
        Assert.Equal(1f / 255, Scale(some), 1e-6f);
        Assert.Equal((60, false), (all.Quality!.Samples, all.Quality.IsHeldBack));
        Assert.Equal((12, true), (some.Quality!.Samples, some.Quality.IsHeldBack));

        static float Scale(CompiledModel model) =>
            model.Portable.Nodes.First(n => n.Is("QuantizeLinear")).Required(1).Constant!.ToFloats()[0];
    }

    private static CompileOptions Lenet(ModelMode mode) => CompiledFile.Options(s_lenet, mode, s_images);
}
