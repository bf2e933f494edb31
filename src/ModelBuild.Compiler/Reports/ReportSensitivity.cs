namespace ModelBuild.Compiler.Reports;

/// <summary>What the outputs lose where a layer alone is pruned.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Weights">As in the model.</param>
/// <param name="Points">From little to much.</param>
internal sealed record ReportSensitivity(string Name, string Weights, IReadOnlyList<ReportSensitivityPoint> Points);
