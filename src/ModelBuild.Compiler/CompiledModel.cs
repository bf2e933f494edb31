using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler;

/// <summary>A compiled model before it becomes text.</summary>
/// <param name="Compiled">Plan and weights.</param>
/// <param name="Portable">The same computation as an ONNX graph: with Q/DQ nodes, or half initializers.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record CompiledModel(CompiledPlan Compiled, Graph Portable, IReadOnlyList<Finding> Findings) : IDisposable
{
    /// <summary>The files that constants may still be views of.</summary>
    public ImportedModel? Source { get; init; }

    /// <summary>How near it is to fp32; null where that was not measured.</summary>
    public ModelQuality? Quality { get; init; }

    /// <summary>Nodes that say what stored codes stand for: kernels read that, not the codes.</summary>
    public IReadOnlySet<string> Stored { get; init; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>For people: what was decided on the way.</summary>
    public string? Note { get; init; }

    /// <summary>What became zero; null where nothing was to.</summary>
    public ReportPruning? Pruning { get; init; }

    /// <summary>What was taken apart; null where nothing was to be.</summary>
    public ReportLowRank? LowRank { get; init; }

    /// <summary>What has few values; null where nothing was to.</summary>
    public ReportClustering? Clustering { get; init; }

    /// <summary>What its page says; null where none was asked for.</summary>
    public ModelReport? Report { get; init; }

    public void Dispose() => Source?.Dispose();
}
