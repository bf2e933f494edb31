using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.LowRank;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler;

/// <summary>
/// What becomes of a model's weights before the mode begins: layers are taken apart, weights become zero, what is left gets few values. In
/// this order: zeros would be lost in products, and few values in what makes up for zeros.
/// </summary>
/// <param name="LowRank">Null where nothing was to be taken apart.</param>
/// <param name="Pruning">Null where nothing was to become zero.</param>
/// <param name="Clustering">Null where nothing was to have few values.</param>
internal sealed record WeightChanges(ReportLowRank? LowRank, ReportPruning? Pruning, ReportClustering? Clustering)
{
    /// <summary>Changes a graph in place.</summary>
    public static WeightChanges Run(
        CompileOptions options, Graph graph, PlanHeader header, PassContext context, IProgress<string>? progress)
    {
        if (!ArrivingModels.HasCodes(graph))
        {
            ArrivingModels.ExpandWeights(graph, context);
        }

        CalibrationData? samples = options.CalibrationFiles.Count > 0 && graph.Inputs.Count > 0
            ? SampleSet.HoldBack(options, SampleSet.Open(options, graph)).Kept : null;
        ReportLowRank? lowRank = null;
        if (options.LowRank.IsActive)
        {
            lowRank = Factorizer.Run(options.LowRank, graph, samples, header, context, progress);
            Verify(nameof(Factorizer));
        }

        ReportPruning? pruning = null;
        if (options.Pruning.IsActive)
        {
            pruning = Pruner.Run(options.Pruning, graph, samples, header, context, progress);
            Verify(nameof(Pruner));
        }

        ReportClustering? clustering = null;
        if (options.Clustering.IsActive)
        {
            clustering = Clusterer.Run(options, graph, samples, context, progress);
            Verify(nameof(Clusterer));
        }

        return new WeightChanges(lowRank, pruning, clustering);

        void Verify(string stage)
        {
            new ShapeInference().Run(graph, context);
            GraphVerifier.Verify(graph, stage);
        }
    }
}
