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
        long[] ticks = (long[])models.TypeOf($"Peers.{Clock}").GetField("Ticks", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
        var rounds = new List<double[]>();
        for (int round = 0; round < Rounds; round++)
        {
            Array.Clear(ticks);
            for (int i = 0; i < calls; i++)
            {
                call();
            }

            rounds.Add([.. ticks.Take(steps.Count).Select(t => t * 1e-3 / calls)]);
        }

        double[] times = [.. steps.Select((_, i) => rounds.Select(r => r[i]).Order().ElementAt(rounds.Count / 2))];
        double sum = times.Sum();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {mode}, {steps.Count} steps, {sum:F1} µs"));
        foreach ((string kernel, double time) in steps.Zip(times).GroupBy(s => s.First.Kernel, s => s.Second)
            .Select(g => (g.Key, g.Sum())).OrderByDescending(g => g.Item2))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,10:F1} µs {time / sum,7:P1}  {kernel}"));
        }

        WritePeer(output, PeerContest.Written(compiled), model);
        output.WriteLine();
        foreach (((string kernel, string what), double time) in steps.Zip(times).OrderByDescending(s => s.Second).Take(MostLayers))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,10:F1} µs {time / sum,7:P1}  {kernel}  {what}"));
        }

        return 0;
    }

    /// <summary>The same of ONNX Runtime by its own profiler, whose nodes are what it fused.</summary>
    private static void WritePeer(TextWriter output, byte[] onnx, PeerModel model)
    {
        const int Calls = 40;
        using var folder = new TemporaryFolder();
        using var session = new OrtSession(onnx, exact: false, profile: Path.Combine(folder.Path, "profile"));
        Action call = session.Bind(model.Input);
        for (int i = 0; i < Calls; i++)
        {
            call();
        }

        var nodes = new Dictionary<(string Operator, string Name), List<double>>();
        using JsonDocument profile = JsonDocument.Parse(File.ReadAllBytes(session.EndProfiling()));
        foreach (JsonElement e in profile.RootElement.EnumerateArray().Where(e => e.GetProperty("name").GetString()!.EndsWith("_kernel_time", StringComparison.Ordinal)))
        {
            (string, string) key = (e.GetProperty("args").GetProperty("op_name").GetString()!, e.GetProperty("name").GetString()!);
            if (!nodes.TryGetValue(key, out List<double>? times))
            {
                nodes.Add(key, times = []);
            }

            times.Add(e.GetProperty("dur").GetDouble());
        }

        (string Operator, string Name, double Time)[] medians =
            [.. nodes.Select(n => (n.Key.Operator, n.Key.Name, n.Value.Order().ElementAt(n.Value.Count / 2)))];
        double sum = medians.Sum(m => m.Time);
        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ONNX Runtime, {medians.Length} nodes, {sum:F0} µs"));
        foreach ((string op, double time) in medians.GroupBy(m => m.Operator, m => m.Time)
            .Select(g => (g.Key, g.Sum())).OrderByDescending(g => g.Item2))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,10:F0} µs {time / sum,7:P1}  {op}"));
        }

        output.WriteLine();
        foreach ((string op, string name, double time) in medians.OrderByDescending(m => m.Time).Take(MostLayers))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{time,10:F0} µs {time / sum,7:P1}  {op}  {name}"));
        }
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
