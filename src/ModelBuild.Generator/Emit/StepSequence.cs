using System.Collections.Generic;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>Steps that follow one another.</summary>
/// <param name="Steps">The steps.</param>
/// <param name="Place">Where the first stands among all steps of the plan, counted with those inside others.</param>
internal sealed record StepSequence(IReadOnlyList<PlanStep> Steps, int Place)
{
    /// <summary>The place behind the last.</summary>
    public int End => Place + Steps.Sum(s => s.WithInner.Count());

    /// <summary>The steps cut into ranges that follow one another from the first step on.</summary>
    public IEnumerable<StepSequence> Cut(IEnumerable<StepRange> ranges)
    {
        int place = Place;
        foreach (StepRange range in ranges)
        {
            var part = new StepSequence([.. Enumerable.Range(range.Start, range.End - range.Start).Select(i => Steps[i])], place);
            place = part.End;
            yield return part;
        }
    }
}
