namespace ModelBuild.Compiler.Reports;

/// <summary>What became zero before anything else happened to a model.</summary>
/// <param name="Pattern">One of <see cref="Pruning.SparsityPattern.Words"/>.</param>
/// <param name="Criterion">One of <see cref="Pruning.PruningOptions.Criteria"/>.</param>
/// <param name="Scope">One of <see cref="Pruning.PruningOptions.Scopes"/>.</param>
/// <param name="Asked">Part of the weights that was to be zero, or of the multiply-accumulates that were to go with channels.</param>
/// <param name="Reached">Part of the weights that take part and are zero, or of the multiply-accumulates that have gone.</param>
/// <param name="Layers">All weights that could have been pruned, in the order of the model.</param>
internal sealed record ReportPruning(
    string Pattern, string Criterion, string Scope, double Asked, double Reached, IReadOnlyList<ReportPrunedLayer> Layers)
{
    /// <summary>What each layer costs at several sparsities; empty where it was not found out.</summary>
    public IReadOnlyList<ReportSensitivity> Sensitivity { get; init; } = [];
}
