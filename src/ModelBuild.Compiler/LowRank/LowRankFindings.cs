using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler.LowRank;

/// <summary>What the compiler has to say of layers that are taken apart.</summary>
internal static class LowRankFindings
{
    /// <summary>So much less than asked for is worth a word.</summary>
    private const double Missed = 0.005;

    private const int NamesShown = 8;

    /// <summary>There is no layer that could be taken apart.</summary>
    /// <param name="weights">What was found, with the reasons.</param>
    public static CompilationException NothingToFactorize(IReadOnlyList<PrunableWeight> weights, InferenceContext context) => new(
        DiagnosticCodes.NothingToFactorize,
        $"Model '{Path.GetFileName(context.File)}' has no layer that low ranks could make cheaper: "
            + (weights.Count == 0
                ? "no convolution or matrix product multiplies with a float constant. A model that arrives quantized has codes instead: "
                    + "start from the float model."
                : $"{string.Join(", ", weights.Take(NamesShown).Select(w => $"'{w.Node.Label}' ({w.Reason})"))}.")
            + " Remove LowRank, or name less in LowRankExclude.",
        context.File);

    /// <summary>Says so where less could go than was asked for.</summary>
    public static void CheckReached(ReportLowRank report, InferenceContext context, List<Finding> findings)
    {
        string model = $"Model '{Path.GetFileName(context.File)}'";
        if (report.Asked is { } asked && asked - report.Reached > Missed)
        {
            string[] whole = [.. report.Layers.Where(l => l.Ranks.Count == 0).Select(l => $"'{l.Name}' ({l.Reason})")];
            findings.Add(new Finding(
                DiagnosticCodes.LowRankMissed, FindingSeverity.Warning,
                FormattableString.Invariant($"{model}: {report.Reached:P1} of the multiply-accumulates went, and LowRank asks for ")
                    + FormattableString.Invariant($"{asked:P1}. Every layer keeps a tenth of its work")
                    + (whole.Length == 0 ? "."
                        : $", and these stay whole: {string.Join(", ", whole.Take(NamesShown))}"
                            + $"{(whole.Length > NamesShown ? ", …" : string.Empty)}.")
                    + " Ask for less.",
                context.File));
        }
        else if (report.AskedSqnr is { } ratio && report.Layers.All(l => l.Ranks.Count == 0))
        {
            findings.Add(new Finding(
                DiagnosticCodes.LowRankMissed, FindingSeverity.Warning,
                FormattableString.Invariant($"{model}: no layer could be taken apart with {ratio:F1} dB kept, which LowRank asks for. ")
                    + "Ask for a lower ratio, or remove LowRank.",
                context.File));
        }
    }
}
