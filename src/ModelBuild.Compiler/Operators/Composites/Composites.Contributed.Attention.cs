using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Attention as ONNX Runtime's optimizer and exporters write it.</content>
internal static partial class Composites
{
    private static readonly (string, AttributeKind)[] s_attention =
    [
        ("do_rotary", AttributeKind.Int), ("mask_filter_value", AttributeKind.Float), ("num_heads", AttributeKind.Int),
        ("past_present_share_buffer", AttributeKind.Int), ("qkv_hidden_sizes", AttributeKind.Ints),
        ("rotary_embedding_dim", AttributeKind.Int), ("scale", AttributeKind.Float), ("unidirectional", AttributeKind.Int),
    ];

    /// <summary>
    /// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md under each name. Gaps: buffers that past and present
    /// share, packed inputs (but of GroupQueryAttention), masks of four dimensions, rotation inside Attention.
    /// </summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> ContributedAttentions =>
    [
        ("Attention", 1, new Composite(FusedAttention, 2, 7, 2, s_attention)),
        ("QAttention", 1, new Composite(QuantizedAttention, 5, 9, 2, s_attention)),
        ("MultiHeadAttention", 1, new Composite(MultiHeadAttention, 1, 10, 3, s_attention)),
        ("GroupQueryAttention", 1, new Composite(
            GroupQueryAttention, 1, 16, 4,
            ("do_rotary", AttributeKind.Int), ("k_quant_type", AttributeKind.Text), ("kv_cache_bit_width", AttributeKind.Int),
            ("kv_num_heads", AttributeKind.Int), ("local_window_size", AttributeKind.Int), ("num_heads", AttributeKind.Int),
            ("qk_norm_epsilon", AttributeKind.Float), ("qk_output", AttributeKind.Int), ("rotary_interleaved", AttributeKind.Int),
            ("scale", AttributeKind.Float),
            ("smooth_softmax", AttributeKind.Int), ("softcap", AttributeKind.Float), ("v_quant_type", AttributeKind.Text))),
        ("RotaryEmbedding", 1, new Composite(
            RotaryEmbeddingByPosition, 4, 4, 1,
            ("interleaved", AttributeKind.Int), ("is_packed_batching", AttributeKind.Int), ("num_heads", AttributeKind.Int),
            ("rotary_embedding_dim", AttributeKind.Int), ("scale", AttributeKind.Float))),
    ];

    private static Value?[] FusedAttention(Expansion e)
    {
        Value projected = e.Apply("MatMul", [e.Input(0), e.Input(1)]);
        return ProjectedAttention(
            e, e.Node.Input(2) is { } bias ? e.Add(projected, bias) : projected, e.Node.Input(3), e.Node.Input(4), e.Node.Input(5));
    }

    private static Value?[] QuantizedAttention(Expansion e)
    {
        Value projected = ScaledProduct(
            e, e.Input(0), e.Input(1), e.Input(3), e.Input(4), e.Node.Input(6), e.Node.Input(7), e.Node.Input(2));
        return ProjectedAttention(e, projected, e.Node.Input(5), e.Node.Input(8), null);
    }

    /// <summary>Attention of queries, keys and values that stand beside each other.</summary>
    /// <param name="projected">[batch, length, queries + keys + values].</param>
    /// <param name="past">[2, batch, heads, past length, size]: keys and values.</param>
    /// <param name="addend">What is added to the products before the softmax.</param>
    private static Value?[] ProjectedAttention(Expansion e, Value projected, Value? mask, Value? past, Value? addend)
    {
        if (e.Node.Int("do_rotary") != 0 || e.Node.Int("past_present_share_buffer") != 0)
        {
            throw e.Context.Unsupported(e.Node, "rotates inside attention or shares buffers of the past, which is not supported.");
        }

        if (projected.KnownShape is not [_, _, { IsConstant: true } width])
        {
            throw e.Context.Malformed(e.Node, $"projects to {projected.Shape}.");
        }

        long[] sizes = e.Node.Ints("qkv_hidden_sizes") ?? [width.Value / 3, width.Value / 3, width.Value / 3];
        if (sizes.Length != 3 || sizes.Sum() != width.Value)
        {
            throw e.Context.Malformed(e.Node, $"divides {width} into [{string.Join(",", sizes)}].");
        }

        Value[] parts = e.Apply("Split", 3, [projected, e.Integers(sizes)], ("axis", 2L));
        Value q = Heads(e, parts[0], "num_heads");
        Value k = Heads(e, parts[1], "num_heads");
        Value v = Heads(e, parts[2], "num_heads");
        if (past is not null)
        {
            Value[] states = e.Apply("Split", 2, [past, e.Integers(1, 1)], ("axis", 0L));
            k = e.Apply("Concat", [e.Apply("Squeeze", [states[0], e.Integers(0)]), k], ("axis", 2L));
            v = e.Apply("Concat", [e.Apply("Squeeze", [states[1], e.Integers(0)]), v], ("axis", 2L));
        }

        Value? present = e.Wants(1)
            ? e.Apply(
                "Concat", [e.Apply("Unsqueeze", [k, e.Integers(0)]), e.Apply("Unsqueeze", [v, e.Integers(0)])], ("axis", 0L))
            : null;
        return [Attend(e, q, k, v, mask, addend), present];
    }

    /// <summary>Queries, keys and values that are projected already; keys and values of the past stand before those of this call.</summary>
    private static Value?[] MultiHeadAttention(Expansion e)
    {
        if (e.Input(0).KnownShape.Rank != 3 || e.Node.Input(1) is not { } key || e.Node.Input(2) is not { } value)
        {
            throw e.Context.Unsupported(e.Node, $"takes packed inputs {e.Input(0).Shape}. Queries, keys and values apart are supported.");
        }

        if (e.Node.Input(8) is not null || e.Node.Input(9) is not null)
        {
            throw e.Context.Unsupported(e.Node, "shares buffers of the past, which is not supported.");
        }

        long width = Known(e, e.Input(0).KnownShape[2]);
        Value q = Heads(e, Biased(e.Input(0), 0, width), "num_heads");
        Value k = Heads(e, Biased(key, width, width), "num_heads");
        Value v = Heads(e, value.KnownShape.Rank == 4 ? value : Biased(value, 2 * width, Known(e, value.KnownShape[2])), "num_heads");
        if (e.Node.Input(6) is { } pastKey && e.Node.Input(7) is { } pastValue)
        {
            k = e.Apply("Concat", [pastKey, k], ("axis", 2L));
            v = e.Apply("Concat", [pastValue, v], ("axis", 2L));
        }

        return [Attend(e, q, k, v, e.Node.Input(4), e.Node.Input(5)), k, v];

        Value Biased(Value projected, long start, long size) => e.Node.Input(3) is { } bias
            ? e.Add(projected, e.Apply("Slice", [bias, e.Integers(start), e.Integers(start + size), e.Integers(0)]))
            : projected;
    }

    /// <summary>softmax(q·kᵀ·scale + mask + addend)·v, its heads beside each other again.</summary>
    private static Value Attend(Expansion e, Value q, Value k, Value v, Value? mask, Value? addend)
    {
        Shape queries = q.KnownShape;
        float scale = e.Node.Float("scale", 0);
        Value product = e.Apply("MatMul", [q, e.Transpose(k, 0, 1, 3, 2)]);
        product = e.Multiply(product, e.Number(scale != 0 ? scale : 1 / Math.Sqrt(Known(e, queries[3])), product));
        if (addend is not null)
        {
            product = e.Add(product, addend);
        }

        if (mask is not null && Hidden(e, mask, q, k) is { } hidden)
        {
            product = e.Add(product, hidden);
        }

        if (e.Node.Int("unidirectional") != 0)
        {
            product = e.Apply("Where", [Later(e, q, k), e.Number(float.MinValue, product), product]);
        }

        Value y = e.Apply("MatMul", [e.Apply("Softmax", [product], ("axis", -1L)), v]);
        return e.Reshape(e.Transpose(y, 0, 2, 1, 3), queries[0], queries[2], queries[1] * v.KnownShape[3]);
    }

    /// <summary>
    /// 0 where a query may look, mask_filter_value where not, by a mask [batch, keys] or [batch, queries, keys] of ones and zeros, or by
    /// the ends of the keys of each sample, [batch] or, followed by their starts, [2·batch]. A mask [batch, 1] stands for none.
    /// </summary>
    private static Value? Hidden(Expansion e, Value mask, Value q, Value k)
    {
        Shape shape = mask.KnownShape;
        Dimension batch = q.KnownShape[0];
        Dimension keys = k.KnownShape[2];
        Value zero = e.Constant(Tensor.Of([0], []));
        Value isSeen;
        switch (shape.Rank)
        {
            case 1 when shape[0].Equals(batch * 2) || shape[0].Equals(batch):
                Value places = e.Cast(Count(e, k, 2), DataType.Int32);
                isSeen = e.Apply("Less", [places, Bounds(0)]);
                if (!shape[0].Equals(batch))
                {
                    isSeen = e.Apply("And", [isSeen, e.Apply("GreaterOrEqual", [places, Bounds(1)])]);
                }

                break;
            case 2 when shape[1].Equals(Dimension.One) && !keys.Equals(Dimension.One):
                return null;
            case 2:
                isSeen = e.Apply("Greater", [e.Apply("Unsqueeze", [mask, e.Integers(1, 2)]), zero]);
                break;
            case 3:
                isSeen = e.Apply("Greater", [e.Apply("Unsqueeze", [mask, e.Integers(1)]), zero]);
                break;
            default:
                throw e.Context.Unsupported(e.Node, $"has a mask of shape {shape} for {batch} samples, which is not supported.");
        }

        return e.Apply("Where", [isSeen, e.Number(0, q), e.Number(e.Node.Float("mask_filter_value", -10000), q)]);

        Value Bounds(long index)
        {
            Value rows = shape[0].Equals(batch) ? mask : e.Apply(
                "Slice", [e.Reshape(mask, 2, batch), e.Integers(index), e.Integers(index + 1), e.Integers(0)]);
            return e.Reshape(rows, batch, 1, 1, 1);
        }
    }

    /// <summary>[queries, keys]: whether a key stands behind a query. The last query is the last key.</summary>
    private static Value Later(Expansion e, Value q, Value k)
    {
        Value offset = e.Subtract(SizeOf(e, k, 2), SizeOf(e, q, 2));
        Value rows = e.Apply("Unsqueeze", [e.Add(Count(e, q, 2), offset), e.Integers(1)]);
        return e.Apply("Greater", [Count(e, k, 2), rows]);
    }

    /// <summary>Positions are one for each element of the sequence, or the first one for all.</summary>
    private static Value[] RotaryEmbeddingByPosition(Expansion e)
    {
        if (e.Node.Int("is_packed_batching") != 0 || e.Node.Float("scale", 1) != 1)
        {
            throw e.Context.Unsupported(e.Node, "rotates packed sequences or scales them, which is not supported.");
        }

        Value input = e.Input(0);
        Shape shape = input.KnownShape;
        Value positions = e.Input(1);
        int axis = shape.Rank == 4 ? 2 : 1;
        if (positions.KnownShape.Rank == 1)
        {
            Value counted = e.Add(Count(e, input, axis), positions);
            positions = e.Apply("Unsqueeze", [counted, e.Integers(0)]);
        }

        // Without a number the heads are as large as the tables turn.
        long heads = e.Node.Int("num_heads");
        if (heads == 0 && shape.Rank == 3)
        {
            heads = Known(e, shape[2]) / Math.Max(2 * Known(e, e.Input(2).KnownShape[1]), 1);
        }

        return [Rotate(e, input, e.Input(2), e.Input(3), positions, heads)];
    }
}
