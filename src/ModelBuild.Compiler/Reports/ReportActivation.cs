namespace ModelBuild.Compiler.Reports;

/// <summary>A tensor that codes were chosen for.</summary>
/// <param name="Name">As in the model.</param>
/// <param name="Group">The tensor whose scale it shares; its own name where it shares none.</param>
/// <param name="IsFloat">Whether it has stayed float all the same.</param>
/// <param name="Scale">Of the codes.</param>
/// <param name="ZeroPoint">Of the codes.</param>
/// <param name="Sqnr">Of its values in codes, in dB; null without signal.</param>
/// <param name="Sensitivity">
/// At the outputs, where this tensor and those of its scale alone have codes, in dB; null where nothing changes.
/// </param>
/// <param name="Values">What calibration has seen.</param>
internal sealed record ReportActivation(
    string Name, string Group, bool IsFloat, float Scale, int ZeroPoint, double? Sqnr, double? Sensitivity, Histogram Values)
{
    /// <summary>Of a code: 8, unsigned, or 16, signed.</summary>
    public int Bits { get; init; } = 8;

    /// <summary>What the smallest code stands for.</summary>
    public double Low => (double)((Bits == 8 ? byte.MinValue : short.MinValue) - ZeroPoint) * Scale;

    /// <summary>What the largest code stands for.</summary>
    public double High => (double)((Bits == 8 ? byte.MaxValue : short.MaxValue) - ZeroPoint) * Scale;
}
