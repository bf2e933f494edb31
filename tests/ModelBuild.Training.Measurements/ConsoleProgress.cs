namespace ModelBuild.Training.Measurements;

/// <summary>A line for each report of a training.</summary>
internal sealed class ConsoleProgress : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => Console.WriteLine(FormattableString.Invariant(
        $"  {value.Step,5}/{value.Steps} loss {value.Loss:F4} zeros {value.Sparsity:P1}")
        + (value.Validation?.Accuracy is { } accuracy ? FormattableString.Invariant($" validation {accuracy:P2}") : string.Empty)
        + FormattableString.Invariant($" left {value.TimeLeft:hh\\:mm\\:ss}"));
}
