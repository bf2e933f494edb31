using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Attention and what positions do to it.</content>
internal static partial class Composites
{
    /// <summary>
    /// https://onnx.ai/onnx/operators/ under each name.
    /// </summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> Attentions { get; } =
    [
        ("Attention", 23, new Composite(
            Attention, 3, 7, 4,
            ("is_causal", AttributeKind.Int), ("kv_num_heads", AttributeKind.Int), ("left_window_size", AttributeKind.Int),
            ("q_num_heads", AttributeKind.Int), ("qk_matmul_output_mode", AttributeKind.Int), ("right_window_size", AttributeKind.Int),
            ("scale", AttributeKind.Float), ("softcap", AttributeKind.Float), ("softmax_precision", AttributeKind.Int))),
        ("RotaryEmbedding", 23, new Composite(
            e => [Rotate(e, e.Input(0), e.Input(1), e.Input(2), e.Node.Input(3), e.Node.Int("num_heads"))], 3, 4, 1,
            ("interleaved", AttributeKind.Int), ("num_heads", AttributeKind.Int), ("rotary_embedding_dim", AttributeKind.Int))),
    ];

    /// <summary>
    /// softmax(softcap(Q·Kᵀ·scale) + bias)·V for each head; Q of shape [batch, heads, length, size] or [batch, length, heads·size]. Keys
    /// and values of the past stand before those of this call, and a head of them may serve several heads of queries.
    /// </summary>
    private static Value?[] Attention(Expansion e)
    {
        bool isFlat = e.Input(0).KnownShape.Rank == 3;
        Value q = Heads(e, e.Input(0), "q_num_heads");
        Value k = Heads(e, e.Input(1), "kv_num_heads");
        Value v = Heads(e, e.Input(2), "kv_num_heads");
        if (e.Node.Input(4) is { } pastKey && e.Node.Input(5) is { } pastValue)
        {
            k = e.Apply("Concat", [pastKey, k], ("axis", 2L));
            v = e.Apply("Concat", [pastValue, v], ("axis", 2L));
        }

        // The scale is shared between the two factors, as ONNX has it, so that neither overflows halves.
        Shape queries = q.KnownShape;
        if (!e.Node.Has("scale") && !queries[3].IsConstant)
        {
            throw e.Context.Unbound(e.Node, $"has heads of size '{queries[3]}', which only the run knows.", queries[3]);
        }

        double scale = e.Node.Has("scale") ? e.Node.Float("scale", 1) : 1 / Math.Sqrt(queries[3].Value);
        Value root = e.Number(Math.Sqrt(scale), q);
        Value keys = e.Multiply(e.Transpose(Repeat(e, k, queries[1]), 0, 1, 3, 2), root);
        Value product = e.Apply("MatMul", [e.Multiply(q, root), keys]);
        Value capped = e.Node.Float("softcap", 0) is not 0 and float cap
            ? e.Multiply(e.Apply("Tanh", [e.Divide(product, e.Number(cap, product))]), e.Number(cap, product))
            : product;
        Value? bias = Bias(e, q, k);
        Value biased = bias is null ? capped : e.Add(capped, bias);
        Value weights = e.Apply("Softmax", [biased], ("axis", -1L));
        if (bias is not null && (e.Node.Input(3) ?? e.Node.Input(6)) is not null)
        {
            // A query that may look at nothing sees zeros, and not the NaN that its softmax is. Causal masks and windows leave it itself.
            Value isBlind = e.Apply("Equal", [e.Reduce("ReduceMax", bias, -1), e.Number(double.NegativeInfinity, bias)]);
            weights = e.Apply("Where", [isBlind, e.Number(0, weights), weights]);
        }

        Value y = e.Apply("MatMul", [weights, Repeat(e, v, queries[1])]);
        Value result = isFlat ? e.Reshape(e.Transpose(y, 0, 2, 1, 3), queries[0], queries[2], queries[1] * v.KnownShape[3]) : y;
        Value[] stages = [product, capped, biased, weights];
        return e.Node.Int("qk_matmul_output_mode") is >= 0 and <= 3 and var mode
            ? [result, k, v, stages[mode]]
            : throw e.Context.Malformed(e.Node, $"has qk_matmul_output_mode {e.Node.Int("qk_matmul_output_mode")}.");
    }

    /// <summary>[batch, length, heads·size] to [batch, heads, length, size].</summary>
    private static Value Heads(Expansion e, Value value, string attribute)
    {
        Shape shape = value.KnownShape;
        if (shape.Rank == 4)
        {
            return value;
        }

        long heads = e.Node.Int(attribute);
        return shape.Rank == 3 && heads > 0 && shape[2].DivideExactly(heads) is { } size
            ? e.Transpose(e.Reshape(value, shape[0], shape[1], heads, size), 0, 2, 1, 3)
            : throw e.Context.Malformed(e.Node, $"divides {shape} into {attribute} = {heads} heads.");
    }

    /// <summary>Repeats each head of keys or values for the heads of queries that it serves.</summary>
    private static Value Repeat(Expansion e, Value value, Dimension heads)
    {
        Shape shape = value.KnownShape;
        if (shape[1].Equals(heads))
        {
            return value;
        }

        if (!shape[1].IsConstant || !heads.IsConstant || shape[1].Value == 0 || heads.Value % shape[1].Value != 0)
        {
            throw e.Context.Malformed(e.Node, $"has {heads} heads of queries for {shape[1]} of keys.");
        }

        long times = heads.Value / shape[1].Value;
        Value repeated = e.Apply(
            "Tile", [e.Reshape(value, shape[0], shape[1], 1, shape[2] * shape[3]), e.Integers(1, 1, times, 1)]);
        return e.Reshape(repeated, shape[0], heads, shape[2], shape[3]);
    }

    /// <summary>
    /// What is added before the softmax: the mask, −∞ where a query may not look; null where every query may look everywhere.
    /// </summary>
    private static Value? Bias(Expansion e, Value q, Value k)
    {
        Dimension keys = k.KnownShape[2];
        Value zero = e.Number(0, q);
        Value hidden = e.Number(double.NegativeInfinity, q);
        Value? lengths = e.Node.Input(6);
        Value? bias = e.Node.Input(3) is not { } mask ? null
            : Lengthen(mask.Type == DataType.Bool ? e.Apply("Where", [mask, zero, hidden]) : e.Cast(mask, q.Type));
        long left = e.Node.Int("left_window_size", -1);
        long right = e.Node.Int("right_window_size", -1);
        right = e.Node.Int("is_causal") != 0 ? 0 : right;
        if (left >= 0 || right >= 0)
        {
            Value row = e.Reshape(Count(e, q, 2), q.KnownShape[2], 1);
            Value last = lengths is not null
                ? e.Add(row, e.Reshape(e.Subtract(lengths, SizeOf(e, q, 2)), lengths.KnownShape[0], 1, 1, 1))
                : e.Node.Input(4) is { } past ? e.Add(row, SizeOf(e, past, 2))
                : row;
            Value? isBeyond = right < 0 ? null : e.Apply("Less", [Moved(last, right), Count(e, k, 2)]);
            Value? isBefore = left < 0 ? null : e.Apply("Less", [Count(e, k, 2), Moved(last, -left)]);
            foreach (Value isOutside in new[] { isBeyond, isBefore }.OfType<Value>())
            {
                bias = Sum(bias, e.Apply("Where", [isOutside, hidden, zero]));
            }
        }

        if (lengths is not null)
        {
            Value isThere = e.Apply("Less", [Count(e, k, 2), e.Reshape(lengths, lengths.KnownShape[0], 1, 1, 1)]);
            bias = Sum(bias, e.Apply("Where", [isThere, zero, hidden]));
        }

        return bias;

        // Keys behind the end of a mask are hidden.
        Value Lengthen(Value mask) => mask.KnownShape is [.., { IsConstant: true } length] && keys.IsConstant && length.Value > 1
            && length.Value < keys.Value
            ? e.Apply("Pad", [mask, e.Integers(0, keys.Value - length.Value), hidden, e.Integers(-1)])
            : mask;

        Value Moved(Value position, long distance) => distance == 0 ? position : e.Add(position, e.Integers(distance));

        Value Sum(Value? first, Value second) => first is null ? second : e.Add(first, second);
    }

    /// <summary>
    /// Turns pairs of elements by the angle of their position: halves of a head are pairs, or neighbours where interleaved.
    /// </summary>
    /// <param name="part">How many elements of a head are turned; where null the node says so, or all are.</param>
    /// <param name="interleaved">The attribute that says that neighbours are pairs.</param>
    private static Value Rotate(
        Expansion e, Value input, Value cosines, Value sines, Value? positions, long heads, long? part = null,
        string interleaved = "interleaved")
    {
        Shape shape = input.KnownShape;
        bool isFlat = shape.Rank == 3;
        if (shape.Rank is not (3 or 4) || (isFlat && (heads < 1 || shape[2].DivideExactly(heads) is null)))
        {
            throw e.Context.Malformed(e.Node, $"turns {shape} of {heads} heads.");
        }

        // Heads stand before or behind positions; the angles are the same for all heads.
        Value x = isFlat ? e.Reshape(input, shape[0], shape[1], heads, shape[2].DivideExactly(heads)!) : input;
        long size = Known(e, x.KnownShape[3]);
        long turned = part ?? (e.Node.Int("rotary_embedding_dim") is > 0 and var given ? given : size);
        if (turned > size || turned % 2 != 0)
        {
            throw e.Context.Malformed(e.Node, $"turns {turned} of {size} elements.");
        }

        Value cos = Angles(e, cosines, positions, turned, isFlat ? 2 : 1);
        Value sin = Angles(e, sines, positions, turned, isFlat ? 2 : 1);
        Value[] parts = turned == size ? [x] : e.Apply("Split", 2, [x, e.Integers(turned, size - turned)], ("axis", 3L));
        bool isInterleaved = e.Node.Int(interleaved) != 0;
        Shape whole = parts[0].KnownShape;
        (Value first, Value second) = isInterleaved ? (Every(0), Every(1)) : (Half(0), Half(1));
        Value real = e.Subtract(e.Multiply(cos, first), e.Multiply(sin, second));
        Value imaginary = e.Add(e.Multiply(sin, first), e.Multiply(cos, second));
        Value result = isInterleaved
            ? e.Reshape(e.Apply("Concat", [Column(real), Column(imaginary)], ("axis", -1L)), whole)
            : e.Apply("Concat", [real, imaginary], ("axis", -1L));
        result = parts.Length == 1 ? result : e.Apply("Concat", [result, parts[1]], ("axis", -1L));
        return e.Reshape(result, shape);

        Value Every(long start) =>
            e.Apply("Slice", [parts[0], e.Integers(start), e.Integers(turned), e.Integers(3), e.Integers(2)]);

        Value Half(long index) =>
            e.Apply("Slice", [parts[0], e.Integers(index * turned / 2), e.Integers((index + 1) * turned / 2), e.Integers(3)]);

        Value Column(Value value) => e.Apply("Unsqueeze", [value, e.Integers(-1)]);
    }

    /// <summary>The cosines or sines of the positions, one for each pair, broadcast over heads.</summary>
    private static Value Angles(Expansion e, Value cache, Value? positions, long turned, long axisOfHeads)
    {
        Value ofPositions = positions is not null ? e.Apply("Gather", [cache, positions]) : cache;
        Value sliced = e.Apply("Slice", [ofPositions, e.Integers(0), e.Integers(turned / 2), e.Integers(2)]);
        return e.Apply("Unsqueeze", [sliced, e.Integers(axisOfHeads)]);
    }
}
