using System.Globalization;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization;

/// <summary>What the compiler has to say about the numbers of a model: weights, ranges, and what quantization made of them.</summary>
internal static class QualityFindings
{
    /// <summary>Below this, in dB, a quantized model is rarely of use: noise has a tenth of the signal's amplitude.</summary>
    private const double PoorSqnr = 20;

    /// <summary>How much more noise, in dB, a batch has to have than its samples for their meeting to be the reason.</summary>
    private const double BatchLoss = 6;

    private const int NamesShown = 8;

    /// <summary>Constants that hold NaN, and weights of convolutions and matrix products that hold infinity.</summary>
    /// <param name="graph">After the portable passes.</param>
    /// <param name="imported">The same before them: with the weights as the model names them.</param>
    /// <exception cref="CompilationException">MODELB2006: in int8, where weights would need a scale.</exception>
    public static void CheckWeights(Graph graph, Graph imported, ModelMode mode, InferenceContext context, List<Finding> findings)
    {
        HashSet<Value> weights = [.. graph.Nodes.Where(AnchorOperands.IsAnchor).SelectMany(n => n.Inputs.Skip(1)).OfType<Value>()];
        Value[] broken =
        [
            .. graph.Values().Where(v => v.Constant is { Type: DataType.Float32 } constant
                && !constant.IsFinite() && (weights.Contains(v) || TensorPrimitives.IsNaNAny(constant.Span<float>()))),
        ];
        if (broken.Length == 0)
        {
            return;
        }

        // A weight that passes have changed is named as what it was made from.
        Value[] sources = [.. imported.Values().Where(v => v.Constant is { } constant && !constant.IsFinite())];
        string[] names =
        [
            .. broken.SelectMany(v => (sources.FirstOrDefault(s => s.Name == v.Name) is { } same ? [same] : sources).DefaultIfEmpty(v))
                .Select(v => v.Origin ?? v.Name).Distinct(StringComparer.Ordinal),
        ];
        string reader = broken[0].Consumers.FirstOrDefault() is { } node
            ? $" {(names.Length > 1 ? "The first" : "It")} is read by node '{node.Label}' ({node.Type})." : string.Empty;
        string what = $"Model '{Path.GetFileName(context.File)}': "
            + $"{Sentence("weight", names, "holds", "hold")} NaN or infinity.{reader} "
            + "The training that made this model has diverged, or the file is damaged.";
        if (mode.IsCalibrated() && broken.Any(weights.Contains))
        {
            throw new CompilationException(
                DiagnosticCodes.WeightsNotFinite,
                $"{what} There are no 8-bit values for that. Repair the model; Mode=\"fp32\" computes with its weights as they are.",
                context.File);
        }

        findings.Add(new Finding(
            DiagnosticCodes.WeightsNotFinite, FindingSeverity.Warning,
            $"{what} The model is computed with its weights as they are; repair it if that is not meant.", context.File));
    }

    /// <summary>Ports whose type .NET does not have.</summary>
    public static void ReportBFloat16(IReadOnlyList<string> ports, InferenceContext context, List<Finding> findings)
    {
        if (ports.Count > 0)
        {
            findings.Add(new Finding(
                DiagnosticCodes.PortInBFloat16, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(context.File)}': {Sentence("port", ports, "is", "are")} in bfloat16, which .NET has no type "
                    + "for; the class has float there. Export the model with ports in float32 or float16 to be rid of the difference.",
                context.File));
        }
    }

    /// <summary>Weights that mode fp16 stores as float32.</summary>
    public static void ReportSixteenBits(
        IReadOnlyList<string> outOfRange, IReadOnlyList<string> underflow, InferenceContext context, List<Finding> findings)
    {
        string model = $"Model '{Path.GetFileName(context.File)}'";
        if (underflow.Count > 0)
        {
            findings.Add(new Finding(
                DiagnosticCodes.HalfUnderflow, FindingSeverity.Warning,
                $"{model}: {Sentence("weight", underflow, "holds", "hold")} values that would vanish in 16 bits, "
                    + "so float32 is stored. Standardise the model's inputs, or scale the layer, to have them in fp16; "
                    + "Mode=\"fp32\" avoids the warning.",
                context.File));
        }

        if (outOfRange.Count > 0)
        {
            findings.Add(new Finding(
                DiagnosticCodes.HalfRange, FindingSeverity.Warning,
                $"{model}: {Sentence("weight", outOfRange, "holds", "hold")} values beyond ±65504, the range of a half, that codes "
                    + "of 16 bits would not keep either, so float32 is stored. Use Mode=\"fp32\", or look at the training: weights of this "
                    + "size are rarely meant.",
                context.File));
        }
    }

    /// <summary>Weights that stay float32 in a mode that needs no samples, since their codes would lose a column.</summary>
    public static void ReportLostColumns(
        IReadOnlyList<string> names, ModelMode mode, InferenceContext context, List<Finding> findings)
    {
        if (names.Count > 0)
        {
            findings.Add(new Finding(
                DiagnosticCodes.LostColumns, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(context.File)}': {Sentence("weight", names, "has", "have")} columns so much smaller than "
                    + $"others that codes of mode {mode.Word()} would lose them, and inputs that may be large numbers in a unit of their "
                    + "own: they stay float32. Standardise the inputs in the model, (x − mean) / deviation, to have them in 8 bits; "
                    + "Mode=\"fp16\" avoids the warning.",
                context.File));
        }
    }

    /// <summary>Tensors for which calibration has found no range that could be cut in 255 steps.</summary>
    /// <param name="statistics">Of everything that will be quantized, and of the model's inputs, by name.</param>
    /// <param name="coded">The names of what will be quantized.</param>
    /// <param name="inputs">Names of the model's inputs.</param>
    /// <param name="samples">How many samples there were.</param>
    /// <exception cref="CompilationException">MODELB2007: NaN or infinity among the activations.</exception>
    public static void CheckRanges(
        IReadOnlyDictionary<string, TensorStatistics> statistics, IReadOnlySet<string> coded, IEnumerable<string> inputs, int samples,
        InferenceContext context, List<Finding> findings)
    {
        // One input that is zero may well be, such as a state at its start; where all are, no sample says anything.
        bool isZero = inputs.Where(statistics.ContainsKey).All(i => statistics[i].Range == new ValueRange(0, 0));
        string model = $"Model '{Path.GetFileName(context.File)}'";
        string[] infinite = Names(s => !s.Range.IsEmpty && !s.Range.IsFinite);
        if (infinite.Length > 0)
        {
            throw new CompilationException(
                DiagnosticCodes.BadRange,
                $"{model}: {Sentence("tensor", infinite, "becomes", "become")} NaN or infinite on the calibration data, so there is no "
                    + "scale to quantize with. Look for values there that the model cannot take, or use Mode=\"fp32\".", context.File);
        }

        string[] still = Names(s => s.Range == new ValueRange(0, 0));
        if (still.Length > 0)
        {
            Warn(
                $"{Sentence("tensor", still, "is", "are")} zero on all calibration data, where a scale can only be guessed. Calibrate with "
                    + "inputs as the application has them.");
        }

        string[] unmoved = samples > 1 ? Names(s => s.IsStill && s.Range != new ValueRange(0, 0)) : [];
        if (unmoved.Length > 0)
        {
            Warn(
                $"{Sentence("tensor", unmoved, "is", "are")} the same number in all calibration data, so that the samples say nothing of "
                    + "its "
                    + "range. Calibrate with inputs as the application has them.");
        }

        string[] owned = Names(s => s.IsOwnedByOutliers);
        if (owned.Length > 0)
        {
            Warn(
                $"{Sentence("tensor", owned, "has", "have")} a few values far beyond all others, such as a mask of −1e9, which own the "
                    + "8-bit range: the others share a step. Use smaller masks (−100 is enough before a Softmax), or Mode=\"fp16\".");
        }

        if (samples <= 1)
        {
            Warn("a single calibration sample is too few to show what values the activations take. Give 100 to 500 typical inputs.");
        }

        string[] Names(Func<TensorStatistics, bool> condition) =>
            [.. statistics.Where(s => (isZero || coded.Contains(s.Key)) && condition(s.Value)).Select(s => s.Key)
                .OrderBy(n => !inputs.Contains(n)).ThenBy(n => n, StringComparer.Ordinal)];

        void Warn(string message) =>
            findings.Add(new Finding(DiagnosticCodes.BadRange, FindingSeverity.Warning, $"{model}: {message}", context.File));
    }

    /// <summary>A result that is too noisy to be of use.</summary>
    public static bool IsPoor(double sqnr) => sqnr < PoorSqnr;

    /// <summary>Says that a result is too noisy to be of use.</summary>
    /// <param name="result">The worst output.</param>
    /// <param name="worst">The tensors that lose most by themselves.</param>
    public static void ReportNoise(
        (double Sqnr, string Output) result, IReadOnlyList<(string Tensor, double Sqnr)> worst, ModelMode mode, InferenceContext context,
        List<Finding> findings) =>
        findings.Add(new Finding(
            DiagnosticCodes.PoorSqnr, FindingSeverity.Warning,
            FormattableString.Invariant(
                $"Model '{Path.GetFileName(context.File)}': output '{result.Output}' in mode {mode.Word()} is {result.Sqnr:F1} dB from ")
                + $"fp32 on the calibration data, and below {PoorSqnr} dB a model is rarely of use. "
                + (mode == ModelMode.Int16x8
                    ? "Its activations have 16 bits, so that what is lost is lost by the 8 bits of weights: use Mode=\"fp16\", or name "
                        + "layers in KeepFloat."
                    : "Calibrate with more and typical inputs, prepared as the application prepares them, use "
                        + (mode == ModelMode.Auto ? string.Empty : "Mode=\"auto\", which keeps in float what loses most, or ")
                        + "Mode=\"fp16\". These tensors lose most by 8 bits: "
                        + $"{string.Join(", ", worst.Select(w => FormattableString.Invariant($"'{w.Tensor}' ({w.Sqnr:F1} dB)")))}."),
            context.File));

    /// <summary>Says that a model of a mode without calibrated activations is too far from fp32 to be of use, where it is.</summary>
    /// <param name="quality">On the calibration data; null where it was not measured.</param>
    public static void CheckStored(ModelQuality? quality, ModelMode mode, InferenceContext context, List<Finding> findings)
    {
        if (quality?.Sqnr is not { } sqnr || !IsPoor(sqnr))
        {
            return;
        }

        string wayOut = mode switch
        {
            ModelMode.Int4Weights => "Use Mode=\"int8-weights\" or Mode=\"fp16\"",
            ModelMode.Fp16 => "Use Mode=\"fp32\"",
            _ => "Use Mode=\"fp16\"",
        };
        string samples = mode.QuantizesBySamples()
            ? ", or calibrate with more and typical inputs, prepared as the application prepares them" : string.Empty;
        findings.Add(new Finding(
            DiagnosticCodes.PoorSqnr, FindingSeverity.Warning,
            FormattableString.Invariant(
                $"Model '{Path.GetFileName(context.File)}': output '{quality.Output}' in mode {mode.Word()} is {sqnr:F1} dB from ")
                + $"fp32 on the calibration data, and below {PoorSqnr} dB a model is rarely of use. {wayOut}{samples}.",
            context.File));
    }

    /// <summary>
    /// Says so where the samples of a batch meet, in a mean over it for example: then the ranges of single samples do not hold for it.
    /// </summary>
    /// <param name="measure">How near the model is over some inputs.</param>
    public static void CheckBatch(
        SampleBatch batch, Func<IEnumerable<IReadOnlyDictionary<string, Tensor>>, ModelQuality?> measure,
        ModelMode mode, InferenceContext context, List<Finding> findings)
    {
        try
        {
            if (measure([batch.Joined]) is { Sqnr: { } sqnr } joined && IsPoor(sqnr) && measure(batch.Samples) is { } single
                && single.Sqnr - sqnr > BatchLoss)
            {
                findings.Add(new Finding(
                    DiagnosticCodes.PoorSqnr, FindingSeverity.Warning,
                    $"Model '{Path.GetFileName(context.File)}': output '{joined.Output}' in mode {mode.Word()} is "
                        + FormattableString.Invariant($"{single.Sqnr:F1} dB from fp32 for single samples and {joined.Sqnr:F1} dB ")
                        + $"for a batch of {batch.Samples.Count}: its samples meet, and calibration runs them one by one. Bind the batch "
                        + "that the application uses with Dimensions and give samples of that batch, or use Mode=\"fp16\".",
                    context.File));
            }
        }
        catch (UnsuitedDataException)
        {
            // A model that takes one sample at a time has no batches to be measured.
        }
    }

    /// <summary>The beginning of a sentence about one thing or several: what they are, their names, and the verb.</summary>
    private static string Sentence(string what, IReadOnlyList<string> names, string one, string several) =>
        $"{what}{(names.Count > 1 ? "s" : string.Empty)} {string.Join(", ", names.Take(NamesShown).Select(n => $"'{n}'"))}"
        + (names.Count > NamesShown ? $" and {names.Count - NamesShown} more" : string.Empty)
        + $" {(names.Count > 1 ? several : one)}";
}
