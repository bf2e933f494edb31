using Spectre.Console;

namespace ModelBuild.Cli.Output;

/// <summary>
/// Results for people: facts and tables, in columns. In a terminal headings are bold; elsewhere it is the same text, plain.
/// </summary>
internal sealed class TextReport(Terminal terminal)
{
    private const string Gap = "  ";

    private readonly IAnsiConsole? _console = terminal.IsInteractive ? Terminal.Unwrapped(terminal.Output) : null;

    private bool _isStarted;

    /// <summary>A title, after an empty line where something stands above.</summary>
    public void Heading(string text)
    {
        if (_isStarted)
        {
            terminal.Output.WriteLine();
        }

        _isStarted = true;
        if (_console is null)
        {
            terminal.Output.WriteLine(text);
        }
        else
        {
            _console.MarkupLine($"[bold]{Markup.Escape(text)}[/]");
        }
    }

    /// <summary>What the compiler says, in the words of the command line.</summary>
    public string Translate(string text) => terminal.Words.Translate(text);

    /// <summary>A line of its own.</summary>
    public void Line(string text)
    {
        _isStarted = true;
        terminal.Output.WriteLine(text);
    }

    /// <summary>Names and values; those without a value are left out.</summary>
    public void Facts(params IEnumerable<(string Name, string? Value)> facts) =>
        Table([.. facts.Where(fact => fact.Value is not null).Select(fact => new[] { fact.Name, fact.Value! })]);

    /// <summary>Rows in columns that are as wide as what is in them. Lines are never cut or wrapped: a path can be copied.</summary>
    public void Table(IReadOnlyList<string[]> rows)
    {
        _isStarted = true;
        int columns = rows.Count == 0 ? 0 : rows.Max(row => row.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(column => rows.Max(row => column < row.Length ? row[column].Length : 0))];
        foreach (string[] row in rows)
        {
            terminal.Output.WriteLine((Gap + string.Join(Gap, row.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd());
        }
    }
}
