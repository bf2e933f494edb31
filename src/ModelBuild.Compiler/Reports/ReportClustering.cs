namespace ModelBuild.Compiler.Reports;

/// <summary>Which weights got few values before they were quantized.</summary>
/// <param name="Clusters">How many values a layer was to have at most.</param>
/// <param name="Layers">All weights that could have got them, in the order of the model.</param>
internal sealed record ReportClustering(int Clusters, IReadOnlyList<ReportClusteredLayer> Layers);
