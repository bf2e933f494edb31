using System.Diagnostics;
using System.Globalization;
using System.Runtime;
using System.Runtime.CompilerServices;
using FashionMnist;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>How long a process takes to its first prediction, in processes of this program that do nothing else.</summary>
internal static class StartTime
{
    /// <summary>The first argument of such a process, and of the command that prints what they take.</summary>
    public const string Word = "start";

    /// <param name="ToMain">Milliseconds from the start of the process to the first line of the program.</param>
    /// <param name="ToPrediction">Milliseconds from there to the first prediction.</param>
    /// <param name="Whole">Milliseconds from start to exit.</param>
    /// <param name="ProcessorTime">Milliseconds of all threads, to the prediction.</param>
    /// <param name="Methods">How many methods the just-in-time compiler compiled between the first line and the prediction.</param>
    /// <param name="WorkingSet">Bytes after the prediction.</param>
    public sealed record Measurement(
        double ToMain, double ToPrediction, double Whole, double ProcessorTime, double Methods, double WorkingSet);

    /// <summary>What such a process does. The other side's assemblies are not loaded.</summary>
    /// <param name="side"><c>class</c> or <c>onnxruntime</c>.</param>
    /// <param name="main">When the program began.</param>
    public static void Predict(string side, long main)
    {
        long methods = JitInfo.GetCompiledMethodCount();
        var pixels = new float[28 * 28];
        for (int i = 0; i < pixels.Length; i++)
        {
            pixels[i] = i % 8 / 8f;
        }

        var scores = new float[10];
        if (side == "class")
        {
            PredictByClass(pixels, scores);
        }
        else
        {
            PredictByOnnxRuntime(pixels, scores);
        }

        long predicted = Stopwatch.GetTimestamp();
        methods = JitInfo.GetCompiledMethodCount() - methods;
        double processor = Environment.CpuUsage.TotalTime.TotalMilliseconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{main} {predicted} {processor} {methods} {Environment.WorkingSet}"));
    }

    /// <summary>Prints the medians of both sides.</summary>
    public static void Write(TextWriter output)
    {
        (Measurement own, Measurement theirs) = Measure(25);
        foreach (string line in Table(own, theirs))
        {
            output.WriteLine(line);
        }
    }

    /// <summary>A table in Markdown.</summary>
    public static IEnumerable<string> Table(Measurement own, Measurement theirs)
    {
        string Line(string what, Func<Measurement, double> value, string format = "F1") => string.Create(
            CultureInfo.InvariantCulture, $"| {what} | {value(own).ToString(format, CultureInfo.InvariantCulture)} | "
                + $"{value(theirs).ToString(format, CultureInfo.InvariantCulture)} |");
        return
        [
            "| lenet in int8, a process that predicts once, ms | class | ONNX Runtime |",
            "|---|---|---|",
            Line("from the start of the process to the first line of the program", m => m.ToMain),
            Line("from there to the first prediction", m => m.ToPrediction),
            Line("from start to exit", m => m.Whole),
            Line("processor time to the first prediction, all threads", m => m.ProcessorTime),
            Line("methods compiled between the first line and the prediction", m => m.Methods, "F0"),
            Line("working set, MB", m => m.WorkingSet / 1e6),
        ];
    }

    /// <summary>Medians over processes of both sides, in turns.</summary>
    /// <param name="count">Of each side.</param>
    public static (Measurement Class, Measurement OnnxRuntime) Measure(int count)
    {
        var ours = new List<Measurement>();
        var theirs = new List<Measurement>();
        for (int i = 0; i <= count; i++)
        {
            Measurement left = Run("class");
            Measurement right = Run("onnxruntime");

            // The first one finds nothing in the system's caches.
            if (i > 0)
            {
                ours.Add(left);
                theirs.Add(right);
            }
        }

        return (Median(ours), Median(theirs));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PredictByClass(float[] pixels, float[] scores) => new LenetInt8().Predict(pixels, scores);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void PredictByOnnxRuntime(float[] pixels, float[] scores)
    {
        using var session = new OrtSession(
            File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", "lenet.int8.onnx")), exact: false);
        session.Bind(pixels, [1, 1, 28, 28], scores, [1, 10])();
    }

    /// <summary>The processes read the same clock.</summary>
    private static Measurement Run(string side)
    {
        // Not the path of this process, which is that of dotnet where dotnet was told to run the assembly.
        string program = Path.Combine(AppContext.BaseDirectory, "ModelBuild.Benchmarks") + (OperatingSystem.IsWindows() ? ".exe" : "");
        var info = new ProcessStartInfo(program, [Word, side]) { RedirectStandardOutput = true };
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(info)!;
        string[] words = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        double whole = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        long main = long.Parse(words[0], CultureInfo.InvariantCulture);
        long predicted = long.Parse(words[1], CultureInfo.InvariantCulture);
        return new(
            Stopwatch.GetElapsedTime(start, main).TotalMilliseconds, Stopwatch.GetElapsedTime(main, predicted).TotalMilliseconds, whole,
            Number(words[2]), Number(words[3]), Number(words[4]));
    }

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);

    private static Measurement Median(List<Measurement> all)
    {
        double Of(Func<Measurement, double> value) => all.Select(value).Order().ElementAt(all.Count / 2);
        return new(
            Of(m => m.ToMain), Of(m => m.ToPrediction), Of(m => m.Whole), Of(m => m.ProcessorTime), Of(m => m.Methods),
            Of(m => m.WorkingSet));
    }
}
