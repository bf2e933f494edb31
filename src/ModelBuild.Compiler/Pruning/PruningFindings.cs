using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Reports;

namespace ModelBuild.Compiler.Pruning;

/// <summary>What the compiler has to say of pruning.</summary>
internal static class PruningFindings
{
    /// <summary>So much less than asked for is worth a word.</summary>
    private const double Missed = 0.005;

    /// <summary>Below this part of the samples with the same largest element a model is another one.</summary>
    private const double PoorAgreement = 0.9;

    /// <summary>The same in dB where outputs have no largest element.</summary>
    private const double PoorSqnr = 10;

    private const int NamesShown = 8;

    /// <summary>Looks at what is asked for before anything is done.</summary>
    /// <param name="imported">With the names of the model.</param>
    /// <exception cref="CompilationException">MODELB0030, MODELB2020, MODELB2021: it cannot be.</exception>
    public static void Check(CompileOptions options, Graph imported)
    {
        PruningOptions pruning = options.Pruning;
        if (!pruning.IsActive)
        {
            return;
        }

        string model = $"Model '{Path.GetFileName(options.ModelPath)}'";
        if (pruning.Target > pruning.Pattern.LargestSparsity)
        {
            throw new CompilationException(
                DiagnosticCodes.BadSparsity,
                FormattableString.Invariant($"{model}: Sparsity {pruning.Target} is more than pattern {pruning.Pattern.Word} has room ")
                    + FormattableString.Invariant($"for: {pruning.Pattern.LargestSparsity:P0} of all weights at most. ")
                    + "Set a smaller Sparsity, or another SparsityPattern.",
                options.ModelPath);
        }

        CheckNames(options, imported, pruning.Exclude, "SparsityExclude");
        if (pruning.Criterion == PruningCriterion.SecondOrder && options.CalibrationFiles.Count == 0)
        {
            throw new CompilationException(
                DiagnosticCodes.PruningWithoutSamples,
                $"{model}: the second-order criterion finds out on samples of the model's inputs what weights can make up for, and none "
                    + "are given. Set Calibration to files of typical inputs, or take the magnitude criterion.",
                options.ModelPath);
        }
    }

    /// <summary>Looks at names of what is to stay as it is.</summary>
    /// <param name="imported">With the names of the model.</param>
    /// <param name="patterns">What users say.</param>
    /// <param name="setting">Where they say it.</param>
    /// <exception cref="CompilationException">MODELB2020: one names nothing.</exception>
    public static void CheckNames(CompileOptions options, Graph imported, IReadOnlyList<string> patterns, string setting)
    {
        string[] names =
        [
            .. FloatParts.Names(imported),
            .. imported.AllGraphs().SelectMany(g => g.Values()).Where(v => v.Constant is { Rank: > 0 }).Select(v => v.Name)
                .Distinct(StringComparer.Ordinal),
        ];
        if (NamePattern.FindUnused(patterns, names) is { } pattern)
        {
            throw new CompilationException(
                DiagnosticCodes.NothingToExclude,
                $"Model '{Path.GetFileName(options.ModelPath)}': '{pattern}' in {setting} names no node of the model, no tensor that a "
                    + "node makes and no weight. Write names as the model has them, with * for any characters."
                    + Suggestion.ForPart(pattern, names),
                options.ModelPath);
        }
    }

    /// <summary>There is nothing that could become zero.</summary>
    /// <param name="weights">What was found, with the reasons.</param>
    public static CompilationException NothingToPrune(IReadOnlyList<PrunableWeight> weights, InferenceContext context) => new(
        DiagnosticCodes.NothingToPrune,
        $"Model '{Path.GetFileName(context.File)}' has no weights that pruning could make zero: "
            + (weights.Count == 0
                ? "no convolution, matrix product or recurrent layer multiplies with a float constant. A model that arrives quantized has "
                    + "codes instead: start from the float model."
                : $"{string.Join(", ", weights.Take(NamesShown).Select(w => $"'{w.Node.Label}' ({w.Reason})"))}. Take another "
                    + "SparsityPattern, or name less in SparsityExclude.")
            + " Remove Sparsity where there is nothing to prune.",
        context.File);

    /// <summary>Says so where patterns had no room for what was asked.</summary>
    public static void CheckReached(ReportPruning report, InferenceContext context, List<Finding> findings)
    {
        if (report.Asked - report.Reached <= Missed)
        {
            return;
        }

        string model = $"Model '{Path.GetFileName(context.File)}'";
        if (report.Pattern == SparsityPattern.Channels.Word)
        {
            string[] kept = [.. report.Layers.Where(l => l.Reason is not null).Select(l => $"'{l.Name}' ({l.Reason})")];
            findings.Add(new Finding(
                DiagnosticCodes.SparsityMissed, FindingSeverity.Warning,
                FormattableString.Invariant($"{model}: {report.Reached:P1} of the multiply-accumulates went with channels, and Sparsity ")
                    + FormattableString.Invariant($"asks for {report.Asked:P1}. Every tensor keeps an eighth of its channels, and these ")
                    + $"layers keep all: {string.Join(", ", kept.Take(NamesShown))}{(kept.Length > NamesShown ? ", …" : string.Empty)}. "
                    + "Ask for less.",
                context.File));
            return;
        }

        ReportPrunedLayer[] layers = [.. report.Layers.Where(l => l.Reason is null && report.Asked - l.Sparsity > Missed)];
        findings.Add(new Finding(
            DiagnosticCodes.SparsityMissed, FindingSeverity.Warning,
            FormattableString.Invariant(
                $"{model}: {report.Reached:P1} of the weights are zero, and Sparsity asks for ")
                + FormattableString.Invariant($"{report.Asked:P1}. Pattern {report.Pattern} leaves over what makes no whole block in ")
                + string.Join(", ", layers.Take(NamesShown).Select(l =>
                    FormattableString.Invariant($"'{l.Name}' [{string.Join(",", l.Shape)}] ({l.Sparsity:P1})")))
                + (layers.Length > NamesShown ? ", …" : string.Empty)
                + ". Take SparsityPattern=\"unstructured\", or ask for less.",
            context.File));
    }

    /// <summary>Says so where a model whose weights were changed has become another one.</summary>
    /// <param name="quality">Against the model as it was, on the calibration data; null where it was not measured.</param>
    public static void CheckQuality(ModelQuality? quality, CompileOptions options, InferenceContext context, List<Finding> findings)
    {
        if (quality is null || !(quality.Agreement is { } same ? same < PoorAgreement : quality.Sqnr < PoorSqnr))
        {
            return;
        }

        string measured = quality.Agreement is { } part
            ? FormattableString.Invariant($"{part:P1} of the samples have the same largest element")
            : FormattableString.Invariant($"output '{quality.Output}' is {quality.Sqnr:F1} dB away");
        string[] others =
        [
            .. options.LowRank.IsActive ? ["LowRank"] : (string[])[], .. options.Clustering.IsActive ? ["Clusters"] : (string[])[],
        ];
        if (others.Length > 0)
        {
            string settings = string.Join(" and ", options.Pruning.IsActive ? [.. others, "Sparsity"] : others);
            findings.Add(new Finding(
                DiagnosticCodes.ChangedTooFar, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(context.File)}' with {settings} is far from what it was: {measured}. Ask for less, give more "
                    + "samples, or train the model on afterwards.",
                context.File));
            return;
        }

        findings.Add(new Finding(
            DiagnosticCodes.PrunedTooFar, FindingSeverity.Warning,
            $"Model '{Path.GetFileName(context.File)}' without "
                + FormattableString.Invariant($"{options.Pruning.Target:P1} of its weights is ")
                + $"far from what it was: {measured}. Set a smaller Sparsity, name in SparsityExclude what costs most (modelbuild prune "
                + "--sensitivity shows it), give more samples, or prune while the model is trained.",
            context.File));
    }
}
