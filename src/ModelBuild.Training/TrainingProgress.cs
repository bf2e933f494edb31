namespace ModelBuild.Training;

/// <summary>Where training is.</summary>
public sealed record TrainingProgress
{
    /// <summary>From 1 on.</summary>
    public required int Epoch { get; init; }

    /// <summary>How many there are.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps that were taken.</summary>
    public required long Step { get; init; }

    /// <summary>Steps of all epochs.</summary>
    public required long Steps { get; init; }

    /// <summary>The mean loss since the last report.</summary>
    public required double Loss { get; init; }

    /// <summary>The learning rate of the last step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Part of the weights that is zero where weights are pruned, 0 to 1.</summary>
    public required double Sparsity { get; init; }

    /// <summary>How long the rest will take if it goes on like that.</summary>
    public required TimeSpan TimeLeft { get; init; }

    /// <summary>What validation has shown; null but at the end of an epoch with validation data.</summary>
    public Evaluation? Validation { get; init; }
}
