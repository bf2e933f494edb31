using ModelBuild.Cli.Output;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Reports;
using static System.FormattableString;

namespace ModelBuild.Cli.Commands;

/// <summary>The ONNX file that a command writes of a model whose weights it has changed, beside the one that it was made of.</summary>
/// <param name="Before">Bytes of the model, with weights in files beside it.</param>
/// <param name="After">Bytes of the file that was written.</param>
internal sealed record FloatModelFile(long Before, long After)
{
    /// <summary>Writes a file whole or not at all.</summary>
    public static FloatModelFile Write(CompileOptions options, CompiledModel model, string file)
    {
        long before = CompileSteps.FileBytes(options, model.Source!.ExternalFiles);
        WireWriter onnx = OnnxExporter.ToMessage(model.Portable);
        OutputFile.Write(Path.GetFullPath(file), onnx.WriteTo);
        return new FloatModelFile(before, onnx.Length);
    }

    /// <summary>What is said of it to people.</summary>
    /// <param name="file">Both sizes.</param>
    /// <param name="sqnr">Against the model as it was, in dB; null where it was not measured.</param>
    /// <param name="agreement">Part of the samples with the same largest element; null where it was not measured.</param>
    /// <param name="accuracy">Part of the samples with their label as the largest element; null without labels.</param>
    public static IEnumerable<(string Name, string? Value)> Facts(
        FloatModelFile file, double? sqnr, double? agreement, double? accuracy) =>
    [
        ("before", Invariant($"{file.Before:N0} bytes")),
        ("after", Invariant($"{file.After:N0} bytes")),
        ("SQNR", sqnr is { } ratio ? Invariant($"{ratio:F1} dB against the model as it was") : null),
        ("as before", agreement is { } same ? Invariant($"{100 * same:F2} % of the samples have the same largest element") : null),
        ("right", accuracy is { } right ? Invariant($"{100 * right:F2} % of the samples") : null),
    ];

    /// <summary>What the outputs lose at a part that a layer alone has lost.</summary>
    public static string Point(ReportSensitivityPoint point) => Invariant($"{100 * point.Sparsity:F0} %: {point.Sqnr:F1} dB")
        + (point.Agreement is { } same ? Invariant($", {100 * same:F1} %") : string.Empty);
}
