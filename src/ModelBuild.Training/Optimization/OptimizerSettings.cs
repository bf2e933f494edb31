namespace ModelBuild.Training;

/// <summary>Which optimizer changes the weights, and how. Made by <see cref="Optimizers"/>. Immutable: any thread may use it.</summary>
public abstract record OptimizerSettings
{
    private protected OptimizerSettings(double learningRate) => LearningRate = learningRate;

    /// <summary>What the schedule's factor is multiplied with; above 0.</summary>
    public double LearningRate { get; }

    /// <summary>
    /// What part of a weight is taken off in each step, times the learning rate; 0 for none. It holds for weights of products,
    /// convolutions, recurrent layers and tables, not for biases and normalizations.
    /// </summary>
    public double WeightDecay { get; init; }

    internal abstract Optimizer Create();
}
