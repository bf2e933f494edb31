namespace ModelBuild.Training;

/// <summary>What came of training.</summary>
public sealed record TrainingResult
{
    /// <summary>Epochs that were gone through.</summary>
    public required int Epochs { get; init; }

    /// <summary>Steps that were taken.</summary>
    public required long Steps { get; init; }

    /// <summary>The mean loss of the last epoch.</summary>
    public required double Loss { get; init; }

    /// <summary>Of the weights that the trainer now holds; null without validation data.</summary>
    public Evaluation? Validation { get; init; }

    /// <summary>Part of the weights that is zero where weights are pruned, 0 to 1.</summary>
    public required double Sparsity { get; init; }
}
