using ModelBuild.Plan;

namespace ModelBuild.Compiler.Graphs;

/// <summary>
/// A model between import and plan. Passes edit it in place through the few methods here, and <see cref="GraphVerifier"/> looks at it
/// after each.
/// </summary>
/// <remarks>
/// Every edit costs the same however large the graph is: a removed node leaves a gap, an added one stands at the end, and
/// <see cref="Nodes"/> closes gaps and restores the order when someone next asks for it.
/// </remarks>
internal sealed class Graph
{
    /// <summary>Those of its values.</summary>
    private UniqueNames _names = new([], "_", firstNumber: 1);

    /// <summary>Nodes that may have lost the last reader of what they make.</summary>
    private readonly Stack<Node> _unread = new();

    /// <summary>At their positions; null where one was removed.</summary>
    private List<Node?> _nodes = [];
    private bool _isOrdered = true;
    private int _gaps;

    public Graph() => Outputs = new OutputList(MayBeUnread);

    public string Name { get; set; } = string.Empty;

    /// <summary>Version of ONNX's operator set; import has brought every node to this version's meaning.</summary>
    public long Opset { get; set; }

    /// <summary>The version that the file declares.</summary>
    public long ImportedOpset { get; set; }

    public string Producer { get; set; } = string.Empty;

    public List<Value> Inputs { get; } = [];

    /// <summary>Sizes that the run has to find equal. Shared by all copies of a graph.</summary>
    public List<(Dimension, Dimension)> Assumptions { get; private init; } = [];

    /// <summary>What the user lets symbols be; others may be any size.</summary>
    public IReadOnlyDictionary<string, DimensionRange> Ranges { get; set; } = new Dictionary<string, DimensionRange>();

    public OutputList Outputs { get; }

    /// <summary>
    /// Names of inputs and outputs that the file declares in bfloat16 and that are float32 here, since .NET has no such type.
    /// </summary>
    public List<string> PortsInBFloat16 { get; } = [];

    /// <summary>How the codes of inputs and outputs stand for reals, by name, where they take the place of floats.</summary>
    public Dictionary<string, QuantizationParameters> PortCodes { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>
    /// In a body of control flow: how many of the last inputs stand for values around it, which are the last inputs of its node.
    /// </summary>
    public int Captures { get; set; }

    /// <summary>The nodes, in an order in which they can run. Whoever edits the graph while walking them walks a copy.</summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public IReadOnlyList<Node> Nodes
    {
        get
        {
            if (!_isOrdered)
            {
                Sort();
            }
            else if (_gaps > 0)
            {
                Place(_nodes.Where(n => n is not null));
            }

            // Without gaps, no element is null.
            return _nodes!;
        }
    }

    /// <summary>
    /// Values that must keep existing under their name although a fusion could swallow them: what calibration looks at. Data may lie
    /// in another order (channels-last) in the lowered graph.
    /// </summary>
    public HashSet<string> Observed { get; } = new(StringComparer.Ordinal);

    public bool IsOutput(Value value) => value.OutputCount > 0;

    /// <summary>Makes values outputs too, in which they lie as the model has them whatever lowering does to it.</summary>
    /// <param name="isWanted">Whether a value that is no output yet is to be one.</param>
    public void ShowAsOutputs(Predicate<Value> isWanted)
    {
        foreach (Value value in Values().Where(v => !IsOutput(v) && isWanted(v)).ToArray())
        {
            Outputs.Add(value);
        }
    }

    /// <summary>True when exactly one node reads the value and nobody else looks at it, so that a fusion may swallow it.</summary>
    public bool IsPrivate(Value value) => value.Consumers.Count == 1 && !IsOutput(value) && !Observed.Contains(value.Name);

    /// <summary>A value with a name that no other value has: the one given, or the one given and a number.</summary>
    public Value NewValue(string name, DataType type, Shape? shape = null) => new(_names.Add(name)) { Type = type, Shape = shape };

    /// <summary>Makes a name known that a value got outside <see cref="NewValue"/>. False when it is taken.</summary>
    public bool Reserve(string name) => _names.Reserve(name);

    /// <summary>Sizes and positions that are known as expressions and need no step.</summary>
    public Value NewSizes(string name, params IEnumerable<Dimension> sizes)
    {
        Dimension[] elements = [.. sizes];
        Value value = NewValue(name, DataType.Int64, new Shape([elements.Length]));
        value.Elements = elements;
        return value;
    }

    public Value NewConstant(string name, Tensor tensor)
    {
        Value value = NewValue(name, tensor.Type, tensor.Shape);
        value.Constant = tensor;
        return value;
    }

    /// <summary>Adds a node.</summary>
    public Node Add(Node node)
    {
        node.Graph = this;
        node.Position = _nodes.Count;
        _nodes.Add(node);
        _unread.Push(node);
        _isOrdered &= node.Outputs.All(o => o is null or { Consumers.Count: 0 });
        return node;
    }

    /// <summary>Makes and adds a node with one new output.</summary>
    public Value Add(
        string domain, string type, string name, IEnumerable<Value?> inputs, string outputName, DataType outputType, Shape? outputShape,
        IReadOnlyDictionary<string, AttributeValue>? attributes = null)
    {
        Value output = NewValue(outputName, outputType, outputShape);
        Add(new Node(domain, type, name, inputs, [output], attributes));
        return output;
    }

    public void Remove(Node node)
    {
        node.Detach();
        node.Graph = null;
        _nodes[node.Position] = null;
        _gaps++;
    }

    /// <summary>
    /// Everyone who reads <paramref name="old"/>, the graph's outputs included, reads <paramref name="replacement"/> from now on.
    /// </summary>
    /// <remarks>An output keeps its name: the replacement takes it over and the old value gets another.</remarks>
    public void ReplaceUses(Value old, Value replacement)
    {
        foreach (Node consumer in old.Consumers.ToArray())
        {
            consumer.ReplaceInput(old, replacement);
        }

        for (int i = 0; IsOutput(old) && i < Outputs.Count; i++)
        {
            if (Outputs[i] == old)
            {
                if (Inputs.Contains(replacement) || replacement.IsConstant || IsOutput(replacement))
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

    /// <summary>
    /// Removes nodes whose outputs nobody reads, to the last. One that finds out a size stays while another tensor has that size.
    /// </summary>
    public void RemoveDead()
    {
        bool isRemoved = true;
        while (isRemoved)
        {
            isRemoved = false;
            var kept = new List<Node>();
            while (_unread.TryPop(out Node? node))
            {
                if (node.Graph != this || !node.Outputs.All(o => o is null or { Consumers.Count: 0, OutputCount: 0 }))
                {
                    continue;
                }

                if (node.Bound.Count > 0 && IsNeeded(node))
                {
                    // Nobody reads it, so that only its sizes say what it has to come before.
                    kept.Add(node);
                    _isOrdered = false;
                    continue;
                }

                Remove(node);
                isRemoved = true;
            }

            kept.ForEach(_unread.Push);
        }
    }

    /// <summary>Whether a size that a node finds out is a dimension or an element of what another node reads or makes.</summary>
    private bool IsNeeded(Node node)
    {
        HashSet<string> symbols = [.. node.BoundSymbols];
        return _nodes.Any(other => other is not null && other != node && Mentioned(other).Any(symbols.Contains));
    }

    /// <summary>The symbols in the shapes and elements of what a node, or a node inside it, reads or makes.</summary>
    private static IEnumerable<string> Mentioned(Node node) =>
        node.Inputs.Concat(node.Outputs).OfType<Value>().SelectMany(v => ((IEnumerable<Dimension>?)v.Shape ?? []).Concat(v.Elements ?? []))
            .Where(d => !d.IsConstant).SelectMany(d => d.Symbols)
            .Concat(node.Bodies.SelectMany(body => body._nodes.OfType<Node>()).SelectMany(Mentioned));

    /// <summary>
    /// Orders nodes so that each comes after those it reads and those that find out its sizes, and otherwise as it stood.
    /// <see cref="Nodes"/> does it where needed.
    /// </summary>
    /// <exception cref="InvalidOperationException">The graph has a cycle.</exception>
    public void Sort()
    {
        Node[] nodes = [.. _nodes.OfType<Node>()];
        List<Node> order = Order(nodes, []) is { } read ? read
            : throw new InvalidOperationException($"The graph has a cycle: node '{OnACycle(nodes).Name}' reads what it makes");
        Place(order);
        _isOrdered = true;
        if (order.Exists(n => n.Bound.Count > 0) && BindersThatComeLate(order) is { Count: > 0 } late && Order(order, late) is { } bound)
        {
            Place(bound);
        }
    }

    /// <summary>A node that depends on itself, where there is one: whoever follows a cycle for long enough is on it.</summary>
    private static Node OnACycle(IReadOnlyList<Node> nodes)
    {
        Dictionary<Node, int> waits = nodes.ToDictionary(n => n, n => Producers(n).Distinct().Count());
        var ready = new Queue<Node>(nodes.Where(n => waits[n] == 0));
        while (ready.TryDequeue(out Node? done))
        {
            IEnumerable<Node> readers = done.Outputs.OfType<Value>().SelectMany(o => o.Consumers).Distinct();
            foreach (Node reader in readers.Where(r => waits.ContainsKey(r) && --waits[r] == 0))
            {
                ready.Enqueue(reader);
            }
        }

        Node node = nodes.First(n => waits[n] > 0);
        for (int i = 0; i < nodes.Count; i++)
        {
            node = Producers(node).First(n => waits[n] > 0);
        }

        return node;

        static IEnumerable<Node> Producers(Node node) => node.Inputs.Select(i => i?.Producer).OfType<Node>();
    }

    /// <summary>
    /// Nodes that come before the one that finds out a size of theirs, though they could come behind it, and those that find them out.
    /// </summary>
    private static Dictionary<Node, List<Node>> BindersThatComeLate(List<Node> order)
    {
        var binders = new Dictionary<string, Node>(StringComparer.Ordinal);
        foreach (Node node in order)
        {
            foreach (string symbol in node.BoundSymbols)
            {
                binders.TryAdd(symbol, node);
            }
        }

        var late = new Dictionary<Node, List<Node>>();
        foreach (Node node in order)
        {
            foreach (Node binder in Mentioned(node).Distinct().Select(s => binders.GetValueOrDefault(s)).OfType<Node>().Distinct())
            {
                if (binder.Position > node.Position && !Reads(binder, node))
                {
                    if (!late.TryGetValue(node, out List<Node>? before))
                    {
                        late.Add(node, before = []);
                    }

                    before.Add(binder);
                }
            }
        }

        return late;
    }

    /// <summary>Whether a node reads what another makes, directly or through others.</summary>
    private static bool Reads(Node node, Node other)
    {
        var seen = new HashSet<Node>();
        var ahead = new Stack<Node>([node]);
        while (ahead.TryPop(out Node? next))
        {
            if (next == other)
            {
                return true;
            }

            foreach (Node producer in next.Inputs.Select(i => i?.Producer).OfType<Node>())
            {
                // What comes before the other cannot read it.
                if (producer.Graph == node.Graph && producer.Position >= other.Position && seen.Add(producer))
                {
                    ahead.Push(producer);
                }
            }
        }

        return false;
    }

    /// <summary>The nodes, each behind those it reads and those that are named besides; null where there is a cycle.</summary>
    private List<Node>? Order(IReadOnlyList<Node> nodes, Dictionary<Node, List<Node>> besides)
    {
        const int Unseen = -1;
        const int Waiting = -2;
        int[] places = [.. nodes.Select(n => n.Position)];
        foreach (Node node in nodes)
        {
            node.Position = Unseen;
        }

        var order = new List<Node>(nodes.Count);
        var stack = new Stack<(Node Node, int Next)>();
        foreach (Node root in nodes)
        {
            if (root.Position == Unseen)
            {
                stack.Push((root, 0));
            }

            while (stack.TryPop(out (Node Node, int Next) top))
            {
                List<Node>? more = besides.GetValueOrDefault(top.Node);
                int read = top.Node.Inputs.Count;
                if (top.Next == read + (more?.Count ?? 0))
                {
                    top.Node.Position = order.Count;
                    order.Add(top.Node);
                    continue;
                }

                top.Node.Position = Waiting;
                stack.Push((top.Node, top.Next + 1));
                Node? before = top.Next < read ? top.Node.Inputs[top.Next]?.Producer : more![top.Next - read];
                if (before is null || before.Graph != this || before.Position >= 0)
                {
                    continue;
                }

                if (before.Position == Waiting)
                {
                    for (int i = 0; i < places.Length; i++)
                    {
                        nodes[i].Position = places[i];
                    }

                    return null;
                }

                stack.Push((before, 0));
            }
        }

        return order;
    }

    /// <summary>All values, each once: inputs, then what nodes read and make, in order.</summary>
    public IEnumerable<Value> Values()
    {
        var seen = new HashSet<Value>();
        foreach (Value value in Inputs.Concat(Nodes.SelectMany(n => n.Inputs.Concat(n.Outputs)).OfType<Value>()).Concat(Outputs))
        {
            if (seen.Add(value))
            {
                yield return value;
            }
        }
    }

    /// <summary>This graph and those inside its nodes, each after the one it lies in.</summary>
    public IEnumerable<Graph> AllGraphs()
    {
        var ahead = new Stack<Graph>([this]);
        while (ahead.TryPop(out Graph? graph))
        {
            yield return graph;
            foreach (Graph body in graph.Nodes.SelectMany(n => n.Bodies))
            {
                ahead.Push(body);
            }
        }
    }

    /// <summary>A deep copy of nodes and values, bodies of control flow included. Constant data, being immutable, is shared.</summary>
    public Graph Clone()
    {
        var copy = new Graph
        {
            Name = Name, Opset = Opset, ImportedOpset = ImportedOpset, Producer = Producer, Captures = Captures, Assumptions = Assumptions,
            Ranges = Ranges, PortCodes = new Dictionary<string, QuantizationParameters>(PortCodes, StringComparer.Ordinal),
        };
        var map = new Dictionary<Value, Value>();
        Value Map(Value value)
        {
            if (!map.TryGetValue(value, out Value? twin))
            {
                twin = new Value(value.Name)
                {
                    Type = value.Type, Shape = value.Shape, Constant = value.Constant, Elements = value.Elements,
                    Quantization = value.Quantization, Origin = value.Origin, Pixels = value.Pixels,
                };
                map.Add(value, twin);
            }

            return twin;
        }

        copy.Inputs.AddRange(Inputs.Select(Map));
        foreach (Node node in Nodes)
        {
            Node added = copy.Add(new Node(
                node.Domain, node.Type, node.Name, [.. node.Inputs.Select(v => v is null ? null : Map(v))],
                [.. node.Outputs.Select(v => v is null ? null : Map(v))], node.Attributes));
            added.Bound.AddRange(node.Bound);
            foreach ((string name, AttributeValue body) in node.Attributes.Where(a => a.Value.Kind == AttributeKind.Graph))
            {
                added.Attributes[name] = body.Graph.Clone();
            }
        }

        copy.Outputs.AddRange(Outputs.Select(Map));
        copy.Observed.UnionWith(Observed);
        copy._names = new UniqueNames(_names);
        return copy;
    }

    /// <summary>A node reads another value than before; called by the node.</summary>
    internal void InputChanged(Node node, Value? old, Value? value)
    {
        if (old is not null)
        {
            MayBeUnread(old);
        }

        if (value?.Producer is { } producer)
        {
            _isOrdered &= producer.Position < node.Position;
        }
    }

    /// <summary>A node makes another value than before; called by the node.</summary>
    internal void OutputChanged(Node node, Value? value)
    {
        _unread.Push(node);
        _isOrdered &= value is null or { Consumers.Count: 0 };
    }

    private void MayBeUnread(Value value)
    {
        if (value is { Producer: { } producer, Consumers.Count: 0, OutputCount: 0 })
        {
            _unread.Push(producer);
        }
    }

    private void Place(IEnumerable<Node?> nodes)
    {
        _nodes = [.. nodes];
        _gaps = 0;
        for (int i = 0; i < _nodes.Count; i++)
        {
            _nodes[i]!.Position = i;
        }
    }

    private static void SwapNames(Value a, Value b) => (a.Name, b.Name) = (b.Name, a.Name);
}
