using System.CommandLine;
using ModelBuild.Cli.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary><c>modelbuild cluster</c>: a model whose layers have few values of weights as an ONNX file in float.</summary>
internal static class ClusterCommand
{
    private static readonly string[] s_settings =
    [
        "Clusters", "Calibration", "Preprocessing", "InputType", "Labels", "MinSqnr", "MinAgreement", "MinAccuracy", "Dimensions",
    ];

    public static Command Create(Terminal terminal)
    {
        var command = new Command("cluster", "Gives the weights of each layer few values, and writes the model as an ONNX file.");
        var model = new ModelOptions(command, s_settings, topic: "clusters");
        model.Settings["Clusters"]!.Required = true;
        var file = new FloatModelOptions(command, model);
        CommandRunner.Set(command, terminal, model.Model, (parsed, cancellation) =>
        {
            ClusterReport report = Cluster(terminal, model.Read(parsed, terminal), parsed.GetRequiredValue(file.Output), cancellation);
            ReportOutput.Write(terminal, parsed.GetValue(file.Json), report, Write);
            return ExitCode.Done;
        });
        return command;
    }

    private static ClusterReport Cluster(Terminal terminal, CompileOptions options, string file, CancellationToken cancellation)
    {
        using CompiledModel model = CompileSteps.Compile(terminal, options, cancellation);
        cancellation.ThrowIfCancellationRequested();
        FloatModelFile written = FloatModelFile.Write(options, model, file);
        return new ClusterReport(
            options.ModelPath, file, written.Before, written.After, model.Clustering!, model.Quality?.Sqnr, model.Quality?.Agreement,
            model.Quality?.Accuracy, FindingReport.Of(terminal, model.Findings));
    }

    private static void Write(TextReport text, ClusterReport report)
    {
        text.Heading($"{report.Model} -> {report.File}");
        text.Facts(
        [
            ("clusters", Invariant($"{report.Clustering.Clusters} values in a layer, at most")),
            .. FloatModelFile.Facts(
                new FloatModelFile(report.BytesBefore, report.BytesAfter), report.Sqnr, report.Agreement, report.Accuracy),
        ]);
        text.Heading("Layers");
        text.Table(
        [
            ["layer", "shape", "values", "SQNR", string.Empty],
            .. report.Clustering.Layers.Select(l => new[]
            {
                l.Name, $"[{string.Join(',', l.Shape)}]", Invariant($"{l.Values:N0}"),
                l.Sqnr is { } layer ? Invariant($"{layer:F1} dB") : string.Empty,
                l.Reason is { } reason ? $"left alone: {reason}" : string.Empty,
            }),
        ]);
    }
}
