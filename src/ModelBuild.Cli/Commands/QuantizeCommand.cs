using System.CommandLine;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Reports;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild quantize</c>: a model in a mode as an ONNX file, for any engine that reads such files.</summary>
internal static class QuantizeCommand
{
    /// <summary>As people write them, the default first.</summary>
    private static readonly string[] s_formats = [.. Enum.GetNames<QuantizedForm>().Select(name => name.ToLowerInvariant())];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("quantize", "Writes a model in a mode as an ONNX file that any runtime loads: what a build computes.");
        var model = new ModelOptions(command);
        var output = new Option<string>("--output", "-o") { HelpName = "FILE", Description = "The ONNX file.", Required = true };
        var format = new Option<string>("--format", "-f")
        {
            HelpName = string.Join('|', s_formats),
            Description = "How int8 says what computes with integers: in Q/DQ nodes around operators, or in operators of their own.",
            DefaultValueFactory = _ => s_formats[0],
        };
        var page = new Option<string>("--report")
        {
            HelpName = "FILE", Description = "Write a page about the model too; a JSON file goes beside it.",
        };
        Option<bool> json = JsonOption.Create();
        Option mode = model.Settings[nameof(CompileOptions.Mode)]!;
        mode.Required = true;
        mode.Description = "How the model is stored and computed.";
        format.Validators.Add(CheckFormat);
        command.Add(output);
        command.Add(format);
        command.Add(page);
        command.Add(json);
        OutputPaths.Check(
            command, model.Argument,
            r => [r.Word(output), r.Word(page), Path.ChangeExtension(r.Word(page), ".json")]);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            CompileOptions options = model.Read(parsed, terminal) with
            {
                Form = Enum.Parse<QuantizedForm>(parsed.GetRequiredValue(format), ignoreCase: true),
                Report = parsed.GetValue(page) is not null,
            };
            WarnOfForm(terminal, options);
            QuantizeReport report = Quantize(
                terminal, options, parsed.GetRequiredValue(output), parsed.GetValue(page), cancellation);
            ReportOutput.Write(terminal, parsed.GetValue(json), report, Write);
            return ExitCode.Done;
        });
        return command;
    }

    private static QuantizeReport Quantize(
        Terminal terminal, CompileOptions options, string file, string? page, CancellationToken cancellation)
    {
        using CompileResult result = ReportPages.EvenWhereMissed(
            page, () => CompileSteps.CompileToFiles(terminal, options, cancellation));
        cancellation.ThrowIfCancellationRequested();
        long before = CompileSteps.FileBytes(options, result.ExternalFiles);
        OutputFile.Write(Path.GetFullPath(file), result.WriteOnnx);
        if (page is not null)
        {
            ReportPages.Write(page, result.Report!);
        }

        return new QuantizeReport(
            options.ModelPath, options.Mode.Word(), s_formats[(int)options.Form], file, before, result.OnnxLength, result.Sqnr,
            result.Agreement, result.Accuracy, result.HeldBack, result.Note, page, FindingReport.Of(terminal, result.Findings));
    }

    private static void WarnOfForm(Terminal terminal, CompileOptions options)
    {
        if (options.Form != QuantizedForm.Qdq && options.Mode is not (ModelMode.Int8 or ModelMode.Auto))
        {
            new FindingWriter(terminal).Write(
                [new Finding(
                    DiagnosticCodes.CalibrationIgnored, FindingSeverity.Warning,
                    "--format is ignored: it says how operators on codes are written, which int8 and auto make, and the mode is "
                        + $"{options.Mode.Word()}. Give another mode, or leave --format out.")],
                options.ModelPath);
        }
    }

    private static void Write(TextReport text, QuantizeReport report)
    {
        text.Heading($"{report.Model} -> {report.File}");
        text.Facts(
        [
            ("mode", report.Mode),
            ("before", Invariant($"{report.BytesBefore:N0} bytes")),
            ("after", Invariant(
                $"{report.BytesAfter:N0} bytes, {100.0 * report.BytesAfter / Math.Max(report.BytesBefore, 1):F1} %")),
            ("SQNR", report.Sqnr is { } sqnr ? Invariant($"{sqnr:F1} dB") : null),
            ("as fp32", report.Agreement is { } same ? Invariant($"{100 * same:F2} % of the samples have the same largest element") : null),
            ("right", report.Accuracy is { } right ? Invariant($"{100 * right:F2} % of the samples") : null),
            ("measured", report.HeldBack is { } samples ? Invariant($"on {samples:N0} samples held back from calibration") : null),
            ("note", report.Note),
            ("report", report.Page),
        ]);
    }

    private static void CheckFormat(System.CommandLine.Parsing.OptionResult result)
    {
        if (result.Tokens is [.., var token] && !s_formats.Contains(token.Value, StringComparer.OrdinalIgnoreCase))
        {
            result.AddError(
                $"'{token.Value}' in --format is not a form of an ONNX file. Use {string.Join(" or ", s_formats)}."
                    + Suggestion.For(token.Value, s_formats));
        }
    }
}
