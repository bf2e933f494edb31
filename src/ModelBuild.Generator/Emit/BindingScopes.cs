using System;
using System.Collections.Generic;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>
/// Where in a plan symbols are bound, bound anew and read, which decides what is a local, an argument or a result of a method.
/// </summary>
internal sealed class BindingScopes
{
    private readonly PlanStep[] _steps;
    private readonly HashSet<int> _rebindings = [];

    /// <summary>The last place where each symbol is read.</summary>
    private readonly Dictionary<string, int> _lastReads = new(StringComparer.Ordinal);

    /// <param name="outputs">Symbols that the caller of the model gets.</param>
    public BindingScopes(ExecutionPlan plan, IEnumerable<string> outputs, Func<PlanStep, IEnumerable<string>> reads)
    {
        _steps = [.. plan.AllSteps];
        if (plan.BoundSymbols.Count == 0)
        {
            return;
        }

        for (int i = 0; i < _steps.Length; i++)
        {
            foreach (string symbol in reads(_steps[i]))
            {
                _lastReads[symbol] = i;
            }
        }

        foreach (string symbol in outputs)
        {
            _lastReads[symbol] = int.MaxValue;
        }

        FindRebindings(plan.Steps, 0, new HashSet<string>(StringComparer.Ordinal));
    }

    /// <summary>Whether the step at a place changes what symbols stand for that were bound before.</summary>
    public bool IsRebinding(int place) => _rebindings.Contains(place);

    /// <summary>Symbols that steps bind first and that are read behind them.</summary>
    public IReadOnlyList<string> Results(StepSequence steps) =>
        [.. Bound(steps, isRebinding: false).Where(s => _lastReads.TryGetValue(s, out int last) && last >= steps.End)];

    /// <summary>Symbols that are bound before steps and that these change.</summary>
    public IReadOnlyList<string> Changed(StepSequence steps) =>
        [.. Bound(steps, isRebinding: true).Except(Bound(steps, isRebinding: false), StringComparer.Ordinal)];

    /// <summary>Symbols that steps inside of one bind first and that are read behind it.</summary>
    public IReadOnlyList<string> LeftBy(PlanStep step, int place) => Results(new StepSequence([step], place));

    private IEnumerable<string> Bound(StepSequence steps, bool isRebinding) => Enumerable.Range(steps.Place, steps.End - steps.Place)
        .Where(i => _steps[i].Binding is not null && _rebindings.Contains(i) == isRebinding)
        .SelectMany(i => _steps[i].Binding!.Symbols).Select(s => s.Name).Distinct(StringComparer.Ordinal);

    /// <param name="known">Symbols that are bound; is added to.</param>
    private int FindRebindings(IEnumerable<PlanStep> steps, int place, HashSet<string> known)
    {
        foreach (PlanStep step in steps)
        {
            if (step.Binding is PlanBinding binding)
            {
                if (binding.Symbols.All(s => known.Contains(s.Name)))
                {
                    _rebindings.Add(place);
                }

                known.UnionWith(binding.Symbols.Select(s => s.Name));
            }

            place++;

            // Of two branches neither knows what the other has bound.
            HashSet<string>[] blocks = [.. step.Blocks.Select(_ => new HashSet<string>(known, StringComparer.Ordinal))];
            for (int i = 0; i < blocks.Length; i++)
            {
                place = FindRebindings(step.Blocks[i].Steps, place, blocks[i]);
            }

            foreach (HashSet<string> block in blocks)
            {
                known.UnionWith(block);
            }
        }

        return place;
    }
}
