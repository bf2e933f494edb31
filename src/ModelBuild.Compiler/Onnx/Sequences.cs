using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Sequences and optionals do not outlive import: of each it is known which tensors it holds, and what reads it reads those instead.
/// <code>
///   SplitToSequence(x) ──► s,  SequenceAt(s, 1) ──► y        ⇒        Split(x) ──► (a, b),  b ──► y
/// </code>
/// A loop that appends one element in each iteration collects rows instead, which are the elements one by one; and of a split of which only
/// the run knows into how many parts it cuts, it is known where each begins and ends.
/// </summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/ under each name. Gaps: sequences that branches make, or that a loop changes otherwise than by appending
/// elements of one shape; parts of which only the run knows how many there are and how long each is.
/// </remarks>
internal sealed partial class Sequences
{
    /// <summary>Of SequenceConstruct, where import has made it: of what kind each part is, as <see cref="Part.Kind"/> says.</summary>
    private const string PartsAttribute = "parts";

    /// <summary>A split into more parts than these is kept as rows.</summary>
    private const int SplitLimit = 256;

    private readonly Dictionary<Value, IReadOnlyList<Part>> _parts = [];

    /// <summary>Elements of a sequence that follow one another.</summary>
    /// <param name="Value">A tensor: the element, or what has several.</param>
    /// <param name="IsRows">Whether not it is an element, but its rows along the first axis are.</param>
    /// <param name="Slices">Where along an axis the elements begin and end, if they are slices of it.</param>
    private sealed record Part(Value Value, bool IsRows, Slices? Slices = null)
    {
        private const long Single = -2;
        private const long Rows = -1;

        public bool IsSingle => !IsRows && Slices is null;

        /// <summary>What tells parts apart that consist of the same tensors: a number below 0, or the axis of slices.</summary>
        public long Kind => IsRows ? Rows : Slices?.Axis ?? Single;

        /// <summary>The tensors that it consists of.</summary>
        public IEnumerable<Value> Tensors => Slices is { } slices ? [Value, slices.Starts, slices.Ends] : [Value];

        /// <summary>A part of the tensors of another graph that stand for those of one of a kind.</summary>
        public static Part Of(long kind, Queue<Value> tensors) => kind < 0
            ? new Part(tensors.Dequeue(), kind == Rows)
            : new Part(tensors.Dequeue(), false, new Slices((int)kind, tensors.Dequeue(), tensors.Dequeue(), null));
    }

    /// <summary>Whether a value is a sequence, or an optional one.</summary>
    public bool Contains(Value value) => _parts.ContainsKey(value);

    /// <summary>Takes an operator on sequences apart, and sequences out of what control flow reads and carries.</summary>
    /// <returns>What is left to be resolved, in order; null where no sequence has to do with the node.</returns>
    /// <exception cref="CompilationException">MODELB1004 or 1005: what becomes of a sequence is not known at build.</exception>
    public IReadOnlyList<Node>? TakeApart(Graph graph, Node node, InferenceContext context)
    {
        bool reads = node.Inputs.Any(i => i is not null && Contains(i));
        if (OperatorRegistry.Find(node) is not SequenceOperator definition)
        {
            return !reads ? null
                : node.IsControlFlow ? [WithoutSequences(graph, node, context)]
                : node.Is("Identity") ? Alias(graph, node, node.Required(0))
                : throw context.Unsupported(node, "reads a sequence, of which only operators on sequences know what to make.");
        }

        definition.Check(node, context);
        var e = new Expansion(graph, node, context);
        return node.Type switch
        {
            "SequenceConstruct" => Make(e, Construct(node)),
            "SequenceEmpty" => Make(e, []),
            "SequenceInsert" => Make(e, Insert(e)),
            "SequenceErase" => Make(e, Erase(e)),
            "SplitToSequence" => Make(e, Split(e)),
            "SequenceAt" => e.Replace([At(e)]),
            "SequenceLength" => e.Replace([Length(e)]),
            "ConcatFromSequence" => e.Replace([Concat(e)]),
            "OptionalHasElement" => e.Replace([e.Constant(Tensor.From<bool>(DataType.Bool, [HasElement(node)], []))]),
            "Optional" when node.Input(0) is null => Make(e, []),
            _ when reads => Alias(graph, node, node.Required(0)),
            _ => e.Replace([e.Input(0)]),
        };
    }

    /// <summary>Nothing but tensors can leave a model or a body.</summary>
    /// <exception cref="CompilationException">MODELB1004.</exception>
    public void CheckOutputs(Graph graph, InferenceContext context)
    {
        if (graph.Outputs.FirstOrDefault(Contains) is { } output)
        {
            throw new CompilationException(
                DiagnosticCodes.UnsupportedFeature,
                $"Model '{Path.GetFileName(context.File)}': output '{output.Name}' is a sequence, which is not supported. Let the graph "
                    + "end in a tensor, such as ConcatFromSequence makes of it.",
                context.File);
        }
    }

    private IReadOnlyList<Node> Make(Expansion e, IReadOnlyList<Part> parts)
    {
        _parts[e.Node.Output] = parts;
        return e.Remove();
    }

    private Node[] Alias(Graph graph, Node node, Value source)
    {
        _parts[node.Output] = _parts[source];
        graph.Remove(node);
        return [];
    }

    private static Part[] Construct(Node node)
    {
        var tensors = new Queue<Value>(node.Inputs.Select(i => i!));
        return node.Ints(PartsAttribute) is { } kinds
            ? [.. kinds.Select(kind => Part.Of(kind, tensors))] : [.. tensors.Select(v => new Part(v, false))];
    }

    private static Part[] Split(Expansion e)
    {
        Value x = e.Input(0);
        Shape shape = x.KnownShape;
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis"), shape.Rank);
        Value? split = e.Node.Input(1);
        if (split is null && !(shape[axis] is { IsConstant: true, Value: <= SplitLimit }))
        {
            return [new Part(Rows(e, x, axis, e.Node.Int("keepdims", 1) != 0), true)];
        }

        bool isChunk = split is not { Shape.Rank: 1 };
        if (split is not null && (split is { IsConstant: false } || !shape[axis].IsConstant))
        {
            return isChunk ? [InChunks(e, x, axis, split)] : InParts(e, x, axis, split);
        }

        long size = shape[axis].Value;
        long[] given = split is null ? [1] : split.Constant!.ToInt64s();
        if (isChunk && given.Length != 1)
        {
            throw e.Context.Malformed(
                e.Node, $"gives 'split' {given.Length} elements of shape {split!.Shape}. It is a number, or has one axis.");
        }

        long[] sizes = isChunk ? [.. Chunks(e, size, given[0])] : given;

        // Each alone first: no sum of sizes within the axis overflows before the number of parts does.
        if (sizes.Length > SplitLimit)
        {
            throw e.Context.Unsupported(e.Node, $"splits into {sizes.Length} parts. At most {SplitLimit} are supported.");
        }

        if (sizes.Any(s => s < 0 || s > size) || sizes.Sum() != size)
        {
            throw e.Context.Malformed(e.Node, $"splits {size} elements into parts of {string.Join(" + ", sizes)}.");
        }

        Value[] parts = e.Apply("Split", sizes.Length, [x, e.Integers(sizes)], ("axis", (long)axis));
        bool squeezes = split is null && e.Node.Int("keepdims", 1) == 0;
        return [.. parts.Select(p => new Part(squeezes ? e.Apply("Squeeze", [p, e.Integers(axis)]) : p, false))];
    }

    private static IEnumerable<long> Chunks(Expansion e, long size, long chunk)
    {
        if (chunk <= 0)
        {
            throw e.Context.Malformed(e.Node, $"splits into parts of {chunk} elements.");
        }

        if (size / chunk > SplitLimit)
        {
            throw e.Context.Unsupported(e.Node, $"splits {size} elements into parts of {chunk}. At most {SplitLimit} parts are supported.");
        }

        for (long rest = size; rest > 0; rest -= chunk)
        {
            yield return long.Min(rest, chunk);
        }
    }

    /// <summary>A tensor with an axis first, whose rows are what a split into single slices makes.</summary>
    private static Value Rows(Expansion e, Value x, int axis, bool keepsAxis)
    {
        int rank = x.KnownShape.Rank;
        Value moved = axis == 0 ? x : e.Transpose(x, [axis, .. Enumerable.Range(0, rank).Where(d => d != axis).Select(d => (long)d)]);
        return keepsAxis ? e.Apply("Unsqueeze", [moved, e.Integers(axis + 1)]) : moved;
    }

    private Value At(Expansion e)
    {
        IReadOnlyList<Part> parts = Of(e);
        if (e.Input(1).IsConstant && parts.All(p => p.IsSingle))
        {
            return parts[Position(e, 1, parts, parts.Count - 1)].Value;
        }

        if (parts is [{ Slices: not null } slices])
        {
            return SliceAt(e, slices, e.Reshape(e.Input(1), 1));
        }

        Value index = e.Reshape(e.Input(1));
        return e.Apply("Gather", [Stacked(e, parts, 0), index], ("axis", 0L));
    }

    private Value Length(Expansion e)
    {
        IReadOnlyList<Part> parts = Of(e);
        Value length = e.Constant(Tensor.Of([(long)parts.Count(p => p.IsSingle)], []));
        return parts.Where(p => !p.IsSingle).Aggregate(length, (sum, p) => e.Add(sum, Count(p.Slices?.Starts ?? p.Value)));

        Value Count(Value rows) => e.Apply("Gather", [e.Apply("Shape", [rows]), e.Constant(Tensor.Of([0L], []))], ("axis", 0L));
    }

    private Value Concat(Expansion e)
    {
        IReadOnlyList<Part> parts = Of(e);
        if (parts.Count == 0)
        {
            throw e.Context.Unsupported(e.Node, "joins the elements of a sequence that has none.");
        }

        bool isNew = e.Node.Int("new_axis") != 0;
        int rank = Rank(parts[0]) + (isNew ? 1 : 0);
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis"), rank);
        return isNew ? Stacked(e, parts, axis) : Join(e, [.. parts.Select(Along)], axis);

        Value Along(Part part) => part.IsSingle || part.Slices?.Axis == axis ? part.Value : Merged(e, RowsOf(e, part), axis);
    }

    /// <summary>The elements along a new axis.</summary>
    private static Value Stacked(Expansion e, IReadOnlyList<Part> parts, int axis) => parts.Count == 0
        ? throw e.Context.Malformed(e.Node, "reads an element of a sequence that has none.")
        : Join(
            e,
            [
                .. parts.Select(p => p.IsSingle
                    ? e.Apply("Unsqueeze", [p.Value, e.Integers(axis)]) : Composites.MoveRows(e, RowsOf(e, p), axis)),
            ],
            axis);

    /// <summary>The elements one after the other along an axis that they have.</summary>
    private static Value Merged(Expansion e, Value rows, int axis)
    {
        Dimension[] shape = [.. rows.KnownShape];
        return e.Reshape(Composites.MoveRows(e, rows, axis), [.. shape[1..(axis + 1)], shape[0] * shape[axis + 1], .. shape[(axis + 2)..]]);
    }

    private static Value Join(Expansion e, IReadOnlyList<Value> values, int axis) =>
        values is [var single] ? single : e.Apply("Concat", values, ("axis", (long)axis));

    private static int Rank(Part part) => part.Value.KnownShape.Rank - (part.IsRows ? 1 : 0);

    private bool HasElement(Node node) =>
        node.Input(0) is { } value && (!_parts.TryGetValue(value, out IReadOnlyList<Part>? parts) || parts.Count > 0);

    private IReadOnlyList<Part> Of(Expansion e) => _parts.GetValueOrDefault(e.Input(0))
        ?? throw e.Context.Unsupported(e.Node, $"reads '{e.Input(0).Name}', of which it is not known at build which tensors it holds.");

    /// <summary>A position that an input gives, from the end where it is negative.</summary>
    private static int Position(Expansion e, int input, IReadOnlyList<Part> parts, int last)
    {
        long position = e.Input(input).Constant is { Length: 1 } constant ? constant.ToInt64s()[0]
            : throw e.Context.Unsupported(e.Node, "computes a position in a sequence at run time. It must be known at build.");
        return Position(e, parts, position < 0 ? position + parts.Count : position, last);
    }

    private static int Position(Expansion e, IReadOnlyList<Part> parts, long position, int last) => position < 0 || position > last
        ? throw e.Context.Malformed(e.Node, $"names position {position} of a sequence of {parts.Count} elements.")
        : (int)position;

    /// <summary>Control flow whose bodies get the elements of sequences, and which carries none.</summary>
    private Node WithoutSequences(Graph graph, Node node, InferenceContext context)
    {
        Graph[] bodies = [.. node.Bodies];
        int captures = bodies.Select(b => b.Captures).FirstOrDefault();
        Value[] captured = [.. node.Inputs.TakeLast(captures).OfType<Value>().Where(Contains)];
        Array.ForEach(captured, sequence => PassElements(node, bodies, sequence));

        return node.Is("Loop") && bodies is [var body] ? Collect(graph, node, body, context)
            : node.Inputs.Any(i => i is not null && Contains(i)) ? throw context.Malformed(node, "has a sequence as its condition.")
            : node;
    }

    /// <summary>Captures the elements of a sequence instead of it; inside of the bodies it is made of them again.</summary>
    private void PassElements(Node node, Graph[] bodies, Value sequence)
    {
        IReadOnlyList<Part> parts = _parts[sequence];
        Value[] tensors = [.. parts.SelectMany(p => p.Tensors)];
        long[] kinds = [.. parts.Select(p => p.Kind)];
        int fromEnd = node.Inputs.Reverse().ToList().IndexOf(sequence) + 1;
        foreach (Graph body in bodies)
        {
            Value inner = body.Inputs[^fromEnd];
            Value[] elements = [.. tensors.Select(t => body.NewValue(t.Name, t.Type))];
            body.Inputs.RemoveAt(body.Inputs.Count - fromEnd);
            body.Inputs.AddRange(elements);
            body.Captures += elements.Length - 1;
            body.Add(new Node(
                Domains.Onnx, "SequenceConstruct", node.Name, elements, [inner], AttributeValue.ByName((PartsAttribute, kinds))));
        }

        node.RemoveInput(node.Inputs.Count - fromEnd);
        Array.ForEach(tensors, node.AddInput);
    }

    /// <summary>A loop that appends to sequences collects rows instead.</summary>
    private Node Collect(Graph graph, Node node, Graph body, InferenceContext context)
    {
        int[] carried = [.. Enumerable.Range(2, LoopShapes.Carried(body)).Where(i => node.Input(i) is { } v && Contains(v))];
        if (carried.Length == 0)
        {
            return node;
        }

        List<Value?> inputs = [.. node.Inputs];
        List<Value?> outputs = [.. node.Outputs];
        while (outputs.Count < body.Outputs.Count - 1)
        {
            outputs.Add(null);
        }

        foreach (int i in carried.Reverse())
        {
            Value before = body.Inputs[i];
            Value after = body.Outputs[i - 1];
            if (!(after.Producer is { } insert && insert.Is("SequenceInsert") && insert.Input(0) == before && insert.Input(2) is null
                && before.Consumers.Count == 1 && after.Consumers.Count == 0))
            {
                throw context.Unsupported(
                    node, $"changes the sequence '{before.Name}' otherwise than by appending one element in each iteration. Only that is "
                        + "supported.");
            }

            Value row = body.Add(
                Domains.Onnx, "Identity", insert.Name, [insert.Required(1)], $"{insert.Name}_row", default, null);
            body.Outputs.RemoveAt(i - 1);
            body.Remove(insert);
            body.Inputs.RemoveAt(i);
            body.Outputs.Add(row);
            Value rows = graph.NewValue($"{node.Name}/{before.Name}", default);
            if (outputs[i - 2] is { } made)
            {
                _parts[made] = [.. _parts[inputs[i]!], new Part(rows, true)];
            }

            outputs.RemoveAt(i - 2);
            outputs.Add(rows);
            inputs.RemoveAt(i);
        }

        graph.Remove(node);
        return graph.Add(new Node(node.Domain, node.Type, node.Name, inputs, outputs, node.Attributes));
    }
}
