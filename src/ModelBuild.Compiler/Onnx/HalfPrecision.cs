using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Computes in float32 between the ports of a model in half precision: kernels are of float32, and halves are a way to store numbers.
/// <code>
///   x (f16) ──► Conv (W f16) ──► y (f16)        ⇒        x (f16) ──► Cast ──► Conv (W f32) ──► Cast ──► y (f16)
///   a ──► Cast f16 ──► b                        ⇒        a ──► Cast f16 ──► Cast f32 ──► b
/// </code>
/// float16 and bfloat16 become float32 inside. A conversion that the model asks for still rounds, to its next number or to infinity;
/// what operators compute is not rounded, and so more exact than the model says, be it converted to the type that it has already. Ports in
/// float16 stay what they are; .NET has no type for bfloat16, whose ports are float32 (<see cref="Graph.PortsInBFloat16"/>).
/// </summary>
internal static class HalfPrecision
{
    /// <param name="graph">Before inference: only inputs, constants and outputs of the model in half precision have types.</param>
    /// <returns>Outputs that were put behind the model's own and are narrowed from them.</returns>
    public static IReadOnlyList<Value> Widen(Graph graph)
    {
        var narrowed = new List<Value>();
        DataType[] inputs = [.. graph.Inputs.Select(i => i.Type)];
        DataType[] outputs = [.. graph.Outputs.Select(o => o.Type)];
        foreach (Graph each in graph.AllGraphs())
        {
            WidenOne(each, [.. each == graph ? graph.Outputs.Where(o => o.Type == DataType.Float16) : []]);
        }

        for (int i = 0; i < inputs.Length; i++)
        {
            WidenInput(graph, graph.Inputs[i], inputs[i]);
        }

        for (int i = 0; i < outputs.Length; i++)
        {
            NarrowOutput(graph, i, outputs[i], narrowed);
        }

        return narrowed;
    }

    /// <summary>Outputs are narrowed unseen; what they are narrowed from is known after inference.</summary>
    /// <param name="narrowed">What <see cref="Widen(Graph)"/> has given.</param>
    /// <exception cref="CompilationException">MODELB1005: an output is declared in half precision and is of another kind.</exception>
    public static void CheckOutputs(IReadOnlyList<Value> narrowed, InferenceContext context)
    {
        foreach (Value output in narrowed)
        {
            if (output.Producer is { } cast && cast.Is("Cast") && cast.Required(0).Type is var type && type != DataType.Float32)
            {
                throw context.Malformed(cast, $"makes {type}, and the model declares its output as {DataType.Float16}.");
            }
        }
    }

    /// <param name="graph">The model's, or a body of control flow.</param>
    /// <param name="ports">Its outputs that stay in float16.</param>
    private static void WidenOne(Graph graph, HashSet<Value> ports)
    {
        Dictionary<Value, DataType> halves = HalfValues.Find(graph);
        foreach (Node node in graph.Nodes.ToArray())
        {
            if ((node.Is("Cast") || node.Is("CastLike")) && node.Input(0) is { } same && node.Outputs is [{ } copy]
                && halves.TryGetValue(same, out DataType half) && halves.TryGetValue(copy, out DataType to) && half == to)
            {
                graph.Remove(node);
                graph.Add(new Node(Domains.Onnx, "Identity", node.Name, [same], [copy]));
                continue;
            }

            // The type of a value in half precision is known here where it is a port's, a constant's or another conversion's.
            if (node.Is("CastLike") && node.Inputs is [{ } source, { Type: DataType.Float16 or DataType.BFloat16 } like]
                && node.Outputs is [{ } result])
            {
                Dictionary<string, AttributeValue> attributes = new(node.Attributes, StringComparer.Ordinal) { ["to"] = (long)like.Type };
                graph.Remove(node);
                Round(graph, graph.Add(new Node(Domains.Onnx, "Cast", node.Name, [source], [result], attributes)), ports);
                continue;
            }

            foreach ((string name, AttributeValue attribute) in node.Attributes.ToArray())
            {
                if (attribute.Raw is Tensor tensor && IsHalf(tensor.Type))
                {
                    node.Attributes[name] = Widen(tensor);
                }
                else if (attribute.Raw is not (long)DataType.Float16 and not (long)DataType.BFloat16)
                {
                    continue;
                }
                else if (name == "to" && node.Is("Cast") && node.Outputs is [{ }])
                {
                    Round(graph, node, ports);
                }
                else if (name is "output_dtype" or "dtype")
                {
                    node.Attributes[name] = (long)DataType.Float32;
                }
            }
        }

        foreach (Value value in graph.Values().Where(v => IsHalf(v.Type)))
        {
            value.Constant = value.Constant is { } constant ? Widen(constant) : null;
            value.Type = DataType.Float32;
        }
    }

    /// <summary>Takes what a conversion to halves has made back to float32 for those who would calculate with it.</summary>
    private static void Round(Graph graph, Node cast, HashSet<Value> ports)
    {
        Value halves = cast.Output;
        Node[] readers = [.. halves.Consumers.Distinct().Where(r => !IsWidening(r))];
        bool isOutput = graph.IsOutput(halves) && !ports.Contains(halves);
        if (readers.Length == 0 && !isOutput)
        {
            return;
        }

        Value wide = graph.NewValue($"{halves.Name}_float32", (DataType)cast.Int("to"));
        Array.ForEach(readers, reader => reader.ReplaceInput(halves, wide));
        graph.Add(Cast($"{cast.Name}_float32", halves, wide, DataType.Float32));
        if (isOutput)
        {
            (wide.Name, halves.Name) = (halves.Name, wide.Name);
            for (int i = 0; i < graph.Outputs.Count; i++)
            {
                graph.Outputs[i] = graph.Outputs[i] == halves ? wide : graph.Outputs[i];
            }
        }
    }

    private static void WidenInput(Graph graph, Value input, DataType port)
    {
        if (port == DataType.BFloat16)
        {
            graph.PortsInBFloat16.Add(input.Name);
        }

        if (port != DataType.Float16)
        {
            return;
        }

        input.Type = port;
        Node[] readers = [.. input.Consumers.Distinct().Where(r => !IsWidening(r))];
        if (readers.Length > 0)
        {
            Value wide = graph.NewValue($"{input.Name}_float32", default);
            graph.Add(Cast(input.Name, input, wide, DataType.Float32));
            Array.ForEach(readers, reader => reader.ReplaceInput(input, wide));
        }
    }

    private static void NarrowOutput(Graph graph, int index, DataType port, List<Value> narrowed)
    {
        Value output = graph.Outputs[index];
        if (port == DataType.BFloat16)
        {
            graph.PortsInBFloat16.Add(output.Name);
        }

        if (port != DataType.Float16 || (output.Producer is { } producer && producer.Is("Cast") && IsTo(producer, port)))
        {
            return;
        }

        Value narrow = graph.NewValue($"{output.Name}_float32", default);
        graph.Add(Cast(output.Name, output, narrow, port));
        (narrow.Name, output.Name) = (output.Name, narrow.Name);
        graph.Outputs[index] = narrow;
        narrowed.Add(narrow);
    }

    private static bool IsWidening(Node node) => node.Is("Cast") && IsTo(node, DataType.Float32);

    private static bool IsTo(Node cast, DataType type) => cast.Attributes.TryGetValue("to", out AttributeValue? to) && to.Raw is long number
        && number == (long)type;

    private static Node Cast(string name, Value from, Value to, DataType type) => new(
        Domains.Onnx, "Cast", name, [from], [to], new Dictionary<string, AttributeValue>(StringComparer.Ordinal) { ["to"] = (long)type });

    private static bool IsHalf(DataType type) => type is DataType.Float16 or DataType.BFloat16;

    private static Tensor Widen(Tensor tensor) => Tensor.Of(tensor.ToFloats(), [.. tensor.Dimensions]);
}
