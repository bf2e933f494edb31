using TorchSharp;
using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>Changes weights by their gradients. Keeps tensors for each, by name, which a checkpoint takes along.</summary>
internal abstract class Optimizer(double weightDecay) : IDisposable
{
    /// <summary>What is kept of the past, by the weight's name and the role.</summary>
    public SortedDictionary<string, Tensor> State { get; } = new(StringComparer.Ordinal);

    /// <summary>Steps that were taken.</summary>
    public long Steps { get; set; }

    /// <summary>Takes a step; weights without a gradient stay.</summary>
    /// <param name="learned">What is learnt.</param>
    /// <param name="learningRate">Of this step.</param>
    public void Step(IEnumerable<LearnedTensor> learned, double learningRate)
    {
        Steps++;
        using (torch.no_grad())
        {
            foreach (LearnedTensor tensor in learned)
            {
                if (tensor.Parameter.grad is { } gradient)
                {
                    using DisposeScope scope = torch.NewDisposeScope();
                    Step(tensor, gradient, learningRate * tensor.RateFactor, tensor.IsDecayed ? weightDecay : 0);
                }
            }
        }
    }

    public void Dispose()
    {
        foreach (Tensor tensor in State.Values)
        {
            tensor.Dispose();
        }
    }

    protected abstract void Step(LearnedTensor tensor, Tensor gradient, double rate, double decay);

    /// <summary>A tensor that is kept, zeros at first.</summary>
    protected Tensor Kept(LearnedTensor tensor, string role)
    {
        string name = $"{tensor.Name}/{role}";
        if (!State.TryGetValue(name, out Tensor? kept))
        {
            State.Add(name, kept = torch.zeros_like(tensor.Parameter).detach().DetachFromDisposeScope());
        }

        return kept;
    }
}
