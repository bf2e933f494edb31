using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Samples in memory.</summary>
/// <param name="Inputs">[samples, …] of each input.</param>
/// <param name="Count">How many samples there are.</param>
internal sealed record LoadedData(IReadOnlyDictionary<string, Tensor> Inputs, int Count) : IDisposable
{
    /// <summary>int64, [samples] or [samples, positions].</summary>
    public Tensor? Labels { get; init; }

    /// <summary>float32, [samples, elements].</summary>
    public Tensor? Targets { get; init; }

    /// <summary>Some of the samples, in that order.</summary>
    public TrainingBatch Batch(ReadOnlySpan<long> indices, torch.Device device)
    {
        Tensor at = torch.tensor(indices.ToArray(), torch.ScalarType.Int64);
        return new TrainingBatch(
            Inputs.ToDictionary(i => i.Key, i => i.Value.index_select(0, at).to(device), StringComparer.Ordinal),
            Labels?.index_select(0, at).to(device), Targets?.index_select(0, at).to(device)) { Origin = (this, at) };
    }

    /// <summary>A copy of neighbouring samples.</summary>
    public LoadedData Range(int start, int count)
    {
        return new LoadedData(Inputs.ToDictionary(i => i.Key, i => Part(i.Value)!, StringComparer.Ordinal), count)
        {
            Labels = Part(Labels), Targets = Part(Targets),
        };

        Tensor? Part(Tensor? tensor)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            return tensor?.narrow(0, start, count).clone().DetachFromDisposeScope();
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in Inputs.Values)
        {
            tensor.Dispose();
        }

        Labels?.Dispose();
        Targets?.Dispose();
    }
}
