using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Training.Networks;
using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Runs batches through a network and its loss.</summary>
internal sealed class EpochRunner
{
    private readonly Network _network;
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<LossTerm> _losses;
    private readonly Logits[] _logits;
    private readonly Dictionary<string, Value> _between;

    public EpochRunner(Network network, TrainingOptions options, IReadOnlyList<LossTerm> losses)
    {
        _network = network;
        _options = options;
        _losses = losses;
        _logits = [.. network.Graph.Outputs.Select(Logits.Of)];
        Dictionary<string, Value> values = network.Graph.Values().ToDictionary(v => v.Name, StringComparer.Ordinal);
        _between = losses.SelectMany(l => l.Between).Distinct(StringComparer.Ordinal).ToDictionary(
            name => name,
            name => values.GetValueOrDefault(name) ?? throw new CompilationException(
                DiagnosticCodes.TrainingOption,
                $"The model has no tensor '{name}', or the clean-up before quantization has removed it. Name one that a node makes."
                    + Suggestion.For(name, values.Keys)),
            StringComparer.Ordinal);
    }

    /// <summary>The loss of a batch, with gradients where weights are trained. Outputs are in the batch afterwards.</summary>
    public Tensor Loss(TrainingBatch batch, bool isTraining)
    {
        Dictionary<Value, Tensor> results = _network.Run(
            batch.Inputs, isTraining && !_options.FreezeStatistics, [.. _logits.Select(l => l.Value), .. _between.Values]);
        batch.Outputs = _network.Graph.Outputs.ToDictionary(o => o.Name, o => results[o], StringComparer.Ordinal);
        batch.Logits = _logits.ToDictionary(l => l.Output.Name, l => results[l.Value], StringComparer.Ordinal);
        batch.Between = _between.ToDictionary(b => b.Key, b => results[b.Value], StringComparer.Ordinal);
        Tensor? sum = null;
        foreach (LossTerm term in _losses)
        {
            Tensor part = term.Compute(batch);
            part = term.Weight == 1 ? part : part * Scalars.Of(term.Weight);
            sum = sum is null ? part : sum.Plus(part);
        }

        return sum!;
    }

    /// <summary>Loss and accuracy over samples.</summary>
    public Evaluation Evaluate(LoadedData samples, CancellationToken cancellation)
    {
        using var noGradients = torch.no_grad();
        double loss = 0;
        long right = 0;
        long labels = 0;
        for (int start = 0; start < samples.Count; start += _options.BatchSize)
        {
            cancellation.ThrowIfCancellationRequested();
            using DisposeScope scope = torch.NewDisposeScope();
            int count = Math.Min(_options.BatchSize, samples.Count - start);
            long[] indices = [.. Enumerable.Range(start, count).Select(i => (long)i)];
            TrainingBatch batch = samples.Batch(indices, _network.Device);
            loss += Loss(batch, isTraining: false).item<float>() * (double)count;
            if (batch.Labels is { } expected)
            {
                Tensor rows = _logits[0].Rows(batch.Logits[_logits[0].Output.Name]);
                if (rows.shape[0] == expected.numel())
                {
                    right += rows.argmax(1).eq(expected.reshape(-1)).sum().item<long>();
                    labels += expected.numel();
                }
            }
        }

        return new Evaluation(loss / samples.Count, labels > 0 ? right / (double)labels : null, samples.Count);
    }
}
