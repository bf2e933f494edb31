using System.CommandLine;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Reports;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild prune</c>: a model without some of its weights as an ONNX file in float.</summary>
internal static class PruneCommand
{
    private static readonly string[] s_settings =
    [
        "Sparsity", "SparsityPattern", "SparsityExclude", "Calibration", "Preprocessing", "InputType", "Labels", "MinSqnr",
        "MinAgreement", "MinAccuracy", "Dimensions",
    ];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("prune", "Makes weights of a model zero, or removes channels, and writes the rest as an ONNX file.");
        var model = new ModelOptions(command, s_settings, topic: "sparsity");
        Option<string?> criterion = Choice(
            "--criterion", PruningOptions.Criteria,
            "Which weights a model can do without. Default: second-order with --calibration, else magnitude.");
        Option<string?> scope = Choice(
            "--scope", PruningOptions.Scopes,
            "Whether the sparsity holds for each layer, or for all together. Default: global with --calibration, else layer.");
        var sensitivity = new Option<bool>("--sensitivity")
        {
            Description = "Show what each layer alone costs at several sparsities; needs --calibration.",
        };
        command.Add(criterion);
        command.Add(scope);
        command.Add(sensitivity);
        var file = new FloatModelOptions(command, model);
        command.Validators.Add(result =>
        {
            bool isAsked = result.GetResult(model.Settings["Sparsity"]!) is not null;
            string? pattern = result.GetResult(model.Settings["SparsityPattern"]!)?.Tokens is [.., var token] ? token.Value : null;
            if (!isAsked && pattern != SparsityPattern.TwoOfFour.Word)
            {
                result.AddError("How many weights are to become zero is not said. Give --sparsity 0.5, for example.");
            }

            if (result.IsOn(sensitivity) && pattern == SparsityPattern.Channels.Word)
            {
                result.AddError("--sensitivity is about zeros in layers, and channels are removed. Leave it out, or take another pattern.");
            }

            file.RequireSamples(result, sensitivity);
        });
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            CompileOptions options = model.Read(parsed, terminal);
            options = options with
            {
                Pruning = options.Pruning with
                {
                    Criterion = parsed.GetValue(criterion) is { } c ? (PruningCriterion)IndexOf(PruningOptions.Criteria, c) : null,
                    Scope = parsed.GetValue(scope) is { } s ? (PruningScope)IndexOf(PruningOptions.Scopes, s) : null,
                    ShowsSensitivity = parsed.GetValue(sensitivity),
                },
            };
            PruneReport report = Prune(terminal, options, parsed.GetRequiredValue(file.Output), cancellation);
            ReportOutput.Write(terminal, parsed.GetValue(file.Json), report, Write);
            return ExitCode.Done;
        });
        return command;
    }

    private static PruneReport Prune(Terminal terminal, CompileOptions options, string file, CancellationToken cancellation)
    {
        using CompiledModel model = CompileSteps.Compile(terminal, options, cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (model.Pruning is not { } pruning)
        {
            throw new CompilationException(
                DiagnosticCodes.BadSparsity, "--sparsity 0 makes no weight zero. Give a part above 0 and below 1.", options.ModelPath);
        }

        FloatModelFile written = FloatModelFile.Write(options, model, file);
        return new PruneReport(
            options.ModelPath, file, written.Before, written.After, pruning, model.Quality?.Sqnr, model.Quality?.Agreement,
            model.Quality?.Accuracy, FindingReport.Of(terminal, model.Findings));
    }

    private static void Write(TextReport text, PruneReport report)
    {
        ReportPruning pruning = report.Pruning;
        bool isRemoved = pruning.Pattern == SparsityPattern.Channels.Word;
        text.Heading($"{report.Model} -> {report.File}");
        text.Facts(
        [
            ("pattern", pruning.Pattern),
            ("criterion", pruning.Criterion),
            ("scope", pruning.Scope),
            (
                isRemoved ? "removed" : "zeros",
                Invariant($"{100 * pruning.Reached:F1} % of the {(isRemoved ? "multiply-accumulates" : "weights that take part")}; ")
                    + Invariant($"asked for {100 * pruning.Asked:F1} %")),
            .. FloatModelFile.Facts(
                new FloatModelFile(report.BytesBefore, report.BytesAfter), report.Sqnr, report.Agreement, report.Accuracy),
        ]);
        text.Heading("Layers");
        text.Table(
        [
            ["layer", "shape", isRemoved ? "removed" : "zeros", "SQNR", string.Empty],
            .. pruning.Layers.Select(l => new[]
            {
                l.Name, $"[{string.Join(',', l.Shape)}]", Invariant($"{100 * l.Sparsity:F1} %")
                    + (isRemoved ? string.Empty : Invariant($" ({l.Zeros:N0})")),
                l.Sqnr is { } layer ? Invariant($"{layer:F1} dB") : string.Empty,
                l.Reason is { } reason ? $"left alone: {text.Translate(reason)}" : string.Empty,
            }),
        ]);
        if (pruning.Sensitivity.Count > 0)
        {
            text.Heading("What the outputs lose where a layer alone has zeros");
            text.Table([.. pruning.Sensitivity.Select(s => (string[])[s.Name, .. s.Points.Select(FloatModelFile.Point)])]);
        }
    }

    private static Option<string?> Choice(string name, IReadOnlyList<string> words, string description)
    {
        var option = new Option<string?>(name) { HelpName = string.Join('|', words), Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [.., var token] && IndexOf(words, token.Value) < 0)
            {
                result.AddError(
                    $"{DiagnosticCodes.UnknownPruning}: '{token.Value}' in {name} is none of {string.Join(" and ", words)}."
                        + Suggestion.For(token.Value, words));
            }
        });
        return option;
    }

    private static int IndexOf(IReadOnlyList<string> words, string word)
    {
        int index = words.Count - 1;
        while (index >= 0 && !words[index].Equals(word, StringComparison.OrdinalIgnoreCase))
        {
            index--;
        }

        return index;
    }
}
