namespace ModelBuild.Cli.Output;

/// <summary>A result of a command, for programs or for people.</summary>
internal static class ReportOutput
{
    /// <param name="terminal">Gets it.</param>
    /// <param name="isJson">Whether it is for programs.</param>
    /// <param name="report">The result.</param>
    /// <param name="write">Writes it for people.</param>
    public static void Write<T>(Terminal terminal, bool isJson, T report, Action<TextReport, T> write)
    {
        if (isJson)
        {
            JsonReport.Write(terminal, report);
        }
        else
        {
            write(new TextReport(terminal), report);
        }
    }
}
