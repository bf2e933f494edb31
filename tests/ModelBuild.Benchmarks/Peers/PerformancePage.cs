using System.Globalization;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// The measurements as Markdown: a section for each kind of processor, of which a run writes its own and leaves the others, each with its
/// date, as they are.
/// </summary>
internal static class PerformancePage
{
    private const string Heading = "## ";

    /// <summary>The kind of this processor: what its kernels run on, and whose it is.</summary>
    public static string Kind => $"{RuntimeInformation.ProcessArchitecture}, tier {Processor.BestTier}, {ProcessorName()}";

    /// <summary>The section of this processor.</summary>
    public static string Section(
        IReadOnlyList<PeerResult> results, (double Floats, double Bytes) peak,
        (StartTime.Measurement Class, StartTime.Measurement Ort)? start)
    {
        var lines = new List<string>
        {
            Heading + Kind,
            string.Empty,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{DateTime.Now:yyyy-MM-dd}, .NET {Environment.Version}, ONNX Runtime {OrtSession.Version}. Seen to do "
                    + $"{peak.Bytes / 1e9:F0} GMAC/s of bytes and {peak.Floats / 1e9:F0} of floats on one core (3×3, 14×14×256 → 256)."),
            string.Empty,
            "| model | mode | threads | µs | 1 in 100 | ONNX Runtime µs | 1 in 100 | times faster | middle half | GMAC/s | of peak "
                + "| B/call | weights | its file |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
        };
        lines.AddRange(results.Select(Row));
        foreach (PeerResult result in results.Where(r => r.Reason is not null))
        {
            lines.Add(string.Empty);
            lines.Add($"{result.Model} in {result.Mode}: {result.Reason!.ReplaceLineEndings(" ")}");
        }

        if (start is var (own, theirs))
        {
            lines.Add(string.Empty);
            lines.AddRange(StartTime.Table(own, theirs));
        }

        return string.Join('\n', lines) + "\n";
    }

    /// <summary>Puts the section in its place in the page; what stands before the first section stays.</summary>
    public static void Write(string file, string section)
    {
        string[] parts = File.ReadAllText(file).Split("\n" + Heading);
        string own = section[Heading.Length..].TrimEnd();
        int index = Array.FindIndex(parts, 1, p => p.StartsWith(Kind + "\n", StringComparison.Ordinal));
        string[] all = index < 0 ? [.. parts, own] : [.. parts[..index], own, .. parts[(index + 1)..]];
        File.WriteAllText(file, string.Join("\n\n" + Heading, all.Select(p => p.Trim())) + "\n");
    }

    private static string Row(PeerResult r) => r.Duel is not { } duel
        ? $"| {r.Model} | {r.Mode} | | – | | | | | | | | | | |"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"| {r.Model} | {r.Mode} | {r.Threads} | {duel.Left.Microseconds:F1} | {duel.Left.SlowMicroseconds:F1} | "
                + $"{duel.Right.Microseconds:F1} | {duel.Right.SlowMicroseconds:F1} | **{duel.Ratio.Median:F2}** | "
                + $"{duel.Ratio.Low:F2}–{duel.Ratio.High:F2} | "
                + $"{r.MacsPerSecond / 1e9:F1} | {r.PartOfPeak * 100:F0} % | {duel.Left.AllocatedBytes:0.#} | {r.WeightBytes:N0} | "
                + $"{r.OnnxBytes:N0} |");

    private static string ProcessorName()
    {
        const string File = "/proc/cpuinfo";
        return System.IO.File.Exists(File)
            && System.IO.File.ReadLines(File).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) is { } line
                ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
                : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown processor";
    }
}
