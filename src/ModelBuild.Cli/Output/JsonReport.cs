using System.Text.Json;

namespace ModelBuild.Cli.Output;

/// <summary>Results for programs, written as the report of a model is: one JSON object with names that stay.</summary>
internal static class JsonReport
{
    public static void Write<T>(Terminal terminal, T report) =>
        terminal.Output.WriteLine(JsonSerializer.Serialize(report, Compiler.Reports.JsonReport.Options));
}
