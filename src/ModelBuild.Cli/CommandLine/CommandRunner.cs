using System.CommandLine;
using ModelBuild.Cli.Output;
using ModelBuild.Cli.Reports;
using ModelBuild.Compiler;

namespace ModelBuild.Cli.CommandLine;

/// <summary>What is the same for all commands: work away from the thread that hears Ctrl+C, and errors that are reported.</summary>
internal static class CommandRunner
{
    /// <param name="command">Gets the action.</param>
    /// <param name="terminal">Where findings go.</param>
    /// <param name="model">The file that findings without one are about.</param>
    /// <param name="work">Returns an exit code.</param>
    public static void Set(
        Command command, Terminal terminal, Func<ParseResult, string> model, Func<ParseResult, CancellationToken, int> work) =>
        command.SetAction((parsed, cancellation) =>
            Task.Run(
                () => Run(terminal, model(parsed), JsonOption.IsGiven(parsed), () => work(parsed, cancellation)), CancellationToken.None));

    private static int Run(Terminal terminal, string model, bool isJson, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (CompilationException exception)
        {
            Write(exception.Findings);
        }
        catch (OperationCanceledException)
        {
            terminal.Error.WriteLine("Cancelled.");
            return ExitCode.Cancelled;
        }
        catch (OutOfMemoryException)
        {
            Write(
                [new Finding(
                    DiagnosticCodes.TooLarge, FindingSeverity.Error,
                    $"Model '{Path.GetFileName(model)}' takes more memory to run than there is. Use smaller inputs or a "
                        + "smaller batch.")]);
        }
        catch (IOException exception)
        {
            // Files are read and written with errors of their own: what is left is the output, redirected to where it finds no room.
            new FindingWriter(terminal).Write(
                [new Finding(
                    DiagnosticCodes.OutputFailed, FindingSeverity.Error,
                    $"The result cannot be written: {exception.Message.TrimEnd('.')}. Make room where it goes.")],
                model);
        }
        catch (Exception exception)
        {
            Write(
                [new Finding(
                    DiagnosticCodes.Internal, FindingSeverity.Error,
                    $"The tool failed on '{model}': {exception.GetType().Name}: {exception.Message.TrimEnd('.')}. "
                        + "This is a defect of ModelBuild; please report it with the model.")]);
        }

        return ExitCode.Data;

        void Write(IReadOnlyList<Finding> findings)
        {
            new FindingWriter(terminal).Write(findings, model);
            if (isJson)
            {
                JsonReport.Write(terminal, new FailureReport(model, FindingReport.Of(terminal, findings)));
            }
        }
    }
}
