using System.Text.Json;

namespace FashionMnist;

/// <summary>The results for people and for programs.</summary>
internal static class Report
{
    public static void WriteTable(TextWriter output, IReadOnlyList<Result> results)
    {
        output.WriteLine();
        output.WriteLine("model    mode    top-1 %   as fp32 %   SQNR dB   weight bytes   µs per image   bytes allocated");
        output.WriteLine("------   ----   --------   ---------   -------   ------------   ------------   ---------------");
        foreach (Result r in results)
        {
            string sqnr = r.SqnrDb is { } value ? $"{value:F1}" : "-";
            output.WriteLine(
                $"{r.Model,-6}   {r.Mode,-4}   {r.Top1,8:F2}   {r.Agreement,9:F2}   {sqnr,7}   {r.WeightBytes,12:N0}   "
                    + $"{r.MicrosecondsPerImage,12:F1}   {r.AllocatedBytesPerCall,15:0.#}");
        }

        output.WriteLine();
    }

    public static void WriteJson(string file, IReadOnlyList<Result> results) =>
        File.WriteAllText(file, JsonSerializer.Serialize(results, ResultJson.Default.IReadOnlyListResult) + "\n");
}
