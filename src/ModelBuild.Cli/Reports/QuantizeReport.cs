namespace ModelBuild.Cli.Reports;

/// <summary>What <c>quantize</c> made.</summary>
/// <param name="Model">The file.</param>
/// <param name="Mode">One of <see cref="ModelBuild.Compiler.ModelModeNames.Words"/>.</param>
/// <param name="Format"><c>qdq</c> or <c>qoperator</c>.</param>
/// <param name="File">The file that was written.</param>
/// <param name="BytesBefore">Of the model, with weights in files beside it.</param>
/// <param name="BytesAfter">Of the file that was written.</param>
/// <param name="Sqnr">Against fp32 on the samples, in dB; null where it was not measured.</param>
/// <param name="Agreement">Part of the samples with the same largest element as in fp32; null where it was not measured.</param>
/// <param name="Accuracy">Part of the samples with their label as the largest element; null without labels.</param>
/// <param name="HeldBack">How many samples that calibration has not seen these three are of; null where they are of all.</param>
/// <param name="Note">What <c>auto</c> has decided.</param>
/// <param name="Page">The page about the model; null where none was asked for.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record QuantizeReport(
    string Model,
    string Mode,
    string Format,
    string File,
    long BytesBefore,
    long BytesAfter,
    double? Sqnr,
    double? Agreement,
    double? Accuracy,
    int? HeldBack,
    string? Note,
    string? Page,
    FindingReport[] Findings);
