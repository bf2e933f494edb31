using System.Globalization;
using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Holds a finished model against what it has to reach.</summary>
internal static class BudgetCheck
{
    /// <param name="budget">What is asked for.</param>
    /// <param name="bytes">What the class reads from its assembly.</param>
    /// <param name="macs">Multiply-accumulates of a call; null where they are not known.</param>
    /// <param name="quality">How near it is to fp32; null where that was not measured.</param>
    /// <param name="hasCodePorts">Whether inputs or outputs are 8-bit codes, which modes without codes of activations refuse.</param>
    /// <param name="worst">What loses most, for the message: names and ratios.</param>
    /// <returns>MODELB2013: all parts of the budget that are missed; null where none is.</returns>
    public static Finding? Run(
        QualityBudget budget, ModelMode mode, long bytes, Dimension? macs, ModelQuality? quality, bool hasCodePorts,
        Func<IReadOnlyList<(string Tensor, double Sqnr)>> worst, string file)
    {
        string where = quality is null ? string.Empty
            : $"on {quality.Samples} {(quality.IsHeldBack ? "samples that calibration has not seen" : "samples")} ";
        string[] missed =
        [
            .. Below("SQNR", quality?.Sqnr, budget.MinSqnr, value => Number($"{value:F1} dB")),
            .. Below("agreement with fp32", quality?.Agreement, budget.MinAgreement, Percent),
            .. Below("accuracy", quality?.Accuracy, budget.MinAccuracy, Percent),
        ];

        // What the float model misses itself, no mode can reach.
        bool isBeyondFloat = quality is { Accuracy: { } accuracy, FloatAccuracy: { } own }
            && accuracy < budget.MinAccuracy && own < budget.MinAccuracy;
        bool isForMode = isBeyondFloat ? missed.Length > 1 : missed.Length > 0;
        double? count = macs is { } known ? Macs(known) : null;
        string[] tooLarge =
        [
            .. budget.MaxBytes < bytes ? [Number($"it takes {bytes:N0} bytes, and MaxBytes is {budget.MaxBytes:N0}")] : (string[])[],
            .. budget.MaxMacs < count
                ? [Number($"it takes {count:N0} multiply-accumulates for a batch of one, and MaxMacs is {budget.MaxMacs:N0}")]
                : (string[])[],
        ];
        if (missed.Length + tooLarge.Length == 0)
        {
            return null;
        }

        IReadOnlyList<(string Tensor, double Sqnr)> tensors = isForMode ? worst() : [];
        string names = tensors.Count == 0 ? string.Empty
            : $" What loses most: {string.Join(", ", tensors.Select(t => Number($"'{t.Tensor}' ({t.Sqnr:F1} dB)")))}.";
        bool isTooLarge = budget.MaxBytes < bytes;
        string[] ways =
        [
            .. !isBeyondFloat ? (string[])[]
                : [$"check Labels, use a better model or ask for less accuracy: as it came, the model has "
                    + $"{Percent(quality!.FloatAccuracy!.Value)} there itself"],
            .. !isForMode || !hasCodePorts ? (string[])[]
                : ["leave InputType or OutputType out: codes of 8 bits at the ports cost quality too, in every mode"],
            .. !isForMode || (hasCodePorts && mode != ModelMode.Int8) ? (string[])[]
                : mode == ModelMode.Fp32 ? ["use a better model, or ask for less"]
                : mode == ModelMode.Auto ? ["use Mode=\"fp16\", or ask for less"]
                : mode == ModelMode.Int16x8
                    ? ["use Mode=\"fp16\", or name layers in KeepFloat: activations have 16 bits here, and what is lost is lost by the "
                        + "8 bits of weights"]
                : mode is ModelMode.Int8
                    ? ["use Mode=\"auto\", which gives more bits to what loses most, or \"int16x8\", which gives them to all, name "
                        + "layers in KeepFloat, or calibrate with more samples"]
                : ["use a mode with more bits, such as fp16, or ask for less"],
            .. !isTooLarge ? (string[])[]
                : mode == ModelMode.Auto ? ["ask for less quality, since what stays float takes more bytes, or use a smaller network"]
                : ["use a Mode with fewer bits or a smaller network"],
            .. budget.MaxMacs < count ? ["use a smaller network, which alone takes fewer multiply-accumulates"] : (string[])[],
        ];
        return new Finding(
            DiagnosticCodes.BudgetMissed,
            FindingSeverity.Error,
            $"Model '{Path.GetFileName(file)}' misses its budget in {mode.Word()}: "
                + string.Join("; ", missed.Select(m => where + m).Concat(tooLarge)) + $".{names} {Sentence(ways)}",
            file);

        static IEnumerable<string> Below(string what, double? value, double? least, Func<double, string> text) =>
            value < least ? [$"its {what} is {text(value.Value)}, less than {text(least.Value)}"] : [];
    }

    /// <summary>Multiply-accumulates with 1 for every dimension that is open.</summary>
    public static double Macs(Dimension macs) => OpenDimensions.AtOne(macs);

    private static string Sentence(string[] ways) =>
        string.Concat(string.Join("; or ", ways).Select((c, i) => i == 0 ? char.ToUpperInvariant(c) : c)) + ".";

    private static string Percent(double part) => Number($"{100 * part:F2} %");

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
