using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Ports;

/// <summary>
/// Inputs and outputs that are codes where the file declares floats. As long as the model is compared with the one in floats, its ports are
/// floats, and codes are what they are rounded to; then the outer half goes:
/// <code>
///   x f32 → Conv → y f32   →   x f32 → Q → DQ → Conv → Q → DQ → y f32   →   x u8 → DQ → Conv → Q → y u8
/// </code>
/// </summary>
internal static class CodePorts
{
    /// <summary>Whether any port is to be codes, not just the bytes of an image.</summary>
    public static bool AreAsked(Graph graph, CompileOptions options) =>
        Inputs(graph, options).Any() || Outputs(graph, options).Any();

    /// <summary>Whether an input can be codes in the mode.</summary>
    public static bool CanBeCodes(Value input, CompileOptions options) =>
        options.Mode.IsCalibrated() && input.Type == DataType.Float32;

    /// <summary>The inputs that are to be codes. Images that are to be bytes are so already.</summary>
    public static IEnumerable<Value> Inputs(Graph graph, CompileOptions options) =>
        graph.Inputs.Where(i => i.Type == DataType.Float32 && OfInput(graph, i, options) is not null);

    /// <summary>The outputs that are to be codes.</summary>
    public static IEnumerable<Value> Outputs(Graph graph, CompileOptions options) =>
        graph.Outputs.Where(o => o.Type == DataType.Float32 && options.OutputType.Of(o.Name) is not null);

    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="CompilationException">MODELB2019 of inputs, MODELB2025 of outputs.</exception>
    public static void Check(Graph graph, CompileOptions options)
    {
        foreach ((string name, PortType type) in options.InputType.Named)
        {
            DataType declared = graph.Inputs.First(i => i.Name == name).Type;
            RequireFloats(type == PortType.UInt8 && declared == DataType.UInt8 ? DataType.Float32 : declared, name, isInput: true);
        }

        foreach (string name in options.OutputType.Named.Select(n => n.Key))
        {
            Value output = graph.Outputs.FirstOrDefault(o => o.Name == name) ?? throw Unfit(
                options, isInput: false,
                $"OutputType names '{name}', which is no output: there {(graph.Outputs.Count == 1 ? "is" : "are")} "
                    + $"{Names(graph.Outputs)}.{Suggestion.For(name, [.. graph.Outputs.Select(o => o.Name)])}");
            RequireFloats(output.Type, name, isInput: false);
        }

        if (options.InputType.Every == PortType.Int8)
        {
            RequireSomeFloats(graph.Inputs, isInput: true);
        }

        if (options.OutputType.Every is not null)
        {
            RequireSomeFloats(graph.Outputs, isInput: false);
        }

        RequireMode(options.OutputType.IsNone, isInput: false);
        RequireMode(
            options.InputType.Every != PortType.Int8 && options.InputType.Named.All(n => n.Value != PortType.Int8), isInput: true);
        if (Inputs(graph, options).Concat(Outputs(graph, options)).FirstOrDefault(v => graph.Inputs.Contains(v) && graph.IsOutput(v)) is
            { } both)
        {
            throw Unfit(
                options, OfInput(graph, both, options) is not null,
                $"'{both.Name}' is an input and an output at once, so that codes of one would be codes of the other. Leave it out of "
                    + "InputType and OutputType.");
        }

        void RequireFloats(DataType type, string name, bool isInput)
        {
            if (type != DataType.Float32)
            {
                throw Unfit(
                    options, isInput,
                    $"{Word(isInput)} '{name}' has elements of {type}, and codes stand for those of Float32. Leave it out of "
                        + $"{Setting(isInput)}.");
            }
        }

        void RequireSomeFloats(IReadOnlyList<Value> ports, bool isInput)
        {
            if (!ports.Any(p => p.Type == DataType.Float32))
            {
                throw Unfit(
                    options, isInput,
                    $"codes stand for elements of Float32, which no {Word(isInput)} has: there {(ports.Count == 1 ? "is" : "are")} "
                        + $"{Names(ports)}. Leave {Setting(isInput)} out.");
            }
        }

        void RequireMode(bool hasNone, bool isInput)
        {
            if (!hasNone && !options.Mode.IsCalibrated())
            {
                throw Unfit(
                    options, isInput,
                    $"{Setting(isInput)} asks for codes of an {Word(isInput)}. Their scale is found out on samples, in int8, int16x8 and "
                        + $"auto, and the mode is {options.Mode.Word()}. Set Mode=\"int8\" and Calibration, or leave "
                        + $"{Setting(isInput)} out.");
            }
        }
    }

    /// <summary>Gives ports their types, for a graph of which nothing else is wanted: what codes stand for is not known yet.</summary>
    public static void Declare(Graph graph, CompileOptions options)
    {
        foreach ((Value input, PortType type) in Inputs(graph, options).Select(i => (i, OfInput(graph, i, options)!.Value)).ToArray())
        {
            Declare(input, type);
        }

        foreach (Value output in Outputs(graph, options).ToArray())
        {
            Declare(output, options.OutputType.Of(output.Name)!.Value);
        }

        void Declare(Value port, PortType type)
        {
            port.Type = TypeOf(type);
            graph.PortCodes[port.Name] = QuantizationParameters.Unit;
        }
    }

    /// <summary>Rounds ports to what their codes can say.</summary>
    /// <param name="graph">With quantization inside; changed.</param>
    /// <param name="codes">Of a port: what its codes stand for if they are unsigned.</param>
    public static void Round(Graph graph, CompileOptions options, Func<Value, QuantizationParameters> codes)
    {
        foreach (Value input in Inputs(graph, options).ToArray())
        {
            (DataType type, QuantizationParameters parameters) = As(OfInput(graph, input, options)!.Value, codes(input));
            Node[] readers = [.. input.Consumers.Distinct()];
            if (readers is not [{ } only] || !only.Is("QuantizeLinear") || !IsOf(only, only.Output.Type, type, parameters))
            {
                Value reals = Quantizer.AddPair(graph, input, $"{input.Name}_port", type, parameters);
                foreach (Node reader in readers)
                {
                    reader.ReplaceInput(input, reals);
                }
            }
        }

        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            Value output = graph.Outputs[i];
            if (output.Type != DataType.Float32 || options.OutputType.Of(output.Name) is not { } asked)
            {
                continue;
            }

            (DataType type, QuantizationParameters parameters) = As(asked, codes(output));
            if (output.Producer is not { } producer || !producer.Is("DequantizeLinear") || producer.Required(0).Producer is null
                || !IsOf(producer, producer.Required(0).Type, type, parameters))
            {
                Value reals = Quantizer.AddPair(graph, output, $"{output.Name}_port", type, parameters);
                graph.Outputs[i] = reals;
                (reals.Name, output.Name) = (output.Name, reals.Name);
            }
        }
    }

    /// <summary>Makes the codes of rounded ports the ports.</summary>
    /// <returns>A copy.</returns>
    public static Graph Open(Graph rounded, CompileOptions options)
    {
        Graph graph = rounded.Clone();
        foreach (Value input in Inputs(graph, options).ToArray())
        {
            Node quantize = input.Consumers[0];
            Value codes = graph.NewValue($"{input.Name}_codes", quantize.Output.Type, input.Shape);
            graph.PortCodes[input.Name] = QuantizationInputs.Parameters(quantize);
            graph.Inputs[graph.Inputs.IndexOf(input)] = codes;
            graph.ReplaceUses(quantize.Output, codes);
            graph.Remove(quantize);
            (codes.Name, input.Name) = (input.Name, codes.Name);
        }

        for (int i = 0; i < graph.Outputs.Count; i++)
        {
            Value output = graph.Outputs[i];
            if (output.Type == DataType.Float32 && options.OutputType.Of(output.Name) is not null)
            {
                Node dequantize = output.Producer!;
                Value codes = dequantize.Required(0);
                graph.PortCodes[output.Name] = QuantizationInputs.Parameters(dequantize);
                graph.Outputs[i] = codes;
                (codes.Name, output.Name) = (output.Name, codes.Name);
            }
        }

        graph.RemoveDead();
        return graph;
    }

    /// <summary>What a plan says of the codes of a port; null where it has none.</summary>
    public static PlanCodes? OfPlan(Graph graph, Value port) =>
        graph.PortCodes.TryGetValue(port.Name, out QuantizationParameters? codes) ? new PlanCodes(codes.Scale, codes.ZeroPoint) : null;

    /// <summary>Where bytes are asked for of all, they are asked for of images; of others only where there is no image.</summary>
    private static PortType? OfInput(Graph graph, Value input, CompileOptions options) => options.InputType.OfName(input.Name)
        ?? (options.InputType.Every == PortType.UInt8 && graph.Inputs.Exists(i => i.Type == DataType.UInt8)
            ? null : options.InputType.Every);

    private static (DataType Type, QuantizationParameters Parameters) As(PortType type, QuantizationParameters codes) =>
        (TypeOf(type), type == PortType.UInt8 ? codes : codes.Shift(-128));

    private static DataType TypeOf(PortType type) => type == PortType.UInt8 ? DataType.UInt8 : DataType.Int8;

    private static bool IsOf(Node node, DataType actual, DataType type, QuantizationParameters parameters) =>
        actual == type && QuantizationInputs.IsWhole(node, actual) && QuantizationInputs.Parameters(node) is { IsPerTensor: true } own
        && own.Scale == parameters.Scale && own.ZeroPoint == parameters.ZeroPoint;

    private static string Names(IEnumerable<Value> ports) => string.Join(", ", ports.Select(p => $"'{p.Name}'"));

    private static string Word(bool isInput) => isInput ? "input" : "output";

    private static string Setting(bool isInput) => isInput ? "InputType" : "OutputType";

    public static CompilationException Unfit(CompileOptions options, bool isInput, string what) => new(
        isInput ? DiagnosticCodes.NotAnImage : DiagnosticCodes.NoCodesAtPort,
        $"Model '{Path.GetFileName(options.ModelPath)}': {what}", options.ModelPath);
}
