namespace ModelBuild.Compiler.Reports;

/// <summary>How near a model is to fp32.</summary>
/// <param name="Sqnr">Of the worst output, in dB; null without signal.</param>
/// <param name="Output">The output that has it.</param>
/// <param name="Agreement">Part of the rows whose largest element is the same; null where there are none.</param>
/// <param name="Accuracy">Part of the samples whose largest element is the label; null without labels.</param>
/// <param name="Samples">How many samples were looked at.</param>
/// <param name="IsHeldBack">Whether calibration has not seen them.</param>
internal sealed record ReportQuality(double? Sqnr, string Output, double? Agreement, double? Accuracy, int Samples, bool IsHeldBack);
