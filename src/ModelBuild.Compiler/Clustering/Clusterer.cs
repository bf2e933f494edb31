using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Quantization.Recovery;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler.Clustering;

/// <summary>
/// Gives the weights of each layer few values: those for which the sum of squared errors is least, each weighted by the squares of the
/// inputs that the weight is multiplied with on samples, where there are some. What is zero stays zero.
/// </summary>
internal sealed class Clusterer
{
    private readonly Graph _graph;
    private readonly PassContext _context;
    private readonly IProgress<string>? _progress;
    private readonly int _count;

    /// <summary>Whether weights will be stored as halves, which would round a value that is none to either of two.</summary>
    private readonly bool _isHalf;
    private readonly Dictionary<PrunableWeight, double?> _sqnr = [];

    private Clusterer(Graph graph, int count, bool isHalf, PassContext context, IProgress<string>? progress) =>
        (_graph, _count, _isHalf, _context, _progress) = (graph, count, isHalf, context, progress);

    /// <summary>Changes the constants and biases of a graph in place.</summary>
    /// <param name="graph">In float, after the portable passes.</param>
    /// <param name="samples">Null where there are none.</param>
    /// <param name="progress">Told at every layer.</param>
    public static ReportClustering Run(
        CompileOptions options, Graph graph, CalibrationData? samples, PassContext context, IProgress<string>? progress)
    {
        int count = options.Clustering.Clusters!.Value;
        if (options.Mode is not (ModelMode.Fp32 or ModelMode.Fp16))
        {
            context.Findings.Add(new Finding(
                DiagnosticCodes.ClustersLost, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(options.ModelPath)}': the {count} values of Clusters do not outlive mode {options.Mode.Word()}, "
                    + "whose codes have scales of their own. Take mode fp32 or fp16, or remove Clusters.",
                options.ModelPath));
        }

        return new Clusterer(graph, count, options.Mode == ModelMode.Fp16, context, progress).Run(samples);
    }

    private ReportClustering Run(CalibrationData? samples)
    {
        IReadOnlyList<PrunableWeight> all = ClusteredWeights.Find(_graph);
        PrunableWeight[] active = [.. all.Where(w => w.Reason is null)];
        var done = new HashSet<PrunableWeight>();
        if (samples is not null && active.Length > 0)
        {
            PruningWalk.Run(
                _graph.Clone(), _graph, active, samples, (weight, node, inputs, walk) =>
                {
                    done.Add(weight);
                    bool hasBias = !Recurrent.IsLayer(node) && PruningWalk.HasBias(_graph, node, weight);
                    float[] importance = Importance(weight with { Node = node }, inputs, hasBias);
                    return Cluster(weight, importance) ? PruningWalk.Finish(_graph, weight, node, shift: [], walk) : walk.Compute(node);
                },
                _context.Cancellation);
        }

        foreach (PrunableWeight weight in active.Where(w => !done.Contains(w)))
        {
            Cluster(weight, null);
        }

        return new ReportClustering(
            _count,
            [
                .. all.Select(w => new ReportClusteredLayer(w.Node.Label, w.Name, [.. w.Value.Constant!.Dimensions], Values(w))
                {
                    Reason = w.Reason, Sqnr = _sqnr.GetValueOrDefault(w),
                }),
            ]);
    }

    /// <summary>Gives a weight few values.</summary>
    /// <returns>False where it has no more already.</returns>
    private bool Cluster(PrunableWeight weight, float[]? importance)
    {
        _context.Cancellation.ThrowIfCancellationRequested();
        _progress?.Report($"Clustering '{weight.Node.Label}'");
        float[] weights = weight.Value.Constant!.ToFloats();
        int[] others = [.. Enumerable.Range(0, weights.Length).Where(i => weights[i] != 0)];
        int count = others.Length < weights.Length ? _count - 1 : _count;
        float[] centres = ScalarClusters.Of(
            Array.ConvertAll(others, i => weights[i]), importance is null ? null : Array.ConvertAll(others, i => importance[i]), count);
        centres = _isHalf ? Array.ConvertAll(centres, ToHalf) : centres;
        (double signal, double noise) = (0, 0);
        bool isChanged = false;
        foreach (int i in others)
        {
            float value = centres[ScalarClusters.Nearest(centres, weights[i])];
            double error = (double)weights[i] - value;
            double share = importance?[i] ?? 1;
            signal += share * weights[i] * weights[i];
            noise += share * error * error;
            isChanged |= error != 0;
            weights[i] = value;
        }

        if (isChanged)
        {
            _sqnr[weight] = NoiseMeter.Decibels(signal, noise);
            weight.Value.Constant = Tensor.Owning(DataType.Float32, weights, [.. weight.Value.Constant.Dimensions]);
        }

        return isChanged;
    }

    /// <summary>The nearest half; the value itself where that would be infinite or zero.</summary>
    private static float ToHalf(float value) => (float)(Half)value is var half && float.IsFinite(half) && half != 0 ? half : value;

    /// <summary>The squares of what each weight is multiplied with, all outputs alike.</summary>
    private static float[] Importance(PrunableWeight weight, Tensor[] inputs, bool isCentred)
    {
        WeightLayout layout = weight.Layout;
        float[] importance = new float[layout.Length];
        (InputColumns columns, QuantizationParameters parameters) = InputMoments.Columns(weight, inputs);

        // All groups have the same values, so that one that is fed much counts for more than another.
        double[] energies = InputMoments.Raised(
        [
            .. Enumerable.Range(0, layout.Groups).SelectMany(group => InputMoments.Energies(
                columns.Read(weight.InputGroupOf(group), 0, layout.Terms), layout.Terms, columns.Count, parameters, isCentred)),
        ]);
        for (int group = 0; group < layout.Groups; group++)
        {
            for (int o = 0; o < layout.Outputs; o++)
            {
                for (int t = 0; t < layout.Terms; t++)
                {
                    importance[layout.Index(group, o, t % layout.Taps, t / layout.Taps)] = (float)energies[(group * layout.Terms) + t];
                }
            }
        }

        return importance;
    }

    private static int Values(PrunableWeight weight) => weight.Value.Constant!.ToFloats().Distinct().Count();
}
