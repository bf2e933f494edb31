using System.CommandLine;
using System.Globalization;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Data;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild inspect</c>: what a model is, and what stands in the way of compiling it.</summary>
internal static class InspectCommand
{
    /// <summary>Nodes in float that are listed by name.</summary>
    private const int NamesShown = 8;

    /// <summary>A number for dimensions that the user has not bound yet, to see what else is missing.</summary>
    private const long TrialSize = 64;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("inspect", "Shows inputs, outputs, operators and sizes of a model, and what is not supported.");
        var model = new ModelOptions(command, hasMode: false);
        Option<bool> json = JsonOption.Create();
        command.Add(json);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            (InspectReport report, IReadOnlyList<Finding> findings) = Inspect(terminal, model.Read(parsed, terminal), cancellation);
            new FindingWriter(terminal).Write(findings, report.Model);
            if (parsed.GetValue(json))
            {
                JsonReport.Write(terminal, report);
            }
            else if (report.File is not null)
            {
                Write(new TextReport(terminal), report);
            }

            return report.IsSupported ? ExitCode.Done : ExitCode.Data;
        });
        return command;
    }

    private static (InspectReport Report, IReadOnlyList<Finding> Findings) Inspect(
        Terminal terminal, CompileOptions options, CancellationToken cancellation)
    {
        ModelFacts? facts = ModelFacts.Read(options.ModelPath);
        QuantizationReport? quantization = facts?.Quantization;
        options = options with { Mode = facts?.Mode ?? ModelMode.Fp32 };
        ExecutionPlan? plan = null;
        List<Finding> findings = [];
        try
        {
            using CompiledModel model = terminal.Watch(
                "Importing", progress => ModelCompiler.CompileModel(options, progress, cancellation));
            plan = model.Compiled.Plan;
            findings.AddRange(model.Findings);
        }
        catch (CompilationException e)
        {
            findings.AddRange(e.Findings);
            findings.AddRange(BehindOpenDimensions(options, facts, e.Findings, cancellation));
        }

        var report = new InspectReport(
            options.ModelPath,
            plan is not null,
            facts?.File,
            plan is null ? facts?.Inputs : [.. plan.Inputs.Select(port => PortReport.Of(plan, port))],
            plan is null ? facts?.Outputs : [.. plan.Outputs.Select(port => PortReport.Of(plan, port))],
            plan is null ? null : [.. plan.Symbols],
            facts?.Operators,
            plan?.Card.Parameters ?? facts?.Parameters,
            plan is null ? null : Compiled(plan),
            plan is null || quantization is null or { Form: "none" } ? quantization : WithSteps(quantization, plan),
            FindingReport.Of(terminal, findings));
        return (report, findings);
    }

    /// <summary>
    /// Where the compiler stops because dimensions are open, operators may be missing all the same: it is asked again with numbers for
    /// them. What else
    /// it then says may come from those numbers, and is left out.
    /// </summary>
    private static IEnumerable<Finding> BehindOpenDimensions(
        CompileOptions options, ModelFacts? facts, IReadOnlyList<Finding> findings, CancellationToken cancellation)
    {
        if (facts is null || !findings.Any(f => f.Code == DiagnosticCodes.UnboundDimension))
        {
            return [];
        }

        try
        {
            Dictionary<string, DimensionRange> trial =
                facts.InnerDimensions.ToDictionary(name => name, _ => (DimensionRange)TrialSize, StringComparer.Ordinal);
            foreach ((string name, DimensionRange size) in options.Dimensions)
            {
                trial[name] = size;
            }

            using CompiledModel _ = ModelCompiler.CompileModel(options with { Dimensions = trial }, null, cancellation);
            return [];
        }
        catch (CompilationException e)
        {
            return e.Findings.Where(f => f.Code == DiagnosticCodes.UnsupportedOperator);
        }
    }

    private static CompiledReport Compiled(ExecutionPlan plan) => new(
        plan.Mode, plan.Card.MultiplyAccumulates.ToString(), plan.Arena.ToString(), plan.Weights!.Length, plan.Steps.Count);

    private static QuantizationReport WithSteps(QuantizationReport quantization, ExecutionPlan plan)
    {
        ILookup<StepKind, PlanStep> steps = plan.AllSteps.Where(s => s.Blocks.Count == 0).ToLookup(step => StepKinds.Of(plan, step));
        return quantization with
        {
            IntegerSteps = steps[StepKind.Integer].Count(),
            ConversionSteps = steps[StepKind.Conversion].Count(),
            FloatSteps = steps[StepKind.Float].Count(),
            FloatNodes = [.. steps[StepKind.Float].Select(step => step.Name)],
        };
    }

    private static void Write(TextReport text, InspectReport report)
    {
        FileReport file = report.File!;
        text.Heading(report.Model);
        text.Facts(
            ("bytes", Number(file.Bytes) + (file.ExternalBytes > 0 ? $" and {Number(file.ExternalBytes)} in other files" : string.Empty)),
            ("written by", file.Producer.Length > 0 ? file.Producer : null),
            ("opset", string.Join(", ", [
                .. file.Opset is { } opset ? (string[])[Number(opset)] : [],
                .. file.OtherOpsets.Where(o => IsUsed(o.Key, report)).Select(o => $"{o.Key} {Number(o.Value)}"),
            ])),
            ("parameters", report.Parameters is { } parameters ? Number(parameters) : null),
            ("multiply-accumulates", report.Compiled is { } macs ? Expression(macs.MultiplyAccumulates) : null),
            ("weights", report.Compiled is { } weights ? $"{Number(weights.WeightsBytes)} bytes in {weights.Mode}" : null),
            ("working memory", report.Compiled is { } memory ? $"{Expression(memory.WorkingMemoryBytes)} bytes per call" : null),
            ("quantized", Describe(report.Quantization!)),
            ("compiles", report.IsSupported ? "yes" : $"no: {string.Join(", ", Errors(report))}"));
        Ports("inputs", report.Inputs!);
        Ports("outputs", report.Outputs!);
        text.Heading($"operators ({Number(file.Nodes)} nodes)");
        text.Table([.. report.Operators!.Select(o => new[] { o.Operator, Number(o.Count) })]);
        if (report.Quantization is { FloatNodes.Length: > 0 } quantization)
        {
            text.Heading($"in float ({Number(quantization.FloatNodes.Length)} steps)");
            text.Table([.. quantization.FloatNodes.Take(NamesShown).Select(name => new[] { name })]);
            if (quantization.FloatNodes.Length > NamesShown)
            {
                text.Line($"  and {Number(quantization.FloatNodes.Length - NamesShown)} more");
            }
        }

        void Ports(string title, PortReport[] ports)
        {
            text.Heading(title);
            text.Table([.. ports.Select(port => new[] { port.Name, port.Type ?? "?", port.ShapeText })]);
        }
    }

    /// <summary>Many programs list every domain that they know.</summary>
    private static bool IsUsed(string domain, InspectReport report) =>
        report.Operators!.Any(o => o.Operator.StartsWith(domain + ".", StringComparison.Ordinal));

    private static IEnumerable<string> Errors(InspectReport report) =>
        report.Findings.Where(f => f.Severity == "error").Select(f => f.Code).Distinct(StringComparer.Ordinal);

    private static string Describe(QuantizationReport quantization)
    {
        string steps = quantization.IntegerSteps is null
            ? string.Empty
            : FormattableString.Invariant(
                $"; steps: {quantization.IntegerSteps} in integers, {quantization.FloatSteps} in float, ")
                + FormattableString.Invariant($"{quantization.ConversionSteps} between them");
        return quantization.Form switch
        {
            "none" => "no",
            "QDQ" => FormattableString.Invariant(
                $"Q/DQ: {quantization.QuantizeLinear} QuantizeLinear, {quantization.DequantizeLinear} DequantizeLinear") + steps,
            _ => quantization.Form + steps,
        };
    }

    /// <summary>A number gets its thousands separated; an expression stays as it is.</summary>
    private static string Expression(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? Number(number) : text;

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
