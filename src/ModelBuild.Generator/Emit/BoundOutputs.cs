using System;
using System.Collections.Generic;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>Outputs whose sizes steps find out, and the symbols that the caller is told with them.</summary>
internal sealed class BoundOutputs
{
    private readonly ExecutionPlan _plan;

    public BoundOutputs(ExecutionPlan plan)
    {
        _plan = plan;
        var read = new HashSet<string>(plan.Outputs.SelectMany(p => plan.Tensors[p.Tensor].Shape).SelectMany(d => d.Symbols));
        Symbols = [.. plan.BoundSymbols.Where(read.Contains)];
    }

    /// <summary>The bound symbols that shapes of outputs depend on.</summary>
    public IReadOnlyList<string> Symbols { get; }

    /// <summary>Whether the length of an output is only known when the model has run so far.</summary>
    public bool Contains(PlanPort port) =>
        _plan.Tensors[port.Tensor] is { Location: PlanLocation.Output } tensor
        && tensor.Shape.SelectMany(d => d.Symbols).Any(s => Symbols.Contains(s, StringComparer.Ordinal));
}
