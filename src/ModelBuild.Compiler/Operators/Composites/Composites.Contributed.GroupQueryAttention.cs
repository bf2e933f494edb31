using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Attention of decoders with a cache of keys and values, as ONNX Runtime's model builder writes it.</content>
internal static partial class Composites
{
    /// <summary>
    /// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.GroupQueryAttention. Each query looks at
    /// the keys up to its own place, or at the last so many of them; several heads of queries share one of keys. Gaps: caches of codes,
    /// products as an output.
    /// </summary>
    private static Value?[] GroupQueryAttention(Expansion e)
    {
        if (e.Node.Input(12) is not null || e.Node.Input(13) is not null || e.Node.Text("k_quant_type", "NONE") != "NONE"
            || e.Node.Text("v_quant_type", "NONE") != "NONE")
        {
            throw e.Context.Unsupported(e.Node, "keeps keys and values of the past as codes, which is not supported.");
        }

        (Value query, Value key, Value value) = Projections(e);
        query = NormalizedHeads(e, query, 14, "num_heads");
        key = NormalizedHeads(e, key, 15, "kv_num_heads");
        Shape shape = query.KnownShape;
        Value step = e.Reshape(SizeOf(e, query, 1));
        Value total = e.Cast(e.Reshape(e.Input(6)), DataType.Int64);
        Value? pastKey = Past(e, 3);
        Value? pastValue = Past(e, 4);

        // [batch]: how many keys each sample has already. A call with as many queries as there are keys in all is the first one.
        Value ends = e.Add(e.Cast(e.Reshape(e.Input(5), e.Input(5).KnownShape.Length), DataType.Int64), Whole(e, 1));
        Value before = pastKey is null
            ? e.Subtract(ends, ends)
            : e.Apply("Where", [e.Apply("Equal", [step, total]), Whole(e, 0), e.Subtract(ends, step)]);
        Value positions = e.Add(e.Apply("Unsqueeze", [before, e.Integers(1)]), Count(e, query, 1));
        if (e.Node.Int("do_rotary") != 0)
        {
            Value places = e.Node.Input(9) is { } given ? e.Cast(given, DataType.Int64) : positions;
            long turned = 2 * Known(e, e.Input(7).KnownShape[1]);
            query = Turned(query, "num_heads", places, turned);
            key = Turned(key, "kv_num_heads", places, turned);
        }

        Value q = Heads(e, query, "num_heads");
        Value k = Continued(e, pastKey, Heads(e, key, "kv_num_heads"), before, total);
        Value v = Continued(e, pastValue, Heads(e, value, "kv_num_heads"), before, total);
        Value product = e.Apply("MatMul", [q, e.Transpose(Repeat(e, k, q.KnownShape[1]), 0, 1, 3, 2)]);
        float scale = e.Node.Float("scale", 0);
        product = e.Multiply(product, e.Number(scale != 0 ? scale : 1 / Math.Sqrt(Known(e, q.KnownShape[3])), product));
        if (e.Node.Float("softcap", 0) is not 0 and var cap)
        {
            product = e.Multiply(e.Apply("Tanh", [e.Divide(product, e.Number(cap, product))]), e.Number(cap, product));
        }

        product = e.Node.Input(10) is { } bias ? e.Add(product, bias) : product;
        product = e.Apply("Where", [Unseen(e, positions, k), e.Number(double.NegativeInfinity, product), product]);
        Value y = e.Apply("MatMul", [Weights(e, product), Repeat(e, v, q.KnownShape[1])]);
        return [e.Reshape(e.Transpose(y, 0, 2, 1, 3), shape), k, v, null];

        Value Turned(Value projected, string heads, Value places, long turned) => Rotate(
            e, projected, e.Input(7), e.Input(8), places, e.Node.Int(heads), turned, interleaved: "rotary_interleaved");
    }

    /// <summary>Queries, keys and values, which may stand beside each other in one input.</summary>
    private static (Value Query, Value Key, Value Value) Projections(Expansion e)
    {
        Value query = e.Input(0);
        long heads = e.Node.Int("num_heads");
        long shared = e.Node.Int("kv_num_heads");
        if (query.KnownShape.Rank != 3 || heads < 1 || shared < 1 || heads % shared != 0)
        {
            throw e.Context.Malformed(e.Node, $"divides {query.Shape} into {heads} heads, and {shared} of keys.");
        }

        if (e.Node.Input(1) is { } key && e.Node.Input(2) is { } value)
        {
            return (query, key, value);
        }

        long size = Known(e, query.KnownShape[2]) / (heads + (2 * shared));
        Value[] parts = e.Apply(
            "Split", 3, [query, e.Integers(heads * size, shared * size, shared * size)], ("axis", 2L));
        return (parts[0], parts[1], parts[2]);
    }

    /// <summary>
    /// [batch, length, heads · size]: each head divided by the root of its mean square, times the weights [size] of an input if it is
    /// there, as Qwen3 does before it rotates.
    /// </summary>
    private static Value NormalizedHeads(Expansion e, Value projected, int input, string heads)
    {
        if (e.Node.Input(input) is not { } weights)
        {
            return projected;
        }

        Shape shape = projected.KnownShape;
        long count = e.Node.Int(heads);
        long size = Known(e, shape[2]) / count;
        if (weights.KnownShape is not [var length] || !length.Equals(size))
        {
            throw e.Context.Malformed(e.Node, $"normalizes heads of {size} with weights {weights.Shape}.");
        }

        Value apart = e.Reshape(projected, shape[0], shape[1], count, size);
        (Value normal, _) = NormalizeRoot(e, apart, 3, e.Node.Float("qk_norm_epsilon", 1e-6f));
        return e.Reshape(e.Multiply(normal, weights), shape);
    }

    /// <summary>Keys or values of the past; null where there are none.</summary>
    private static Value? Past(Expansion e, int input) =>
        e.Node.Input(input) is { } past && !past.KnownShape.Length.Equals(Dimension.Zero) ? past : null;

    /// <summary>
    /// Heads [batch, heads, length, size] behind those of the past, each sample's where its own past ends, as many as there are in all, or
    /// as the past has room for.
    /// </summary>
    private static Value Continued(Expansion e, Value? past, Value now, Value before, Value total)
    {
        if (past is null)
        {
            return now;
        }

        Value room = SizeOf(e, past, 2);
        Value length = e.Apply("Max", [e.Reshape(room), total]);
        Value place = e.Apply("Unsqueeze", [Numbers(e, length), e.Integers(0)]);
        Value start = e.Apply("Unsqueeze", [before, e.Integers(1)]);
        Value behind = e.Add(e.Subtract(place, start), room);
        Value last = e.Subtract(e.Add(room, SizeOf(e, now, 2)), e.Integers(1));
        Value source = e.Apply("Where", [e.Apply("Less", [place, start]), place, e.Apply("Min", [behind, last])]);
        Value all = e.Transpose(e.Apply("Concat", [past, now], ("axis", 2L)), 0, 2, 1, 3);
        Value taken = e.Apply("GatherND", [all, e.Apply("Unsqueeze", [source, e.Integers(2)])], ("batch_dims", 1L));

        // What lies behind the end of a sample is what a cache is made with.
        Value end = e.Add(start, SizeOf(e, now, 2));
        Value isThere = e.Apply("Unsqueeze", [e.Apply("Less", [place, end]), e.Integers(2, 3)]);
        return e.Transpose(e.Apply("Where", [isThere, taken, e.Number(0, taken)]), 0, 2, 1, 3);
    }

    /// <summary>[batch, 1, queries, keys]: whether a key stands behind a query, or too far before it.</summary>
    private static Value Unseen(Expansion e, Value positions, Value keys)
    {
        Value own = e.Apply("Unsqueeze", [positions, e.Integers(1, 3)]);
        Value place = Count(e, keys, 2);
        Value isLater = e.Apply("Greater", [place, own]);
        return e.Node.Int("local_window_size", -1) is >= 0 and var window
            ? e.Apply("Or", [isLater, e.Apply("LessOrEqual", [place, e.Subtract(own, e.Integers(window))])])
            : isLater;
    }

    /// <summary>The softmax of products, to which there may be one more number, of each head or 0, that nothing is taken of.</summary>
    private static Value Weights(Expansion e, Value products)
    {
        Value? sink = e.Node.Input(11) is { } given ? e.Reshape(given, 1, products.KnownShape[1], 1, 1)
            : e.Node.Int("smooth_softmax") > 0 ? e.Constant(Tensor.FromDoubles(products.Type, [0], 1, 1, 1, 1))
            : null;
        if (sink is null)
        {
            return e.Apply("Softmax", [products], ("axis", -1L));
        }

        // Of the shape of the largest product of each query.
        Value zero = e.Number(0, products);
        Value column = e.Add(e.Multiply(e.Reduce("ReduceMax", products, -1), zero), sink);
        Value weights = e.Apply("Softmax", [e.Apply("Concat", [products, column], ("axis", -1L))], ("axis", -1L));
        return e.Apply("Slice", [weights, e.Integers(0), e.Integers(-1), e.Integers(-1)]);
    }
}
