using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using ModelBuild.Cli.Commands;
using ModelBuild.Cli.Output;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Cli.CommandLine;

/// <summary>The program: its commands, and what becomes of what they throw.</summary>
internal static class Tool
{
    /// <summary>How long a command may take to end after Ctrl+C before the process ends without it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>Runs a command line.</summary>
    /// <param name="arguments">What stands behind the name of the program.</param>
    /// <param name="terminal">Where it writes.</param>
    /// <param name="cancellation">Besides Ctrl+C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellation = default)
    {
        RootCommand root = Commands(terminal);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            return Misuse(parsed, terminal);
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Output,
            Error = terminal.Error,
            ProcessTerminationTimeout = s_patience,
            EnableDefaultExceptionHandler = false,
        };
        return await parsed.InvokeAsync(configuration, cancellation);
    }

    /// <summary>The command line.</summary>
    public static RootCommand Commands(Terminal terminal)
    {
        var root = new RootCommand(
            "Looks into ONNX models, runs, quantizes, prunes and compares them, compiles them to C# and measures them, as the NuGet "
                + "package ModelBuild does in a build.")
        {
            Command(InspectCommand.Create, terminal),
            Command(RunCommand.Create, terminal),
            Command(CompileCommand.Create, terminal),
            Command(QuantizeCommand.Create, terminal),
            Command(PruneCommand.Create, terminal),
            Command(FactorizeCommand.Create, terminal),
            Command(ClusterCommand.Create, terminal),
            Command(CompareCommand.Create, terminal),
            Command(BenchCommand.Create, terminal),
            Command(ReportCommand.Create, terminal),
        };
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ManualAction((HelpAction)help.Action!, terminal);
        return root;
    }

    /// <summary>A command whose findings speak of its own options.</summary>
    private static Command Command(Func<Terminal, Command> create, Terminal terminal)
    {
        var words = new SettingWords();
        Command command = create(terminal with { Words = words });
        words.Learn(command);
        UnknownOptions.Check(command);
        return command;
    }

    /// <summary>Says what the command line lacks, and where there is more about it.</summary>
    private static int Misuse(ParseResult parsed, Terminal terminal)
    {
        var findings = new FindingWriter(terminal);
        if (parsed.CommandResult.Command is RootCommand root && parsed.UnmatchedTokens is [var word, ..])
        {
            // At the root there is nothing but commands, and options that every program has.
            string[] known = [.. word.StartsWith('-') ? root.Options.Select(o => o.Name) : root.Subcommands.Select(c => c.Name)];
            findings.WriteMisuse($"'{word}' is no {(word.StartsWith('-') ? "option" : "command")}.{Suggestion.For(word, known)}");
        }
        else
        {
            IReadOnlyDictionary<string, string> switches = SettingOptions.FindMisreadSwitches(parsed);
            foreach (ParseError error in parsed.Errors)
            {
                string? misread = error.SymbolResult is not CommandResult ? null
                    : switches.Keys.FirstOrDefault(w => error.Message.Contains($"'{w}'", StringComparison.Ordinal));
                findings.WriteMisuse(misread is null ? error.Message : switches[misread]);
            }
        }

        CommandResult command = parsed.CommandResult;
        string name = command.Command is RootCommand ? "modelbuild" : $"modelbuild {command.Command.Name}";
        terminal.Error.WriteLine($"'{name} --help' shows how it is used.");
        return ExitCode.CommandLine;
    }
}
