using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Cli.Output;

/// <summary>The page about a model, and its JSON beside it.</summary>
internal static class ReportPages
{
    /// <summary>The file of the same for programs.</summary>
    public static string JsonOf(string page) => Path.ChangeExtension(page, ".json");

    public static void Write(string page, ModelReport report)
    {
        OutputFile.Write(Path.GetFullPath(JsonOf(page)), stream => Compiler.Reports.JsonReport.Write(stream, report));
        OutputFile.Write(Path.GetFullPath(page), stream => HtmlReport.Write(stream, report));
    }

    /// <summary>Compiles; where the model misses its budget, the page is written all the same: it shows where.</summary>
    /// <param name="page">Null where none is asked for.</param>
    public static T EvenWhereMissed<T>(string? page, Func<T> compile)
    {
        try
        {
            return compile();
        }
        catch (CompilationException e) when (page is not null && e.Report is not null)
        {
            Write(page, e.Report);
            throw new CompilationException(
                [e.Findings[0] with { Message = $"{e.Findings[0].Message} The report is in '{page}'." }, .. e.Findings.Skip(1)]);
        }
    }
}
