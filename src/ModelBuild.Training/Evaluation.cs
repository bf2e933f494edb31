namespace ModelBuild.Training;

/// <summary>How good a model is on some samples.</summary>
/// <param name="Loss">The mean of what training makes small.</param>
/// <param name="Accuracy">Part of the labels that are the largest element of their row, 0 to 1; null where there are no labels.</param>
/// <param name="Samples">How many samples were looked at.</param>
public sealed record Evaluation(double Loss, double? Accuracy, int Samples)
{
    /// <summary>More is better: the accuracy, or the loss with the other sign.</summary>
    internal double Score => Accuracy ?? -Loss;
}
