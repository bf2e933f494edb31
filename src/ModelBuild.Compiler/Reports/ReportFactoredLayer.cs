namespace ModelBuild.Compiler.Reports;

/// <summary>A layer that was, or could have been, taken apart.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Weights">As in the model, or what passes have called them.</param>
/// <param name="Shape">Of the tensor as it was.</param>
/// <param name="Before">Multiply-accumulates as it was; 0 where they were not counted.</param>
internal sealed record ReportFactoredLayer(string Name, string Weights, IReadOnlyList<long> Shape, double Before)
{
    /// <summary>Multiply-accumulates of its factors.</summary>
    public double After { get; init; } = Before;

    /// <summary>Channels between the factors, from the input on; empty where the layer stays whole.</summary>
    public IReadOnlyList<int> Ranks { get; init; } = [];

    /// <summary>Why it stays whole; null where it does not.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// In dB: of what the layer gives on the samples against what it would give; without samples that of the weights. Null where it stays
    /// whole.
    /// </summary>
    public double? Sqnr { get; init; }
}
