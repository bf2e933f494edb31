using ModelBuild.Cli.Output;
using ModelBuild.Compiler;

namespace ModelBuild.Cli.Reports;

/// <summary>Something that was found.</summary>
internal sealed record FindingReport(string Code, string Severity, string Message, string? File)
{
    /// <param name="terminal">Knows what settings are called here.</param>
    /// <param name="findings">In the compiler's words.</param>
    public static FindingReport[] Of(Terminal terminal, IEnumerable<Finding> findings) =>
    [
        .. findings.Select(f => new FindingReport(
            f.Code, f.Severity.ToString().ToLowerInvariant(), terminal.Words.Translate(f.Message), f.File)),
    ];
}
