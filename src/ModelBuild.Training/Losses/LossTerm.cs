using Tensor = TorchSharp.torch.Tensor;

namespace ModelBuild.Training;

/// <summary>A part of the loss.</summary>
/// <param name="Compute">From a batch with outputs to a scalar.</param>
/// <param name="Weight">What it counts.</param>
internal sealed record LossTerm(Func<TrainingBatch, Tensor> Compute, double Weight)
{
    /// <summary>Names of tensors between inputs and outputs that it looks at (<see cref="TrainingBatch.Between"/>).</summary>
    public IReadOnlyList<string> Between { get; init; } = [];
}
