using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Quantization;

/// <summary>What the compiler has to say about the numbers of a model: weights, ranges, and what quantization made of them.</summary>
internal static class QualityFindings
{
    /// <summary>Below this, in dB, a quantized model is rarely of use: a tenth of the signal is noise.</summary>
    private const double PoorSqnr = 20;

    private const int NamesShown = 8;

    /// <summary>Weights of convolutions and matrix products that hold NaN or infinity.</summary>
    public static void CheckWeights(Graph graph, ModelMode mode, InferenceContext context, List<Finding> findings)
    {
        string[] names =
        [
            .. graph.Nodes.Where(AnchorOperands.IsAnchor).SelectMany(n => new[] { n.Input(1), n.Input(2) }).OfType<Value>().Distinct()
                .Where(v => v.Constant is { Type: DataType.Float32 } constant && !AllFinite(constant)).Select(v => v.Name),
        ];
        if (names.Length == 0)
        {
            return;
        }

        string what = $"Model '{Path.GetFileName(context.File)}': {List("weight", names)} hold NaN or infinity. The training that made them has diverged, or the file is damaged.";
        if (mode == ModelMode.Int8)
        {
            throw new CompilationException(
                DiagnosticCodes.WeightsNotFinite, $"{what} They have no 8-bit values. Repair the model; Mode=\"fp32\" computes with them as they are.", context.File);
        }

        findings.Add(new Finding(
            DiagnosticCodes.WeightsNotFinite, FindingSeverity.Warning, $"{what} The model is computed with them as they are; repair it if that is not meant.", context.File));
    }

    /// <summary>Weights that mode fp16 stores as float32.</summary>
    public static void ReportHalves(IReadOnlyList<string> outOfRange, IReadOnlyList<string> underflow, InferenceContext context, List<Finding> findings)
    {
        string model = $"Model '{Path.GetFileName(context.File)}'";
        if (underflow.Count > 0)
        {
            findings.Add(new Finding(
                DiagnosticCodes.HalfUnderflow, FindingSeverity.Warning,
                $"{model}: {string.Join(", ", underflow)} hold weights of the model's inputs that are too small for a half, and are stored as "
                    + "float32. Standardise the inputs in the model, or use Mode=\"fp32\".", context.File));
        }

        if (outOfRange.Count > 0)
        {
            findings.Add(new Finding(
                DiagnosticCodes.HalfRange, FindingSeverity.Warning,
                $"{model}: {outOfRange.Count} weights have values beyond ±65504, the range of a half, and are stored as float32: "
                    + $"{string.Join(", ", outOfRange)}. Use Mode=\"fp32\", or look at the training: weights of this size are rarely meant.",
                context.File));
        }
    }

    /// <summary>Tensors for which calibration has found no range that could be cut in 255 steps.</summary>
    /// <exception cref="CompilationException">MODELB2007: NaN or infinity among the activations.</exception>
    public static void CheckRanges(IReadOnlyDictionary<string, ValueRange> ranges, int samples, InferenceContext context, List<Finding> findings)
    {
        string model = $"Model '{Path.GetFileName(context.File)}'";
        string[] infinite = [.. ranges.Where(r => !r.Value.IsFinite).Select(r => r.Key).Order(StringComparer.Ordinal)];
        if (infinite.Length > 0)
        {
            throw new CompilationException(
                DiagnosticCodes.BadRange,
                $"{model}: {List("tensor", infinite)} become NaN or infinite on the calibration data, so there is no scale for them. "
                    + "Look for values there that the model cannot take, or use Mode=\"fp32\".", context.File);
        }

        string[] still = [.. ranges.Where(r => r.Value.Minimum == r.Value.Maximum && r.Value.Minimum == 0).Select(r => r.Key).Order(StringComparer.Ordinal)];
        if (still.Length > 0)
        {
            Warn($"{List("tensor", still)} are zero on all calibration data, so their scale is a guess. Calibrate with inputs as the application has them.");
        }

        string[] owned = [.. ranges.Where(r => r.Value.IsOwnedByOutliers).Select(r => r.Key).Order(StringComparer.Ordinal)];
        if (owned.Length > 0)
        {
            Warn($"{List("tensor", owned)} have a few values far beyond all others, such as a mask of −1e9, which own their 8-bit range: the others collapse. "
                + "Use smaller masks (−100 is enough before a Softmax), or Mode=\"fp16\".");
        }

        if (samples <= 1)
        {
            Warn("a single calibration sample is too few to show what values the activations take. Give 100 to 500 typical inputs.");
        }

        void Warn(string message) => findings.Add(new Finding(DiagnosticCodes.BadRange, FindingSeverity.Warning, $"{model}: {message}", context.File));
    }

    /// <summary>A result that is too noisy to be of use.</summary>
    public static void CheckNoise(double? sqnr, InferenceContext context, List<Finding> findings)
    {
        if (sqnr < PoorSqnr)
        {
            findings.Add(new Finding(
                DiagnosticCodes.PoorSqnr, FindingSeverity.Warning,
                string.Create(CultureInfo.InvariantCulture, $"Model '{Path.GetFileName(context.File)}': the outputs of the int8 model are {sqnr:F1} dB from fp32 on the calibration data, ")
                    + "and below 20 dB a model is rarely of use. Calibrate with more and typical inputs, prepared as the application prepares them, or use Mode=\"fp16\".",
                context.File));
        }
    }

    private static bool AllFinite(Tensor constant)
    {
        foreach (float value in constant.Span<float>())
        {
            if (!float.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }

    private static string List(string what, string[] names) =>
        $"{what}{(names.Length > 1 ? "s" : string.Empty)} {string.Join(", ", names.Take(NamesShown).Select(n => $"'{n}'"))}"
        + (names.Length > NamesShown ? $" and {names.Length - NamesShown} more" : string.Empty);
}
