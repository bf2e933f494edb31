using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>
/// Writes the steps of one method: a comment, a local for each tensor that is touched for the first time, and the call. A call that fits
/// stands on one line; a longer one has one argument a line, and a list of plain sizes fills its lines.
/// </summary>
/// <param name="methods">Takes blocks that are too long to be read where they stand.</param>
/// <param name="parameters">Symbols that are parameters of the method, and those that it declares before it binds them.</param>
internal sealed class CallWriter(
    SourceWriter writer, ExecutionPlan plan, ModelNames names, Dimensions dimensions, BoundOutputs bound, bool isCSharp13,
    BindingScopes scopes, BlockMethods methods, IEnumerable<string> parameters)
{
    private const string Kernels = "ModelBuildKernels::";

    /// <summary>What kernels call the span they write. Only the look of the code depends on it.</summary>
    private const string OutputParameter = "output";

    private readonly HashSet<string> _declared = new(parameters, StringComparer.Ordinal);
    private readonly UniqueNames _locals = names.NewLocals();

    /// <summary>The locals that can be used here.</summary>
    private Dictionary<int, string> _tensors = [];
    private Dictionary<(int Region, Dimension Offset), int> _lastWritten = [];
    private HashSet<PlanPort> _taken = [];

    /// <summary>The locals of outputs whose length steps find out.</summary>
    private readonly Dictionary<PlanPort, string> _outputs = [];
    private int _depth;

    /// <summary>Writes steps one after the other.</summary>
    /// <param name="steps">Where they stand in the plan.</param>
    /// <param name="number">What the number of each begins with; <c>3.</c> inside of the third.</param>
    /// <param name="first">The number of the first.</param>
    public void EmitSteps(StepSequence steps, string number, int first)
    {
        int place = steps.Place;
        for (int i = 0; i < steps.Steps.Count; i++)
        {
            if (i > 0)
            {
                writer.Line();
            }

            PlanStep step = steps.Steps[i];
            writer.Line($"// {number}{Number(first + i)}. {CSharp.Comment(step.Name)}");
            foreach (string line in step.Description.Split('\n').Where(l => l.Trim().Length > 0))
            {
                writer.Line($"//    {CSharp.Comment(line)}");
            }

            DeclareTensors(step.Call);
            if (step.Blocks.Count > 0)
            {
                EmitControl(step, place, $"{number}{Number(first + i)}.");
            }
            else
            {
                Emit("", step.Call, ";");
            }

            if (step.Binding is PlanBinding binding)
            {
                EmitBinding(binding, scopes.IsRebinding(place));
            }

            place += step.WithInner.Count();
        }
    }

    /// <summary>A condition or a loop, with the steps it holds.</summary>
    private void EmitControl(PlanStep step, int place, string number)
    {
        foreach (string symbol in scopes.LeftBy(step, place).Where(_declared.Add))
        {
            writer.Line($"int {Variable(symbol)};");
        }

        if (step.Call.Target == PlanStep.IfTarget)
        {
            int branch = place + 1;
            EmitBlock($"if ({Element(step.Call.Arguments[0].Value)})", step.Blocks[0], branch, number);
            branch += step.Blocks[0].Steps.Sum(s => s.WithInner.Count());
            EmitBlock("else", step.Blocks[1], branch, number);
        }
        else
        {
            string index = Element(Argument("index")!);
            string[] limits =
            [
                .. Argument("trips") is PlanArgument trips
                ? [$"{index} < {(trips is IntegerArgument ? Text(trips) : Element(trips))}"]
                : (string[])[],
                .. Argument("condition") is PlanArgument condition ? [Element(condition)] : (string[])[],
            ];
            ForgetRebound(step);
            EmitBlock($"for ({index} = 0; {string.Join(" && ", limits)}; {index}++)", step.Blocks[0], place + 1, number);
        }

        ForgetRebound(step);

        PlanArgument? Argument(string name) => step.Call.Arguments.FirstOrDefault(a => a.Name == name)?.Value;

        string Element(PlanArgument argument) => Text(argument) + "[0]";
    }

    private void EmitBlock(string head, PlanBlock block, int place, string number)
    {
        (Dictionary<int, string> tensors, Dictionary<(int, Dimension), int> lastWritten, HashSet<PlanPort> taken) =
            (_tensors, _lastWritten, _taken);
        string[] declared = [.. _declared];
        (_tensors, _lastWritten, _taken) = (new(_tensors), new(_lastWritten), [.. _taken]);
        _depth++;
        using (writer.Open(head))
        {
            var steps = new StepSequence(block.Steps, place);
            if (methods.TryTake(steps, number, _declared) is string call)
            {
                writer.Line(call);
            }
            else
            {
                EmitSteps(steps, number, 1);
            }
        }

        _depth--;
        (_tensors, _lastWritten, _taken) = (tensors, lastWritten, taken);
        _declared.IntersectWith(declared);
    }

    /// <summary>Takes what a call has found out, and the memory that depends on it.</summary>
    private void EmitBinding(PlanBinding binding, bool isRebinding)
    {
        foreach (PlanBoundSymbol symbol in binding.Symbols)
        {
            string declaration = _declared.Add(symbol.Name) ? "int " : "";
            writer.Line(
                $"{declaration}{Variable(symbol.Name)} = (int){CSharp.Identifier(_tensors[binding.Tensor])}[{Number(symbol.Element)}];");
        }

        if (!binding.Bytes.Equals(Dimension.Zero))
        {
            string bytes = $"bytes: checked({dimensions.Int64(binding.Bytes)})";
            writer.Line($"{names.Context}.Grow(region: {Number(binding.Region)}, {bytes}{(binding.Keeps ? ", keep: true" : "")});");
        }

        if (isRebinding)
        {
            Forget(binding);
        }
    }

    /// <summary>Spans that steps inside of this one will have moved or resized cannot be used in it, nor behind it.</summary>
    private void ForgetRebound(PlanStep step)
    {
        foreach (PlanBinding binding in step.WithInner.Select(s => s.Binding).OfType<PlanBinding>())
        {
            Forget(binding);
        }
    }

    private void Forget(PlanBinding binding)
    {
        string[] symbols = [.. binding.Symbols.Select(s => s.Name)];
        int[] stale = [.. _tensors.Keys.Where(id => IsStale(plan.Tensors[id]))];
        foreach (int id in stale)
        {
            _tensors.Remove(id);
        }

        (int, Dimension)[] places = [.. _lastWritten.Where(w => stale.Contains(w.Value)).Select(w => w.Key)];
        foreach ((int, Dimension) place in places)
        {
            _lastWritten.Remove(place);
        }

        bool IsStale(PlanTensor tensor) => tensor.Location == PlanLocation.Arena
            && (tensor.Region == binding.Region || tensor.Length.Symbols.Concat(tensor.Offset.Symbols).Any(s => symbols.Contains(s)));
    }

    private void DeclareTensors(PlanCall call)
    {
        foreach (PlanNamedArgument named in call.Arguments)
        {
            if (named.Value is PlanCall inner)
            {
                DeclareTensors(inner);
            }
            else if (named.Value is TensorArgument { Tensor: int id })
            {
                PlanTensor tensor = plan.Tensors[id];
                bool isWritten = named.Name == OutputParameter;
                if (!_tensors.ContainsKey(id))
                {
                    _tensors.Add(id, Declare(id, tensor, isWritten));
                }

                if (isWritten && tensor.Location == PlanLocation.Arena)
                {
                    _lastWritten[(tensor.Region, tensor.Offset)] = id;
                }
            }
        }
    }

    /// <summary>The variable of a tensor: the parameter of its port, or a new local. One that only reshapes another is set to it.</summary>
    private string Declare(int id, PlanTensor tensor, bool isWritten)
    {
        if (names.TryGetPort(tensor) is PlanPort port)
        {
            // Several tensors can be views of one output; the first has declared it.
            if (!bound.Contains(port))
            {
                return names[port].Variable;
            }

            if (_taken.Add(port))
            {
                // A block has names of its own: what is behind it may take the output too.
                _outputs[port] = _depth == 0 ? names[port].Variable : _locals.Add(names[port].Variable);
                writer.Line(
                    $"var {CSharp.Identifier(_outputs[port])} = {CSharp.Identifier(names[port].Buffer)}"
                        + $".Take(length: {dimensions.Int64(tensor.Length)}); // {Describe(tensor)}");
            }

            return _outputs[port];
        }

        string name = _locals.Add(CSharp.Clean(tensor.Name) ?? "t" + Number(id));
        bool isView = !isWritten
            && _lastWritten.TryGetValue((tensor.Region, tensor.Offset), out int original)
            && plan.Tensors[original].Type == tensor.Type
            && plan.Tensors[original].Length.Equals(tensor.Length);
        string memory = isView
            ? CSharp.Identifier(_tensors[_lastWritten[(tensor.Region, tensor.Offset)]])
            : Memory(tensor.Type, tensor.Region, tensor.Offset, tensor.Length);
        writer.Line($"var {CSharp.Identifier(name)} = {memory}; // {Describe(tensor)}");
        return name;
    }

    /// <summary>Shape, and what the numbers stand for where they are quantized.</summary>
    private static string Describe(PlanTensor tensor) => tensor is { Scale: float scale, ZeroPoint: int zeroPoint }
        ? $"{Dimensions.Text(tensor.Shape)}, scale {scale.ToString("G6", CultureInfo.InvariantCulture)}, zero point {Number(zeroPoint)}"
        : Dimensions.Text(tensor.Shape);

    private void Emit(string prefix, PlanCall call, string suffix)
    {
        string head = Head(call);
        string line = prefix + head + "(" + string.Join(", ", call.Arguments.Select(Text)) + ")" + suffix;
        if (call.Arguments.Count == 0 || line.Length <= writer.Room)
        {
            writer.Line(line);
            return;
        }

        writer.Line(prefix + head + "(");
        writer.Level++;
        if (call.Arguments.All(a => a.Value is IntegerArgument or FloatArgument or BooleanArgument))
        {
            EmitFilled([.. call.Arguments.Select(Text)], ")" + suffix);
        }
        else
        {
            for (int i = 0; i < call.Arguments.Count; i++)
            {
                EmitArgument(call.Arguments[i], i + 1 < call.Arguments.Count ? "," : ")" + suffix);
            }
        }

        writer.Level--;
    }

    private void EmitArgument(PlanNamedArgument argument, string suffix)
    {
        if (argument.Value is PlanCall call)
        {
            Emit(CSharp.Identifier(argument.Name) + ": ", call, suffix);
            return;
        }

        writer.Line(Text(argument) + suffix);
    }

    private void EmitFilled(IReadOnlyList<string> arguments, string suffix)
    {
        var line = new StringBuilder();
        for (int i = 0; i < arguments.Count; i++)
        {
            string next = arguments[i] + (i + 1 < arguments.Count ? "," : suffix);
            if (line.Length > 0 && line.Length + 1 + next.Length > writer.Room)
            {
                writer.Line(line.ToString());
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(next);
        }

        writer.Line(line.ToString());
    }

    /// <summary>A target without a method is a type: its constructor is meant.</summary>
    private static string Head(PlanCall call)
    {
        string target = Kernels + string.Join(".", call.Target.Split('.').Select(CSharp.Identifier));
        string types = call.Types.Count == 0 ? "" : $"<{string.Join(", ", call.Types.Select(CSharp.Keyword))}>";
        return (call.Target.IndexOf('.') < 0 ? "new " + target : target) + types;
    }

    private string Text(PlanNamedArgument argument) => $"{CSharp.Identifier(argument.Name)}: {Text(argument.Value)}";

    private string Text(PlanArgument argument) => argument switch
    {
        TensorArgument tensor => CSharp.Identifier(_tensors[tensor.Tensor]),
        ConstantArgument constant => $"{names.Constants}.{CSharp.Identifier(names.Constant(constant.Constant))}",
        ScratchArgument scratch when scratch.Length.Equals(Dimension.Zero) => "default",
        ScratchArgument scratch => Memory(PlanType.U8, scratch.Region, scratch.Offset, scratch.Length),
        IntegerArgument integer => dimensions.Int32(integer.Value),
        FloatArgument real => CSharp.Literal(real.Value),
        BooleanArgument boolean => boolean.Value ? "true" : "false",
        ThreadsArgument => names.Context + ".Threads",
        IntegersArgument integers => List(string.Join(", ", integers.Values.Select(dimensions.Int32))),
        _ => $"{Head((PlanCall)argument)}({string.Join(", ", ((PlanCall)argument).Arguments.Select(Text))})",
    };

    /// <summary>A span of numbers that costs no allocation.</summary>
    private string List(string numbers) => isCSharp13 ? $"[{numbers}]" : $"stackalloc int[] {{ {numbers} }}";

    private string Memory(PlanType type, int region, Dimension offset, Dimension length)
    {
        string part = region == 0 ? "" : $"region: {Number(region)}, ";
        return
            $"{names.Context}.Span<{CSharp.Keyword(type)}>"
            + $"({part}offset: {dimensions.Int64(offset)}, length: {dimensions.Int64(length)})";
    }

    private string Variable(string symbol) => CSharp.Identifier(names.SymbolVariables[symbol]);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
