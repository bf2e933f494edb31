using ModelBuild.Compiler.Pruning;
using ModelBuild.Training.Networks;
using TorchSharp;

namespace ModelBuild.Training;

/// <summary>Prunes the weights of a network by a schedule: those that are worth least become zero.</summary>
/// <param name="schedule">When, and how many.</param>
/// <param name="pattern">Which together.</param>
/// <param name="scope">Whether each layer reaches the sparsity, or all of them together.</param>
/// <param name="layouts">What is pruned, and where its weights lie.</param>
internal sealed class MaskUpdate(
    PruningSchedule schedule, SparsityPattern pattern, PruningScope scope,
    IReadOnlyList<(TrainedTensor Weights, WeightLayout Layout)> layouts)
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
        (float[] Weights, WeightLayout Layout)[] layers = [.. layouts.Select(l => (Numbers(l.Weights), l.Layout))];
        bool[][] masks = scope == PruningScope.Global
            ? AdaptiveMasks.Of(layers, pattern, sparsity)
            : [.. layers.Select(l => MagnitudeMask.Of(l.Weights, l.Layout, pattern, sparsity))];
        for (int i = 0; i < masks.Length; i++)
        {
            using DisposeScope memory = torch.NewDisposeScope();
            TrainedTensor weights = layouts[i].Weights;
            weights.SetMask(torch.tensor(Array.ConvertAll(masks[i], m => m ? 1f : 0f)).reshape(weights.Parameter.shape)
                .to(weights.Parameter.device));
        }
    }

    private static float[] Numbers(TrainedTensor weights)
    {
        using DisposeScope memory = torch.NewDisposeScope();
        return weights.Parameter.detach().cpu().contiguous().data<float>().ToArray();
    }
}
