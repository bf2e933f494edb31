using System.Globalization;
using System.Text.Json;
using ModelBuild.Compiler;

namespace ModelBuild.Benchmarks;

/// <summary>Whole models in several modes beside ONNX Runtime, in one process and in turns.</summary>
internal static class PeersCommand
{
    private static readonly Duel.Rules s_thorough = new(Blocks: 60, BlockMicroseconds: 5000, WarmUp: TimeSpan.FromSeconds(2));
    private static readonly Duel.Rules s_quick = new(Blocks: 15, BlockMicroseconds: 2000, WarmUp: TimeSpan.FromSeconds(2));
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <param name="output">Gets the table, and progress before it.</param>
    /// <param name="args">
    /// <c>--model NAME</c> (or a file, with <c>--samples FILE.npz</c>), <c>--mode MODE,MODE</c>, <c>--threads N,M</c> (1 and
    /// all processors), <c>--quick</c>, <c>--json FILE</c>, <c>--page FILE</c>: the section of this processor is written there.
    /// </param>
    /// <returns>The exit code.</returns>
    public static int Run(TextWriter output, string[] args)
    {
        string? Option(string name) => Array.IndexOf(args, name) is var at && at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        bool isQuick = args.Contains("--quick");
        (string Name, Func<PeerModel> Make)[] models = Option("--model") is not { } wanted ? [.. PeerModel.All]
            : File.Exists(wanted) ? [(wanted, () => PeerModel.File(wanted, Option("--samples") ?? throw NoSamples()))]
            : [.. PeerModel.All.Where(m => m.Name.Equals(wanted, StringComparison.OrdinalIgnoreCase))];
        ModelMode[] modes =
        [
            .. PeerContest.Modes.Where(m => Option("--mode") is not { } mode || mode.Split(',').Contains(ModelModeNames.Word(m))),
        ];
        if (models.Length == 0 || modes.Length == 0)
        {
            output.WriteLine($"Models: {string.Join(", ", PeerModel.All.Select(m => m.Name))}, or a file. "
                + $"Modes: {string.Join(", ", PeerContest.Modes.Select(ModelModeNames.Word))}.");
            return 1;
        }

        int[] threads = Option("--threads") is { } counts
            ? [.. counts.Split(',').Select(c => int.Parse(c, CultureInfo.InvariantCulture))]
            : [.. new[] { 1, Environment.ProcessorCount }.Distinct()];
        (double Floats, double Bytes) peak = KernelSpeed.Peak();
        var results = new List<PeerResult>();
        foreach ((string name, Func<PeerModel> make) in models)
        {
            PeerModel model = make();
            foreach (ModelMode mode in modes)
            {
                foreach (PeerResult result in PeerContest.Run(model, mode, threads, peak, isQuick ? s_quick : s_thorough))
                {
                    string said = result.Duel is { } duel
                        ? string.Create(
                            CultureInfo.InvariantCulture, $"{duel.Left.Microseconds:F1} µs, {duel.Ratio.Median:F2} times faster")
                        : result.Reason!;
                    output.WriteLine($"{name} {result.Mode}, threads: {result.Threads}: {said}");
                    results.Add(result);
                }
            }
        }

        string section = PerformancePage.Section(results, peak, StartTime.Measure(isQuick ? 5 : 15));
        output.WriteLine();
        output.Write(section);
        if (Option("--json") is { } json)
        {
            File.WriteAllText(json, JsonSerializer.Serialize(new { Kind = PerformancePage.Kind, results }, s_json));
        }

        if (Option("--page") is { } page)
        {
            PerformancePage.Write(page, section);
        }

        return 0;
    }

    private static ArgumentException NoSamples() =>
        new("A model of your own needs --samples FILE.npz, an array of samples for each input.");
}
