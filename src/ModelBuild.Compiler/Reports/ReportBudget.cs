namespace ModelBuild.Compiler.Reports;

/// <summary>A part of what a model has to reach.</summary>
/// <param name="Name">As items have it: <c>MinSqnr</c>.</param>
/// <param name="Limit">What is asked for.</param>
/// <param name="Value">What it came to; null where that cannot be found out.</param>
/// <param name="IsMet">Whether that is enough.</param>
internal sealed record ReportBudget(string Name, double Limit, double? Value, bool IsMet);
