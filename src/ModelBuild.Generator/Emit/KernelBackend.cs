using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>Runs a model step by step through the kernels of ModelBuild.Runtime.</summary>
internal sealed class KernelBackend : IBackend
{
    private readonly ExecutionPlan _plan;
    private readonly ModelNames _names;
    private readonly Dimensions _dimensions;
    private readonly PortCode _ports;
    private readonly StepMethods _steps;

    public KernelBackend(ExecutionPlan plan, ModelNames names, Dimensions dimensions, PortCode ports, BoundOutputs bound, bool isCSharp13)
    {
        _plan = plan;
        _names = names;
        _dimensions = dimensions;
        _ports = ports;
        _steps = new StepMethods(plan, names, dimensions, bound, isCSharp13);
    }

    /// <inheritdoc/>
    public IEnumerable<(string Alias, string Namespace)> Aliases =>
        [("ModelBuildKernels", "ModelBuild.Runtime.Kernels"), ("ModelBuildRuntime", "ModelBuild.Runtime")];

    /// <inheritdoc/>
    public string Payload => "weights";

    /// <inheritdoc/>
    public string Remarks =>
        """
        /// Thread-safe: any number of threads may call one instance. Working memory is pooled and shared by all instances; once the
        /// pool is warm, a call that writes into the caller's memory allocates nothing. Inputs and outputs must not overlap.
        """;

    /// <inheritdoc/>
    public IEnumerable<(string Term, string Description)> Facts
    {
        get
        {
            if (_plan.Weights is PlanWeights weights)
            {
                yield return ("Weights", $"{weights.Length.ToString("N0", CultureInfo.InvariantCulture)} bytes");
                string more = _plan.AllSteps.Any(s => s.Binding is { Bytes: { IsConstant: false } })
                    ? ", and what sizes that data decides ask for"
                    : "";
                yield return ("Working memory", $"{CSharp.Xml(Dimensions.Text(_plan.Arena))} bytes{more}");
            }
        }
    }

    /// <inheritdoc/>
    public string Allocations => "Allocates nothing.";

    /// <inheritdoc/>
    public string TrimDocumentation =>
        """
        /// <summary>Releases working memory that no call uses now, for example after an unusually large batch. The next calls allocate it again.</summary>
        /// <remarks>Nobody has to call it: what lies idle for a minute, or while the garbage collector runs twice, is released anyway.</remarks>
        """;

    /// <inheritdoc/>
    public string Options => "How many threads may work on one call.";

    /// <inheritdoc/>
    public void EmitOptions(SourceWriter writer)
    {
        if (_steps.UseThreads)
        {
            writer.Line($"{_names.Threads} = options.Threads;");
        }
    }

    /// <inheritdoc/>
    public void EmitFields(SourceWriter writer)
    {
        if (_steps.UseWeights && _plan.Weights is PlanWeights weights)
        {
            (string load, string parameter, string where) = weights.IsFile
                ? ("LoadFile", "file", "file beside the assembly") : ("Load", "resource", "resource beside this code");
            writer.Line(
                $"""
                /// <summary>The constants of the model, from the {where}.</summary>
                private static readonly {ModelEmitter.Runtime}ModelWeights {_names.Weights} = {ModelEmitter.Runtime}ModelWeights.{load}(
                    typeof({_names.Class}).Assembly,
                    {parameter}: {CSharp.Literal(weights.Name)},
                    length: {Number(weights.Length)},
                    sha256: {CSharp.Literal(weights.Sha256)});

                """);
        }

        if (_steps.UseArena)
        {
            writer.Line(
                $"""
                /// <summary>Working memory: an arena for each call that runs at the same time as others.</summary>
                private static readonly {ModelEmitter.Runtime}ArenaPool {_names.Arenas} = new();

                """);
        }

        if (_steps.UseThreads)
        {
            writer.Line(
                $"""
                /// <summary>How many threads may work on a call of this instance.</summary>
                private readonly int {_names.Threads} = 1;

                """);
        }
    }

    /// <inheritdoc/>
    public void EmitRun(SourceWriter writer)
    {
        if (_plan.Slice is PlanSlice slice)
        {
            EmitSlices(writer, slice);
        }
        else
        {
            EmitSteps(writer);
        }
    }

    /// <inheritdoc/>
    public void EmitTrim(SourceWriter writer)
    {
        if (_steps.UseArena)
        {
            writer.Line($"{_names.Arenas}.Trim();");
        }
    }

    /// <inheritdoc/>
    public void EmitMembers(SourceWriter writer)
    {
        EmitRunSlice(writer);
        _steps.Emit(writer);
        EmitConstants(writer);
    }

    /// <inheritdoc/>
    public void EmitHooks(SourceWriter writer)
    {
    }

    private void EmitSteps(SourceWriter writer)
    {
        if (_steps.UseArena)
        {
            string bytes = _plan.Arena.IsConstant ? _dimensions.Int64(_plan.Arena) : $"checked({_dimensions.Int64(_plan.Arena)})";
            writer.Line($"using {ModelEmitter.Runtime}ArenaLease {_names.Arena} = {_names.Arenas}.Rent({bytes});");
            string threads = _steps.UseThreads ? $", {_names.Threads}" : "";
            writer.Line($"var {_names.Context} = new {ModelEmitter.Runtime}ExecutionContext({_names.Arena}{threads});");
        }

        writer.Call(_names.Run, _steps.Arguments);
    }

    /// <summary>Runs a large batch part by part, so that its working memory stays bounded.</summary>
    private void EmitSlices(SourceWriter writer, PlanSlice slice)
    {
        string batch = _ports.Symbol(slice.Symbol);
        string start = _names.Start;
        Dimension sample = _plan.Arena.Substitute(new Dictionary<string, long> { [slice.Symbol] = 1 });
        string checkedBytes = $"checked({_dimensions.Int64(sample)})";

        // Where a size is zero, nothing may be needed for a sample.
        string bytes = sample.IsPositive ? checkedBytes : $"long.Max({checkedBytes}, 1)";
        string most = sample.IsConstant
            ? Number(Math.Min(Math.Max(slice.Bytes / Math.Max(sample.Value, 1), 1), int.MaxValue / 2))
            : $"(int)long.Clamp({Number(slice.Bytes)} / {bytes}, 1, int.MaxValue / 2)";
        writer.Line(
            $"// No operator brings samples together: so many run at once that their working memory takes {Number(slice.Bytes >> 20)} MB "
                + "at most.");
        writer.Line($"{(sample.IsConstant ? "const int" : "int")} {_names.Most} = {most};");
        using (writer.Open($"for (int {start} = 0; {start} < {batch}; {start} += {_names.Most})"))
        {
            writer.Line($"int {_names.Count} = int.Min({_names.Most}, {batch} - {start});");
            writer.Call(
                _names.RunSlice,
                [
                    .. _plan.Symbols.Select(s => s == slice.Symbol ? _names.Count : _ports.Symbol(s)),
                    .. _ports.All.Select(p => Samples(p, slice.Symbol)),
                ]);
        }
    }

    /// <summary>What the slice reads or writes of a port; all of an input that does not depend on the sample.</summary>
    private string Samples(PlanPort port, string symbol)
    {
        if (_plan.Tensors[port.Tensor].Length.DivideExactly(Dimension.Symbol(symbol)) is not Dimension sample)
        {
            return _ports.Variable(port);
        }

        string length = sample.Equals(_ports.FixedLength(port)) ? _names[port].Length : _dimensions.Int32(sample);
        return $"{_ports.Variable(port)}.Slice({_names.Start} * {length}, {_names.Count} * {length})";
    }

    private void EmitRunSlice(SourceWriter writer)
    {
        if (_plan.Slice is null)
        {
            return;
        }

        writer.Line();
        writer.Line("/// <summary>Runs some samples of a batch.</summary>");
        writer.Signature(
            $"private {(_steps.UseThreads ? "" : "static ")}void {_names.RunSlice}",
            [
                .. _plan.Symbols.Select(s => $"int {_ports.Symbol(s)}"),
                .. _plan.Inputs.Select(p => $"{ModelEmitter.ReadOnlySpan}<{_ports.Type(p)}> {_ports.Variable(p)}"),
                .. _plan.Outputs.Select(p => $"{ModelEmitter.Span}<{_ports.Type(p)}> {_ports.Variable(p)}"),
            ]);
        using (writer.Open())
        {
            EmitSteps(writer);
        }
    }

    /// <summary>A name for each place in the weights that a step reads.</summary>
    private void EmitConstants(SourceWriter writer)
    {
        if (!_steps.UseWeights)
        {
            return;
        }

        writer.Line();
        writer.Line("/// <summary>The constants by name, and behind each how it is packed.</summary>");
        using (writer.Open($"private static class {_names.Constants}"))
        {
            foreach (int id in _steps.Constants)
            {
                PlanConstant constant = _plan.Constants[id];
                string type = CSharp.Keyword(constant.Type);
                string span = $"{_names.Weights}.Span<{type}>(offset: {Number(constant.Offset)}, length: {Number(constant.Length)})";
                string name = CSharp.Identifier(_names.Constant(id));
                writer.Line($"public static {ModelEmitter.ReadOnlySpan}<{type}> {name} => {span}; // {constant.Format}");
            }
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
