using ModelBuild.Cli.CommandLine;
using Spectre.Console;

namespace ModelBuild.Cli.Output;

/// <summary>Where the program writes, and whether a person watches.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">Errors, warnings and progress.</param>
/// <param name="IsInteractive">True where results go to a terminal: only then are there colours and wrapped lines.</param>
/// <param name="Progress">For progress and messages; null where nobody watches.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, bool IsInteractive = false, IAnsiConsole? Progress = null)
{
    /// <summary>What settings are called here.</summary>
    public SettingWords Words { get; init; } = new();

    /// <summary>The console of this process.</summary>
    public static Terminal OfThisProcess() => new(
        Console.Out,
        Console.Error,
        !Console.IsOutputRedirected,
        Console.IsErrorRedirected || Console.IsOutputRedirected
            ? null
            : AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) }));

    /// <summary>A writer of colours that leaves it to the terminal to wrap lines: what is wrapped here is not copied as one line.</summary>
    public static IAnsiConsole Unwrapped(TextWriter writer)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
        console.Profile.Width = short.MaxValue;
        return console;
    }

    /// <summary>Does long work, and shows a person what is going on.</summary>
    /// <param name="first">What is going on at first.</param>
    /// <param name="work">Told where to report what it does next.</param>
    public T Watch<T>(string first, Func<IProgress<string>?, T> work) => Progress is null
        ? work(null)
        : Progress.Status().Start(Markup.Escape(first + " …"), status => work(new StatusProgress(status)));

    /// <summary>At once, not from another thread as <see cref="Progress{T}"/> does it.</summary>
    private sealed class StatusProgress(StatusContext status) : IProgress<string>
    {
        public void Report(string value) => status.Status(Markup.Escape(value + " …"));
    }
}
