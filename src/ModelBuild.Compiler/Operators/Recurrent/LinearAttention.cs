using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <summary>Attention by a matrix that every step changes: what keys and values have written, queries read.</summary>
/// <remarks>
/// https://onnx.ai/onnx/operators/onnx__LinearAttention.html, since opset 27. Gap: sizes of heads that only the run knows.
/// </remarks>
internal sealed class LinearAttention() : Operator(
    3, 6, ("chunk_size", AttributeKind.Int), ("kv_num_heads", AttributeKind.Int), ("q_num_heads", AttributeKind.Int),
    ("scale", AttributeKind.Float), ("update_rule", AttributeKind.Text))
{
    public override int Outputs => 2;

    /// <summary>The numbers of heads of queries and of keys, and the sizes of a key and of a value.</summary>
    public static (long QueryHeads, long Heads, long KeySize, long ValueSize) Sizes(Node node, InferenceContext context)
    {
        long queryHeads = node.Int("q_num_heads");
        long heads = node.Int("kv_num_heads");
        Shape[] shapes = [.. Enumerable.Range(0, 3).Select(i => node.Required(i).KnownShape)];
        if (queryHeads < 1 || heads < 1 || queryHeads % heads != 0 || shapes.Any(s => s.Rank != 3 || !s[2].IsConstant)
            || shapes[0][2].Value % queryHeads != 0 || shapes[2][2].Value % heads != 0
            || shapes[1][2].Value != shapes[0][2].Value / queryHeads * heads)
        {
            throw context.Malformed(
                node, $"has {queryHeads} heads of queries and {heads} of keys in {string.Join(", ", shapes.Select(s => s.ToString()))}.");
        }

        return (queryHeads, heads, shapes[0][2].Value / queryHeads, shapes[2][2].Value / heads);
    }

    public override void Infer(Node node, InferenceContext context)
    {
        context.RequireFloat(node, 0);
        DataType type = context.CommonType(node, 0, 1, 2, 4, 5);
        (long queryHeads, long heads, long keySize, long valueSize) = Sizes(node, context);
        Shape query = node.Required(0).KnownShape;
        string rule = node.Text("update_rule", "gated_delta");
        bool isGated = rule is "gated" or "gated_delta";
        bool isDelta = rule is "delta" or "gated_delta";
        if ((!isGated && !isDelta && rule != "linear") || isGated != (node.Input(4) is not null) || isDelta != (node.Input(5) is not null))
        {
            throw context.Malformed(node, $"has update_rule '{rule}', and decay or beta where it should not or not where it should.");
        }

        for (int i = 1; i < 6; i++)
        {
            if (i != 3 && node.Input(i) is { } input)
            {
                Shape shape = input.KnownShape;
                if (shape.Rank != 3 || (i == 4 && !shape[2].Equals((Dimension)heads) && !shape[2].Equals((Dimension)(heads * keySize)))
                    || (i == 5 && !shape[2].Equals((Dimension)heads) && !shape[2].Equals(Dimension.One)))
                {
                    throw context.Malformed(node, $"has an input {i} of shape {shape}.");
                }

                context.RequireEqual(node, shape[0], query[0], $"batches of {shape} and {query}");
                context.RequireEqual(node, shape[1], query[1], $"steps of {shape} and {query}");
            }
        }

        var state = new Shape([query[0], heads, keySize, valueSize]);
        if (node.Input(3) is { } past)
        {
            context.CommonType(node, 0, 3);
            if (past.KnownShape.Rank != 4 || !past.KnownShape.Skip(1).SequenceEqual(state.Skip(1)))
            {
                throw context.Malformed(node, $"has a state of shape {past.Shape} instead of {state}.");
            }

            context.RequireEqual(node, past.KnownShape[0], query[0], $"batches of {past.Shape} and {query}");
        }

        node.Outputs[0]?.Set(type, new Shape([query[0], query[1], queryHeads * valueSize]));
        if (node.Outputs.Count > 1)
        {
            node.Outputs[1]?.Set(type, state);
        }
    }

    public override double WorkPerElement(Node node) => Sizes(node, InferenceContext.Evaluation).KeySize * 4;
}
