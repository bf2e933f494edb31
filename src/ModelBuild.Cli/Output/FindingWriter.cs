using ModelBuild.Compiler;
using Spectre.Console;

namespace ModelBuild.Cli.Output;

/// <summary>
/// Findings as compilers write them, which editors and build systems understand: <c>lenet.onnx: error MODELB1003: …</c>. One finding is
/// one line.
/// </summary>
internal sealed class FindingWriter(Terminal terminal)
{
    private readonly IAnsiConsole? _console = terminal.Progress is null ? null : Terminal.Unwrapped(terminal.Error);

    /// <param name="findings">What was found.</param>
    /// <param name="model">The file that findings without one are about.</param>
    public void Write(IEnumerable<Finding> findings, string model)
    {
        foreach (Finding finding in findings)
        {
            Write(finding.File ?? model, finding.Severity, finding.Code, terminal.Words.Translate(finding.Message));
        }
    }

    /// <summary>The command line itself is wrong.</summary>
    /// <param name="message">May begin with a code.</param>
    public void WriteMisuse(string message)
    {
        bool hasCode = message.StartsWith("MODELB", StringComparison.Ordinal);
        Write(
            "modelbuild", FindingSeverity.Error, hasCode ? message[..message.IndexOf(':', StringComparison.Ordinal)] : string.Empty,
            hasCode ? message[(message.IndexOf(':', StringComparison.Ordinal) + 2)..] : message);
    }

    private void Write(string origin, FindingSeverity severity, string code, string message)
    {
        string kind = severity == FindingSeverity.Error ? "error" : "warning";
        string head = $"{kind} {code}".TrimEnd();
        string text = message.ReplaceLineEndings(" ");
        if (_console is { } console)
        {
            string colour = severity == FindingSeverity.Error ? "red" : "yellow";
            console.MarkupLine($"{Markup.Escape(origin)}: [{colour}]{head}[/]: {Markup.Escape(text)}");
        }
        else
        {
            terminal.Error.WriteLine($"{origin}: {head}: {text}");
        }
    }
}
