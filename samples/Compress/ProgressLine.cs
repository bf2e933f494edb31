using System.Globalization;
using ModelBuild.Training;

namespace Compress;

/// <summary>Says how far a training is: one line that is written anew in a terminal, and its end alone in a file.</summary>
internal sealed class ProgressLine(string what, Action<double>? look) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        look?.Invoke(value.Sparsity);
        if (!Console.IsOutputRedirected)
        {
            Write(string.Create(
                CultureInfo.InvariantCulture,
                $"\r{what}: step {value.Step} of {value.Steps}, loss {value.Loss:F4}, {value.Sparsity:P0} zeros, "
                    + $"{value.TimeLeft:mm\\:ss} left"));
        }
    }

    public void End(TrainingResult result)
    {
        string start = Console.IsOutputRedirected ? string.Empty : "\r";
        Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{start}{what}: {result.Steps} steps, loss {result.Loss:F4}, {result.Sparsity:P0} zeros"));
        Console.WriteLine();
    }

    private static void Write(string line) => Console.Write(line.PadRight(90));
}
