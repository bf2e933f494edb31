using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization.Recovery;

/// <summary>
/// Takes back what codes cost, without labels: layer by layer, each fed by the quantized ones before it, weights are rounded so that their
/// errors cancel on the samples (<see cref="GptqRounding"/>, <see cref="AdaptiveRounding"/>), and biases take back what is left in
/// the mean (<see cref="BiasCorrection"/>).
/// </summary>
internal static class AccuracyRecovery
{
    /// <summary>Terms whose products are looked at together; a longer sum is cut into parts that know nothing of one another.</summary>
    private const int LargestPart = 2304;

    /// <summary>The same where they are looked at a thousand times: they stay in the cache of a processor's core.</summary>
    private const int LargestAdaptivePart = 320;

    /// <param name="floats">The float model.</param>
    /// <param name="quantized">With codes; the constants of its weights and biases are changed.</param>
    /// <param name="samples">Calibration samples.</param>
    /// <param name="methods">What to do.</param>
    /// <param name="progress">Told at every layer.</param>
    public static void Run(
        Graph floats, Graph quantized, CalibrationData samples, RecoveryMethods methods, IProgress<string>? progress,
        CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, Tensor>[] fitting = LayerWalk.Fitting(
            floats, quantized, samples, QuantizedLayer.Of, (layer, walk) => walk.Compute(layer.Node, Reals(layer)), cancellation);
        new LayerWalk(floats, quantized, fitting, cancellation).Run(QuantizedLayer.Of, (layer, walk) =>
        {
            progress?.Report($"Recovering accuracy in '{layer.Node.Label}'");
            return Recover(quantized, layer, walk, methods, cancellation) is { } output ? [output] : null;
        });
    }

    private static Tensor[]? Recover(
        Graph graph, QuantizedLayer layer, LayerWalk walk, RecoveryMethods methods, CancellationToken cancellation)
    {
        if (walk.Of(layer.Input) is not { } inputs)
        {
            return null;
        }

        if ((methods & RecoveryMethods.OfRounding) != RecoveryMethods.None)
        {
            (Tensor[] codes, QuantizationParameters parameters) =
                layer.HasInputCodes ? (inputs, layer.InputParameters) : InputCodes.Of(inputs);
            int zeroPoint = parameters.ZeroPoint;
            var columns = new InputColumns(layer.Node, layer.Terms, codes, zeroPoint);
            if (methods.HasFlag(RecoveryMethods.Gptq))
            {
                RoundWeights(layer, columns, zeroPoint, LargestPart, GptqRounding.Round, cancellation);
            }

            if (methods.HasFlag(RecoveryMethods.AdaptiveRounding))
            {
                RoundWeights(layer, columns, zeroPoint, LargestAdaptivePart, AdaptiveRounding.Round, cancellation);
            }
        }

        if (walk.Compute(layer.Node, Reals(layer))?[0] is not { } actual)
        {
            return null;
        }

        if (methods.HasFlag(RecoveryMethods.BiasCorrection))
        {
            LayerBias.Correct(graph, layer.Node, layer.Outputs, layer, walk, actual);
        }

        return actual;
    }

    /// <summary>The reals that stand for a layer's constants.</summary>
    private static Dictionary<int, Tensor> Reals(QuantizedLayer layer) => new() { [1] = layer.Weights };

    /// <summary>Changes the levels of the weights of some outputs by what inputs have in common.</summary>
    private delegate void Rounding(
        ReadOnlyMemory<float> weights, LevelGrid grid, int outputs, double[] gram, Memory<short> levels, CancellationToken cancellation);

    private static void RoundWeights(
        QuantizedLayer layer, InputColumns columns, int zeroPoint, int largestPart, Rounding round, CancellationToken cancellation)
    {
        LevelGrid grid = layer.Grid;
        short[] levels = layer.Levels;
        int outputs = layer.Outputs / layer.Groups;
        int parts = columns.Count == 0 ? 0 : (layer.Terms + largestPart - 1) / largestPart;
        Parallel.For(0, layer.Groups * parts, new ParallelOptions { CancellationToken = cancellation }, index =>
        {
            (int group, int part) = (index / parts, index % parts);
            int first = (int)((long)layer.Terms * part / parts);
            int terms = (int)((long)layer.Terms * (part + 1) / parts) - first;
            double[] gram = GramMatrix.Of(columns.Read(group, first, terms), terms, columns.Count, zeroPoint);
            int start = group * outputs;
            float[] weights = Part(layer.Reals, layer.Terms, start, outputs, first, terms);
            short[] rounded = Part(levels, layer.Terms, start, outputs, first, terms);
            round(weights, grid.Part(start, first), outputs, gram, rounded, cancellation);
            for (int o = 0; o < outputs; o++)
            {
                rounded.AsSpan(o * terms, terms).CopyTo(levels.AsSpan(((start + o) * layer.Terms) + first));
            }
        });
        layer.Levels = levels;
    }

    private static T[] Part<T>(T[] rows, int length, int start, int count, int first, int terms)
    {
        var part = new T[count * terms];
        for (int o = 0; o < count; o++)
        {
            rows.AsSpan(((start + o) * length) + first, terms).CopyTo(part.AsSpan(o * terms));
        }

        return part;
    }
}
