using System.CommandLine;
using System.Diagnostics;
using ModelBuild.Cli.CodeGeneration;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Data;
using ModelBuild.Cli.Execution;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild bench</c>: how long a call of the generated class takes, and what it allocates.</summary>
internal static class BenchCommand
{
    /// <summary>How often a class is loaded anew to time its first call.</summary>
    private const int Turns = 7;

    public static Command Create(Terminal terminal)
    {
        var command = new Command("bench", "Measures calls of the generated class: median, 99th percentile, allocations.");
        var model = new ModelOptions(command);
        Option<string[]> input = InputOption.Create();
        Option<int> threads = NumberOption.Create("--threads", "How many threads may work on one call.", 1, 1, 1024, "-t");
        Option<int> callers = NumberOption.Create("--callers", "How many threads call the model at once.", 1, 1, 1024);
        Option<double> seconds = NumberOption.Seconds("--seconds", "How many seconds calls are measured.", 3);
        Option<double> warmUp = NumberOption.Seconds(
            "--warmup", "Seconds of calls before those that are measured, for the JIT compiler to finish.", 2);
        Option<bool> json = JsonOption.Create();
        command.Add(input);
        command.Add(threads);
        command.Add(callers);
        command.Add(seconds);
        command.Add(warmUp);
        command.Add(json);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            BenchReport report = Measure(
                terminal,
                model.Read(parsed, terminal),
                parsed.GetValue(input) ?? [],
                (parsed.GetValue(threads), parsed.GetValue(callers)),
                (TimeSpan.FromSeconds(parsed.GetValue(warmUp)), TimeSpan.FromSeconds(parsed.GetValue(seconds))),
                cancellation);
            ReportOutput.Write(terminal, parsed.GetValue(json), report, Write);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>Calls of the class on one thread, with random numbers.</summary>
    internal static CallTimes Measure(
        Terminal terminal, CompiledModel model, CompileResult result, (TimeSpan WarmUp, TimeSpan Duration) times,
        CancellationToken cancellation)
    {
        RunInputs inputs = RandomInputs(model);
        using BoundClass bound = terminal.Watch("Compiling C#", _ => BoundClass.Load(result, cancellation));
        Action[] calls = [bound.Bind(inputs.Tensors, inputs.Symbols)];
        return terminal.Watch("Measuring", _ => Measure(calls, times, model.Compiled.Plan, cancellation));
    }

    /// <summary>
    /// Milliseconds from loading an assembly to the end of the first call, for a model as it was compiled and with its weights stored in
    /// the other way, by turns in one process: medians. The first turn compiles the kernels and does not count.
    /// </summary>
    internal static (double Own, double Other) MeasureFirst(
        Terminal terminal, CompiledModel model, CompileResult result, CompileOptions options, CancellationToken cancellation)
    {
        RunInputs inputs = RandomInputs(model);
        var other = new CompileResult(
            model with { Compiled = model.Compiled.With(!options.IsCompressed) }, options with { Compress = !options.IsCompressed });
        using BoundClass ownClass = terminal.Watch("Compiling C#", _ => BoundClass.Load(result, cancellation));
        using BoundClass otherClass = terminal.Watch("Compiling C#", _ => BoundClass.Load(other, cancellation));
        var times = new double[2, Turns];
        for (int turn = -1; turn < Turns; turn++)
        {
            for (int i = 0; i < 2; i++)
            {
                long start = Stopwatch.GetTimestamp();
                (i == 0 ? ownClass : otherClass).LoadAgain().Bind(inputs.Tensors, inputs.Symbols)();
                times[i, Math.Max(turn, 0)] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                cancellation.ThrowIfCancellationRequested();
            }
        }

        return (Median(0), Median(1));

        double Median(int form) => Enumerable.Range(0, Turns).Select(turn => times[form, turn]).Order().ElementAt(Turns / 2);
    }

    private static BenchReport Measure(
        Terminal terminal, CompileOptions options, IReadOnlyList<string> given, (int PerCall, int Callers) threads,
        (TimeSpan WarmUp, TimeSpan Duration) times, CancellationToken cancellation)
    {
        (CompiledModel model, CompileResult result) = Compile(terminal, options, cancellation);
        using CompileResult disposed = result;
        ExecutionPlan plan = model.Compiled.Plan;
        RunInputs inputs = given.Count > 0 ? InputFiles.Read(plan, given) : RandomInputs(model);
        using BoundClass bound = terminal.Watch("Compiling C#", _ => BoundClass.Load(result, cancellation));
        Action[] calls = [.. Enumerable.Range(0, threads.Callers).Select(_ => bound.Bind(inputs.Tensors, inputs.Symbols, threads.PerCall))];
        CallTimes measured = terminal.Watch("Measuring", _ => Measure(calls, times, plan, cancellation));
        return new BenchReport(
            options.ModelPath,
            plan.Mode,
            threads.PerCall,
            threads.Callers,
            [
                .. plan.Inputs.Select(port => PortReport.Of(plan, port) with
                {
                    Shape = [.. inputs.Tensors[port.Name].Dimensions.Cast<object>()],
                }),
            ],
            Sizes(options, inputs),
            measured.Calls,
            measured.Percentile(0.5),
            measured.Percentile(0.99),
            measured.Mean,
            measured.Minimum,
            measured.CallsPerSecond,
            measured.AllocatedBytes,
            plan.Weights!.Length,
            plan.Arena.Evaluate(inputs.Symbols),
            FindingReport.Of(terminal, model.Findings));
    }

    /// <summary>The result owns the model.</summary>
    internal static (CompiledModel Model, CompileResult Result) Compile(
        Terminal terminal, CompileOptions options, CancellationToken cancellation)
    {
        CompiledModel model = CompileSteps.Compile(terminal, options, cancellation);
        try
        {
            return (model, new CompileResult(model, options));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static CallTimes Measure(
        Action[] calls, (TimeSpan WarmUp, TimeSpan Duration) times, ExecutionPlan plan, CancellationToken cancellation)
    {
        try
        {
            return CallTimes.Measure(calls, times.WarmUp, times.Duration, cancellation);
        }
        catch (ArgumentException e)
        {
            throw new CompilationException(
                DiagnosticCodes.InputValues,
                $"Model '{plan.Source.File}' cannot use its inputs: {e.Message} Random numbers may be none that it can look up; give real "
                    + "arrays with --input.");
        }
    }

    /// <summary>What the dimensions are that the model leaves open, whoever has said so.</summary>
    private static Dictionary<string, long> Sizes(CompileOptions options, RunInputs inputs)
    {
        var sizes = new Dictionary<string, long>(inputs.Symbols, StringComparer.Ordinal);
        foreach ((string name, DimensionRange bound) in options.Dimensions.Where(d => d.Value.IsNumber))
        {
            sizes[name] = bound.Least;
        }

        return sizes;
    }

    private static RunInputs RandomInputs(CompiledModel model)
    {
        ExecutionPlan plan = model.Compiled.Plan;
        Dictionary<string, long> symbols = plan.Symbols.ToDictionary(
            s => s, s => ProbeInputs.Allowed(model.Portable, s, 1), StringComparer.Ordinal);
        Dictionary<string, Tensor> probe = ProbeInputs.For(model.Portable, extent: 1);
        return new RunInputs(
            plan.Inputs.ToDictionary(port => port.Name, port => OfType(probe[port.Name], plan.Tensors[port.Tensor].Type.ToDataType())),
            new Dictionary<string, string>(StringComparer.Ordinal),
            symbols);

        static Tensor OfType(Tensor tensor, DataType type) => tensor.Type == type ? tensor : tensor.ConvertTo(type);
    }

    private static void Write(TextReport text, BenchReport report)
    {
        string callers = report.Callers == 1 ? "" : $", {report.Callers} callers at once";
        text.Heading($"{report.Model}, {report.Mode}, {report.Threads} {(report.Threads == 1 ? "thread" : "threads")}{callers}");
        text.Facts(
        [
            .. report.Inputs.Select(i => ("input", (string?)$"{i.Name} {i.Type} {i.ShapeText}")),
            ("median", Invariant($"{report.MedianMicroseconds:F1} µs")),
            ("p99", Invariant($"{report.P99Microseconds:F1} µs")),
            ("mean", Invariant($"{report.MeanMicroseconds:F1} µs")),
            ("minimum", Invariant($"{report.MinimumMicroseconds:F1} µs")),
            ("throughput", Invariant($"{report.CallsPerSecond:N1} calls/s")),
            ("calls", Invariant($"{report.Calls:N0}")),
            ("allocated per call", Invariant($"{report.AllocatedBytesPerCall:N0} bytes")),
            ("weights", Invariant($"{report.WeightsBytes:N0} bytes")),
            ("working memory", Invariant($"{report.WorkingMemoryBytes:N0} bytes per call")),
        ]);
    }
}
