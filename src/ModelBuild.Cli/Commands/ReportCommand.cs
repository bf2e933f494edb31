using System.CommandLine;
using ModelBuild.Cli.CodeGeneration;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Execution;
using ModelBuild.Cli.Output;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild report</c>: a page about a model in a mode, and the same as JSON.</summary>
internal static class ReportCommand
{
    public static Command Create(Terminal terminal)
    {
        var command = new Command("report", "Writes a page about a model in a mode, and the same as JSON: size, quality, layers, graph.");
        var model = new ModelOptions(command);
        var output = new Option<string>("--output", "-o")
        {
            HelpName = "FILE", Description = "The page; the JSON goes beside it. Default: named after the class.",
        };
        var latency = new Option<bool>("--latency")
        {
            Description = "Measure calls of the generated class in fp32 and in the mode, on this machine.",
        };
        Option<double> seconds = NumberOption.Seconds("--seconds", "How many seconds calls of each are measured.", 3);
        Option<double> warmUp = NumberOption.Seconds(
            "--warmup", "Seconds of calls before those that are measured, for the JIT compiler to finish.", 2);
        command.Add(output);
        command.Add(latency);
        command.Add(seconds);
        command.Add(warmUp);
        OutputPaths.Check(command, model.Argument, r => [r.Word(output), Path.ChangeExtension(r.Word(output), ".json")]);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            CompileOptions options = model.Read(parsed, terminal) with { Report = true };
            string page = parsed.GetValue(output) ?? $"{options.ClassName}.html";
            Write(
                terminal, options, page,
                parsed.GetValue(latency)
                    ? (TimeSpan.FromSeconds(parsed.GetValue(warmUp)), TimeSpan.FromSeconds(parsed.GetValue(seconds))) : null,
                cancellation);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Write(
        Terminal terminal, CompileOptions options, string page, (TimeSpan WarmUp, TimeSpan Duration)? times,
        CancellationToken cancellation)
    {
        (CompiledModel model, CompileResult result) = ReportPages.EvenWhereMissed(
            page, () => BenchCommand.Compile(terminal, options, cancellation));
        using CompileResult disposed = result;
        ModelReport report = model.Report!;
        if (times is { } measured)
        {
            CallTimes own = BenchCommand.Measure(terminal, model, result, measured, cancellation);
            CallTimes floats = options.Mode == ModelMode.Fp32 ? own : MeasureFloats(terminal, options, measured, cancellation);
            (double first, double other) = BenchCommand.MeasureFirst(terminal, model, result, options, cancellation);
            report = report with
            {
                Storage = [.. report.Storage.Select(s => s with { FirstPrediction = s.IsUsed ? first : other })],
                Latency = new ReportLatency(floats.Percentile(0.5), floats.Percentile(0.99), own.Percentile(0.5), own.Percentile(0.99)),
            };
        }

        ReportPages.Write(page, report);
        var text = new TextReport(terminal);
        text.Heading($"{options.ModelPath}, {options.Mode.Word()}");
        text.Table([[page], [ReportPages.JsonOf(page)]]);
    }

    private static CallTimes MeasureFloats(
        Terminal terminal, CompileOptions options, (TimeSpan WarmUp, TimeSpan Duration) times, CancellationToken cancellation)
    {
        CompileOptions floats = options with
        {
            Mode = ModelMode.Fp32, Budget = QualityBudget.None, CalibrationFiles = [], KeepFloat = [], LabelsFile = null, Report = false,
        };
        (CompiledModel model, CompileResult result) = BenchCommand.Compile(terminal, floats, cancellation);
        using CompileResult disposed = result;
        return BenchCommand.Measure(terminal, model, result, times, cancellation);
    }
}
