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

    /// <summary>Some of them.</summary>
    public StepSequence Part(int start, int end) => new(
        [.. Steps.Skip(start).Take(end - start)], Place + Steps.Take(start).Sum(s => s.WithInner.Count()));
}
