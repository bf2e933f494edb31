using System.CommandLine;
using System.Globalization;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Data;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Comparison;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Planning;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild compare</c>: how far one model is from another, or from itself in another mode.</summary>
internal static class CompareCommand
{
    /// <summary>So that a row of the table has 80 characters at most.</summary>
    private const int NameWidth = 32;

    /// <summary>What of an item has a part in both models, and the limit that this command has itself.</summary>
    private static readonly string[] s_settings =
    [
        "Calibration", "CalibrationMethod", "Preprocessing", "InputType", "Recover", "KeepFloat", "MinSqnr", "Compress",
        "Dimensions", "PassLimit",
    ];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("compare", "Compares two models, or a model in two modes, on the same samples.");
        terminal.Words.ModeMark = ModelReference.Separator;
        Argument<string> left = Model("A", "What counts as right: an ONNX file, with @MODE behind it to compile it in a mode.");
        Argument<string> right = Model("B", "What is compared with it.");
        command.Add(left);
        command.Add(right);
        var input = new Option<string[]>("--input", "-i")
        {
            HelpName = "[NAME=]FILES",
            Description = "Samples that both run on: files, wildcards and folders as --calibration takes them, or NAME=FILE.npy for each "
                + "input.",
            AllowMultipleArgumentsPerToken = true,
            Required = true,
        };
        var layers = new Option<bool>("--layers") { Description = "Compare tensors inside too, by their names, the worst first." };
        Option<bool> json = JsonOption.Create();
        FileNames.Require(input);
        command.Add(input);
        command.Add(layers);

        // The samples that both run on may be pictures.
        var settings = new SettingOptions(command, s => s_settings.Contains(s.Name)) { Used = "Preprocessing" };
        settings[nameof(QualityBudget.MinSqnr)]!.Description = "End with exit code 1 where an output of B is below, in dB.";
        command.Add(json);
        CommandRunner.Set(command, terminal, parsed => Read(parsed, left).File, (parsed, cancellation) =>
        {
            CompileOptions[] options = [Options(Read(parsed, left)), Options(Read(parsed, right))];
            options = [.. options.Select(o => settings.Read(parsed, o))];
            double? limit = options[0].Budget.MinSqnr;
            options = [.. options.Select(o => o with { Budget = QualityBudget.None })];
            settings.WarnOfUnused(parsed, terminal, options);
            CompareReport report = Compare(
                terminal, options[0], options[1], parsed.GetRequiredValue(input), parsed.GetValue(layers), cancellation);
            Finding[] missed = [.. Missed(report, limit)];
            if (parsed.GetValue(json))
            {
                JsonReport.Write(terminal, report with { Findings = [.. report.Findings, .. FindingReport.Of(terminal, missed)] });
            }
            else
            {
                Write(new TextReport(terminal), report);
            }

            new FindingWriter(terminal).Write(missed, report.B.Model);
            return missed.Length == 0 ? ExitCode.Done : ExitCode.Data;
        });
        return command;
    }

    private static Argument<string> Model(string name, string description)
    {
        var argument = new Argument<string>(name) { Description = description };
        argument.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && ModelReference.Read(token.Value, out string? way) is null)
            {
                result.AddError($"{DiagnosticCodes.UnknownMode}: '{token.Value}' ends with @ and no mode. {way}");
            }
        });
        return argument;
    }

    /// <summary>The parser has found nothing wrong with it.</summary>
    private static ModelReference Read(ParseResult parsed, Argument<string> model) =>
        ModelReference.Read(parsed.GetRequiredValue(model), out _)!;

    private static CompileOptions Options(ModelReference model)
    {
        CompileOptions options = ModelOptions.Of(model.File, ModelMode.Fp32);
        return options with { Mode = model.ModeOrOwn() };
    }

    private static CompareReport Compare(
        Terminal terminal, CompileOptions left, CompileOptions right, IReadOnlyList<string> given, bool hasLayers,
        CancellationToken cancellation)
    {
        using CompiledModel first = CompileSteps.Compile(terminal, left, cancellation);
        using CompiledModel second = CompileSteps.Compile(terminal, right, cancellation);
        CheckInputs(first, second, left, right);
        IReadOnlyList<(string Left, string Right)> outputs = ComparedModels.Outputs(first, second);
        if (outputs.Count == 0)
        {
            throw new CompilationException(
                DiagnosticCodes.InputNames,
                $"'{left.ModelPath}' gives {Quote(first.Compiled.Plan.Outputs.Select(o => o.Name))}, and '{right.ModelPath}' "
                    + $"{Quote(second.Compiled.Plan.Outputs.Select(o => o.Name))}: no outputs belong together. Compare models with "
                    + "outputs of equal names, or with equally many.");
        }

        CalibrationData samples = SampleFiles.Open(given, first.Portable.Inputs, left.Preprocessing);
        (IReadOnlyList<TensorDifference> differences, int count) = Run(first.Compiled, second.Compiled, outputs);
        return new CompareReport(
            new ComparedModelReport(left.ModelPath, left.Mode.Word()),
            new ComparedModelReport(right.ModelPath, right.Mode.Word()),
            count,
            [.. outputs.Zip(differences, (pair, difference) => DifferenceReport.Of(pair.Left, difference))],
            hasLayers ? Layers() : null,
            FindingReport.Of(terminal, first.Findings.Concat(second.Findings)));

        DifferenceReport[] Layers()
        {
            IReadOnlyList<string> names = ComparedModels.Layers(first, second);
            (IReadOnlyList<TensorDifference> inside, _) = Run(
                ComparedModels.WithOutputs(first, left.ModelPath, names, cancellation),
                ComparedModels.WithOutputs(second, right.ModelPath, names, cancellation),
                [.. names.Select(name => (name, name))]);
            return
            [
                .. names.Zip(inside, DifferenceReport.Of).OrderBy(d => d.Sqnr ?? double.PositiveInfinity)
                    .ThenBy(d => d.Name, StringComparer.Ordinal),
            ];
        }

        (IReadOnlyList<TensorDifference> Differences, int Samples) Run(
            CompiledPlan reference, CompiledPlan compared, IReadOnlyList<(string Left, string Right)> pairs)
        {
            try
            {
                return terminal.Watch(
                    "Comparing",
                    _ => ModelComparison.Run(
                        new Interpreter(reference), new Interpreter(compared), pairs,
                        samples.Samples().Select((sample, i) => CheckSample(sample, i, first, second, right)), cancellation));
            }
            catch (UnsuitedDataException e)
            {
                throw UnsuitedInputs.Error(left.ModelPath, e);
            }
        }
    }

    /// <summary>Samples of the first model are to be samples of the second.</summary>
    private static void CheckInputs(CompiledModel first, CompiledModel second, CompileOptions left, CompileOptions right)
    {
        IReadOnlyList<(Value Given, Value Taken)> pairs = ComparedModels.Inputs(first, second);
        if (pairs.Count < second.Portable.Inputs.Count || pairs.Any(p => !Fit(p.Given, p.Taken)))
        {
            throw new CompilationException(
                DiagnosticCodes.InputNames,
                $"'{left.ModelPath}' takes {Inputs(first)}, and '{right.ModelPath}' {Inputs(second)}: they cannot run on the same samples. "
                    + "Compare models with the same inputs; --dimension gives open dimensions numbers.");
        }

        static bool Fit(Value given, Value taken) => given.Type == taken.Type && given.KnownShape.Rank == taken.KnownShape.Rank
            && given.KnownShape.Zip(taken.KnownShape)
                .All(d => !d.First.IsConstant || !d.Second.IsConstant || d.First.Value == d.Second.Value);

        static string Inputs(CompiledModel model) => model.Portable.Inputs.Count == 0
            ? "nothing" : Quote(model.Portable.Inputs.Select(i => $"{i.Name} {i.Type} {i.KnownShape}"));
    }

    /// <summary>What the first model leaves open, the second may not.</summary>
    private static IReadOnlyDictionary<string, Tensor> CheckSample(
        IReadOnlyDictionary<string, Tensor> sample, int number, CompiledModel first, CompiledModel second, CompileOptions right)
    {
        foreach ((Value given, Value taken) in ComparedModels.Inputs(first, second))
        {
            IReadOnlyList<long> dimensions = sample[given.Name].Dimensions;
            if (taken.KnownShape.Zip(dimensions).Any(d => d.First.IsConstant && d.First.Value != d.Second))
            {
                throw new CompilationException(
                    DiagnosticCodes.InputShape,
                    $"Sample {number} has the shape [{string.Join(",", dimensions)}] for input '{given.Name}', and '{right.ModelPath}' "
                        + $"takes {taken.KnownShape} there. Give samples that both models take; samples run one by one, and --dimension "
                        + "gives open dimensions numbers.");
            }
        }

        return sample;
    }

    private static IEnumerable<Finding> Missed(CompareReport report, double? limit) => report.Outputs
        .Where(o => o.Sqnr < limit)
        .Select(o => new Finding(
            DiagnosticCodes.BudgetMissed,
            FindingSeverity.Error,
            Invariant($"Output '{o.Name}' in {report.B.Mode} has {o.Sqnr:F1} dB against {report.A.Mode} of '{report.A.Model}', and ")
                + Invariant($"--min-sqnr is {limit}. --layers shows where it is lost.")));

    private static void Write(TextReport text, CompareReport report)
    {
        text.Heading(
            $"{report.B.Model} in {report.B.Mode} against {report.A.Model} in {report.A.Mode}, "
            + Invariant($"{report.Samples:N0} {(report.Samples == 1 ? "sample" : "samples")}"));
        Table("output", report.Outputs);
        if (report.Layers is { } layers)
        {
            text.Heading(layers.Length == 0 ? "no tensors inside have the same name and shape" : "tensors inside, the worst first");
            if (layers.Length > 0)
            {
                Table("tensor", layers);
            }
        }

        void Table(string name, DifferenceReport[] rows) => text.Table(
        [
            [name, "SQNR dB", "cosine", "largest", "top-1 %"],
            .. rows.Select(r => new[]
            {
                Shorten(r.Name), Number(r.Sqnr, "F2"), Number(r.Cosine, "F6"), Number(r.LargestDifference, "G4"),
                Number(100 * r.Agreement, "F2"),
            }),
        ]);
    }

    private static string Number(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "–";

    /// <summary>The end of a name tells more than its middle.</summary>
    private static string Shorten(string name) => name.Length <= NameWidth
        ? name
        : string.Concat(name.AsSpan(0, (NameWidth / 2) - 1), "…", name.AsSpan(name.Length - (NameWidth / 2)));

    private static string Quote(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));
}
