namespace ModelBuild.Compiler.Reports;

/// <summary>What the outputs lose at one sparsity of a layer.</summary>
/// <param name="Sparsity">Part of the layer's weights that is zero.</param>
/// <param name="Sqnr">Of the worst output, in dB.</param>
/// <param name="Agreement">Part of the samples with the same largest element; null where no output has several.</param>
internal sealed record ReportSensitivityPoint(double Sparsity, double? Sqnr, double? Agreement);
