using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Operators on floats that ONNX Runtime adds to ONNX's: what its optimizer writes, and exporters of transformers.</content>
internal static partial class Composites
{
    private static readonly (string, AttributeKind)[] s_product =
    [
        ("alpha", AttributeKind.Float), ("transA", AttributeKind.Int), ("transB", AttributeKind.Int),
        ("transBatchA", AttributeKind.Int), ("transBatchB", AttributeKind.Int),
    ];

    private static readonly (string, AttributeKind)[] s_skip = [("epsilon", AttributeKind.Float)];

    /// <summary>https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> ContributedFloats =>
    [
        ("Gelu", 1, new Composite(e => [e.Apply("Gelu", [e.Input(0)])], 1, 1, 1)),
        ("BiasGelu", 1, new Composite(e => [e.Apply("Gelu", [e.Add(e.Input(0), e.Input(1))])], 2, 2, 1)),
        ("FastGelu", 1, new Composite(
            e => [e.Apply("Gelu", [e.Node.Input(1) is { } bias ? e.Add(e.Input(0), bias) : e.Input(0)], ("approximate", "tanh"))],
            1, 2, 1)),
        ("QuickGelu", 1, new Composite(
            e => [e.Apply("Swish", [e.Input(0)], ("alpha", e.Node.Float("alpha", 1.702f)))], 1, 1, 1, ("alpha", AttributeKind.Float))),
        ("SkipLayerNormalization", 1, new Composite(SkipLayerNormalization, 3, 5, 4, s_skip)),
        ("SkipSimplifiedLayerNormalization", 1, new Composite(SkipSimplifiedLayerNormalization, 3, 4, 4, s_skip)),
        ("EmbedLayerNormalization", 1, new Composite(
            EmbedLayerNormalization, 1, 9, 3, ("epsilon", AttributeKind.Float), ("mask_index_type", AttributeKind.Int))),
        ("FusedMatMul", 1, new Composite(FusedProduct, 2, 2, 1, s_product)),
        ("TransposeMatMul", 1, new Composite(FusedProduct, 2, 2, 1, s_product)),
        ("FusedGemm", 1, new Composite(
            FusedGemm, 2, 3, 1,
            ("activation", AttributeKind.Text), ("activation_alpha", AttributeKind.Float), ("activation_beta", AttributeKind.Float),
            ("activation_gamma", AttributeKind.Float), ("alpha", AttributeKind.Float), ("beta", AttributeKind.Float),
            ("transA", AttributeKind.Int), ("transB", AttributeKind.Int))),
        ("FusedConv", 1, new Composite(
            FusedConvolution, 2, 4, 1,
            [.. s_convolution, ("activation", AttributeKind.Text), ("activation_params", AttributeKind.Floats)])),
        ("Pad", 1, new Composite(
            e => [e.Apply("Pad", [e.Input(0), e.Reshape(e.Input(1), e.Input(1).KnownShape.Length), e.Node.Input(2)], Given(e.Node))],
            2, 3, 1, ("mode", AttributeKind.Text))),
        ("Trilu", 1, new Composite(
            e => [e.Apply("Trilu", [e.Input(0), e.Node.Input(1)], Given(e.Node))], 1, 2, 1, ("upper", AttributeKind.Int))),
        ("GatherND", 1, new Composite(e => [e.Apply("GatherND", [e.Input(0), e.Input(1)])], 2, 2, 1)),
        ("GridSample", 1, new Composite(
            e => [e.Apply("GridSample", [e.Input(0), e.Input(1)], Given(e.Node))], 2, 2, 1,
            ("align_corners", AttributeKind.Int), ("mode", AttributeKind.Text), ("padding_mode", AttributeKind.Text))),
        ("ExpandDims", 1, new Composite(e => [e.Apply("Unsqueeze", [e.Input(0), e.Reshape(e.Input(1), 1)])], 2, 2, 1)),
        ("Range", 1, new Composite(
            e => [e.Apply("Range", [e.Input(0), e.Input(1), e.Node.Input(2) ?? e.Number(1, e.Input(0))])], 2, 3, 1)),
        ("CDist", 1, new Composite(Distances, 2, 2, 1, ("metric", AttributeKind.Text))),
        ("Unique", 1, new Composite(
            e => e.Apply("Unique", 4, [e.Input(0)], ("sorted", 0L)) is [var y, _, var places, var counts] ? [y, places, counts] : [],
            1, 1, 3)),
        ("CropAndResize", 1, new Composite(
            CropAndResize, 4, 4, 1, ("extrapolation_value", AttributeKind.Float), ("mode", AttributeKind.Text))),
        .. ContributedAttentions,
    ];

    private static (string, AttributeValue)[] Given(Node node) => [.. node.Attributes.Select(a => (a.Key, a.Value))];

    /// <summary>Normalizes input + skip (+ bias); the sum is the last output.</summary>
    private static Value?[] SkipLayerNormalization(Expansion e)
    {
        Value sum = SkipSum(e, bias: 4);
        (Value normal, Value mean, Value inverse) =
            Normalize(e, sum, Axes(e, sum.KnownShape.Rank - 1, sum), e.Node.Float("epsilon", 1e-12f));
        Value scaled = e.Multiply(normal, e.Input(2));
        return [e.Node.Input(3) is { } beta ? e.Add(scaled, beta) : scaled, mean, inverse, sum];
    }

    private static Value?[] SkipSimplifiedLayerNormalization(Expansion e)
    {
        Value sum = SkipSum(e, bias: 3);
        (Value normal, Value inverse) = NormalizeRoot(e, sum, sum.KnownShape.Rank - 1, e.Node.Float("epsilon", 1e-12f));
        return [e.Multiply(normal, e.Input(2)), null, inverse, sum];
    }

    private static Value SkipSum(Expansion e, int bias)
    {
        Value sum = e.Add(e.Input(0), e.Input(1));
        return e.Node.Input(bias) is { } addend ? e.Add(sum, addend) : sum;
    }

    /// <summary>The sum of three embeddings, normalized; how many positions of the mask are 1; the sum.</summary>
    private static Value?[] EmbedLayerNormalization(Expansion e) => EmbedLayerNormalization(
        e, (table, places) => e.Apply("Gather", [e.Input(table), places]), e.Input, e.Node.Input(8) ?? Count(e, e.Input(0), 1));

    /// <summary>
    /// The same of tables, factors and addends in codes. Rows are taken out of a table before they become numbers.
    /// </summary>
    private static Value?[] QuantizedEmbedLayerNormalization(Expansion e)
    {
        return EmbedLayerNormalization(
            e, (table, places) => Numbers(table, e.Apply("Gather", [e.Input(table), places])), input => Numbers(input, e.Input(input)),
            Count(e, e.Input(0), 1));

        // Tables are inputs 2 to 4, then there are two vectors; scales and zero points stand in the same order.
        Value Numbers(int input, Value codes)
        {
            const int Scales = 8 - 2;
            const int ZeroPoints = 13 - 2;
            return e.Apply("DequantizeLinear", [codes, e.Reshape(e.Input(Scales + input)), e.Reshape(e.Input(ZeroPoints + input))]);
        }
    }

    private static Value?[] EmbedLayerNormalization(
        Expansion e, Func<int, Value, Value> rows, Func<int, Value> vector, Value places)
    {
        Value ids = e.Input(0);
        Value sum = e.Add(rows(2, ids), rows(3, places));
        if (e.Node.Input(1) is { } segments)
        {
            sum = e.Add(sum, e.Node.Input(4) is null ? throw e.Context.Malformed(e.Node, "has segments and no table of them.")
                : rows(4, segments));
        }

        (Value normal, _, _) = Normalize(e, sum, Axes(e, 2, sum), e.Node.Float("epsilon", 1e-12f));
        Value output = e.Add(e.Multiply(normal, vector(5)), vector(6));
        return [output, e.Wants(1) ? MaskedLengths() : null, sum];

        Value MaskedLengths()
        {
            Value counted = e.Node.Input(7) is { } mask
                ? e.Cast(e.Apply("Equal", [mask, e.Number(1, mask)]), DataType.Int32)
                : e.Multiply(e.Cast(ids, DataType.Int32), e.Constant(Tensor.Of(new[] { 0 }, [])));
            return e.Apply("ReduceSum", [counted, e.Integers(1)], ("keepdims", 0L));
        }
    }

    /// <summary>[rows of A, rows of B]: how far they are apart.</summary>
    private static Value[] Distances(Expansion e)
    {
        Value difference = e.Subtract(
            e.Apply("Unsqueeze", [e.Input(0), e.Integers(1)]), e.Apply("Unsqueeze", [e.Input(1), e.Integers(0)]));
        Value square = e.Apply("ReduceSum", [e.Multiply(difference, difference), e.Integers(2)], ("keepdims", 0L));
        return e.Node.Text("metric", "sqeuclidean") switch
        {
            "sqeuclidean" => [square],
            "euclidean" => [e.Apply("Sqrt", [square])],
            string metric => throw e.Context.Unsupported(e.Node, $"has the metric '{metric}', which is not supported."),
        };
    }

    /// <summary>alpha·A·B. A batch that is transposed stands behind the first dimension instead of before it.</summary>
    private static Value[] FusedProduct(Expansion e)
    {
        Value product = e.Apply("MatMul", [Operand(0, "A"), Operand(1, "B")]);
        return [e.Node.Float("alpha", 1) is not 1 and var alpha ? e.Multiply(product, e.Number(alpha, product)) : product];

        Value Operand(int input, string name)
        {
            Value value = e.Input(input);
            int rank = value.KnownShape.Rank;
            long[] order = [.. Enumerable.Range(0, rank).Select(i => (long)i)];
            if (rank > 2 && e.Node.Int($"transBatch{name}") != 0)
            {
                order = [.. order[1..^1], 0, order[^1]];
            }

            if (rank > 1 && e.Node.Int($"trans{name}") != 0)
            {
                (order[^1], order[^2]) = (order[^2], order[^1]);
            }

            return order.SequenceEqual(order.Order()) ? value : e.Transpose(value, order);
        }
    }

    private static Value[] FusedGemm(Expansion e)
    {
        Value y = e.Apply(
            "Gemm", [e.Input(0), e.Input(1), e.Node.Input(2)],
            [.. Given(e.Node).Where(a => !a.Item1.StartsWith("activation", StringComparison.Ordinal))]);
        return
        [
            Activated(
                e, y,
                [
                    .. new[] { "activation_alpha", "activation_beta" }.TakeWhile(e.Node.Has).Select(name => e.Node.Float(name)),
                ]),
        ];
    }

    /// <summary>activation(Conv(X, W, B) + Z).</summary>
    private static Value[] FusedConvolution(Expansion e)
    {
        Value y = e.Apply(
            "Conv", [e.Input(0), e.Input(1), e.Node.Input(2)],
            [.. Given(e.Node).Where(a => !a.Item1.StartsWith("activation", StringComparison.Ordinal))]);
        Value sum = e.Node.Input(3) is { } addend ? e.Add(y, addend) : y;
        return [Activated(e, sum, e.Node.Attributes.TryGetValue("activation_params", out AttributeValue? given) ? given.Floats : [])];
    }

    private static Value Activated(Expansion e, Value value, float[] numbers)
    {
        string type = e.Node.Text("activation");
        float Number(int index, float usual) => index < numbers.Length ? numbers[index] : usual;
        return type switch
        {
            "" => value,
            "Relu" or "Sigmoid" or "Tanh" => e.Apply(type, [value]),
            "LeakyRelu" => e.Apply(type, [value], ("alpha", Number(0, 0.01f))),
            "HardSigmoid" => e.Apply(type, [value], ("alpha", Number(0, 0.2f)), ("beta", Number(1, 0.5f))),
            "Clip" => e.Apply(
                type, [value, e.Number(Number(0, float.MinValue), value), e.Number(Number(1, float.MaxValue), value)]),
            _ => throw e.Context.Unsupported(e.Node, $"has the activation '{type}', which is not supported."),
        };
    }
}
