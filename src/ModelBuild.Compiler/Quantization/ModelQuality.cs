namespace ModelBuild.Compiler.Quantization;

/// <summary>How near a compiled model is to its float model on samples.</summary>
/// <param name="Sqnr">Of the worst output, in dB; null without signal.</param>
/// <param name="Output">The output that has it.</param>
/// <param name="Agreement">
/// Part of the rows whose largest element is the same, of the output that has the least; null where no output has rows of several elements.
/// </param>
/// <param name="Accuracy">Part of the samples whose largest element of the first output is the label; null without labels.</param>
/// <param name="Samples">How many samples were looked at.</param>
internal sealed record ModelQuality(double? Sqnr, string Output, double? Agreement, double? Accuracy, int Samples)
{
    /// <summary>Whether calibration has not seen the samples.</summary>
    public bool IsHeldBack { get; init; }

    /// <summary>
    /// What <see cref="Sqnr"/> is at least on other samples like these, with a confidence of 95 %; null where that cannot be said.
    /// </summary>
    public double? LeastSqnr { get; init; }

    /// <summary>The accuracy that the float model itself has on the same samples; null without labels.</summary>
    public double? FloatAccuracy { get; init; }

    /// <summary>Whether it is what a budget asks for, as far as that is for samples to show.</summary>
    public bool Meets(QualityBudget budget) =>
        !(Sqnr < budget.MinSqnr) && !(Agreement < budget.MinAgreement) && !(Accuracy < budget.MinAccuracy);

    /// <summary>
    /// Whether it is likely to be what a budget asks for on other samples, too: where a few of them make most of the noise, the ratio says
    /// little of others.
    /// </summary>
    public bool MeetsElsewhere(QualityBudget budget) => Meets(budget) && !(LeastSqnr < budget.MinSqnr);
}
