using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelBuild.Cli.Output;

/// <summary>
/// Results for programs: one JSON object with names that stay. Numbers that JSON does not have are text: "NaN", "Infinity".
/// </summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write<T>(Terminal terminal, T report) => terminal.Output.WriteLine(JsonSerializer.Serialize(report, s_options));
}
