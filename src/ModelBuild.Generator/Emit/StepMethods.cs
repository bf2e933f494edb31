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
/// A longer plan becomes several methods, which <see cref="StepRange"/> finds: people read one at a time, and the JIT gives up optimizing a
/// method of more than 60,000 bytes of IL or 2,000 basic blocks.
/// </remarks>
internal sealed class StepMethods
{
    private readonly ExecutionPlan _plan;
    private readonly ModelNames _names;
    private readonly Dimensions _dimensions;

    private readonly BoundOutputs _bound;
    private readonly bool _isCSharp13;

    public StepMethods(ExecutionPlan plan, ModelNames names, Dimensions dimensions, BoundOutputs bound, bool isCSharp13)
    {
        _isCSharp13 = isCSharp13;
        _bound = bound;
        _plan = plan;
        _names = names;
        _dimensions = dimensions;
        Uses uses = FindUses(plan.Steps);
        UseArena = uses.Arena;
        Constants = [.. uses.Constants];
        Arguments = [.. Parameters(uses, _bound.Symbols).Select(p => p.Argument)];
    }

    /// <summary>True when a step works in the arena.</summary>
    public bool UseArena { get; }

    /// <summary>True when a step reads a constant.</summary>
    public bool UseWeights => Constants.Count > 0;

    /// <summary>Ids of the constants that steps read.</summary>
    public IReadOnlyList<int> Constants { get; }

    /// <summary>What <c>Run</c> is called with.</summary>
    public IReadOnlyList<string> Arguments { get; }

    public void Emit(SourceWriter writer)
    {
        if (!_plan.IsComplete)
        {
            return;
        }

        IReadOnlyList<StepRange> ranges = StepRange.Split([.. _plan.Steps.Select(step => step.Name)]);
        if (ranges.Count == 1)
        {
            EmitSteps(writer, _names.Run, "The model, step by step.", ranges[0]);
            return;
        }

        var methods = new UniqueNames(_names.NewLocals().Taken);
        (string Name, StepRange Range)[] parts = [.. ranges.Select(r => (methods.Add(MethodName(r)), r))];
        using (OpenMethod(writer, _names.Run, "The model, part by part.", FindUses(_plan.Steps), _bound.Symbols))
        {
            foreach ((string name, StepRange range) in parts)
            {
                // What is no parameter of the whole is declared where it is bound.
                IReadOnlyList<string> bound = ReadAfter(range);
                string arguments = string.Join(", ", Parameters(FindUses(Steps(range)), bound, declared: _bound.Symbols)
                    .Select(p => p.Argument));
                writer.Line($"{name}({arguments});");
            }
        }

        foreach ((string name, StepRange range) in parts)
        {
            string what = range.Scope.Length == 0 ? "" : $", which the model calls <c>{CSharp.Xml(range.Scope)}</c>";
            EmitSteps(writer, name, $"Steps {Number(range.Start + 1)} to {Number(range.End)}{what}.", range);
        }
    }

    private static string MethodName(StepRange range) =>
        CSharp.Clean(range.Scope) is string name ? CSharp.PascalCase(name) : $"Steps{Number(range.Start + 1)}To{Number(range.End)}";

    private void EmitSteps(SourceWriter writer, string name, string summary, StepRange range)
    {
        IReadOnlyList<string> bound = ReadAfter(range);
        using SourceWriter.Block method = OpenMethod(writer, name, summary, FindUses(Steps(range)), bound);
        var calls = new CallWriter(writer, _plan, _names, _dimensions, _bound, _isCSharp13);
        for (int i = range.Start; i < range.End; i++)
        {
            if (i > range.Start)
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
            if (step.Binding is PlanBinding binding)
            {
                calls.EmitBinding(binding, RegionOf(i), bound);
            }
        }
    }

    /// <summary>The number of the region that a binding step adds.</summary>
    private int RegionOf(int step) => _plan.Steps.Take(step + 1).Count(s => s.Binding is not null);

    /// <summary>The symbols that steps of a range bind and that are read behind it.</summary>
    private IReadOnlyList<string> ReadAfter(StepRange range)
    {
        string[] bound = [.. Steps(range).Where(s => s.Binding is not null).SelectMany(s => s.Binding!.Symbols).Select(s => s.Name)];
        HashSet<string> read = bound.Length == 0 ? [] : FindUses(_plan.Steps.Skip(range.End)).Symbols;
        return [.. bound.Where(s => read.Contains(s) || _bound.Symbols.Contains(s, StringComparer.Ordinal))];
    }

    private IEnumerable<PlanStep> Steps(StepRange range) => _plan.Steps.Skip(range.Start).Take(range.End - range.Start);

    private SourceWriter.Block OpenMethod(SourceWriter writer, string name, string summary, Uses uses, IReadOnlyList<string> bound)
    {
        string[] declarations = [.. Parameters(uses, bound).Select(p => p.Declaration)];
        string line = $"private static void {name}({string.Join(", ", declarations)})";
        writer.Line();
        writer.Line($"/// <summary>{summary}</summary>");
        return writer.Open(line.Length <= writer.Room ? line : $"private static void {name}(\n    {string.Join(",\n    ", declarations)})");
    }

    /// <summary>The parameters of a method of steps: only what its steps touch, always in the same order.</summary>
    /// <param name="bound">Symbols that it binds for its caller.</param>
    /// <param name="declared">Those of them that the caller has as parameters; null for all.</param>
    private IEnumerable<(string Declaration, string Argument)> Parameters(
        Uses uses, IReadOnlyList<string> bound, IReadOnlyList<string>? declared = null)
    {
        if (uses.Arena)
        {
            yield return ("in Runtime::ExecutionContext context", "in context");
        }

        foreach (string symbol in _plan.Symbols.Concat(_plan.BoundSymbols).Where(s => uses.Symbols.Contains(s) && !uses.Bound.Contains(s)))
        {
            string variable = CSharp.Identifier(_names.SymbolVariables[symbol]);
            yield return ($"int {variable}", variable);
        }

        foreach (PlanPort port in _plan.Inputs.Concat(_plan.Outputs).Where(uses.Ports.Contains))
        {
            PlanTensor tensor = _plan.Tensors[port.Tensor];
            if (_bound.Contains(port))
            {
                string buffer = CSharp.Identifier(_names[port].Buffer);
                yield return ($"ref Runtime::OutputBuffer<{CSharp.Keyword(tensor.Type)}> {buffer}", $"ref {buffer}");
                continue;
            }

            string span = tensor.Location == PlanLocation.Input ? "ReadOnlySpan" : "Span";
            string variable = CSharp.Identifier(_names[port].Variable);
            yield return ($"global::System.{span}<{CSharp.Keyword(tensor.Type)}> {variable}", variable);
        }

        foreach (string symbol in bound)
        {
            string variable = CSharp.Identifier(_names.SymbolVariables[symbol]);
            string declaration = declared is null || declared.Contains(symbol, StringComparer.Ordinal) ? "" : "int ";
            yield return ($"out int {variable}", $"out {declaration}{variable}");
        }
    }

    private Uses FindUses(IEnumerable<PlanStep> steps)
    {
        var uses = new Uses();
        foreach (PlanStep step in steps)
        {
            Visit(step.Call, uses);
            if (step.Binding is PlanBinding binding)
            {
                Visit(new TensorArgument(binding.Tensor), uses);
                uses.Bound.UnionWith(binding.Symbols.Select(s => s.Name));
                uses.Symbols.UnionWith(binding.Bytes.Symbols);
                uses.Arena |= !binding.Bytes.Equals(Dimension.Zero);
            }
        }

        return uses;
    }

    private void Visit(PlanArgument argument, Uses uses)
    {
        switch (argument)
        {
            case TensorArgument { Tensor: int id } when _names.TryGetPort(_plan.Tensors[id]) is PlanPort port:
                uses.Ports.Add(port);
                if (_bound.Contains(port))
                {
                    uses.Symbols.UnionWith(_plan.Tensors[id].Length.Symbols);
                }

                break;
            case TensorArgument { Tensor: int id }:
                uses.Arena = true;
                uses.Symbols.UnionWith(_plan.Tensors[id].Offset.Symbols);
                uses.Symbols.UnionWith(_plan.Tensors[id].Length.Symbols);
                break;
            case ConstantArgument { Constant: int id }:
                uses.Constants.Add(id);
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

        public SortedSet<int> Constants { get; } = [];

        public HashSet<PlanPort> Ports { get; } = [];

        /// <summary>Symbols that its steps bind.</summary>
        public HashSet<string> Bound { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Symbols { get; } = new(StringComparer.Ordinal);
    }
}
