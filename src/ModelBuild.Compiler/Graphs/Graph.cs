using ModelBuild.Plan;

namespace ModelBuild.Compiler.Graphs;

/// <summary>
/// A model between import and plan. Nodes stand in an order in which they can run. Passes edit it in place through the few methods
/// here, and <see cref="GraphVerifier"/> looks at it after each.
/// </summary>
internal sealed class Graph
{
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public string Name { get; set; } = string.Empty;

    /// <summary>Version of ONNX's operator set; import has brought every node to this version's meaning.</summary>
    public long Opset { get; set; }

    /// <summary>The version that the file declares.</summary>
    public long ImportedOpset { get; set; }

    public string Producer { get; set; } = string.Empty;

    public List<Value> Inputs { get; } = [];

    public List<Value> Outputs { get; } = [];

    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>
    /// Values that must keep existing under their name although a fusion could swallow them: what calibration looks at. Data may lie
    /// in another order (channels-last) in the lowered graph.
    /// </summary>
    public HashSet<string> Observed { get; } = new(StringComparer.Ordinal);

    public bool IsOutput(Value value) => Outputs.Contains(value);

    /// <summary>True when exactly one node reads the value and nobody else looks at it, so that a fusion may swallow it.</summary>
    public bool IsPrivate(Value value) => value.Consumers.Count == 1 && !IsOutput(value) && !Observed.Contains(value.Name);

    /// <summary>A value with a name that no other value has: the one given, or the one given and a number.</summary>
    public Value NewValue(string name, DataType type, Shape? shape = null)
    {
        string unique = name;
        for (int i = 1; !_names.Add(unique); i++)
        {
            unique = $"{name}_{i}";
        }

        return new Value(unique) { Type = type, Shape = shape };
    }

    /// <summary>Makes a name known that a value got outside <see cref="NewValue"/>. False when it is taken.</summary>
    public bool Reserve(string name) => _names.Add(name);

    public Value NewConstant(string name, Tensor tensor)
    {
        Value value = NewValue(name, tensor.Type, tensor.Shape);
        value.Constant = tensor;
        return value;
    }

    /// <summary>Appends a node. Where passes insert nodes in the middle, <see cref="Sort"/> puts them in order.</summary>
    public Node Add(Node node)
    {
        _nodes.Add(node);
        return node;
    }

    /// <summary>Makes and appends a node with one new output.</summary>
    public Value Add(string domain, string type, string name, IEnumerable<Value?> inputs, string outputName, DataType outputType, Shape? outputShape, IReadOnlyDictionary<string, AttributeValue>? attributes = null)
    {
        Value output = NewValue(outputName, outputType, outputShape);
        Add(new Node(domain, type, name, inputs, [output], attributes));
        return output;
    }

    public void Remove(Node node)
    {
        node.Detach();
        _nodes.Remove(node);
    }

    /// <summary>Everyone who reads <paramref name="old"/>, the graph's outputs included, reads <paramref name="replacement"/> from now on.</summary>
    /// <remarks>An output keeps its name: the replacement takes it over and the old value gets another.</remarks>
    public void ReplaceUses(Value old, Value replacement)
    {
        foreach (Node consumer in old.Consumers.ToArray())
        {
            consumer.ReplaceInput(old, replacement);
        }

        for (int i = 0; i < Outputs.Count; i++)
        {
            if (Outputs[i] == old)
            {
                if (Inputs.Contains(replacement) || replacement.IsConstant || Outputs.Contains(replacement))
                {
                    // An output that is an input, a constant or another output needs a node of its own to be written by.
                    Value copy = NewValue(old.Name, replacement.Type, replacement.Shape);
                    Add(new Node(Domains.Onnx, "Identity", old.Name, [replacement], [copy]));
                    SwapNames(old, copy);
                    Outputs[i] = copy;
                }
                else
                {
                    SwapNames(old, replacement);
                    Outputs[i] = replacement;
                }
            }
        }
    }

    /// <summary>Orders the nodes (<see cref="Sort"/>) and removes those whose outputs nobody reads, to the last.</summary>
    public void RemoveDead()
    {
        Sort();
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            Node node = _nodes[i];
            if (node.Outputs.All(o => o is null || (o.Consumers.Count == 0 && !IsOutput(o))))
            {
                node.Detach();
                _nodes.RemoveAt(i);
            }
        }
    }

    /// <summary>Orders nodes so that each comes after those it reads, and otherwise as it stood.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public void Sort()
    {
        var order = new List<Node>(_nodes.Count);
        var state = new Dictionary<Node, bool>(_nodes.Count);
        var stack = new Stack<(Node Node, int Next)>();
        foreach (Node root in _nodes)
        {
            if (state.ContainsKey(root))
            {
                continue;
            }

            stack.Push((root, 0));
            state[root] = false;
            while (stack.TryPop(out (Node Node, int Next) top))
            {
                if (top.Next == top.Node.Inputs.Count)
                {
                    state[top.Node] = true;
                    order.Add(top.Node);
                    continue;
                }

                stack.Push((top.Node, top.Next + 1));
                if (top.Node.Inputs[top.Next]?.Producer is { } producer)
                {
                    if (!state.TryGetValue(producer, out bool done))
                    {
                        state[producer] = false;
                        stack.Push((producer, 0));
                    }
                    else if (!done)
                    {
                        throw new InvalidOperationException($"The graph has a cycle through node '{producer.Name}'.");
                    }
                }
            }
        }

        _nodes.Clear();
        _nodes.AddRange(order);
    }

    /// <summary>All values, each once: inputs, then what nodes read and make, in order.</summary>
    public IEnumerable<Value> Values()
    {
        var seen = new HashSet<Value>();
        foreach (Value value in Inputs.Concat(_nodes.SelectMany(n => n.Inputs.Concat(n.Outputs)).OfType<Value>()).Concat(Outputs))
        {
            if (seen.Add(value))
            {
                yield return value;
            }
        }
    }

    /// <summary>A deep copy of nodes and values. Constant data, being immutable, is shared.</summary>
    public Graph Clone()
    {
        var copy = new Graph { Name = Name, Opset = Opset, ImportedOpset = ImportedOpset, Producer = Producer };
        var map = new Dictionary<Value, Value>();
        Value Map(Value value)
        {
            if (!map.TryGetValue(value, out Value? twin))
            {
                twin = new Value(value.Name)
                {
                    Type = value.Type, Shape = value.Shape, Constant = value.Constant, Elements = value.Elements, Quantization = value.Quantization,
                };
                map.Add(value, twin);
            }

            return twin;
        }

        copy.Inputs.AddRange(Inputs.Select(Map));
        foreach (Node node in _nodes)
        {
            copy._nodes.Add(new Node(
                node.Domain, node.Type, node.Name, [.. node.Inputs.Select(v => v is null ? null : Map(v))], [.. node.Outputs.Select(v => v is null ? null : Map(v))], node.Attributes));
        }

        copy.Outputs.AddRange(Outputs.Select(Map));
        copy.Observed.UnionWith(Observed);
        copy._names.UnionWith(_names);
        return copy;
    }

    private static void SwapNames(Value a, Value b) => (a.Name, b.Name) = (b.Name, a.Name);
}
