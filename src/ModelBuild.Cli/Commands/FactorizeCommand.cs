using System.CommandLine;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Reports;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild factorize</c>: a model with layers taken apart into smaller ones as an ONNX file in float.</summary>
internal static class FactorizeCommand
{
    private static readonly string[] s_settings =
    [
        "LowRank", "LowRankExclude", "Calibration", "Preprocessing", "InputType", "Labels", "MinSqnr", "MinAgreement", "MinAccuracy",
        "MaxMacs", "Dimensions",
    ];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("factorize", "Takes layers of a model apart into smaller ones, and writes it as an ONNX file.");
        var model = new ModelOptions(command, s_settings, topic: "low-rank");
        var sensitivity = new Option<bool>("--sensitivity")
        {
            Description = "Show what each layer alone costs for several parts of its own work; needs --calibration.",
        };
        model.Settings["LowRank"]!.Required = true;
        command.Add(sensitivity);
        var file = new FloatModelOptions(command, model);
        command.Validators.Add(result => file.RequireSamples(result, sensitivity));
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            CompileOptions options = model.Read(parsed, terminal);
            options = options with { LowRank = options.LowRank with { ShowsSensitivity = parsed.GetValue(sensitivity) } };
            FactorizeReport report = Factorize(terminal, options, parsed.GetRequiredValue(file.Output), cancellation);
            ReportOutput.Write(terminal, parsed.GetValue(file.Json), report, Write);
            return ExitCode.Done;
        });
        return command;
    }

    private static FactorizeReport Factorize(Terminal terminal, CompileOptions options, string file, CancellationToken cancellation)
    {
        using CompiledModel model = CompileSteps.Compile(terminal, options, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (model.LowRank is not { } lowRank)
        {
            throw new CompilationException(
                DiagnosticCodes.BadLowRank, "--low-rank 0 takes nothing apart. Give a part above 0 and below 1, or a ratio such as 30dB.",
                options.ModelPath);
        }

        FloatModelFile written = FloatModelFile.Write(options, model, file);
        return new FactorizeReport(
            options.ModelPath, file, written.Before, written.After, lowRank, model.Quality?.Sqnr, model.Quality?.Agreement,
            model.Quality?.Accuracy, FindingReport.Of(terminal, model.Findings));
    }

    private static void Write(TextReport text, FactorizeReport report)
    {
        ReportLowRank lowRank = report.LowRank;
        text.Heading($"{report.Model} -> {report.File}");
        text.Facts(
        [
            (
                "saved",
                Invariant($"{100 * lowRank.Reached:F1} % of the multiply-accumulates ({lowRank.Before:N0} -> {lowRank.After:N0}); ")
                    + "asked for "
                    + (lowRank.Asked is { } asked ? Invariant($"{100 * asked:F1} %") : Invariant($"{lowRank.AskedSqnr:F1} dB"))),
            .. FloatModelFile.Facts(
                new FloatModelFile(report.BytesBefore, report.BytesAfter), report.Sqnr, report.Agreement, report.Accuracy),
        ]);
        text.Heading("Layers");
        text.Table(
        [
            ["layer", "shape", "ranks", "multiply-accumulates", "SQNR", string.Empty],
            .. lowRank.Layers.Select(l => new[]
            {
                l.Name, $"[{string.Join(',', l.Shape)}]", string.Join(',', l.Ranks),
                l.Ranks.Count > 0 ? Invariant($"{l.Before:N0} -> {l.After:N0}") : l.Before > 0 ? Invariant($"{l.Before:N0}") : string.Empty,
                l.Sqnr is { } layer ? Invariant($"{layer:F1} dB") : string.Empty,
                l.Reason is { } reason ? $"left whole: {text.Translate(reason)}" : string.Empty,
            }),
        ]);
        if (lowRank.Sensitivity.Count > 0)
        {
            text.Heading("What the outputs lose where a layer alone saves a part of its work");
            text.Table([.. lowRank.Sensitivity.Select(s => (string[])[s.Name, .. s.Points.Select(FloatModelFile.Point)])]);
        }
    }
}
