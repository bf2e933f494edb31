namespace ModelBuild.Training;

/// <summary>
/// Ends training where validation has not become better for some epochs, and goes back to the best. Epochs in which weights are still being
/// pruned do not count. Needs validation data.
/// </summary>
/// <param name="Patience">How many epochs it may take to become better; at least 1.</param>
/// <param name="LeastGain">By how much the metric has to become better to count.</param>
public sealed record EarlyStopping(int Patience = 3, double LeastGain = 0);
