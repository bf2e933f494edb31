namespace ModelBuild.Compiler.Reports;

/// <summary>The weights of a layer after pruning.</summary>
/// <param name="Name">Of the node.</param>
/// <param name="Weights">As in the model, or what passes have called them.</param>
/// <param name="Shape">Of the tensor.</param>
/// <param name="Zeros">How many of them are zero.</param>
internal sealed record ReportPrunedLayer(string Name, string Weights, IReadOnlyList<long> Shape, long Zeros)
{
    /// <summary>The shape before channels were removed; null where none were to be.</summary>
    public IReadOnlyList<long>? Before { get; init; }

    /// <summary>Part of the weights that is zero, or gone.</summary>
    public double Sparsity
    {
        get
        {
            long left = Count(Shape);
            long all = Before is null ? left : Count(Before);
            return (double)(Zeros + all - left) / Math.Max(all, 1);

            static long Count(IReadOnlyList<long> shape) => shape.Aggregate(1L, (a, b) => a * b);
        }
    }

    /// <summary>Why none became zero, or why no channel that they make was removed; null where some were to.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// In dB: of what the layer gives on the samples against what it would give without zeros; without samples that of the weights. Null
    /// where nothing has changed.
    /// </summary>
    public double? Sqnr { get; init; }
}
