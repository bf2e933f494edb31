using System.Security.Cryptography;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;
using ModelBuild.Plan;

namespace ModelBuild.Compiler;

/// <summary>
/// Models for ONNX Runtime. What it loads is the file that the compiler writes beside every plan, so that a mode means the same whoever
/// runs the model. A model that the compiler refuses is passed on as it is, in fp32: all other modes would change it.
/// </summary>
internal static class OnnxRuntimeModels
{
    /// <inheritdoc cref="ModelCompiler.Compile"/>
    public static CompileResult Compile(CompileOptions options, IProgress<string>? progress, CancellationToken cancellation)
    {
        try
        {
            return Compiled(options, ModelCompiler.CompileModel(options, progress, cancellation));
        }
        catch (CompilationException e) when (IsRefused(e))
        {
            return options.Mode == ModelMode.Fp32 && HasPorts(options) && !options.ChangesWeights
                ? ModelCompiler.Guard(options, () => AsItIs(options))
                : throw new CompilationException([ModeFinding(options), .. e.Findings]);
        }
    }

    /// <inheritdoc cref="ModelCompiler.CompileSurface"/>
    public static ExecutionPlan Surface(CompileOptions options)
    {
        try
        {
            return ModelCompiler.CompileSurfacePlan(options) with { Backend = PlanBackend.OnnxRuntime };
        }
        catch (CompilationException e) when (IsRefused(e) && HasPorts(options))
        {
            using WholeModel model = WholeModel.Open(options.ModelPath, options.Dimensions);
            return Surface(model, options);
        }
    }

    /// <summary>True where inputs and outputs are to be what the file declares.</summary>
    private static bool HasPorts(CompileOptions options) => options.InputType.IsNone && options.OutputType.IsNone;

    /// <summary>True where the compiler cannot do what another engine may be able to; false for models that are wrong.</summary>
    private static bool IsRefused(CompilationException exception) => exception.Findings.All(f => f.Code
        is DiagnosticCodes.UnsupportedOperator or DiagnosticCodes.UnsupportedFeature or DiagnosticCodes.UnboundDimension);

    private static Finding ModeFinding(CompileOptions options)
    {
        string mode = options.Mode.Word();
        return new Finding(
            DiagnosticCodes.ModeNeedsOperators,
            FindingSeverity.Error,
            $"Model '{Path.GetFileName(options.ModelPath)}' cannot be stored as {mode}: it has parts that ModelBuild does not know (see "
                + "the other errors), and it does not change what it does not know. Set Mode=\"fp32\" and leave InputType, OutputType and "
                + "Sparsity out: ONNX Runtime then gets the model as it is.",
            options.ModelPath);
    }

    private static CompileResult Compiled(CompileOptions options, CompiledModel model)
    {
        try
        {
            WireWriter onnx = OnnxExporter.ToMessage(model.Portable);
            ExecutionPlan plan = WithModel(WithoutSteps(model.Compiled.Plan), onnx, options);
            return new CompileResult(plan, onnx, model, options)
            {
                Findings = model.Findings, Agreement = model.Quality?.Agreement, Accuracy = model.Quality?.Accuracy, Note = model.Note,
                ExternalFiles = model.Source!.ExternalFiles,
                Report = options.Report ? model.Report! with { IsForeign = true, Bytes = plan.Weights!.Length, Layers = [] } : null,
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static CompileResult AsItIs(CompileOptions options)
    {
        CheckBudget(options);
        WholeModel model = WholeModel.Open(options.ModelPath, options.Dimensions);
        try
        {
            ExecutionPlan plan = WithModel(Surface(model, options), model.Onnx, options);
            if (BudgetCheck.Run(options.Budget, options.Mode, model.Onnx.Length, null, null, false, () => [], options.ModelPath)
                is { } missed)
            {
                throw new CompilationException([missed]);
            }

            return new CompileResult(plan, model.Onnx, model, options)
            {
                ExternalFiles = model.ExternalFiles, Report = options.Report ? ReportBuilder.OfPlan(plan) : null,
            };
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <exception cref="CompilationException">
    /// MODELB2026: what is asked for is found out by computing the model, or by counting in it.
    /// </exception>
    private static void CheckBudget(CompileOptions options)
    {
        (string Name, bool IsAsked)[] budgets =
        [
            ("MinSqnr", options.Budget.MinSqnr is not null), ("MinAgreement", options.Budget.MinAgreement is not null),
            ("MinAccuracy", options.Budget.MinAccuracy is not null), ("MaxMacs", options.Budget.MaxMacs is not null),
        ];
        string[] asked = [.. budgets.Where(b => b.IsAsked).Select(b => b.Name)];
        if (asked.Length > 0)
        {
            throw new CompilationException(
                DiagnosticCodes.BudgetNeedsOperators,
                $"Model '{Path.GetFileName(options.ModelPath)}' is passed to ONNX Runtime as it is, since it has parts that ModelBuild "
                    + $"does not know, and whether it keeps {string.Join(" and ", asked)} cannot be found out in the build. Leave "
                    + $"{(asked.Length == 1 ? "it" : "them")} out, or replace those parts: without Backend the build names them.",
                options.ModelPath);
        }
    }

    private static ExecutionPlan Surface(WholeModel model, CompileOptions options)
    {
        var header = new PlanHeader(
            new PlanClass(options.Accessibility, options.Namespace, options.ClassName),
            model.Source,
            options.Mode.Word(),
            options.ResourceName,
            model.Parameters,
            PlanHeader.SymbolsOf(model.Ports))
        {
            Ranges = model.Ports.Ranges,
        };
        return ModelCompiler.Surface(model.Ports, header, model.BoundSymbols) with { Backend = PlanBackend.OnnxRuntime };
    }

    /// <summary>What is left of a plan for somebody who runs the model as a whole: its ports.</summary>
    private static ExecutionPlan WithoutSteps(ExecutionPlan plan)
    {
        PlanPort[] ports = [.. plan.Inputs, .. plan.Outputs];
        PlanTensor[] tensors = [.. ports.Select(p => plan.Tensors[p.Tensor] with { Scale = null, ZeroPoint = null })];
        PlanPort[] renumbered = [.. ports.Select((p, i) => p with { Tensor = i })];
        var read = new HashSet<string>(
            plan.Outputs.SelectMany(p => plan.Tensors[p.Tensor].Shape).SelectMany(d => d.Symbols), StringComparer.Ordinal);
        return plan with
        {
            Backend = PlanBackend.OnnxRuntime,
            BoundSymbols = new EquatableArray<string>(plan.BoundSymbols.Where(read.Contains)),
            Arena = Dimension.Zero,
            Slice = null,
            Inputs = new EquatableArray<PlanPort>(renumbered.Take(plan.Inputs.Count)),
            Outputs = new EquatableArray<PlanPort>(renumbered.Skip(plan.Inputs.Count)),
            Tensors = new EquatableArray<PlanTensor>(tensors),
            Constants = EquatableArray<PlanConstant>.Empty,
            Steps = EquatableArray<PlanStep>.Empty,
        };
    }

    /// <exception cref="CompilationException">The class could not tell all sizes of the outputs.</exception>
    private static ExecutionPlan WithModel(ExecutionPlan plan, WireWriter onnx, CompileOptions options)
    {
        if (ResultSize.Find(plan.BoundSymbols, [.. plan.Outputs.Select(o => plan.Tensors[o.Tensor].Shape)]) is null)
        {
            throw new CompilationException(
                DiagnosticCodes.UnsupportedFeature,
                $"Model '{plan.Source.File}': the sizes of its outputs depend on numbers that no output tells ("
                    + $"{string.Join(", ", plan.BoundSymbols)}), so that a class over ONNX Runtime cannot give them. Make a tensor that "
                    + "has such a size an output too, or leave Backend out.",
                options.ModelPath);
        }

        return plan with { Weights = new PlanWeights(options.ResourceName, onnx.Length, Hash(onnx), options.WeightsInFile) };
    }

    private static string Hash(WireWriter onnx)
    {
        using var hash = SHA256.Create();
        using (var stream = new CryptoStream(Stream.Null, hash, CryptoStreamMode.Write))
        {
            onnx.WriteTo(stream);
        }

        return Convert.ToHexStringLower(hash.Hash!);
    }
}
