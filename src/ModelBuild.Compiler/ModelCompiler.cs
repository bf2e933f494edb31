using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Plan;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler;

/// <summary>The whole road from an ONNX file to a plan and its weights. Deterministic: same input, same bytes.</summary>
public static class ModelCompiler
{
    /// <summary>Compiles a model.</summary>
    /// <param name="options">What to compile.</param>
    /// <param name="progress">Told at the start of every stage, in words.</param>
    /// <param name="cancellation">Looked at throughout.</param>
    /// <exception cref="CompilationException">Model, metadata or data are not usable; every finding has a code.</exception>
    /// <exception cref="OperationCanceledException">As asked.</exception>
    public static CompileResult Compile(
        CompileOptions options, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Backend == ModelBackend.OnnxRuntime)
        {
            return OnnxRuntimeModels.Compile(options, progress, cancellation);
        }

        CompiledModel model = CompileModel(options, progress, cancellation);
        try
        {
            return new CompileResult(model, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The plan with inputs and outputs only: what IntelliSense needs of the class, without quantizing anything.
    /// </summary>
    /// <exception cref="CompilationException">The model cannot be read, or a dimension is not bound.</exception>
    public static string CompileSurface(CompileOptions options) => PlanWriter.Write(
        options.Backend == ModelBackend.OnnxRuntime ? OnnxRuntimeModels.Surface(options) : CompileSurfacePlan(options));

    /// <summary>The same before it becomes text.</summary>
    internal static ExecutionPlan CompileSurfacePlan(CompileOptions options) => Guard(options, () => Surface(options));

    /// <summary>Compiles a model and keeps what tests and tools look at beside the files.</summary>
    internal static CompiledModel CompileModel(
        CompileOptions options, IProgress<string>? progress = null, CancellationToken cancellation = default) =>
        Guard(options, () => Road(options, progress, cancellation));

    private static ExecutionPlan Surface(CompileOptions options)
    {
        using ImportedModel source = Import(options);
        return Surface(source.Graph, Header(options, source), BoundSymbols(source.Graph));
    }

    /// <summary>A plan of ports.</summary>
    /// <param name="graph">Whose inputs and outputs have types and shapes.</param>
    /// <param name="bound">Sizes of outputs that no input tells.</param>
    internal static ExecutionPlan Surface(Graph graph, PlanHeader header, IEnumerable<string> bound)
    {
        PlanTensor[] tensors =
        [
            .. graph.Inputs.Select((v, i) => Tensor(v, PlanLocation.Input, i)),
            .. graph.Outputs.Select((v, i) => Tensor(v, PlanLocation.Output, i)),
        ];
        string[] inputs = Identifiers.ForPorts(graph, graph.Inputs);
        string[] outputs = Identifiers.ForPorts(graph, graph.Outputs);
        return new ExecutionPlan(
            header.Class,
            header.Source,
            header.Mode,
            new PlanCard(header.Parameters, Dimension.Zero, null),
            null,
            new EquatableArray<string>(header.Symbols),
            new EquatableArray<string>(bound),
            Dimension.Zero,
            null,
            new EquatableArray<PlanPort>(graph.Inputs.Select((v, i) => new PlanPort(v.Name, inputs[i], i))),
            new EquatableArray<PlanPort>(graph.Outputs.Select((v, i) => new PlanPort(v.Name, outputs[i], graph.Inputs.Count + i))),
            new EquatableArray<PlanTensor>(tensors),
            EquatableArray<PlanConstant>.Empty,
            EquatableArray<PlanStep>.Empty)
        {
            Ranges = header.PlanRanges,
        };

        static PlanTensor Tensor(Value value, PlanLocation location, int port) =>
            new(value.Name, value.Type.ToPlanType(), new EquatableArray<Dimension>(value.KnownShape), location, port, null, null);
    }

    /// <summary>The symbols of outputs that data decides, in the order in which nodes bind them.</summary>
    private static IEnumerable<string> BoundSymbols(Graph graph)
    {
        var read = new HashSet<string>(graph.Outputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols), StringComparer.Ordinal);
        read.ExceptWith(graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols));
        return graph.Nodes.SelectMany(n => n.Bound).SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal).Where(read.Contains);
    }

    /// <summary>Turns what a model can ask too much of into findings that name the file.</summary>
    internal static T Guard<T>(CompileOptions options, Func<T> compile)
    {
        string file = Path.GetFileName(options.ModelPath);
        try
        {
            return compile();
        }
        catch (UnsuitedDataException e)
        {
            throw new CompilationException(
                DiagnosticCodes.CalibrationShape,
                $"Model '{file}': the calibration data cannot be used: {e.Message} Give samples that the model takes. They run one by one: "
                    + "where the model takes no batch of one, bind its batch with Dimensions.",
                options.ModelPath);
        }
        catch (NotSupportedException e)
        {
            throw new CompilationException(
                DiagnosticCodes.UnsupportedFeature, $"Model '{file}': {e.Message} {InferenceContext.UnsupportedWayOut}",
                options.ModelPath);
        }
        catch (OverflowException)
        {
            throw new CompilationException(
                DiagnosticCodes.TooLarge,
                $"Model '{file}' has sizes that no memory could hold. Check the shapes of its inputs and the values given in Dimensions.",
                options.ModelPath);
        }
        catch (OutOfMemoryException)
        {
            throw new CompilationException(
                DiagnosticCodes.TooLarge,
                $"Model '{file}' takes more memory to compile than there is. Check the shapes of its inputs and the values given in "
                    + "Dimensions, or build on a machine with more memory.",
                options.ModelPath);
        }
    }

    private static CompiledModel Road(CompileOptions options, IProgress<string>? progress, CancellationToken cancellation)
    {
        progress?.Report("Importing");
        ImportedModel source = Import(options);
        try
        {
            return Road(options, source, progress, cancellation) with { Source = source };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static CompiledModel Road(
        CompileOptions options, ImportedModel source, IProgress<string>? progress, CancellationToken cancellation)
    {
        Graph graph = source.Graph;
        PlanHeader header = Header(options, source);
        var findings = new List<Finding>();
        var context = new PassContext(
            new InferenceContext(options.ModelPath, graph.Opset) { Assumptions = graph.Assumptions }, findings, cancellation)
        {
            KeepsFloat64 = options.Mode == ModelMode.Fp32,
            Trace = options.DumpDirectory is null && options.PassLimit is null
                ? null
                : new PassTrace(options.DumpDirectory, options.PassLimit),
        };
        QualityFindings.ReportBFloat16(graph.PortsInBFloat16, context.Inference, findings);
        progress?.Report("Simplifying");
        Graph imported = graph.Clone();
        PortablePasses.Run(graph, context);
        QualityFindings.CheckWeights(graph, options.Mode, context.Inference, findings);
        IReadOnlyDictionary<string, Tensor>? probe = ProbeInputs.Within(imported);
        var validator = new PlanValidator(context.Inference, options.Mode, cancellation);
        Dictionary<string, Tensor>? meaning = probe is null ? null : validator.CheckPasses(imported, graph, probe);
        Quantized quantized = options.Mode switch
        {
            ModelMode.Int8 => QuantizeToInt8(options, graph, header, context, progress),
            ModelMode.Fp16 => RoundToHalves(graph, header, context),
            _ => new Quantized(graph, () => Lower(graph.Clone(), header, context)),
        };
        progress?.Report("Validating");
        CompiledPlan Plain(Graph portable) => PlainPlan(portable, header, context);
        CompiledPlan Fused(Graph portable) => Lower(portable.Clone(), header, context with { Findings = [], Trace = null });
        PlanValidator.Expectation? expectation = probe is null
            ? null : validator.Expect(quantized.Portable, Plain, probe, options.Mode == ModelMode.Fp32 ? meaning : null);
        CompiledPlan plan = quantized.Lower();
        if (expectation is null)
        {
            // It is bound all the same.
            _ = new Interpreter(plan);
        }
        else
        {
            validator.CheckPlan(plan, expectation, Plain, Fused, probe!);
        }

        return new CompiledModel(plan, quantized.Portable, findings);
    }

    /// <summary>
    /// A graph in its mode's numbers, and how to make a plan of it: what the plan has to compute is found out before it takes memory.
    /// </summary>
    private sealed record Quantized(Graph Portable, Func<CompiledPlan> Lower);

    /// <summary>A plan of the same graph without fusions, that another plan is compared with.</summary>
    private static CompiledPlan PlainPlan(Graph graph, PlanHeader header, PassContext context)
    {
        Graph plain = graph.Clone();
        PassContext required = context with { IsPlain = true, Findings = [], Trace = null };
        PortablePasses.Run(plain, required);
        return Lower(plain, header, required);
    }

    private static Quantized RoundToHalves(Graph graph, PlanHeader header, PassContext context)
    {
        (IReadOnlyList<string> outOfRange, IReadOnlyList<string> underflow) = RoundToHalf.Run(graph);
        QualityFindings.ReportHalves(outOfRange, underflow, context.Inference, context.Findings);
        return new Quantized(graph, () =>
        {
            Graph widened = graph.Clone();
            (context with { Trace = null }).Apply(new FoldConstants(), widened);
            return Lower(widened, header, context, storeHalves: true);
        });
    }

    private static Quantized QuantizeToInt8(
        CompileOptions options, Graph graph, PlanHeader header, PassContext context, IProgress<string>? progress)
    {
        if (graph.Inputs.Count == 0 || graph.Nodes.Any(n =>
            n.Is("QuantizeLinear") || n.Is("DequantizeLinear") || n.Is("MatMulInteger") || n.Is("ConvInteger")))
        {
            // The model brings its own scales or integers, which are used as they are, or nothing in it depends on a sample.
            return new Quantized(graph, () => LowerInteger(graph, header, context));
        }

        if (options.CalibrationFiles.Count == 0)
        {
            // What is wrong with the model itself is said first: samples would not help.
            Lower(graph.Clone(), header, context with { Findings = [], Trace = null });
            throw new CompilationException(
                DiagnosticCodes.CalibrationRequired,
                $"Model '{header.Source.File}': Mode=\"int8\" needs samples of the model's inputs to choose the scales of its "
                    + "activations, and the model brings none of its own. Set Calibration to .npy or .npz files with 100 to 500 typical "
                    + "inputs, or use Mode=\"fp16\", which needs nothing.",
                options.ModelPath);
        }

        context.Apply(new DropRoundings(), graph);
        new AffineToDepthwise().Run(graph, context);
        PortablePasses.Run(graph, context);
        progress?.Report("Calibrating");
        CalibrationData samples = CalibrationData.Open(options.CalibrationFiles, graph.Inputs, options.Preprocessing);
        QuantizationPoints points = QuantizationPoints.Find(graph);
        Graph observed = graph.Clone();
        observed.Observed.UnionWith(points.Values.Select(v => v.Name));
        Dictionary<string, TensorStatistics> statistics =
            UseReference(observed.Clone(), reference => RangeCollector.Collect(
                reference, points, samples.Samples(), context.Cancellation, options.CalibrationMethod));
        QualityFindings.CheckRanges(statistics, graph.Inputs.Select(v => v.Name), samples.Count, context.Inference, context.Findings);
        progress?.Report("Quantizing");
        Quantizer.Insert(graph, points, statistics);
        new ShapeInference().Run(graph, context);
        GraphVerifier.Verify(graph, nameof(Quantizer));
        QuantizedAttempt best = Attempt(options.Recovery, context);

        // A layer does not see what becomes of it in the end. Where that is poor, less may be more.
        RecoveryMethods[] fewer =
            best.Sqnr is { } first && QualityFindings.IsPoor(first) ? [RecoveryMethods.Gptq, RecoveryMethods.None] : [];
        foreach (RecoveryMethods methods in fewer.Where(m => m != options.Recovery && options.Recovery.HasFlag(m)))
        {
            QuantizedAttempt other = Attempt(methods, context with { Trace = null });
            best = other.Sqnr > best.Sqnr ? other : best;
        }

        context.Findings.AddRange(best.Findings);
        return new Quantized(best.Graph, () => best.Plan);

        QuantizedAttempt Attempt(RecoveryMethods methods, PassContext outer)
        {
            PassContext own = outer with { Findings = [] };
            Graph recovered = graph.Clone();
            if (methods != RecoveryMethods.None)
            {
                AccuracyRecovery.Run(observed, recovered, samples, methods, progress, own.Cancellation);
                new ShapeInference().Run(recovered, own);
                GraphVerifier.Verify(recovered, nameof(AccuracyRecovery));
            }

            CompiledPlan plan = LowerInteger(recovered, header, own);
            progress?.Report("Validating");
            double? sqnr = MeasuredPlan(recovered, plan, measured => UseReference(
                DecidedSizes.Before(observed) ?? observed.Clone(),
                reference => MeasureNoise(reference, measured, recovered, samples, own)));
            plan = plan with { Plan = plan.Plan with { Card = plan.Plan.Card with { Sqnr = sqnr } } };
            return new QuantizedAttempt(recovered, plan, sqnr, own.Findings);
        }

        // Only the passes on the way to the result are shown and counted.
        T UseReference<T>(Graph floats, Func<Interpreter, T> use) => TemporaryPlan.Use(
            () => Lower(floats, header, context with { Trace = null }),
            reference => use(new Interpreter(reference, ReproducibleKernels.Table)));

        // What is decided says nothing of noise: a box more or less, and all others have moved up.
        T MeasuredPlan<T>(Graph quantized, CompiledPlan plan, Func<CompiledPlan, T> use) => DecidedSizes.Before(quantized) is { } before
            ? TemporaryPlan.Use(() => Lower(before, header, context with { Findings = [], Trace = null }), use)
            : use(plan);
    }

    /// <summary>What came of quantizing with some methods of recovering accuracy.</summary>
    private sealed record QuantizedAttempt(Graph Graph, CompiledPlan Plan, double? Sqnr, IReadOnlyList<Finding> Findings);

    /// <summary>The SQNR of a plan against its float model; where that is poor, a finding says where it is lost.</summary>
    private static double? MeasureNoise(
        Interpreter reference, CompiledPlan plan, Graph quantized, CalibrationData samples, PassContext context)
    {
        var measured = new Interpreter(plan, ReproducibleKernels.Table);
        (double Sqnr, string Output)? noise = Measure(samples.Samples());
        if (noise is { } result && QualityFindings.IsPoor(result.Sqnr))
        {
            IReadOnlyList<(string, double)> worst =
                NoiseMeter.Worst(reference, quantized, samples.Samples(), count: 3, context.Cancellation);
            QualityFindings.ReportNoise(result, worst, context.Inference, context.Findings);
        }
        else if (SampleBatch.Of(samples, quantized.Inputs) is { } batch)
        {
            QualityFindings.CheckBatch(batch, Measure, context.Inference, context.Findings);
        }

        return noise?.Sqnr;

        (double, string)? Measure(IEnumerable<IReadOnlyDictionary<string, Tensor>> inputs) =>
            NoiseMeter.Compare(reference, measured, inputs, context.Cancellation);
    }

    private static CompiledPlan LowerInteger(Graph graph, PlanHeader header, PassContext context)
    {
        Graph lowered = graph.Clone();
        LoweringPasses.Run(lowered, context);
        FloatIslands.Report(lowered, context);
        return PlanBuilder.Build(lowered, header);
    }

    /// <summary>Uses the graph up.</summary>
    private static CompiledPlan Lower(Graph graph, PlanHeader header, PassContext context, bool storeHalves = false)
    {
        LoweringPasses.Run(graph, context);
        return PlanBuilder.Build(graph, header, storeHalves);
    }

    private static ImportedModel Import(CompileOptions options) => OnnxImporter.Open(options.ModelPath, options.Dimensions);

    private static PlanHeader Header(CompileOptions options, ImportedModel source)
    {
        Graph graph = source.Graph;
        long parameters = graph.Values()
            .Where(v => v.IsConstant && v.Type is not DataType.Int64 and not DataType.Bool && v.Constant!.Rank > 0)
            .Sum(v => v.Constant!.Length);
        string[] symbols =
            [.. graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)];
        return new PlanHeader(
            new PlanClass(options.Accessibility, options.Namespace, options.ClassName),
            new PlanSource(Path.GetFileName(options.ModelPath), source.Sha256, graph.ImportedOpset, graph.Producer),
            options.Mode.ToString().ToLowerInvariant(),
            options.ResourceName,
            parameters,
            symbols)
        {
            Ranges = graph.Ranges,
        };
    }
}
