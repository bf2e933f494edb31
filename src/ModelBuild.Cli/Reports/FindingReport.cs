using ModelBuild.Compiler;

namespace ModelBuild.Cli.Reports;

/// <summary>Something that was found.</summary>
internal sealed record FindingReport(string Code, string Severity, string Message, string? File)
{
    public static FindingReport[] Of(IEnumerable<Finding> findings) =>
        [.. findings.Select(f => new FindingReport(f.Code, f.Severity.ToString().ToLowerInvariant(), f.Message, f.File))];
}
