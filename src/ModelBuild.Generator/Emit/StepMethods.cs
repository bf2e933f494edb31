using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>
/// The straight line: one commented kernel call for each step of the plan, and before it a local for each tensor it is the first
/// to touch.
/// </summary>
/// <remarks>
/// The JIT gives up optimizing a method of more than 60,000 bytes of IL or 2,000 basic blocks, so a longer plan becomes several methods.
/// </remarks>
internal sealed class StepMethods
{
    private const int StepsPerMethod = 64;

    private readonly ExecutionPlan _plan;
    private readonly ModelNames _names;
    private readonly Dimensions _dimensions;

    public StepMethods(ExecutionPlan plan, ModelNames names, Dimensions dimensions)
    {
        _plan = plan;
        _names = names;
        _dimensions = dimensions;
        Uses uses = FindUses(plan.Steps);
        UseArena = uses.Arena;
        UseWeights = uses.Weights;
        Arguments = [.. Parameters(uses).Select(p => p.Argument)];
    }

    /// <summary>True when a step works in the arena.</summary>
    public bool UseArena { get; }

    /// <summary>True when a step reads a constant.</summary>
    public bool UseWeights { get; }

    /// <summary>What <c>Run</c> is called with.</summary>
    public IReadOnlyList<string> Arguments { get; }

    public void Emit(SourceWriter writer)
    {
        if (!_plan.IsComplete)
        {
            return;
        }

        int count = _plan.Steps.Count;
        if (count <= StepsPerMethod)
        {
            EmitSteps(writer, _names.Run, "The model, step by step.", 0, count);
            return;
        }

        var methods = new UniqueNames(_names.NewLocals().Taken);
        var parts = new List<(string Name, int Start, int End)>();
        for (int start = 0; start < count; start += StepsPerMethod)
        {
            int end = Math.Min(start + StepsPerMethod, count);
            parts.Add((methods.Add($"Steps{Number(start + 1)}To{Number(end)}"), start, end));
        }

        using (OpenMethod(writer, _names.Run, "The model, in parts of a size that the JIT optimizes.", FindUses(_plan.Steps)))
        {
            foreach ((string name, int start, int end) in parts)
            {
                writer.Line($"{name}({string.Join(", ", Parameters(FindUses(Slice(start, end))).Select(p => p.Argument))});");
            }
        }

        foreach ((string name, int start, int end) in parts)
        {
            EmitSteps(writer, name, $"Steps {Number(start + 1)} to {Number(end)} of the model.", start, end);
        }
    }

    private void EmitSteps(SourceWriter writer, string name, string summary, int start, int end)
    {
        using SourceWriter.Block method = OpenMethod(writer, name, summary, FindUses(Slice(start, end)));
        var calls = new CallWriter(writer, _plan, _names, _dimensions);
        for (int i = start; i < end; i++)
        {
            if (i > start)
            {
                writer.Line();
            }

            PlanStep step = _plan.Steps[i];
            writer.Line($"// {Number(i + 1)}. {CSharp.Comment(step.Name)}");
            foreach (string line in step.Description.Split('\n').Where(l => l.Trim().Length > 0))
            {
                writer.Line($"//    {CSharp.Comment(line)}");
            }

            calls.EmitStep(step.Call);
        }
    }

    private IEnumerable<PlanStep> Slice(int start, int end) => _plan.Steps.Skip(start).Take(end - start);

    private SourceWriter.Block OpenMethod(SourceWriter writer, string name, string summary, Uses uses)
    {
        string[] declarations = [.. Parameters(uses).Select(p => p.Declaration)];
        string line = $"private static void {name}({string.Join(", ", declarations)})";
        writer.Line();
        writer.Line($"/// <summary>{summary}</summary>");
        return writer.Open(line.Length <= writer.Room ? line : $"private static void {name}(\n    {string.Join(",\n    ", declarations)})");
    }

    /// <summary>The parameters of a method of steps: only what its steps touch, always in the same order.</summary>
    private IEnumerable<(string Declaration, string Argument)> Parameters(Uses uses)
    {
        if (uses.Arena)
        {
            yield return ("in global::ModelBuild.Runtime.ExecutionContext context", "in context");
        }

        foreach (string symbol in _plan.Symbols.Where(uses.Symbols.Contains))
        {
            string variable = CSharp.Identifier(_names.SymbolVariables[symbol]);
            yield return ($"int {variable}", variable);
        }

        foreach (PlanPort port in _plan.Inputs.Concat(_plan.Outputs).Where(uses.Ports.Contains))
        {
            PlanTensor tensor = _plan.Tensors[port.Tensor];
            string span = tensor.Location == PlanLocation.Input ? "ReadOnlySpan" : "Span";
            string variable = CSharp.Identifier(_names[port].Variable);
            yield return ($"global::System.{span}<{CSharp.Keyword(tensor.Type)}> {variable}", variable);
        }
    }

    private Uses FindUses(IEnumerable<PlanStep> steps)
    {
        var uses = new Uses();
        foreach (PlanStep step in steps)
        {
            Visit(step.Call, uses);
        }

        return uses;
    }

    private void Visit(PlanArgument argument, Uses uses)
    {
        switch (argument)
        {
            case TensorArgument { Tensor: int id } when _names.TryGetPort(_plan.Tensors[id]) is PlanPort port:
                uses.Ports.Add(port);
                break;
            case TensorArgument { Tensor: int id }:
                uses.Arena = true;
                uses.Symbols.UnionWith(_plan.Tensors[id].Offset.Symbols);
                uses.Symbols.UnionWith(_plan.Tensors[id].Length.Symbols);
                break;
            case ConstantArgument:
                uses.Weights = true;
                break;
            case ScratchArgument scratch when !scratch.Length.Equals(Dimension.Zero):
                uses.Arena = true;
                uses.Symbols.UnionWith(scratch.Offset.Symbols);
                uses.Symbols.UnionWith(scratch.Length.Symbols);
                break;
            case IntegerArgument integer:
                uses.Symbols.UnionWith(integer.Value.Symbols);
                break;
            case IntegersArgument integers:
                uses.Symbols.UnionWith(integers.Values.SelectMany(d => d.Symbols));
                break;
            case PlanCall call:
                foreach (PlanNamedArgument named in call.Arguments)
                {
                    Visit(named.Value, uses);
                }

                break;
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a run of steps touches.</summary>
    private sealed class Uses
    {
        public bool Arena { get; set; }

        public bool Weights { get; set; }

        public HashSet<PlanPort> Ports { get; } = [];

        public HashSet<string> Symbols { get; } = new(StringComparer.Ordinal);
    }
}
