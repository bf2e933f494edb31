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
    private readonly BindingScopes _scopes;
    private readonly UniqueNames _methods;
    private readonly bool _isCSharp13;

    public StepMethods(ExecutionPlan plan, ModelNames names, Dimensions dimensions, BoundOutputs bound, bool isCSharp13)
    {
        _isCSharp13 = isCSharp13;
        _bound = bound;
        _plan = plan;
        _names = names;
        _dimensions = dimensions;
        _methods = new UniqueNames(names.NewLocals().Taken);
        _scopes =
            new BindingScopes(plan, bound.Symbols, step => FindUses([step with { Blocks = EquatableArray<PlanBlock>.Empty }]).Symbols);
        Uses uses = FindUses(plan.AllSteps);
        UseArena = uses.Arena;
        UseThreads = uses.Threads;
        Constants = [.. uses.Constants];
        Arguments = [.. Parameters(Whole, bound.Symbols).Select(p => p.Argument)];
    }

    /// <summary>True when a step works in the arena.</summary>
    public bool UseArena { get; }

    /// <summary>True when threads may share a step.</summary>
    public bool UseThreads { get; }

    /// <summary>True when a step reads a constant.</summary>
    public bool UseWeights => Constants.Count > 0;

    /// <summary>Ids of the constants that steps read.</summary>
    public IReadOnlyList<int> Constants { get; }

    /// <summary>What <c>Run</c> is called with.</summary>
    public IReadOnlyList<string> Arguments { get; }

    private StepSequence Whole => new(_plan.Steps, 0);

    public void Emit(SourceWriter writer)
    {
        if (!_plan.IsComplete)
        {
            return;
        }

        var blocks = new BlockMethods(this);
        Emit(writer, blocks, Whole, _names.Run, "The model, {0}.", number: "", _bound.Symbols);
        while (blocks.TryNext() is (string name, StepSequence steps, string number))
        {
            Emit(writer, blocks, steps, name, $"What step {number.TrimEnd('.')} runs, {{0}}.", number, _scopes.Results(steps));
        }
    }

    /// <summary>The call of a method that is made of steps.</summary>
    /// <param name="hint">What it may be called.</param>
    /// <param name="declared">Symbols that have a variable where it is called.</param>
    public (string Name, string Call) Call(StepSequence steps, string hint, IEnumerable<string> declared)
    {
        string name = _methods.Add(hint);
        return (name, Call(name, steps, declared));
    }

    private string Call(string name, StepSequence steps, IEnumerable<string> declared) =>
        $"{name}({string.Join(", ", Parameters(steps, _scopes.Results(steps), declared).Select(p => p.Argument))});";

    /// <summary>Writes steps as one method, or as one that calls those of their parts.</summary>
    /// <param name="summary">With a place for how they are written.</param>
    /// <param name="results">Symbols that the method binds for its caller.</param>
    private void Emit(
        SourceWriter writer, BlockMethods blocks, StepSequence whole, string name, string summary, string number,
        IReadOnlyList<string> results)
    {
        IReadOnlyList<StepRange> ranges = StepRange.Split([.. whole.Steps.Select(step => step.Name)]);
        if (ranges.Count == 1)
        {
            using (OpenMethod(writer, name, string.Format(CultureInfo.InvariantCulture, summary, "step by step"), whole, results))
            {
                EmitSteps(writer, blocks, whole, number, 1, results);
            }

            return;
        }

        (string Name, StepRange Range, StepSequence Steps)[] parts =
            [.. ranges.Zip(whole.Cut(ranges), (range, steps) => (_methods.Add(MethodName(range, number)), range, steps))];
        using (OpenMethod(writer, name, string.Format(CultureInfo.InvariantCulture, summary, "part by part"), whole, results))
        {
            // What is no parameter of the whole is declared where it is bound.
            var declared = new HashSet<string>(results.Concat(_scopes.Changed(whole)), StringComparer.Ordinal);
            foreach ((string part, _, StepSequence steps) in parts)
            {
                writer.Line(Call(part, steps, declared));
                declared.UnionWith(_scopes.Results(steps));
            }
        }

        foreach ((string part, StepRange range, StepSequence steps) in parts)
        {
            string what = range.Scope.Length == 0 ? "" : $", which the model calls <c>{CSharp.Xml(range.Scope)}</c>";
            IReadOnlyList<string> bound = _scopes.Results(steps);
            string first = number + Number(range.Start + 1);
            using (OpenMethod(writer, part, $"Steps {first} to {number}{Number(range.End)}{what}.", steps, bound))
            {
                EmitSteps(writer, blocks, steps, number, range.Start + 1, bound);
            }
        }
    }

    private static string MethodName(StepRange range, string number) =>
        CSharp.Clean(range.Scope) is string name ? CSharp.PascalCase(name)
        : $"Steps{number.Replace('.', '_')}{Number(range.Start + 1)}To{Number(range.End)}";

    private void EmitSteps(
        SourceWriter writer, BlockMethods blocks, StepSequence steps, string number, int first, IReadOnlyList<string> results)
    {
        var calls = new CallWriter(
            writer, _plan, _names, _dimensions, _bound, _isCSharp13, _scopes, blocks, results.Concat(_scopes.Changed(steps)));
        calls.EmitSteps(steps, number, first);
    }

    private SourceWriter.Block OpenMethod(
        SourceWriter writer, string name, string summary, StepSequence steps, IReadOnlyList<string> results)
    {
        string[] declarations = [.. Parameters(steps, results).Select(p => p.Declaration)];
        string line = $"private static void {name}({string.Join(", ", declarations)})";
        writer.Line();
        writer.Line($"/// <summary>{summary}</summary>");
        if (name == _names.Run && UseArena)
        {
            writer.Line(
                "/// <remarks>Tensors share the working memory: a span of it holds its tensor until its last reader has run.</remarks>");
        }

        return writer.Open(line.Length <= writer.Room ? line : $"private static void {name}(\n    {string.Join(",\n    ", declarations)})");
    }

    /// <summary>The parameters of a method of steps: only what its steps touch, always in the same order.</summary>
    /// <param name="results">Symbols that it binds for its caller.</param>
    /// <param name="declared">Symbols that have a variable where it is called; null for all.</param>
    private IEnumerable<(string Declaration, string Argument)> Parameters(
        StepSequence steps, IReadOnlyList<string> results, IEnumerable<string>? declared = null)
    {
        Uses uses = FindUses(steps.Steps.SelectMany(s => s.WithInner));
        if (uses.Arena)
        {
            yield return ($"in ModelBuildRuntime::ExecutionContext {_names.Context}", $"in {_names.Context}");
        }

        IReadOnlyList<string> changed = _scopes.Changed(steps);
        foreach (string symbol in _plan.Symbols.Concat(_plan.BoundSymbols))
        {
            string variable = CSharp.Identifier(_names.SymbolVariables[symbol]);
            if (changed.Contains(symbol, StringComparer.Ordinal))
            {
                yield return ($"ref int {variable}", $"ref {variable}");
            }
            else if (uses.Symbols.Contains(symbol) && !uses.Bound.Contains(symbol))
            {
                yield return ($"int {variable}", variable);
            }
        }

        foreach (PlanPort port in _plan.Inputs.Concat(_plan.Outputs).Where(uses.Ports.Contains))
        {
            PlanTensor tensor = _plan.Tensors[port.Tensor];
            if (_bound.Contains(port))
            {
                string buffer = CSharp.Identifier(_names[port].Buffer);
                yield return ($"ref ModelBuildRuntime::OutputBuffer<{CSharp.Keyword(tensor.Type)}> {buffer}", $"ref {buffer}");
                continue;
            }

            string span = tensor.Location == PlanLocation.Input ? "ReadOnlySpan" : "Span";
            string variable = CSharp.Identifier(_names[port].Variable);
            yield return ($"global::System.{span}<{CSharp.Keyword(tensor.Type)}> {variable}", variable);
        }

        foreach (string symbol in results)
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
            case ThreadsArgument:
                // The context comes with the arena.
                uses.Arena = true;
                uses.Threads = true;
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

        public bool Threads { get; set; }

        public SortedSet<int> Constants { get; } = [];

        public HashSet<PlanPort> Ports { get; } = [];

        /// <summary>Symbols that its steps bind.</summary>
        public HashSet<string> Bound { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Symbols { get; } = new(StringComparer.Ordinal);
    }
}
