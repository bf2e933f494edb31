using ModelBuild.Compiler.Comparison;

namespace ModelBuild.Cli.Reports;

/// <summary>How far one model is from another.</summary>
/// <param name="A">What counts as right.</param>
/// <param name="B">What is compared with it.</param>
/// <param name="Samples">How many there were.</param>
/// <param name="Outputs">In the order of the model.</param>
/// <param name="Layers">Tensors inside that both have, the worst first; null where they were not asked for.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record CompareReport(
    ComparedModelReport A,
    ComparedModelReport B,
    int Samples,
    DifferenceReport[] Outputs,
    DifferenceReport[]? Layers,
    FindingReport[] Findings);

/// <summary>A model that is compared.</summary>
internal sealed record ComparedModelReport(string Model, string Mode);

/// <summary>A tensor of both models.</summary>
/// <param name="Name">In the first model.</param>
/// <param name="Sqnr">In dB; null where the first model gives nothing but zeros, or the sizes differ.</param>
/// <param name="Cosine">Of all values of all samples as one vector.</param>
/// <param name="LargestDifference">Of two elements.</param>
/// <param name="Agreement">Part of the rows whose largest element is in the same place; null where rows have one element.</param>
internal sealed record DifferenceReport(string Name, double? Sqnr, double? Cosine, double? LargestDifference, double? Agreement)
{
    public static DifferenceReport Of(string name, TensorDifference difference) =>
        new(name, difference.Sqnr, difference.Cosine, Finite(difference.Largest), difference.Agreement);

    /// <summary>JSON has no infinity.</summary>
    private static double? Finite(double? number) => number is { } value && double.IsFinite(value) ? value : null;
}
