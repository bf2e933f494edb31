namespace ModelBuild.Compiler.Reports;

/// <summary>The weights of a layer after pruning.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Weights">As in the model, or what passes have called them.</param>
/// <param name="Shape">Of the tensor.</param>
/// <param name="Zeros">How many of them are zero.</param>
internal sealed record ReportPrunedLayer(string Name, string Weights, IReadOnlyList<long> Shape, long Zeros)
{
    /// <summary>Part of them that is zero.</summary>
    public double Sparsity => (double)Zeros / Math.Max(Shape.Aggregate(1L, (a, b) => a * b), 1);

    /// <summary>Why none became zero; null where some were to.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// In dB: of what the layer gives on the samples against what it would give without zeros; without samples that of the weights. Null where
    /// nothing has changed.
    /// </summary>
    public double? Sqnr { get; init; }
}
