namespace ModelBuild.Compiler.Reports;

/// <summary>Which layers became products of smaller ones before anything else happened to a model.</summary>
/// <param name="Asked">Part of the multiply-accumulates that was to go; null where a ratio was to be kept.</param>
/// <param name="AskedSqnr">The ratio that was to be kept, in dB; null where a part was to go.</param>
/// <param name="Before">Multiply-accumulates of a call, 1 for dimensions that are open.</param>
/// <param name="After">Those of the model taken apart.</param>
/// <param name="Layers">All that could have been taken apart, in the order of the model.</param>
internal sealed record ReportLowRank(
    double? Asked, double? AskedSqnr, double Before, double After, IReadOnlyList<ReportFactoredLayer> Layers)
{
    /// <summary>Part of the multiply-accumulates that has gone.</summary>
    public double Reached => (Before - After) / Math.Max(Before, 1);

    /// <summary>What each layer costs alone, for parts of its own work; empty where it was not asked for.</summary>
    public IReadOnlyList<ReportSensitivity> Sensitivity { get; init; } = [];
}
