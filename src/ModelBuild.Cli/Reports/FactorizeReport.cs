using ModelBuild.Compiler.Reports;

namespace ModelBuild.Cli.Reports;

/// <summary>What <c>factorize</c> made.</summary>
/// <param name="Model">The file.</param>
/// <param name="File">The file that was written.</param>
/// <param name="BytesBefore">Of the model, with weights in files beside it.</param>
/// <param name="BytesAfter">Of the file that was written.</param>
/// <param name="LowRank">What was taken apart.</param>
/// <param name="Sqnr">Against the model as it was, on the samples, in dB; null where it was not measured.</param>
/// <param name="Agreement">Part of the samples with the same largest element; null where it was not measured.</param>
/// <param name="Accuracy">Part of the samples with their label as the largest element; null without labels.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record FactorizeReport(
    string Model,
    string File,
    long BytesBefore,
    long BytesAfter,
    ReportLowRank LowRank,
    double? Sqnr,
    double? Agreement,
    double? Accuracy,
    FindingReport[] Findings);
