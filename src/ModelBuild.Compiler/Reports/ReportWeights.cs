namespace ModelBuild.Compiler.Reports;

/// <summary>The weights of a layer.</summary>
/// <param name="Name">As in the model, or what passes have called them.</param>
/// <param name="Node">The first node that reads them.</param>
/// <param name="Shape">Of the tensor.</param>
/// <param name="Values">As float32.</param>
internal sealed record ReportWeights(string Name, string Node, IReadOnlyList<long> Shape, Histogram Values)
{
    /// <summary>The least that a code stands for, of all scales; null where there are no codes.</summary>
    public double? Low { get; init; }

    /// <summary>The most that a code stands for, of all scales; null where there are no codes.</summary>
    public double? High { get; init; }

    /// <summary>How many scales there are: one for each output, or for each block; 0 where there are no codes.</summary>
    public int Scales { get; init; }

    /// <summary>Of the weights as they are stored, in dB; null where they are as they were.</summary>
    public double? Sqnr { get; init; }
}
