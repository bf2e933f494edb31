using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ModelBuild.Compiler.Reports;

/// <summary>A report for programs: one JSON object with names that stay. Numbers that JSON does not have are text: "NaN".</summary>
internal static class JsonReport
{
    /// <summary>How all that programs read is written, at the command line too.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void Write(Stream stream, ModelReport report)
    {
        JsonSerializer.Serialize(stream, report, Options);
        stream.Write("\n"u8);
    }
}
