using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ModelBuild.Compiler;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>Where the time of a generated class goes: its text gets a clock around each call of a kernel.</summary>
/// <remarks>What a clock costs, about 25 ns, is within each figure.</remarks>
internal static partial class LayerTimes
{
    private const string Clock = "LayerClock";
    private const int MostLayers = 40;
    private const int Rounds = 9;
    private const int PeerCalls = 40;

    /// <param name="output">Gets the slowest steps, and sums by kernel.</param>
    /// <param name="args"><c>--model NAME</c> and <c>--mode MODE</c>.</param>
    /// <returns>The exit code.</returns>
    public static int Run(TextWriter output, string[] args)
    {
        if (args is not ["--model", string name, "--mode", string mode]
            || PeerModel.All.FirstOrDefault(m => m.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Make is not { } make)
        {
            output.WriteLine("layers --model NAME --mode MODE, a name and a mode that peers knows.");
            return 1;
        }

        PeerModel model = make();
        using var folder = new TemporaryFolder();
        using CompileResult compiled =
            PeerContest.Compile(model, PeerContest.Modes.Single(m => m.Word() == mode), folder);
        var steps = new List<(string Kernel, string What)>();
        GeneratedModels models = GeneratedModels.Build([compiled], plan => plan, text => WithClocks(text, steps));
        Action call = models.Bind("Measured", model.Input);
        int calls = Duel.WarmUp(call, new Duel.Rules(Rounds, BlockMicroseconds: 1e6 / Rounds, WarmUp: TimeSpan.FromSeconds(3)));
        Type clock = models.TypeOf($"Peers.{Clock}");
        long[] ticks = (long[])clock.GetField("Ticks", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        var rounds = new List<double[]>();
        for (int round = 0; round < Rounds; round++)
        {
            Array.Clear(ticks);
            for (int i = 0; i < calls; i++)
            {
                call();
            }

            rounds.Add([.. ticks.Take(steps.Count).Select(t => t * 1e6 / Stopwatch.Frequency / calls)]);
        }

        Write(
            output, $"{name} {mode}, steps",
            [.. steps.Select((step, i) => (step.Kernel, step.What, rounds.Select(r => r[i]).Order().ElementAt(Rounds / 2)))]);
        Write(output, "ONNX Runtime, nodes", Nodes(PeerContest.Written(compiled), model));
        return 0;
    }

    private static void Write(TextWriter output, string title, IReadOnlyList<(string Kind, string What, double Time)> parts)
    {
        double sum = parts.Sum(p => p.Time);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title}: {parts.Count}, {sum:F1} µs"));
        foreach (IGrouping<string, double> kind in parts.GroupBy(p => p.Kind, p => p.Time).OrderByDescending(g => g.Sum()))
        {
            Line(kind.Sum(), kind.Key);
        }

        output.WriteLine();
        foreach ((string kind, string what, double time) in parts.OrderByDescending(p => p.Time).Take(MostLayers))
        {
            Line(time, $"{kind}  {what}");
        }

        output.WriteLine();

        void Line(double time, string text) =>
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,10:F1} µs {time / sum,7:P1}  {text}"));
    }

    /// <summary>The nodes of ONNX Runtime, as it has fused them, by its own profiler.</summary>
    private static List<(string Operator, string Name, double Time)> Nodes(byte[] onnx, PeerModel model)
    {
        const string Suffix = "_kernel_time";
        using var folder = new TemporaryFolder();
        using var session = new OrtSession(onnx, exact: false, profile: Path.Combine(folder.Path, "profile"));
        Action call = session.Bind(model.Input);
        for (int i = 0; i < PeerCalls; i++)
        {
            call();
        }

        using JsonDocument profile = JsonDocument.Parse(File.ReadAllBytes(session.EndProfiling()));
        return
        [
            .. profile.RootElement.EnumerateArray()
                .Select(e => (Event: e, Name: e.GetProperty("name").GetString()!))
                .Where(e => e.Name.EndsWith(Suffix, StringComparison.Ordinal))
                .GroupBy(e => e.Name)
                .Select(g => (
                    g.First().Event.GetProperty("args").GetProperty("op_name").GetString()!, g.Key[..^Suffix.Length],
                    g.Select(e => e.Event.GetProperty("dur").GetDouble()).Order().ElementAt(g.Count() / 2))),
        ];
    }

    private static string WithClocks(string text, List<(string Kernel, string What)> steps)
    {
        if (!text.Contains("ModelBuildKernels::", StringComparison.Ordinal))
        {
            return text;
        }

        var lines = new StringBuilder();
        string what = string.Empty;
        bool isCalling = false;
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.Trim();
            what = Step().IsMatch(trimmed) ? trimmed
                : trimmed.StartsWith("//  ", StringComparison.Ordinal) ? $"{what} {trimmed[2..].Trim()}" : what;
            if (Call().Match(trimmed) is { Success: true } call)
            {
                lines.Append(CultureInfo.InvariantCulture, $"{Clock}.Start();\n");
                steps.Add((call.Groups[1].Value, what));
                isCalling = true;
            }

            lines.Append(line).Append('\n');
            if (isCalling && trimmed.EndsWith(");", StringComparison.Ordinal))
            {
                lines.Append(CultureInfo.InvariantCulture, $"{Clock}.Stop({steps.Count - 1});\n");
                isCalling = false;
            }
        }

        return lines.Append($$"""
            internal static class {{Clock}}
            {
                public static readonly long[] Ticks = new long[100000];
                private static long s_start;
                public static void Start() => s_start = global::System.Diagnostics.Stopwatch.GetTimestamp();
                public static void Stop(int step) => Ticks[step] += global::System.Diagnostics.Stopwatch.GetTimestamp() - s_start;
            }
            """).ToString();
    }

    [GeneratedRegex(@"^// \d+\. ")]
    private static partial Regex Step();

    [GeneratedRegex(@"^ModelBuildKernels::([\w.]+)(<.*>)?\(")]
    private static partial Regex Call();
}
