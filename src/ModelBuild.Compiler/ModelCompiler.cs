using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Ports;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Quantization.Storage;
using ModelBuild.Compiler.Reports;
using ModelBuild.Plan;

namespace ModelBuild.Compiler;

/// <summary>The whole road from an ONNX file to a plan and its weights. Deterministic: same input, same bytes.</summary>
public static class ModelCompiler
{
    /// <summary>Compiles a model.</summary>
    /// <param name="options">What to compile.</param>
    /// <param name="progress">Told at the start of every stage, in words.</param>
    /// <param name="cancellation">Looked at throughout.</param>
    /// <exception cref="CompilationException">
    /// Model, metadata or data are not usable, or a budget is missed; every finding has a code.
    /// </exception>
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
        CodePorts.Declare(source.Graph, options);
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
            new EquatableArray<PlanPort>(graph.Inputs.Select(
                (v, i) => new PlanPort(v.Name, inputs[i], i) { Pixels = v.Pixels.Word(), Codes = CodePorts.OfPlan(graph, v) })),
            new EquatableArray<PlanPort>(graph.Outputs.Select(
                (v, i) => new PlanPort(v.Name, outputs[i], graph.Inputs.Count + i) { Codes = CodePorts.OfPlan(graph, v) })),
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
        QualityFindings.CheckWeights(graph, imported, options.Mode, context.Inference, findings);
        IReadOnlyDictionary<string, Tensor>? probe = ProbeInputs.Within(imported);
        var validator = new PlanValidator(context.Inference, options.Mode, cancellation);
        Dictionary<string, Tensor>? meaning = probe is null ? null : validator.CheckPasses(imported, graph, probe);
        CheckRequests(options, imported);

        // What the result is compared with: the model before its weights were changed.
        Graph? dense = options.ChangesWeights ? graph.Clone() : null;
        WeightChanges changes = dense is null ? new WeightChanges(null, null, null)
            : WeightChanges.Run(options, graph, header, context, progress);

        // Float weights are kept only where there is something to measure.
        Graph? floats = options.UsesSamples && !options.Mode.IsCalibrated() ? graph.Clone() : null;
        Graph? shown = options.Report ? graph.Clone() : null;
        ArrivingModels.ReportMode(options, graph, context);
        SampleSet.ReportUnusedPreprocessing(options, graph, context.Inference, context.Findings);
        QuantizedGraph quantized = options.Mode switch
        {
            ModelMode.Int8 or ModelMode.Int16x8 or ModelMode.Auto =>
                StaticQuantization.Run(options, graph, dense, header, context, progress),
            ModelMode.Fp16 => StoreInSixteenBits(graph, header, context),
            ModelMode.Int8Weights or ModelMode.Int4Weights => StoreAsCodes(options, graph, floats, header, context, progress),
            ModelMode.Int8Dynamic => QuantizeDynamically(options, graph, header, context),
            _ => new QuantizedGraph(graph, () => GraphPlanner.Plan(graph.Clone(), header, context)),
        };
        progress?.Report("Validating");
        CompiledPlan Plain(Graph portable) =>
            GraphPlanner.PlanPlain(StoredWeights.Expand(portable.Clone(), quantized.Stored), header, context);
        CompiledPlan Fused(Graph portable) => GraphPlanner.Plan(
            StoredWeights.Expand(portable.Clone(), quantized.Stored), header, context with { Findings = [], Trace = null });
        PlanValidator.Expectation? expectation = probe is null
            ? null : validator.Expect(quantized.Portable, Plain, probe, options.Mode == ModelMode.Fp32 && dense is null ? meaning : null);
        CompiledPlan plan = quantized.Lower();
        Check();

        ModelQuality? quality = quantized.Quality;
        if (dense is null ? quality is null && (floats is not null || options.Budget.NeedsSamples) : options.CalibrationFiles.Count > 0)
        {
            // A model that arrives quantized is its own reference: only its accuracy can be found out.
            Graph reference = dense ?? floats ?? quantized.Portable;
            progress?.Report("Measuring");
            CalibrationData samples = SampleSet.Open(options, reference);
            CalibrationData? heldBack = dense is null ? null : SampleSet.HoldBack(options, samples).HeldBack;
            quality = QualityMeasurement.Measure(reference, quantized, plan, heldBack ?? samples, header, context);
            quality = quality is null ? null : quality with { IsHeldBack = heldBack is not null };
            plan = plan with { Plan = plan.Plan with { Card = plan.Plan.Card with { Sqnr = quality?.Sqnr } } };
            if (dense is null)
            {
                QualityFindings.CheckStored(quality, options.Mode, context.Inference, findings);
            }
            else
            {
                PruningFindings.CheckQuality(quality, options, context.Inference, findings);
            }
        }

        bool hasCodePorts = CodePorts.AreAsked(quantized.Portable, options);
        if (hasCodePorts)
        {
            // What was measured until here had floats at its ports.
            quantized = quantized with { Portable = CodePorts.Open(quantized.Portable, options) };
            new ShapeInference().Run(quantized.Portable, context);
            GraphVerifier.Verify(quantized.Portable, nameof(CodePorts));
            probe = ProbeInputs.Within(quantized.Portable);
            expectation = probe is null ? null : validator.Expect(quantized.Portable, Plain, probe, null);
            CompiledPlan open = GraphPlanner.PlanIntegers(
                StoredWeights.Expand(quantized.Portable.Clone(), quantized.Stored), header, context with { Findings = [], Trace = null },
                _ => true);
            plan = open with { Plan = open.Plan with { Card = open.Plan.Card with { Sqnr = plan.Plan.Card.Sqnr } } };
            Check();
        }

        if (options.IsCompressed)
        {
            progress?.Report("Compressing");
            plan = plan.With(compress: true);
        }

        Finding? missed = BudgetCheck.Run(
            options.Budget, options.Mode, plan.Weights.Length, plan.Plan.Card.MultiplyAccumulates, quality, hasCodePorts,
            quantized.Worst, options.ModelPath);
        if (shown is not null)
        {
            progress?.Report("Collecting facts for the report");
        }

        // A report is wanted most where something is missed.
        ModelReport? report = shown is null ? null : ReportBuilder.Build(
            options, plan, quantized, shown, quality, findings) with
        {
            LowRank = changes.LowRank, Pruning = changes.Pruning, Clustering = changes.Clustering,
        };
        return missed is not null ? throw new CompilationException([missed, .. findings]) { Report = report }
            : new CompiledModel(plan, quantized.Portable, findings)
            {
                Quality = quality, Stored = quantized.Stored, Note = quantized.Note, Report = report, LowRank = changes.LowRank,
                Pruning = changes.Pruning, Clustering = changes.Clustering,
            };

        void Check()
        {
            if (expectation is null)
            {
                // It is bound all the same.
                _ = new Interpreter(plan);
            }
            else
            {
                validator.CheckPlan(plan, expectation, Plain, Fused, probe!);
            }
        }
    }

    private static QuantizedGraph StoreInSixteenBits(Graph graph, PlanHeader header, PassContext context)
    {
        (HashSet<string> stored, IReadOnlyList<string> outOfRange, IReadOnlyList<string> underflow) = StoreSixteenBits.Run(graph);
        QualityFindings.ReportSixteenBits(outOfRange, underflow, context.Inference, context.Findings);
        return new QuantizedGraph(graph, () => GraphPlanner.Plan(
            StoredWeights.Expand(graph.Clone(), stored), header, context, WeightStorage.Halves))
        {
            Stored = stored,
        };
    }

    private static QuantizedGraph StoreAsCodes(
        CompileOptions options, Graph graph, Graph? floats, PlanHeader header, PassContext context, IProgress<string>? progress)
    {
        progress?.Report("Quantizing");
        var lost = new SortedSet<string>(StringComparer.Ordinal);
        HashSet<string> stored = StoreCodes.Run(graph, options.Mode, lost: lost);
        QualityFindings.ReportLostColumns([.. lost], options.Mode, context.Inference, context.Findings);
        if (floats is { Inputs.Count: > 0 } && (options.Recovery & RecoveryMethods.OfLayers) != RecoveryMethods.None)
        {
            AccuracyRecovery.Run(
                floats, graph, SampleSet.Open(options, floats), options.Recovery, progress, context.Cancellation);
        }

        return new QuantizedGraph(graph, () => GraphPlanner.Plan(
            StoredWeights.Expand(graph.Clone(), stored), header, context, WeightStorage.Codes))
        {
            Stored = stored,
        };
    }

    private static QuantizedGraph QuantizeDynamically(CompileOptions options, Graph graph, PlanHeader header, PassContext context)
    {
        var lost = new SortedSet<string>(StringComparer.Ordinal);
        HashSet<string> coded = DynamicQuantizer.Insert(graph, context, lost, options.IsCompressed);

        // What no integers multiply is stored as codes all the same.
        HashSet<string> stored = StoreCodes.Run(graph, ModelMode.Int8Weights, lost: lost);
        QualityFindings.ReportLostColumns([.. lost], options.Mode, context.Inference, context.Findings);
        stored.UnionWith(coded);
        new ShapeInference().Run(graph, context);
        GraphVerifier.Verify(graph, nameof(DynamicQuantizer));
        return new QuantizedGraph(
            graph, () => GraphPlanner.PlanIntegers(StoredWeights.Expand(graph.Clone(), stored), header, context, _ => true))
        {
            Stored = stored,
        };
    }

    /// <summary>Looks at what is asked for beside the mode.</summary>
    /// <exception cref="CompilationException">It cannot be: MODELB2014, MODELB2016, and those of pruning.</exception>
    private static void CheckRequests(CompileOptions options, Graph imported)
    {
        PruningFindings.Check(options, imported);
        PruningFindings.CheckNames(options, imported, options.LowRank.IsActive ? options.LowRank.Exclude : [], "LowRankExclude");
        string model = $"Model '{Path.GetFileName(options.ModelPath)}'";
        if (options.Mode.IsCalibrated() && FloatParts.FindUnused(options.KeepFloat, imported) is { } pattern)
        {
            throw new CompilationException(
                DiagnosticCodes.NothingToKeep,
                $"{model}: '{pattern}' in KeepFloat names no node of the model and no tensor that a node makes. Write names as the model "
                    + $"has them, with * for any characters.{Suggestion.ForPart(pattern, FloatParts.Names(imported))}",
                options.ModelPath);
        }

        if (options.Budget.NeedsSamples && options.CalibrationFiles.Count == 0)
        {
            throw new CompilationException(
                DiagnosticCodes.BudgetWithoutSamples,
                $"{model}: {string.Join(" and ", options.Budget.OfSamples)} {(options.Budget.OfSamples.Count == 1 ? "is" : "are")} found "
                    + "out on samples of the model's inputs, and none are given. Set Calibration to files of typical inputs.",
                options.ModelPath);
        }

        if (options.Budget.MinAccuracy is not null && options.LabelsFile is null)
        {
            throw new CompilationException(
                DiagnosticCodes.BudgetWithoutSamples,
                $"{model}: MinAccuracy needs to know what the samples are. Set Labels to a .npy file with the number of the class of each "
                    + "sample of Calibration.",
                options.ModelPath);
        }
    }

    private static ImportedModel Import(CompileOptions options)
    {
        ImportedModel source = OnnxImporter.Open(options.ModelPath, options.Dimensions);
        try
        {
            ByteImages.Run(source.Graph, options);
            CodePorts.Check(source.Graph, options);
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static PlanHeader Header(CompileOptions options, ImportedModel source)
    {
        Graph graph = source.Graph;
        long parameters = graph.Values()
            .Where(v => v.IsConstant && v.Type is not DataType.Int64 and not DataType.Bool && v.Constant!.Rank > 0)
            .Sum(v => v.Constant!.Length);
        return new PlanHeader(
            new PlanClass(options.Accessibility, options.Namespace, options.ClassName),
            new PlanSource(Path.GetFileName(options.ModelPath), source.Sha256, graph.ImportedOpset, graph.Producer),
            options.Mode.Word(),
            options.ResourceName,
            parameters,
            PlanHeader.SymbolsOf(graph))
        {
            Ranges = graph.Ranges,
            KeepsDense = options.KeepsDense || options.IsCompressed,
            WeightsInFile = options.WeightsInFile,
        };
    }
}
