using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>
/// Lays out the calls of one method. A call that fits stands on one line; a longer one has one argument a line, and a list of plain sizes
/// fills its lines.
/// </summary>
internal sealed class CallWriter(
    SourceWriter writer, ExecutionPlan plan, ModelNames names, Dimensions dimensions, BoundOutputs bound, bool isCSharp13)
{
    private const string Kernels = "Kernels::";

    /// <summary>What kernels call the span they write. Only the look of the code depends on it.</summary>
    private const string OutputParameter = "output";

    private readonly Dictionary<int, string> _tensors = [];
    private readonly Dictionary<(int Region, Dimension Offset), int> _lastWritten = [];
    private readonly HashSet<PlanPort> _taken = [];
    private readonly UniqueNames _locals = names.NewLocals();

    /// <summary>Declares the tensors that no earlier call touched, then calls.</summary>
    public void EmitStep(PlanCall call)
    {
        DeclareTensors(call);
        Emit("", call, ";");
    }

    /// <summary>Takes what a call has found out, and the memory that depends on it.</summary>
    /// <param name="parameters">Symbols that are parameters of the method.</param>
    public void EmitBinding(PlanBinding binding, int region, IReadOnlyList<string> parameters)
    {
        foreach (PlanBoundSymbol symbol in binding.Symbols)
        {
            string declaration = parameters.Contains(symbol.Name) ? "" : "int ";
            string variable = CSharp.Identifier(names.SymbolVariables[symbol.Name]);
            writer.Line($"{declaration}{variable} = (int){CSharp.Identifier(_tensors[binding.Tensor])}[{Number(symbol.Element)}];");
        }

        if (!binding.Bytes.Equals(Dimension.Zero))
        {
            writer.Line($"context.Grow(region: {Number(region)}, bytes: checked({dimensions.Int64(binding.Bytes)}));");
        }
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
            if (bound.Contains(port) && _taken.Add(port))
            {
                writer.Line(
                    $"var {CSharp.Identifier(names[port].Variable)} = {CSharp.Identifier(names[port].Buffer)}"
                        + $".Take(length: {dimensions.Int64(tensor.Length)}); // {Describe(tensor)}");
            }

            return names[port].Variable;
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
        IntegersArgument integers => List(string.Join(", ", integers.Values.Select(dimensions.Int32))),
        _ => $"{Head((PlanCall)argument)}({string.Join(", ", ((PlanCall)argument).Arguments.Select(Text))})",
    };

    /// <summary>A span of numbers that costs no allocation.</summary>
    private string List(string numbers) => isCSharp13 ? $"[{numbers}]" : $"stackalloc int[] {{ {numbers} }}";

    private string Memory(PlanType type, int region, Dimension offset, Dimension length)
    {
        string part = region == 0 ? "" : $"region: {Number(region)}, ";
        return $"context.Span<{CSharp.Keyword(type)}>({part}offset: {dimensions.Int64(offset)}, length: {dimensions.Int64(length)})";
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
