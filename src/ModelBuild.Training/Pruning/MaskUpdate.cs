using ModelBuild.Compiler.Pruning;
using ModelBuild.Training.Networks;
using TorchSharp;

namespace ModelBuild.Training;

/// <summary>Prunes the weights of a network by a schedule: the smallest of each layer become zero.</summary>
/// <param name="schedule">When, and how many.</param>
/// <param name="pattern">Which together.</param>
/// <param name="layouts">What is pruned, and where its weights lie.</param>
internal sealed class MaskUpdate(
    PruningSchedule schedule, SparsityPattern pattern, IReadOnlyList<(TrainedTensor Weights, WeightLayout Layout)> layouts)
{
    public PruningSchedule Schedule => schedule;

    /// <summary>Chooses masks anew where the schedule says so.</summary>
    /// <param name="step">From 0 on.</param>
    public void Before(long step)
    {
        if (!schedule.UpdatesAt(step))
        {
            return;
        }

        double sparsity = schedule.SparsityAt(step);
        foreach ((TrainedTensor weights, WeightLayout layout) in layouts)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            float[] numbers = weights.Parameter.detach().cpu().contiguous().data<float>().ToArray();
            bool[] mask = MagnitudeMask.Of(numbers, layout, pattern, sparsity);
            weights.SetMask(torch.tensor(Array.ConvertAll(mask, m => m ? 1f : 0f)).reshape(weights.Parameter.shape)
                .to(weights.Parameter.device));
        }
    }
}
