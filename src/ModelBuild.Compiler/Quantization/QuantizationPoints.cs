using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Lowering;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Decides which tensors of a float model get codes. Those that feed a convolution or matrix product do, and on the way up those that
/// operators without arithmetic of their own (pools, reshapes, concatenation, tables) need to deliver them. What lies inside a fused
/// operator stays int32 or float32, and so does what comes after the last of them: quantizing it would cost accuracy and buy nothing.
/// Where 8 bits are too few, what feeds a convolution or matrix product gets 16, and all between them stays float32.
/// </summary>
internal sealed class QuantizationPoints
{
    private readonly Graph _graph;
    private readonly HashSet<Value> _demanded = [];
    private readonly HashSet<Value> _wide = [];
    private readonly HashSet<(Node, Value)> _readers = [];
    private readonly Dictionary<Value, Value> _parents = [];
    private readonly Dictionary<Value, Value> _onlyUse = [];
    private readonly HashSet<Value> _behindAnchors;
    private readonly HashSet<Node> _spectra;
    private readonly HashSet<Node> _attention;

    /// <summary>Where gates end that anchors of codes compute with their sums.</summary>
    private readonly HashSet<Value> _gateEnds;

    private readonly FloatParts _floats;
    private Node? _visited;

    private QuantizationPoints(Graph graph, FloatParts floats)
    {
        _graph = graph;
        _floats = floats;
        _spectra = Spectra.FindAll(graph);
        _behindAnchors = BehindAnchors(graph, _spectra);
        _attention = FuseAttention.NodesOf(graph);
        _gateEnds = [.. Gate.All(graph).Select(g => g.End)];
    }

    /// <summary>The values to quantize, in the order in which they come into being.</summary>
    public IReadOnlyList<Value> Values { get; private set; } = [];

    /// <summary>Looks for the points of a float graph after the portable passes.</summary>
    /// <param name="floats">What is to stay float; null for nothing.</param>
    public static QuantizationPoints Find(Graph graph, FloatParts? floats = null)
    {
        var points = new QuantizationPoints(graph, floats ?? FloatParts.None);
        foreach (Node node in graph.Nodes.Reverse())
        {
            points._visited = node;
            points.Visit(node);
        }

        points.Values = [.. graph.Values().Where(v => points._demanded.Contains(v) || points.IsWide(v))];
        return points;
    }

    /// <summary>The value that stands for all that share one scale: an operator that only moves elements does not change it.</summary>
    public Value Group(Value value) => _parents.TryGetValue(value, out Value? parent) ? Group(parent) : value;

    /// <summary>The function of a value that is the only thing anyone wants of it, so that codes are wasted where it is constant.</summary>
    public Value? OnlyUse(Value value) => _onlyUse.GetValueOrDefault(value);

    /// <summary>
    /// Whether a node reads the codes of a value. What is computed in float is there in float too, and who computes in float takes that:
    /// the sum behind a normalization, which goes from layer to layer, is not rounded in each.
    /// </summary>
    public bool ReadsCodes(Node reader, Value value) =>
        _readers.Contains((reader, value))
        || (!IsWide(value) && !IsComputedInFloat(value) && !(LowerQuantizedProducts.HasIntegerForm(reader) && _floats.Keeps(reader)));

    /// <summary>True where something computes with the codes of a value, and does not only put them elsewhere.</summary>
    public bool IsComputedWith(Value value) => value.Consumers.Any(
        c => _readers.Contains((c, value)) && !c.Is("Concat") && (c.Outputs[0] is not { } output || Group(output) != Group(value)));

    /// <summary>Whether a value gets 16-bit codes, not 8-bit ones.</summary>
    public bool IsWide(Value value) => _wide.Contains(value);

    /// <summary>True where nothing but a Softmax reads a value: how far masks push its elements down does not matter.</summary>
    public bool IsScores(Value value) => value.Consumers.All(c => c.Is("Softmax")) && !_graph.IsOutput(value);

    /// <summary>
    /// The scores that a value is a mask of, and what they are without it, where it has no other use: what it says below the codes of
    /// the scores does not matter either.
    /// </summary>
    /// <param name="ofAny">Sums of any use: below the codes of the sum is all that the mask has to take them.</param>
    public IReadOnlyList<(Value Sum, Value Unmasked)> Masks(Value value, bool ofAny = false) =>
        !_graph.IsOutput(value)
            && value.Consumers.All(c => c.Is("Add") && c.Required(0) != c.Required(1) && (ofAny || IsScores(c.Output)))
            ? [.. value.Consumers.Distinct().Select(c => (c.Output, c.OtherOperand(value)))]
            : [];

    /// <summary>
    /// All that convolutions and matrix products have a part in: what is left are the model's inputs and their preparation.
    /// </summary>
    public static HashSet<Value> BehindAnchors(Graph graph) => BehindAnchors(graph, []);

    /// <param name="preparation">Convolutions and products that belong to the preparation too: <see cref="Spectra.FindAll"/>.</param>
    public static HashSet<Value> BehindAnchors(Graph graph, HashSet<Node> preparation)
    {
        var values = new HashSet<Value>();
        foreach (Node node in graph.Nodes.Where(n =>
            (AnchorOperands.IsAnchor(n) && !preparation.Contains(n)) || n.Inputs.Any(i => i is not null && values.Contains(i))))
        {
            values.UnionWith(node.Outputs.OfType<Value>());
        }

        return values;
    }

    private void Visit(Node node)
    {
        // What only moves elements computes nothing.
        if (_floats.Keeps(node) && !IsMovement(node))
        {
            return;
        }

        if (_spectra.Contains(node))
        {
            return;
        }

        if (AnchorOperands.HasIntegerForm(node))
        {
            Value factor = node.Required(0);
            if (_floats.IsWide(factor) && !AnchorOperands.IsShort(node))
            {
                Widen(factor);
                _readers.Add((node, factor));
            }

            Demand(factor);
            return;
        }

        if (RecurrentQuantizer.HasIntegerForm(node))
        {
            if (!_floats.HasFloatRecurrences)
            {
                Demand(node.Required(0));
            }

            return;
        }

        if (node.Outputs.Count == 0 || node.Outputs[0] is not { Type: DataType.Float32 } output)
        {
            return;
        }

        if (LowerQuantizedProducts.HasIntegerForm(node))
        {
            // Attention that is one operator in float never has all scores in memory, and loses nothing: codes of scores and weights would.
            if (!_attention.Contains(node))
            {
                Demand(node.Required(0));
                Demand(node.Required(1));
            }

            return;
        }

        if (!_behindAnchors.Contains(output) && !IsMovement(node))
        {
            // Preparation of the model's inputs: raw columns get codes after they were brought to one scale, not before.
            return;
        }

        bool wanted = _demanded.Contains(output);
        if (wanted && LayerNormalization.Find(_graph, output) is { } rows && IsNormalizedAnchor(rows))
        {
            Demand(rows.Input);
            return;
        }

        switch (node.Type)
        {
            case "MaxPool" or "GlobalMaxPool" or "AveragePool" when IsFloatPool(node):
                break;
            case "MaxPool" or "GlobalMaxPool":
                Demand(node.Required(0));
                Share(output, node.Required(0), wanted);
                break;
            case var _ when wanted && (IsMovement(node) || IsPickOfAnchor(node)):
                Demand(node.Required(0));
                Share(output, node.Required(0), true);
                break;
            case "Resize" when wanted:
                Demand(node.Required(0));
                break;
            case "Concat" when wanted:
                foreach (Value input in node.Inputs.OfType<Value>())
                {
                    Demand(input);
                    Share(input, output, !input.IsConstant && !_floats.HasOwnScale(input));
                }

                break;
            case "GlobalAveragePool" or "ReduceMean" when !wanted:
            case "ReduceSum" when !wanted || IsSquare(node.Required(0)):
                // A statistic of the values, such as the variance of a normalization: small ones would vanish in codes.
                break;
            case "AveragePool" or "GlobalAveragePool" or "ReduceMean" or "ReduceSum":
                Demand(node.Required(0));
                Demand(output);
                break;
            case "Where" when wanted && IsGuard(node):
                // Codes are numbers: what is none has to be found before there are any.
                break;
            case "Where" when wanted:
                // What a mask puts in is a constant: its code is known at build.
                Select(node.Inputs.Skip(1));
                break;
            case "Min" or "Max" when wanted && UnaryFunction.RootOf(output) is null:
                Select(node.Inputs);
                break;
            case "Softmax" when wanted:
            case "PRelu" when wanted && UnaryFunction.RootOf(output) is null && node.Required(1).IsConstant:
                Demand(node.Required(0));
                break;
            default:
                Elementwise(node, output, wanted);
                break;
        }
    }

    /// <summary>True for what puts something in the place of elements that are no numbers, or infinite.</summary>
    private static bool IsGuard(Node where) => where.Required(0).Producer is { Type: "IsNaN" or "IsInf" } test
        && where.Inputs.Skip(1).Contains(test.Required(0));

    private void Select(IEnumerable<Value?> inputs)
    {
        foreach (Value input in inputs.OfType<Value>().Where(i => !i.IsConstant))
        {
            Demand(input);
        }
    }

    private static bool IsSquare(Value value) =>
        value.Producer is { } node && (node.Is("Pow") || (node.Is("Mul") && node.Required(0) == node.Required(1)));

    /// <summary>Pools of volumes stand between convolutions of volumes, which are float; places of maxima are of reals.</summary>
    private static bool IsFloatPool(Node node) =>
        node.Required(0).KnownShape.Rank > 4 || node.Outputs.Count(o => o is not null) > 1;

    private static bool IsMovement(Node node) =>
        node.Type is "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Transpose" or "Slice" or "Pad" or "Identity" or "Expand"
            or "Tile" or "ReduceMax" or "ReduceMin"
        || (PropagateQuantized.IsPick(node) && IsWhole(node))
        || (node.Is("Resize") && Resize.IsNearest(node) && !Resize.Extrapolates(node));

    /// <summary>
    /// True for what picks as many elements of a tensor as it has, or more. Where it is few, such as the first token of all, only these
    /// get codes, which then have no other range.
    /// </summary>
    private static bool IsWhole(Node pick) => !pick.Required(0).IsConstant && pick.Required(0).KnownShape is var from
        && pick.Output.KnownShape is var to && from.Rank == to.Rank
        && Enumerable.Range(0, from.Rank).All(
            i => from[i].Equals(to[i]) || (to[i].IsConstant && from[i].IsConstant && to[i].Value >= from[i].Value));

    /// <summary>An anchor that only this reads writes codes as it is.</summary>
    private bool IsPickOfAnchor(Node node) => PropagateQuantized.IsPick(node) && IsFusedAnchor(node.Required(0));

    /// <summary>
    /// True for rows that a convolution or product makes for nothing but a normalization. A sum that goes from layer to layer stays float.
    /// </summary>
    private bool IsNormalizedAnchor(LayerNormalization rows)
    {
        if (rows.Length > QuantizedNormalization.MaximumLength || rows.Input.OutputCount > 0
            || rows.Input.Consumers.Any(c => !rows.Nodes.Contains(c)) || rows.Nodes.Any(_floats.Keeps))
        {
            return false;
        }

        Value source = rows.Input;
        while (source.Producer is { } movement && IsMovement(movement) && _graph.IsPrivate(movement.Required(0)))
        {
            source = movement.Required(0);
        }

        return source.Producer is { } anchor && AnchorOperands.HasIntegerForm(anchor);
    }

    private void Elementwise(Node node, Value output, bool wanted)
    {
        if (wanted && _gateEnds.Contains(output))
        {
            // What lies between has no codes, whatever becomes of the anchor and of those who read the end.
            return;
        }

        if (UnaryFunction.RootOf(output) is { } root)
        {
            if (wanted && !IsClampOfAnchor(output, root) && !IsMaskOfScores(output, root))
            {
                Demand(root);
                if (root.Consumers.All(c => UnaryFunction.Nodes(output, root).Contains(c)) && !_graph.IsOutput(root))
                {
                    _onlyUse[root] = output;
                }
            }

            return;
        }

        if (node.Type is "Add" or "Sub" or "Mul" && _demanded.Contains(EndOfClamps(output)) && !node.Inputs.Any(IsInverseDeviation)
            && !IsComputedInFloat(output))
        {
            Value left = node.Required(0);
            Value right = node.Required(1);
            bool leftAnchor = IsFusedAnchor(left);
            bool rightAnchor = IsFusedAnchor(right);
            if (node.Type == "Add" && (leftAnchor || rightAnchor) && left.KnownShape.Equals(right.KnownShape))
            {
                // A residual sum is fused: the anchor's own operand stays int32, and so does a second anchor's.
                if (!leftAnchor)
                {
                    Demand(left);
                }
                else if (!rightAnchor)
                {
                    Demand(right);
                }
            }
            else if (!(node.Type == "Add" && (leftAnchor || rightAnchor) && (left.IsConstant || right.IsConstant)))
            {
                Demand(left);
                Demand(right);
            }
        }
    }

    /// <summary>
    /// True where scores are a function of what a mask was put into: the mask would own the range, and what it is for the Softmax is only
    /// seen at the scores.
    /// </summary>
    private bool IsMaskOfScores(Value output, Value root) =>
        IsScores(output) && root.Producer is { Type: "Where" } mask && mask.Inputs.Skip(1).Any(i => i is { IsConstant: true });

    /// <summary>True when the function is nothing but clamps behind an anchor or a sum: then it is a bound in the epilogue.</summary>
    private bool IsClampOfAnchor(Value output, Value root)
    {
        Value value = output;
        while (value != root)
        {
            if (value.Producer is not { } node || !Clamp.IsClamp(node) || !_graph.IsPrivate(node.Required(0)))
            {
                return false;
            }

            value = node.Required(0);
        }

        return root.Producer is { } producer && (AnchorOperands.HasIntegerForm(producer) || producer.Type is "Add" or "Sub" or "Mul");
    }

    /// <summary>
    /// 1 / √(variance + ε) of a normalization, by which its input is multiplied. Codes are the same distance apart everywhere, so that a
    /// variance far below the largest would become nothing, and the result huge: such a product stays float, as a division does.
    /// </summary>
    private static bool IsInverseDeviation(Value? value) =>
        value is not null && UnaryFunction.RootOf(value) is { Producer: { Type: "GlobalAveragePool" or "ReduceMean" } } root
        && UnaryFunction.Nodes(value, root).Any(n => n.Type is "Sqrt" or "Reciprocal" or "Pow");

    /// <summary>
    /// True for the end of a normalization: what was divided by a deviation, and multiplied and added to constants. It gets codes once, at
    /// the end, not before each of these.
    /// </summary>
    public static bool IsComputedInFloat(Value value) => value.Producer is { } node && (node.Type switch
    {
        "Div" => !node.Required(1).IsConstant,
        "Mul" or "Add" or "Sub" => node.Inputs.Any(IsInverseDeviation)
            || (node.Inputs.Any(i => i!.IsConstant) && node.Inputs.Any(i => !i!.IsConstant && IsComputedInFloat(i))),
        _ => false,
    });

    private bool IsFusedAnchor(Value value) =>
        value.Producer is { } producer && AnchorOperands.HasIntegerForm(producer) && _graph.IsPrivate(value);

    private Value EndOfClamps(Value value)
    {
        while (_graph.IsPrivate(value) && Clamp.IsClamp(value.Consumers[0]))
        {
            value = value.Consumers[0].Output;
        }

        return value;
    }

    private void Demand(Value value)
    {
        if (value.Type == DataType.Float32 && !_floats.Keeps(value))
        {
            _demanded.Add(value);
            _readers.Add((_visited!, value));
        }
    }

    /// <summary>What only moves elements writes none that could be looked at: they have the range of where they come from.</summary>
    private void Widen(Value value)
    {
        _wide.Add(value);
        if (value.Producer is { } producer && IsMovement(producer) && producer.Required(0).Type == DataType.Float32)
        {
            Share(value, producer.Required(0), true);
            Widen(producer.Required(0));
        }
    }

    private void Share(Value value, Value with, bool condition)
    {
        if (condition && Group(value) != Group(with))
        {
            _parents[Group(value)] = Group(with);
        }
    }
}
