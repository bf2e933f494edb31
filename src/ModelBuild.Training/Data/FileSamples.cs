using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using TorchSharp;
using CompilerTensor = ModelBuild.Compiler.Graphs.Tensor;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Reads samples from files by the readers of calibration.</summary>
internal static class FileSamples
{
    public static LoadedData Load(CalibrationData samples, Graph graph, IReadOnlyList<long>? labels)
    {
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        int count = 0;
        foreach (IReadOnlyDictionary<string, CompilerTensor> sample in samples.Samples())
        {
            foreach (Value input in graph.Inputs)
            {
                CompilerTensor one = sample[input.Name];
                long[] own = IsStacked(input) ? [.. one.Dimensions.Skip(1)] : [.. one.Dimensions];
                if (!inputs.TryGetValue(input.Name, out Tensor? all))
                {
                    inputs.Add(input.Name, all = torch.empty([samples.Count, .. own], ArraySamples.TypeOf(input)).DetachFromDisposeScope());
                }
                else if (!all.shape.AsSpan(1).SequenceEqual(own))
                {
                    throw new CompilationException(
                        DiagnosticCodes.TrainingSamples,
                        $"Sample {count} of input '{input.Name}' has the shape [{string.Join(",", own)}], and others "
                            + $"[{string.Join(",", all.shape.Skip(1))}]. Samples of a batch lie one after the other: give all of them "
                            + "one size.");
                }

                int bytes = one.Data.Length;
                one.Data.Span.CopyTo(all.bytes.Slice(checked(count * bytes), bytes));
            }

            count++;
        }

        return new LoadedData(inputs, count) { Labels = labels is null ? null : ArraySamples.Labels(labels, count) };
    }

    public static LoadedData LoadFolders(string root, Graph graph, ImagePreprocessing preprocessing)
    {
        if (!Directory.Exists(root))
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingSamples, $"The folder '{root}' does not exist. Name one that holds a folder for each class.");
        }

        var files = new List<string>();
        var labels = new List<long>();
        string[] classes = [.. Directory.GetDirectories(root).Order(StringComparer.Ordinal)];
        for (int c = 0; c < classes.Length; c++)
        {
            string[] own = [.. Directory.EnumerateFiles(classes[c]).Where(SampleGroup.IsSample).Order(StringComparer.Ordinal)];
            files.AddRange(own);
            labels.AddRange(Enumerable.Repeat((long)c, own.Length));
        }

        return Load(CalibrationData.Open(files, graph.Inputs, preprocessing), graph, labels);
    }

    /// <summary>Whether the first dimension of an input is that of the batch.</summary>
    public static bool IsStacked(Value input) =>
        input.KnownShape is [var first, ..] && (!first.IsConstant || first.Value == 1);
}
