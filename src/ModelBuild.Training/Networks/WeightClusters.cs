using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training.Networks;

/// <summary>
/// Weights of a layer that have few values, and keep them few: all of one value move together, by the sum of their gradients, and zeros not
/// at all.
/// </summary>
internal sealed class WeightClusters : IDisposable
{
    private readonly Parameter _weights;

    /// <summary>The value of each weight.</summary>
    private readonly Tensor _clusters;

    /// <summary>A weight of each value.</summary>
    private readonly Tensor _first;

    /// <summary>Zero for the value zero, else one.</summary>
    private readonly Tensor _moves;

    private WeightClusters(Parameter weights, long[] clusters, long[] first, float[] moves)
    {
        _weights = weights;
        _clusters = torch.tensor(clusters).to(weights.device).DetachFromDisposeScope();
        _first = torch.tensor(first).to(weights.device).DetachFromDisposeScope();
        _moves = torch.tensor(moves).to(weights.device).DetachFromDisposeScope();
    }

    /// <summary>Those of a matrix, kernel or table; null where there are nearly as many values as weights.</summary>
    /// <param name="weights">As they are.</param>
    /// <param name="most">Values that are few.</param>
    public static WeightClusters? Of(Parameter weights, int most)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        float[] numbers = weights.detach().cpu().contiguous().to(torch.ScalarType.Float32).data<float>().ToArray();
        var values = new Dictionary<float, int>();
        long[] clusters = new long[numbers.Length];
        var first = new List<long>();
        for (int i = 0; i < numbers.Length; i++)
        {
            ref int cluster = ref CollectionsMarshal.GetValueRefOrAddDefault(values, numbers[i], out bool isKnown);
            if (!isKnown)
            {
                cluster = first.Count;
                first.Add(i);
            }

            clusters[i] = cluster;
            if (first.Count > most)
            {
                return null;
            }
        }

        return weights.dim() < 2 || 2 * first.Count > numbers.Length ? null
            : new WeightClusters(weights, clusters, [.. first], [.. first.Select(i => numbers[i] == 0 ? 0f : 1f)]);
    }

    /// <summary>Gives all weights of a value the sum of their gradients.</summary>
    public void TieGradients()
    {
        if (_weights.grad is not { } gradient)
        {
            return;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            Tensor sums = torch.zeros([_first.shape[0]], gradient.dtype, gradient.device)
                .index_add_(0, _clusters, gradient.flatten(), Scalars.Of(1));
            gradient.copy_((sums * _moves).index_select(0, _clusters).reshape(gradient.shape));
        }
    }

    /// <summary>Makes equal again what kernels have rounded in different ways.</summary>
    public void TieWeights()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using (torch.no_grad())
        {
            Tensor values = _weights.flatten().index_select(0, _first);
            _weights.copy_(values.index_select(0, _clusters).reshape(_weights.shape));
        }
    }

    public void Dispose()
    {
        _clusters.Dispose();
        _first.Dispose();
        _moves.Dispose();
    }
}
