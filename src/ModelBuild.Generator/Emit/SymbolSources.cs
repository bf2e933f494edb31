using System;
using System.Collections.Generic;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>A symbol that follows from the length of an input: the length divided by the product of the other dimensions.</summary>
internal sealed record DerivedSymbol(string Symbol, PlanPort Input, Dimension Others);

/// <summary>Where the run learns the dimensions that the build left open.</summary>
internal sealed class SymbolSources
{
    private readonly ExecutionPlan _plan;

    private SymbolSources(ExecutionPlan plan, IReadOnlyList<DerivedSymbol> derived, IReadOnlyList<string> parameters)
    {
        _plan = plan;
        Derived = derived;
        Parameters = parameters;
    }

    /// <summary>Symbols that the lengths of the spans decide, in an order in which each needs only those before it.</summary>
    public IReadOnlyList<DerivedSymbol> Derived { get; }

    /// <summary>Symbols that a caller with spans must pass: no length decides them alone.</summary>
    public IReadOnlyList<string> Parameters { get; }

    /// <summary>Whether nothing is left of any output where a symbol is 0: there is nothing to compute then.</summary>
    public bool EmptiesOutputs(string symbol)
    {
        var none = new Dictionary<string, long> { [symbol] = 0 };
        return _plan.Outputs.SelectMany(o => _plan.Tensors[o.Tensor].Shape).All(d => d.Symbols.All(_plan.Symbols.Contains))
            && _plan.Outputs.All(o => _plan.Tensors[o.Tensor].Length.Substitute(none).Equals(Dimension.Zero));
    }

    /// <summary>The least that a symbol may be: 0 where a call with nothing in it has an answer.</summary>
    public int Least(string symbol) =>
        _plan.Ranges.FirstOrDefault(r => r.Symbol == symbol) is { } range ? range.Least
        : EmptiesOutputs(symbol) && !Derived.Any(d => d.Others.Symbols.Contains(symbol)) ? 0
        : 1;

    public static SymbolSources Find(ExecutionPlan plan)
    {
        var derived = new List<DerivedSymbol>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (plan.Inputs.Select(i => TryDerive(plan, i, known)).FirstOrDefault(d => d is not null) is DerivedSymbol next)
        {
            derived.Add(next);
            known.Add(next.Symbol);
        }

        return new SymbolSources(plan, derived, [.. plan.Symbols.Where(s => !known.Contains(s))]);
    }

    private static DerivedSymbol? TryDerive(ExecutionPlan plan, PlanPort input, HashSet<string> known)
    {
        EquatableArray<Dimension> shape = plan.Tensors[input.Tensor].Shape;
        string[] unknown = [.. shape.SelectMany(d => d.Symbols).Where(s => !known.Contains(s))];
        if (unknown.Length != 1 || !shape.Contains(Dimension.Symbol(unknown[0])))
        {
            return null;
        }

        Dimension others = Dimension.One;
        foreach (Dimension dimension in shape.Where(d => !d.Symbols.Contains(unknown[0])))
        {
            others *= dimension;
        }

        // What may be 0 says nothing of the others.
        return others.IsPositive && !plan.Ranges.Any(r => r.Least == 0 && others.Symbols.Contains(r.Symbol))
            ? new DerivedSymbol(unknown[0], input, others) : null;
    }
}
