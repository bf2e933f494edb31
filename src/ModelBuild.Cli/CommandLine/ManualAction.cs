using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using ModelBuild.Cli.Output;

namespace ModelBuild.Cli.CommandLine;

/// <summary><c>--help</c>: usage and options as the parser knows them, then what the command does and examples.</summary>
internal sealed class ManualAction : SynchronousCommandLineAction
{
    private readonly HelpAction _usage;
    private readonly Terminal _terminal;

    /// <param name="usage">Writes usage and options.</param>
    /// <param name="terminal">Lines are wrapped where people read them, and left alone in a pipe or file.</param>
    public ManualAction(HelpAction usage, Terminal terminal)
    {
        _usage = usage;
        _terminal = terminal;
        if (!terminal.IsInteractive)
        {
            _usage.MaxWidth = int.MaxValue;
        }
    }

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        _usage.Invoke(parseResult);
        _terminal.Output.WriteLine(Manual.Of(parseResult.CommandResult.Command.Name).ReplaceLineEndings());
        return ExitCode.Done;
    }
}
