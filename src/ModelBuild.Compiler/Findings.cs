using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler;

/// <summary>How much a finding weighs.</summary>
public enum FindingSeverity
{
    /// <summary>Something the user can act on; the build goes on.</summary>
    Warning,

    /// <summary>The model cannot be compiled as asked.</summary>
    Error,
}

/// <summary>Something the compiler has to say to its user.</summary>
/// <param name="Code"><c>MODELB</c> and four digits; each has a page in docs/diagnostics.</param>
/// <param name="Severity">Warning or error.</param>
/// <param name="Message">One sentence what, one why, one what to do. Names file, node and operator.</param>
/// <param name="File">The file it is about, as the user gave it; null when it is about the item itself.</param>
public sealed record Finding(string Code, FindingSeverity Severity, string Message, string? File = null);

/// <summary>Compilation ended because of the user's input: files, metadata, data. Carries all that was found wrong at once.</summary>
public sealed class CompilationException : Exception
{
    /// <param name="findings">At least one error.</param>
    public CompilationException(params IReadOnlyList<Finding> findings)
        : base(string.Join(Environment.NewLine, findings.Select(f => $"{f.Code}: {f.Message}"))) => Findings = findings;

    /// <summary>A single error.</summary>
    public CompilationException(string code, string message, string? file = null)
        : this(new Finding(code, FindingSeverity.Error, message, file))
    {
    }

    /// <summary>What was found.</summary>
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>The report of a model that was compiled and misses its budget, where one was asked for; null otherwise.</summary>
    internal ModelReport? Report { get; init; }
}
