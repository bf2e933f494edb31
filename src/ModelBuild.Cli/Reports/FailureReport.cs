namespace ModelBuild.Cli.Reports;

/// <summary>What <c>--json</c> writes where there is no result.</summary>
/// <param name="Model">The file.</param>
/// <param name="Findings">Why there is none.</param>
internal sealed record FailureReport(string Model, FindingReport[] Findings);
