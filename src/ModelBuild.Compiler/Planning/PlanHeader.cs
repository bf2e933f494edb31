using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>What a plan says about itself beside its steps.</summary>
internal sealed record PlanHeader(
    PlanClass Class, PlanSource Source, string Mode, string WeightsName, long Parameters, IReadOnlyList<string> Symbols)
{
    /// <summary>
    /// The symbols of a graph's inputs, in the order in which their shapes have them: a caller who reads <c>[time, batch]</c> passes the
    /// numbers so, and in another order they would change places without a word.
    /// </summary>
    public static string[] SymbolsOf(Graph graph) =>
        [.. graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols).Distinct(StringComparer.Ordinal)];

    /// <summary>Whether the weights lie beside the assembly.</summary>
    public bool WeightsInFile { get; init; }

    /// <summary>Whether no layer runs by the blocks of its weights that are not zero.</summary>
    public bool KeepsDense { get; init; }

    /// <summary>What some of the symbols may be.</summary>
    public IReadOnlyDictionary<string, DimensionRange> Ranges { get; init; } = new Dictionary<string, DimensionRange>();

    /// <summary>The same for the plan.</summary>
    public EquatableArray<PlanRange> PlanRanges => new(
        Ranges.Where(r => Symbols.Contains(r.Key)).OrderBy(r => r.Key, StringComparer.Ordinal)
            .Select(r => new PlanRange(r.Key, (int)r.Value.Least, (int)r.Value.Most)));
}
