using System.Diagnostics;
using System.Globalization;
using FashionMnist;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>How long a process takes to its first prediction, in processes of this program that do nothing else.</summary>
internal static class StartTime
{
    /// <summary>The first argument of such a process.</summary>
    public const string Word = "start";

    /// <param name="SinceStart">Milliseconds from the start of the process to the first prediction.</param>
    /// <param name="SinceMain">The same from the first line of the program.</param>
    /// <param name="Whole">Milliseconds from start to exit.</param>
    /// <param name="WorkingSet">Bytes after the prediction.</param>
    public sealed record Measurement(double SinceStart, double SinceMain, double Whole, long WorkingSet);

    /// <summary>What such a process does.</summary>
    /// <param name="side"><c>class</c> or <c>onnxruntime</c>.</param>
    /// <param name="main">When the program began.</param>
    public static void Predict(string side, long main)
    {
        FashionImages images = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));
        float[] pixels = images[0].ToArray();
        var scores = new float[10];
        long loaded = Stopwatch.GetTimestamp();
        if (side == "class")
        {
            new LenetInt8().Predict(pixels, scores);
        }
        else
        {
            using var session = new OrtSession(
                File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", "lenet.int8.onnx")), exact: false);
            session.Bind(pixels, [1, 1, 28, 28], scores, [1, 10])();
        }

        // Reading the picture is no part of either.
        double sinceMain = Stopwatch.GetElapsedTime(loaded).TotalMilliseconds;
        using Process process = Process.GetCurrentProcess();
        double reading = Stopwatch.GetElapsedTime(main, loaded).TotalMilliseconds;
        double sinceStart = (DateTime.Now - process.StartTime).TotalMilliseconds - reading;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sinceStart} {sinceMain} {process.WorkingSet64}"));
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

    private static Measurement Run(string side)
    {
        long start = Stopwatch.GetTimestamp();
        var info = new ProcessStartInfo(Environment.ProcessPath!, [Word, side]) { RedirectStandardOutput = true };
        using Process process = Process.Start(info)!;
        string[] words = process.StandardOutput.ReadToEnd().Split(' ');
        process.WaitForExit();
        double whole = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return new(Number(words[0]), Number(words[1]), whole, (long)Number(words[2]));
    }

    private static double Number(string word) => double.Parse(word, CultureInfo.InvariantCulture);

    private static Measurement Median(List<Measurement> all)
    {
        double Of(Func<Measurement, double> value) => all.Select(value).Order().ElementAt(all.Count / 2);
        return new(Of(m => m.SinceStart), Of(m => m.SinceMain), Of(m => m.Whole), (long)Of(m => m.WorkingSet));
    }
}
