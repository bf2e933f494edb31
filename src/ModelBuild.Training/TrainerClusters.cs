using ModelBuild.Compiler;
using ModelBuild.Compiler.Clustering;
using ModelBuild.Training.Networks;

namespace ModelBuild.Training;

/// <summary>Ties the weights of a network that have few values (<see cref="TrainingOptions.KeepClusters"/>).</summary>
internal static class TrainerClusters
{
    /// <exception cref="CompilationException">MODELB4017: no weight has few values.</exception>
    public static void Keep(Network network, string path)
    {
        network.Trained.ForEach(t => t.KeepClusters(ClusteringOptions.Most));
        if (!network.Trained.Exists(t => t.Clusters is not null))
        {
            throw new CompilationException(
                DiagnosticCodes.TrainingOption,
                $"KeepClusters keeps weights of {ClusteringOptions.Most} values at most, and the model has none: use one that 'modelbuild "
                    + "cluster' has written. Codes and folded normalizations give each output values of its own.",
                path);
        }
    }
}
