using System.Globalization;
using System.Reflection;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Reports;

/// <summary>Collects what is to be said of a compiled model.</summary>
internal static class ReportBuilder
{
    /// <param name="options">What was asked for.</param>
    /// <param name="plan">The model.</param>
    /// <param name="quantized">What the plan was made of.</param>
    /// <param name="floats">The model in float, simplified.</param>
    /// <param name="quality">How near it is to fp32; null where that was not measured.</param>
    /// <param name="findings">Warnings.</param>
    public static ModelReport Build(
        CompileOptions options, CompiledPlan plan, QuantizedGraph quantized, Graph floats, ModelQuality? quality,
        IReadOnlyList<Finding> findings)
    {
        QuantizationFacts facts = quantized.Facts?.Invoke() ?? new QuantizationFacts(floats, []);
        double macs = BudgetCheck.Macs(plan.Plan.Card.MultiplyAccumulates);
        return OfPlan(plan.Plan) with
        {
            MultiplyAccumulates = macs,
            WorkingMemory = plan.Plan.Arena.ToString(),
            LeastWorkingMemory = OpenDimensions.AtOne(plan.Plan.Arena),
            LargestLiveSet = plan.LargestLiveSet,
            Quality = quality is null ? null : new ReportQuality(
                quality.Sqnr, quality.Output, quality.Agreement, quality.Accuracy, quality.Samples, quality.IsHeldBack),
            Budgets = [.. Budgets(options.Budget, quality, plan.Weights.Length, macs)],
            Storage = [.. Storage(options, plan.Weights)],
            Note = quantized.Note,
            Warnings = [.. findings.Select(f => $"{f.Code}: {f.Message}")],
            Layers = new LayerFacts(options, plan, facts).Layers,
            Activations = facts.Activations,
            Weights = WeightMeter.Measure(facts.Floats, quantized.Portable),
        };
    }

    /// <summary>What a plan says of itself, and all there is to say of one that another engine runs.</summary>
    public static ModelReport OfPlan(ExecutionPlan plan) => new(
        plan.Source.File,
        plan.Source.Sha256,
        plan.Source.Producer,
        plan.Source.Opset,
        plan.Class.FullName,
        plan.Mode,
        Version())
    {
        IsForeign = plan.Backend != PlanBackend.Managed,
        Inputs = [.. plan.Inputs.Select(p => new ReportPort(p.Name, Describe(plan.Tensors[p.Tensor])))],
        Outputs = [.. plan.Outputs.Select(p => new ReportPort(p.Name, Describe(plan.Tensors[p.Tensor])))],
        Parameters = plan.Card.Parameters,
        FloatBytes = plan.Card.Parameters * sizeof(float),
        Bytes = plan.Weights?.Length ?? 0,
    };

    /// <summary>Type and shape.</summary>
    public static string Describe(PlanTensor tensor) =>
        $"{tensor.Type.ToString().ToLowerInvariant()} [{string.Join(",", tensor.Shape.Select(d => d.ToString()))}]";

    private static IEnumerable<ReportStorage> Storage(CompileOptions options, PackedWeights weights)
    {
        foreach (bool compress in (bool[])[false, true])
        {
            PackedWeights stored = compress == options.IsCompressed ? weights : weights.With(compress);
            yield return new ReportStorage(
                compress ? "compressed" : "plain", compress == options.IsCompressed, stored.Length,
                stored.LoadedLength - stored.MappedLength, stored.MappedLength);
        }
    }

    private static IEnumerable<ReportBudget> Budgets(QualityBudget budget, ModelQuality? quality, long bytes, double macs)
    {
        (string Name, double? Limit, double? Value, bool IsLeast)[] parts =
        [
            (nameof(budget.MinSqnr), budget.MinSqnr, quality?.Sqnr, true),
            (nameof(budget.MinAgreement), budget.MinAgreement, quality?.Agreement, true),
            (nameof(budget.MinAccuracy), budget.MinAccuracy, quality?.Accuracy, true),
            (nameof(budget.MaxBytes), budget.MaxBytes, bytes, false),
            (nameof(budget.MaxMacs), budget.MaxMacs, macs, false),
        ];
        return parts.Where(p => p.Limit is not null).Select(p => new ReportBudget(
            p.Name, p.Limit!.Value, p.Value, !(p.IsLeast ? p.Value < p.Limit : p.Value > p.Limit)));
    }

    /// <summary>Without the commit that some builds append.</summary>
    private static string Version() => typeof(ReportBuilder).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        ?.InformationalVersion.Split('+')[0]
        ?? string.Create(CultureInfo.InvariantCulture, $"{typeof(ReportBuilder).Assembly.GetName().Version}");
}
