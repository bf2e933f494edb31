using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Pruning.Channels;

/// <summary>
/// Follows the channels of tensors through a graph: which of them are one and the same, since a sum or a depthwise convolution ties them,
/// which constants have a slice for each, and which cannot be removed, since something reads them that cannot be followed.
/// <code>
///   Conv ──► Relu ──► Conv           the first one's outputs and the second one's inputs
///   Conv ──►┐
///           Add ──► …                the outputs of both are tied, channel by channel
///   Conv ──►┘
/// </code>
/// </summary>
internal sealed class ChannelGroups
{
    private static readonly HashSet<string> s_elementwise = new(StringComparer.Ordinal)
    {
        "Abs", "Cast", "Ceil", "Celu", "Clip", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
        "Log", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Sign", "Softplus", "Softsign", "Sqrt", "Swish", "Tanh",
        "ThresholdedRelu",
    };

    private static readonly HashSet<string> s_pools = new(StringComparer.Ordinal)
    {
        "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LpPool", "MaxPool",
    };

    private static readonly HashSet<string> s_broadcasts = new(StringComparer.Ordinal)
    {
        "Add", "Div", "Max", "Min", "Mul", "PRelu", "Pow", "Sub", "Sum",
    };

    private static readonly HashSet<string> s_reductions = new(StringComparer.Ordinal)
    {
        "ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum",
    };

    private readonly List<int> _parents = [];
    private readonly List<string?> _reasons = [];
    private readonly Dictionary<Value, (int Axis, int[] Ids)> _channels = [];
    private readonly List<ChannelUse> _uses = [];
    private readonly FloatParts _excluded;

    private ChannelGroups(FloatParts excluded) => _excluded = excluded;

    /// <summary>The constants that have slices for channels.</summary>
    public IReadOnlyList<ChannelUse> Uses => _uses;

    /// <summary>The channels of a graph after the portable passes.</summary>
    /// <param name="excluded">Names of nodes whose channels stay.</param>
    public static ChannelGroups Of(Graph graph, FloatParts excluded)
    {
        var groups = new ChannelGroups(excluded);
        foreach (Node node in graph.Nodes)
        {
            groups.Visit(node);
        }

        foreach (Value output in graph.Outputs)
        {
            groups.Freeze(output, "an output of the model");
        }

        return groups;
    }

    /// <summary>The channels of a value and the axis that they lie along; null where they are not followed.</summary>
    public (int Axis, int[] Channels)? Of(Value value) =>
        _channels.TryGetValue(value, out (int Axis, int[] Ids) found) ? (found.Axis, [.. found.Ids.Select(Root)]) : null;

    /// <summary>The one that stands for all that are tied to a channel.</summary>
    public int Root(int channel)
    {
        while (_parents[channel] != channel)
        {
            channel = _parents[channel];
        }

        return channel;
    }

    /// <summary>Why a channel stays; null where it can be removed.</summary>
    public string? Reason(int channel) => _reasons[Root(channel)];

    private void Visit(Node node)
    {
        if (node.Domain != Domains.Onnx || node.IsControlFlow)
        {
            FreezeInputs(node);
            return;
        }

        Value x = node.Inputs.Count > 0 && node.Input(0) is { } first ? first : node.Outputs.OfType<Value>().First();
        (int Axis, int[] Ids)? at = _channels.TryGetValue(x, out (int, int[]) found) ? found : null;
        bool isFollowed = node.Type switch
        {
            "Conv" => VisitConv(node, at),
            "Gemm" => VisitGemm(node, at),
            "MatMul" => VisitMatMul(node, at),
            "BatchNormalization" or "InstanceNormalization" => at is { Axis: 1 } && Follow(node, at.Value, node.Inputs.Count - 1),
            "Concat" => VisitConcat(node),
            "Split" => VisitSplit(node, at),
            "Reshape" => VisitReshape(node, at),
            "Transpose" => VisitTranspose(node, at),
            "Pad" => VisitPad(node, at),
            _ when s_elementwise.Contains(node.Type) => at is not null && Carry(node, at.Value),
            _ when s_pools.Contains(node.Type) => at is { Axis: 1 } && node.Outputs.Count == 1 && Carry(node, at.Value),
            _ when s_reductions.Contains(node.Type) => VisitReduction(node, at),
            _ when s_broadcasts.Contains(node.Type) => VisitBroadcast(node),
            _ => false,
        };
        if (!isFollowed)
        {
            FreezeInputs(node);
        }
    }

    private bool VisitConv(Node node, (int Axis, int[] Ids)? at)
    {
        Value weights = node.Required(1);
        if (weights is not { Constant: { Rank: >= 3 } constant, Consumers.Count: 1 } || (node.Input(2) is { } b && !b.IsConstant))
        {
            return false;
        }

        int groups = (int)node.Int("group", 1);
        int outputs = (int)constant.Dimensions[0];
        int[] made = New(outputs);
        if (groups == 1)
        {
            if (at is { Axis: 1 } inputs)
            {
                _uses.Add(new ChannelUse(node, 1, 1, inputs.Ids, ChannelUseKind.Reads));
            }

            _uses.Add(new ChannelUse(node, 1, 0, made, ChannelUseKind.Makes));
        }
        else if (constant.Dimensions[1] == 1 && at is { Axis: 1 } tied && tied.Ids.Length == groups)
        {
            // Depthwise: an output lives and dies with its input.
            for (int o = 0; o < outputs; o++)
            {
                Tie(made[o], tied.Ids[o / (outputs / groups)]);
            }

            _uses.Add(new ChannelUse(node, 1, 0, made, ChannelUseKind.Follows));
        }
        else
        {
            return false;
        }

        return Make(node, made, 1, 2);
    }

    private bool VisitGemm(Node node, (int Axis, int[] Ids)? at)
    {
        if (node.Required(1) is not { Constant: { Rank: 2 } constant, Consumers.Count: 1 } || node.Int("transA") != 0
            || (node.Input(2) is { } bias && bias.Constant is not { Rank: 1 or 2 }))
        {
            return false;
        }

        int outputAxis = node.Int("transB") != 0 ? 0 : 1;
        return VisitProduct(node, at, outputAxis, (int)constant.Dimensions[outputAxis], axis: 1);
    }

    private bool VisitMatMul(Node node, (int Axis, int[] Ids)? at) =>
        node.Required(1) is { Constant: { Rank: 2 } constant, Consumers.Count: 1 } && node.Required(0).KnownShape.Rank >= 2
        && VisitProduct(node, at, 1, (int)constant.Dimensions[1], node.Output.KnownShape.Rank - 1);

    private bool VisitProduct(Node node, (int Axis, int[] Ids)? at, int outputAxis, int outputs, int axis)
    {
        if (at is { } inputs)
        {
            if (inputs.Axis != axis)
            {
                return false;
            }

            _uses.Add(new ChannelUse(node, 1, 1 - outputAxis, inputs.Ids, ChannelUseKind.Reads));
        }

        int[] made = New(outputs);
        _uses.Add(new ChannelUse(node, 1, outputAxis, made, ChannelUseKind.Makes));
        return Make(node, made, axis, 2);
    }

    /// <summary>A convolution or product gives channels, its bias among what follows them.</summary>
    private bool Make(Node node, int[] made, int axis, int bias)
    {
        if (node.Input(bias)?.Constant is { } constant && constant.Length > 1)
        {
            if (constant.Length != made.Length)
            {
                return false;
            }

            _uses.Add(new ChannelUse(node, bias, constant.Rank - 1, made, ChannelUseKind.Follows));
        }

        if (_excluded.Keeps(node) || _excluded.Names(node.Required(1)))
        {
            Array.ForEach(made, id => _reasons[Root(id)] ??= "named in SparsityExclude");
        }

        _channels[node.Output] = (axis, made);
        return true;
    }

    /// <summary>The same channels come out, and constants behind the first input have a number for each.</summary>
    private bool Follow(Node node, (int Axis, int[] Ids) at, int constants)
    {
        for (int i = 1; i <= constants; i++)
        {
            if (node.Input(i)?.Constant is not { Rank: 1 } constant || constant.Length != at.Ids.Length)
            {
                return false;
            }
        }

        for (int i = 1; i <= constants; i++)
        {
            _uses.Add(new ChannelUse(node, i, 0, at.Ids, ChannelUseKind.Follows));
        }

        return Carry(node, at);
    }

    private bool Carry(Node node, (int Axis, int[] Ids) at)
    {
        if (node.Inputs.Skip(1).OfType<Value>().Any(v => v.Constant is not { } constant || constant.Length > 1)
            && s_elementwise.Contains(node.Type))
        {
            return false;
        }

        _channels[node.Output] = at;
        return true;
    }

    private bool VisitConcat(Node node)
    {
        int axis = node.Axis(node.Output.KnownShape.Rank);
        (int Axis, int[] Ids)[] parts = [.. node.Inputs.OfType<Value>().Where(_channels.ContainsKey).Select(v => _channels[v])];
        if (parts.Length == 0 || parts.Any(p => p.Axis != parts[0].Axis))
        {
            return false;
        }

        if (parts[0].Axis != axis)
        {
            if (parts.Length < node.Inputs.Count || parts.Any(p => p.Ids.Length != parts[0].Ids.Length))
            {
                return false;
            }

            foreach ((int _, int[] ids) in parts)
            {
                Tie(parts[0].Ids, ids);
            }

            _channels[node.Output] = parts[0];
            return true;
        }

        var all = new List<int>();
        foreach (Value input in node.Inputs.OfType<Value>())
        {
            if (_channels.TryGetValue(input, out (int, int[] Ids) known))
            {
                all.AddRange(known.Ids);
            }
            else if (input.KnownShape[axis].IsConstant)
            {
                int[] fixedOnes = New((int)input.KnownShape[axis].Value);
                Array.ForEach(fixedOnes, id => _reasons[id] = "made by what cannot be followed");
                all.AddRange(fixedOnes);
            }
            else
            {
                return false;
            }
        }

        _channels[node.Output] = (axis, [.. all]);
        return true;
    }

    private bool VisitSplit(Node node, (int Axis, int[] Ids)? at)
    {
        if (at is not { } known)
        {
            return false;
        }

        if (node.Axis(node.Required(0).KnownShape.Rank) != known.Axis)
        {
            foreach (Value output in node.Outputs.OfType<Value>())
            {
                _channels[output] = known;
            }

            return true;
        }

        int first = 0;
        foreach (Value? output in node.Outputs)
        {
            if (output?.KnownShape[known.Axis] is not { IsConstant: true, Value: var length } || first + length > known.Ids.Length)
            {
                return false;
            }

            _channels[output] = (known.Axis, known.Ids[first..(first + (int)length)]);
            first += (int)length;
        }

        return true;
    }

    /// <summary>Channels may get the places behind them into their own axis, and axes of one element may come and go behind them.</summary>
    private static bool VisitReshape((int Axis, int[] Ids) at, Shape from, Shape to, out int run)
    {
        run = 0;
        if (to.Rank <= at.Axis || !Enumerable.Range(0, at.Axis).All(i => from[i].Equals(to[i])) || !to[at.Axis].IsConstant)
        {
            return false;
        }

        run = (int)(to[at.Axis].Value / at.Ids.Length);
        return to[at.Axis].Value == (long)run * at.Ids.Length && from.Product(at.Axis, from.Rank).Equals(to.Product(at.Axis, to.Rank))
            && (run == 1 ? IsSame(from, to, at.Axis + 1) : to.Product(at.Axis + 1, to.Rank).Equals(Plan.Dimension.One));
    }

    private static bool IsSame(Shape from, Shape to, int axis) =>
        from.Skip(axis).Where(d => !d.Equals(Plan.Dimension.One)).SequenceEqual(to.Skip(axis).Where(d => !d.Equals(Plan.Dimension.One)));

    private bool VisitReshape(Node node, (int Axis, int[] Ids)? at)
    {
        if (at is not { } known || node.Required(1).Constant is null
            || !VisitReshape(known, node.Required(0).KnownShape, node.Output.KnownShape, out int run) || run == 0)
        {
            return false;
        }

        _channels[node.Output] = (known.Axis, [.. known.Ids.SelectMany(id => Enumerable.Repeat(id, run))]);
        return true;
    }

    private bool VisitTranspose(Node node, (int Axis, int[] Ids)? at)
    {
        if (at is not { } known)
        {
            return false;
        }

        int rank = node.Required(0).KnownShape.Rank;
        long[] permutation = node.Ints("perm") ?? [.. Enumerable.Range(0, rank).Reverse().Select(i => (long)i)];
        _channels[node.Output] = (Array.IndexOf(permutation, known.Axis), known.Ids);
        return true;
    }

    private bool VisitPad(Node node, (int Axis, int[] Ids)? at)
    {
        int rank = node.Required(0).KnownShape.Rank;
        if (at is not { } known || node.Required(1).Constant?.ToInt64s() is not { } pads || pads.Length != 2 * rank
            || node.Input(3) is not null
            || pads[known.Axis] != 0 || pads[rank + known.Axis] != 0)
        {
            return false;
        }

        _channels[node.Output] = known;
        return true;
    }

    private bool VisitReduction(Node node, (int Axis, int[] Ids)? at)
    {
        int rank = node.Required(0).KnownShape.Rank;
        if (at is not { } known || node.Input(1)?.Constant?.ToInt64s() is not { Length: > 0 } axes)
        {
            return false;
        }

        int[] reduced = [.. axes.Select(a => (int)(a < 0 ? a + rank : a))];
        if (reduced.Contains(known.Axis))
        {
            return false;
        }

        bool keepsAxes = node.Int("keepdims", 1) != 0;
        _channels[node.Output] = (known.Axis - (keepsAxes ? 0 : reduced.Count(a => a < known.Axis)), known.Ids);
        return true;
    }

    private bool VisitBroadcast(Node node)
    {
        int rank = node.Output.KnownShape.Rank;
        (int Axis, int[] Ids)? whole = null;
        foreach (Value input in node.Inputs.OfType<Value>())
        {
            if (!_channels.TryGetValue(input, out (int Axis, int[] Ids) known))
            {
                continue;
            }

            int axis = known.Axis + rank - input.KnownShape.Rank;
            if (whole is not { } other)
            {
                whole = (axis, known.Ids);
            }
            else if (other.Axis != axis || other.Ids.Length != known.Ids.Length)
            {
                return false;
            }
            else
            {
                Tie(other.Ids, known.Ids);
            }
        }

        if (whole is not { } all)
        {
            return false;
        }

        for (int i = 0; i < node.Inputs.Count; i++)
        {
            Value input = node.Required(i);
            int axis = all.Axis - rank + input.KnownShape.Rank;
            if (_channels.ContainsKey(input) || axis < 0 || input.KnownShape[axis].Equals(Plan.Dimension.One))
            {
                continue;
            }

            if (input.Constant is null || input.Constant.Dimensions[axis] != all.Ids.Length)
            {
                return false;
            }

            _uses.Add(new ChannelUse(node, i, axis, all.Ids, ChannelUseKind.Follows));
        }

        _channels[node.Output] = all;
        return true;
    }

    private void FreezeInputs(Node node)
    {
        foreach (Value input in node.Inputs.OfType<Value>())
        {
            Freeze(input, $"read by '{node.Label}' ({node.Type}), which cannot be followed");
        }

        foreach (Value output in node.Outputs.OfType<Value>())
        {
            Freeze(output, $"made by '{node.Label}' ({node.Type}), which cannot be followed");
            _channels.Remove(output);
        }

        // What was noted of a node before it turned out not to be one that can be followed.
        foreach (ChannelUse use in _uses.Where(u => u.Node == node).ToArray())
        {
            Array.ForEach(use.Channels, id => _reasons[Root(id)] ??= $"in '{node.Label}' ({node.Type}), which cannot be followed");
            _uses.Remove(use);
        }
    }

    private void Freeze(Value value, string reason)
    {
        if (_channels.TryGetValue(value, out (int, int[] Ids) known))
        {
            Array.ForEach(known.Ids, id => _reasons[Root(id)] ??= reason);
        }
    }

    private int[] New(int count)
    {
        int first = _parents.Count;
        int[] ids = [.. Enumerable.Range(first, count)];
        _parents.AddRange(ids);
        _reasons.AddRange(Enumerable.Repeat<string?>(null, count));
        return ids;
    }

    private void Tie(int[] a, int[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            Tie(a[i], b[i]);
        }
    }

    private void Tie(int a, int b)
    {
        (int first, int second) = (Math.Min(Root(a), Root(b)), Math.Max(Root(a), Root(b)));
        _parents[second] = first;
        _reasons[first] ??= _reasons[second];
    }
}
