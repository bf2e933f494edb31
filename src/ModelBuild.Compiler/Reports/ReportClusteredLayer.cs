namespace ModelBuild.Compiler.Reports;

/// <summary>The weights of a layer after clustering.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Weights">As in the model, or what passes have called them.</param>
/// <param name="Shape">Of the tensor.</param>
/// <param name="Values">How many different values it has.</param>
internal sealed record ReportClusteredLayer(string Name, string Weights, IReadOnlyList<long> Shape, int Values)
{
    /// <summary>Why it kept its values; null where it did not.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// In dB: of the weights against what they were, weighted by what they are multiplied with on samples where there are some. Null where
    /// nothing has changed.
    /// </summary>
    public double? Sqnr { get; init; }
}
