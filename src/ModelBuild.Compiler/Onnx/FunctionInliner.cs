using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Puts the nodes of functions that a model defines itself in the place of their calls, before anything else looks at the graph. A function
/// may call others; none may call itself.
/// <code>
///   y = f(x, alpha=2)   with   f(a) ⇒ b = Relu(a), c = Scale(b, factor=@alpha)        ⇒        f/b = Relu(x), y = Scale(f/b, factor=2)
/// </code>
/// </summary>
/// <remarks>
/// https://github.com/onnx/onnx/blob/main/docs/IR.md, "Functions". An optional input that a call leaves out is absent inside, and so is an
/// attribute that neither the call gives nor the function.
/// </remarks>
internal sealed class FunctionInliner
{
    /// <summary>No exporter nests functions so deep; a function that calls itself does.</summary>
    private const int NestingLimit = 64;

    /// <summary>
    /// The operator set since which the meaning of operators no longer depends on it: functions may have their own from there on.
    /// </summary>
    private const long StableOpset = 20;

    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionMessage> _functions = [];
    private readonly long _opset;

    /// <summary>How often each name has been used for a call.</summary>
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);

    private FunctionInliner(ModelMessage model)
    {
        foreach (FunctionMessage function in model.Functions)
        {
            if (!_functions.TryAdd((function.Domain, function.Name, function.Overload), function))
            {
                throw Malformed($"it defines function '{function.Name}' twice");
            }
        }

        _opset = model.Opsets.GetValueOrDefault(Domains.Onnx);
    }

    /// <summary>The graph of a model without calls of its functions.</summary>
    /// <exception cref="OnnxFormatException">A call does not fit its function, or functions call each other in a circle.</exception>
    public static GraphMessage Inline(ModelMessage model, GraphMessage graph) =>
        model.Functions.Count == 0 ? graph : new FunctionInliner(model).Inline(graph, name => name, (a, _) => a, nesting: 0);

    private static OnnxFormatException Malformed(string message) => new(DiagnosticCodes.MalformedGraph, message);

    /// <param name="values">What values are called in the result.</param>
    /// <param name="resolve">What an attribute is in the result.</param>
    private GraphMessage Inline(
        GraphMessage graph, Func<string, string> values, Func<AttributeMessage, string, AttributeMessage?> resolve, int nesting) =>
        graph.Copy(values, graph.Nodes.SelectMany(node => Inline(node, node.Name, values, resolve, nesting)));

    private IEnumerable<NodeMessage> Inline(
        NodeMessage node, string name, Func<string, string> values, Func<AttributeMessage, string, AttributeMessage?> resolve, int nesting)
    {
        NodeMessage copy = node.Copy(name, values, Attribute);
        return _functions.TryGetValue((node.Domain, node.Type, node.Overload), out FunctionMessage? function)
            ? Expand(copy, function, nesting + 1)
            : [copy];

        AttributeMessage? Attribute(AttributeMessage attribute)
        {
            AttributeMessage? resolved = attribute.Reference.Length == 0 ? attribute : resolve(attribute, attribute.Name);
            return resolved?.Graph is { } body ? resolved.Copy(attribute.Name, Inline(body, values, resolve, nesting)) : resolved;
        }
    }

    private IEnumerable<NodeMessage> Expand(NodeMessage call, FunctionMessage function, int nesting)
    {
        if (nesting > NestingLimit)
        {
            throw Malformed($"function '{function.Name}' calls itself, or functions are nested more than {NestingLimit} deep");
        }

        if (call.Inputs.Count > function.Inputs.Count || call.Outputs.Count > function.Outputs.Count)
        {
            throw Malformed(
                $"node '{call.Name}' calls function '{function.Name}' with {call.Inputs.Count} inputs and {call.Outputs.Count} outputs; "
                    + "it has "
                    + $"{function.Inputs.Count} and {function.Outputs.Count}");
        }

        long opset = function.Opsets.GetValueOrDefault(Domains.Onnx, _opset);
        if (opset != _opset && Math.Min(opset, _opset) < StableOpset)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"its function '{function.Name}' uses version {opset} of ONNX's operators, and itself version {_opset}");
        }

        string scope = call.Name.Length > 0 ? call.Name : call.Outputs.FirstOrDefault(o => o.Length > 0) ?? function.Name;
        int count = _calls[scope] = _calls.GetValueOrDefault(scope) + 1;
        scope = count == 1 ? scope : $"{scope}#{count}";
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [string.Empty] = string.Empty };
        for (int i = 0; i < function.Inputs.Count; i++)
        {
            names[function.Inputs[i]] = i < call.Inputs.Count ? call.Inputs[i] : string.Empty;
        }

        for (int i = 0; i < call.Outputs.Count; i++)
        {
            if (call.Outputs[i].Length > 0 && !names.TryAdd(function.Outputs[i], call.Outputs[i]))
            {
                throw Malformed($"function '{function.Name}' has output '{function.Outputs[i]}' among its inputs, or twice");
            }
        }

        foreach (NodeMessage inner in function.Nodes)
        {
            string own = inner.Name.Length > 0 ? $"{scope}/{inner.Name}" : $"{scope}/{inner.Type}";
            foreach (NodeMessage node in Inline(inner, own, Name, Resolve, nesting))
            {
                yield return node;
            }
        }

        string Name(string name)
        {
            if (!names.TryGetValue(name, out string? known))
            {
                names.Add(name, known = $"{scope}/{name}");
            }

            return known;
        }

        AttributeMessage? Resolve(AttributeMessage attribute, string name) =>
            (call.Attributes.FirstOrDefault(a => a.Name == attribute.Reference)
                ?? function.Defaults.FirstOrDefault(a => a.Name == attribute.Reference))?.Copy(name);
    }
}
