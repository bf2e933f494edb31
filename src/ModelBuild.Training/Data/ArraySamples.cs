using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Takes samples from memory.</summary>
internal static class ArraySamples
{
    public static LoadedData Load(float[] elements, int count, Graph graph)
    {
        if (graph.Inputs is not [{ } input])
        {
            throw Unfit($"The model has {graph.Inputs.Count} inputs, and an array is for one. Use TrainingData.From.");
        }

        if (count == 0)
        {
            return new LoadedData(new Dictionary<string, Tensor>(), 0);
        }

        if (elements.Length % count != 0)
        {
            throw Unfit($"{elements.Length} elements are not {count} samples of one size. Give as many elements for each.");
        }

        long[] shape = ShapeOf(input, elements.Length / count, null);
        using DisposeScope scope = torch.NewDisposeScope();
        Tensor all = torch.tensor(elements, [count, .. shape]).to(TypeOf(input)).DetachFromDisposeScope();
        return new LoadedData(new Dictionary<string, Tensor>(StringComparer.Ordinal) { [input.Name] = all }, count);
    }

    public static LoadedData Load(IEnumerable<TrainingSample> samples, Graph graph)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        var inputs = graph.Inputs.ToDictionary(i => i.Name, _ => new List<Tensor>(), StringComparer.Ordinal);
        var labels = new List<long>();
        var targets = new List<float>();
        int count = 0;
        foreach (TrainingSample sample in samples)
        {
            foreach (Value input in graph.Inputs)
            {
                Array elements = sample.Inputs.GetValueOrDefault(input.Name)
                    ?? throw Unfit($"Sample {count} has no elements for input '{input.Name}'. Give every input of the model.");
                long[] shape = ShapeOf(input, elements.Length, sample.Shapes?.GetValueOrDefault(input.Name));
                Tensor one = ToTensor(elements, input).reshape(shape);
                if (inputs[input.Name] is [{ } first, ..] && !first.shape.AsSpan().SequenceEqual(one.shape))
                {
                    throw Unfit($"Sample {count} of input '{input.Name}' has another shape than the first. Give all of them one size.");
                }

                inputs[input.Name].Add(one);
            }

            labels.AddRange(sample.Labels ?? []);
            targets.AddRange(sample.Target ?? []);
            count++;
        }

        if (count == 0)
        {
            return new LoadedData(new Dictionary<string, Tensor>(), 0);
        }

        return new LoadedData(
            inputs.ToDictionary(i => i.Key, i => torch.stack(i.Value, 0).DetachFromDisposeScope(), StringComparer.Ordinal), count)
        {
            Labels = labels.Count == 0 ? null : Labels(labels, count),
            Targets = targets.Count == 0 ? null
                : targets.Count % count != 0 ? throw UnfitTargets($"{targets.Count} elements of targets", count)
                : torch.tensor(targets.ToArray(), [count, targets.Count / count]).DetachFromDisposeScope(),
        };
    }

    /// <summary>[samples], or [samples, positions] where there are several for each.</summary>
    public static Tensor Labels(IReadOnlyList<long> labels, int count)
    {
        if (count == 0 || labels.Count % count != 0)
        {
            throw UnfitTargets($"{labels.Count} labels", count);
        }

        using DisposeScope scope = torch.NewDisposeScope();
        long[] shape = labels.Count == count ? [count] : [count, labels.Count / count];
        return torch.tensor(labels.ToArray(), shape).DetachFromDisposeScope();
    }

    public static torch.ScalarType TypeOf(Value input) => TorchTensors.TypeOf(input.Type)
        ?? throw Unfit($"Input '{input.Name}' takes elements of type {input.Type}, which LibTorch does not compute with.");

    private static Tensor ToTensor(Array elements, Value input) => (elements switch
    {
        float[] floats => torch.tensor(floats),
        double[] doubles => torch.tensor(doubles),
        byte[] bytes => torch.tensor(bytes),
        int[] ints => torch.tensor(ints),
        long[] longs => torch.tensor(longs),
        bool[] bools => torch.tensor(bools),
        _ => throw Unfit($"Input '{input.Name}' is given as {elements.GetType().Name}. Give float[], double[], byte[], int[], long[] or "
            + "bool[]."),
    }).to(TypeOf(input));

    /// <summary>The shape of one sample without the batch axis: what the model says, and one open dimension from the count.</summary>
    private static long[] ShapeOf(Value input, long elements, IReadOnlyList<long>? given)
    {
        if (given is not null)
        {
            return given.Aggregate(1L, (product, d) => product * d) == elements ? [.. given]
                : throw Unfit($"Input '{input.Name}' gets {elements} elements and the shape [{string.Join(",", given)}].");
        }

        Shape shape = input.KnownShape;
        long[] own = [.. shape.Skip(FileSamples.IsStacked(input) ? 1 : 0).Select(d => d.IsConstant ? d.Value : -1)];
        long known = own.Where(d => d >= 0).Aggregate(1L, (product, d) => product * d);
        int open = own.Count(d => d < 0);
        bool fits = open == 0 ? known == elements : open == 1 && known > 0 && elements % known == 0;
        return fits ? [.. own.Select(d => d < 0 ? elements / known : d)]
            : throw Unfit($"Input '{input.Name}' takes {shape}, and a sample has {elements} elements. "
                + (open > 1 ? "Say its dimensions (TrainingSample.Shapes)." : "Give the samples as the model takes them."));
    }

    private static CompilationException Unfit(string message) => new(DiagnosticCodes.TrainingSamples, message);

    private static CompilationException UnfitTargets(string what, int count) => new(
        DiagnosticCodes.TrainingTargets, $"{what} are not as many for each of {count} samples. Give every sample its own.");
}
