using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>Operators on codes that ONNX Runtime adds to ONNX's: what its quantizer writes, and its optimizer.</content>
internal static partial class Composites
{
    private static readonly (string, AttributeKind)[] s_quantizedPool =
    [
        ("auto_pad", AttributeKind.Text), ("ceil_mode", AttributeKind.Int), ("channels_last", AttributeKind.Int),
        ("count_include_pad", AttributeKind.Int), ("dilations", AttributeKind.Ints), ("kernel_shape", AttributeKind.Ints),
        ("pads", AttributeKind.Ints), ("storage_order", AttributeKind.Int), ("strides", AttributeKind.Ints),
    ];

    /// <summary>
    /// https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md under each name.
    /// </summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> ContributedQuantized =>
    [
        ("QLinearConv", 1, new Composite(QuantizedConvolution, 8, 9, 1, [.. s_convolution, ("channels_last", AttributeKind.Int)])),
        ("QLinearAdd", 1, new Composite(e => QuantizedPair(e, "Add"), 2, 8, 1)),
        ("QLinearMul", 1, new Composite(e => QuantizedPair(e, "Mul"), 2, 8, 1)),
        ("QLinearSigmoid", 1, new Composite(
            e => [Codes(e, e.Apply("Sigmoid", [Reals(e, e.Input(0), 1)]), 3, e.Input(0).Type)], 2, 5, 1)),
        ("QLinearLeakyRelu", 1, new Composite(
            e => [Codes(e, e.Apply("LeakyRelu", [Reals(e, e.Input(0), 1)], ("alpha", e.Node.Float("alpha", 0.01f))), 3, e.Input(0).Type)],
            2, 5, 1, ("alpha", AttributeKind.Float))),
        ("QLinearSoftmax", 1, new Composite(
            QuantizedSoftmax, 2, 5, 1, ("axis", AttributeKind.Int), ("opset", AttributeKind.Int))),
        ("QLinearReduceMean", 1, new Composite(
            e => [Codes(
                e, e.Apply("ReduceMean", [Reals(e, e.Input(0), 1), e.Integers(e.Node.Ints("axes") ?? [])],
                ("keepdims", e.Node.Int("keepdims", 1))), 3, e.Input(0).Type)],
            2, 5, 1, ("axes", AttributeKind.Ints), ("keepdims", AttributeKind.Int))),
        ("QLinearAveragePool", 1, new Composite(e => QuantizedPool(e, "AveragePool"), 2, 5, 1, s_quantizedPool)),
        ("QLinearGlobalAveragePool", 1, new Composite(
            e => QuantizedPool(e, "GlobalAveragePool"), 2, 5, 1, ("channels_last", AttributeKind.Int))),
        ("NhwcMaxPool", 1, new Composite(MaximumPoolChannelsLast, 1, 1, 1, s_quantizedPool)),
        ("QLinearConcat", 1, new Composite(QuantizedConcat, 5, int.MaxValue, 1, ("axis", AttributeKind.Int))),
        ("QLinearWhere", 1, new Composite(
            e => [Codes(e, e.Apply("Where", [e.Input(0), Reals(e, e.Input(1), 2), Reals(e, e.Input(4), 5)]), 7, e.Input(1).Type)],
            9, 9, 1)),
        ("QGemm", 1, new Composite(
            QuantizedGemm, 6, 9, 1, ("alpha", AttributeKind.Float), ("transA", AttributeKind.Int), ("transB", AttributeKind.Int))),
        ("MatMulIntegerToFloat", 1, new Composite(
            e => [ScaledProduct(e, e.Input(0), e.Input(1), e.Input(2), e.Input(3), e.Node.Input(4), e.Node.Input(5), e.Node.Input(6))],
            4, 7, 1)),
        ("DynamicQuantizeMatMul", 1, new Composite(DynamicallyQuantizedProduct, 3, 5, 1)),
        ("MatMulNBits", 1, new Composite(
            BlockQuantizedProduct, 3, 6, 1,
            ("K", AttributeKind.Int), ("N", AttributeKind.Int), ("accuracy_level", AttributeKind.Int), ("bits", AttributeKind.Int),
            ("block_size", AttributeKind.Int))),
        ("MatMulBnb4", 1, new Composite(
            FourBitProduct, 3, 3, 1,
            ("K", AttributeKind.Int), ("N", AttributeKind.Int), ("block_size", AttributeKind.Int), ("quant_type", AttributeKind.Int),
            ("training_mode", AttributeKind.Int), ("transB", AttributeKind.Int))),
        ("QEmbedLayerNormalization", 1, new Composite(
            QuantizedEmbedLayerNormalization, 1, 18, 2, ("epsilon", AttributeKind.Float), ("mask_index_type", AttributeKind.Int))),
        ("GatherBlockQuantized", 1, new Composite(
            GatheredBlocks, 3, 4, 1,
            ("bits", AttributeKind.Int), ("block_size", AttributeKind.Int), ("gather_axis", AttributeKind.Int),
            ("quantize_axis", AttributeKind.Int))),
        ("DynamicQuantizeLSTM", 1, new Composite(
            DynamicallyQuantizedLstm, 3, 12, 3,
            ("activation_alpha", AttributeKind.Floats), ("activation_beta", AttributeKind.Floats), ("activations", AttributeKind.Texts),
            ("clip", AttributeKind.Float), ("direction", AttributeKind.Text), ("hidden_size", AttributeKind.Int),
            ("input_forget", AttributeKind.Int))),
    ];

    private static Value[] QuantizedPair(Expansion e, string type) =>
        [Codes(e, e.Apply(type, [Reals(e, e.Input(0), 1), Reals(e, e.Input(3), 4)]), 6, e.Input(0).Type)];

    /// <summary>Before opset 13 Softmax works along all axes from the one that is named.</summary>
    private static Value[] QuantizedSoftmax(Expansion e)
    {
        Value x = Reals(e, e.Input(0), 1);
        Shape shape = x.KnownShape;
        int axis = e.Context.Axis(e.Node, e.Node.Int("axis", -1), shape.Rank);
        Value result = e.Node.Int("opset") < 13 && axis < shape.Rank - 1
            ? e.Reshape(
                e.Apply("Softmax", [e.Reshape(x, shape.Product(0, axis), shape.Product(axis, shape.Rank))], ("axis", 1L)), shape)
            : e.Apply("Softmax", [x], ("axis", (long)axis));
        return [Codes(e, result, 3, e.Input(0).Type)];
    }

    private static Value[] QuantizedPool(Expansion e, string type)
    {
        bool isLast = e.Node.Int("channels_last") != 0;
        Value x = Reals(e, isLast ? ChannelsFirst(e, e.Input(0)) : e.Input(0), 1);
        Value y = Codes(e, e.Apply(type, [x], WindowOf(e.Node)), 3, e.Input(0).Type);
        return [isLast ? ChannelsLast(e, y) : y];
    }

    private static Value[] MaximumPoolChannelsLast(Expansion e) =>
        [ChannelsLast(e, e.Apply("MaxPool", [ChannelsFirst(e, e.Input(0))], WindowOf(e.Node)))];

    private static (string, AttributeValue)[] WindowOf(Node node) =>
        [.. node.Attributes.Where(a => a.Key != "channels_last").Select(a => (a.Key, a.Value))];

    /// <summary>Scale and zero point of the result come first, then tensors, each with its own.</summary>
    private static Value[] QuantizedConcat(Expansion e)
    {
        if (e.Node.Inputs.Count % 3 != 2)
        {
            throw e.Context.Malformed(e.Node, $"has {e.Node.Inputs.Count} inputs, which are no triples behind a pair.");
        }

        IEnumerable<Value> parts = Enumerable.Range(0, (e.Node.Inputs.Count - 2) / 3)
            .Select(i => Reals(e, e.Input(2 + (3 * i)), 3 + (3 * i)));
        return [Codes(e, e.Apply("Concat", [.. parts], ("axis", e.Node.Int("axis"))), 0, e.Input(2).Type)];
    }

    /// <summary>
    /// alpha·A·B + C, where C counts in units of alpha·scale of A·scale of B. Without a scale of its own the result is float32.
    /// </summary>
    private static Value[] QuantizedGemm(Expansion e)
    {
        Value weightScale = e.Input(4);
        if (e.Node.Float("alpha", 1) is not 1 and var alpha)
        {
            weightScale = e.Multiply(weightScale, e.Number(alpha, weightScale));
        }

        bool isTransposed = e.Node.Int("transB") != 0;
        Value b = e.Apply("DequantizeLinear", [e.Input(3), weightScale, e.Node.Input(5)], ("axis", isTransposed ? 0L : 1L));
        Value? c = e.Node.Input(6) is { } bias
            ? e.Multiply(e.Cast(bias, weightScale.Type), BiasScale(e, e.Input(1), weightScale))
            : null;
        Value y = e.Apply(
            "Gemm", [Reals(e, e.Input(0), 1), b, c], ("transA", e.Node.Int("transA")), ("transB", e.Node.Int("transB")));
        return [e.Node.Input(7) is null ? y : Codes(e, y, 7, e.Input(0).Type)];
    }

    /// <summary>(A − z_a)·(B − z_b), exactly, times both scales, plus a bias.</summary>
    private static Value ScaledProduct(
        Expansion e, Value a, Value b, Value leftScale, Value rightScale, Value? leftZero, Value? rightZero, Value? bias)
    {
        Value product = e.Cast(e.Apply("MatMulInteger", [a, b, leftZero, rightZero]), DataType.Float32);
        Value rows = leftScale.KnownShape is [var count] && !count.Equals(Dimension.One) ? e.Reshape(leftScale, count, 1) : leftScale;
        Value scaled = e.Multiply(product, e.Multiply(rows, rightScale));
        return bias is null ? scaled : e.Add(scaled, bias);
    }

    private static Value[] DynamicallyQuantizedProduct(Expansion e)
    {
        Value[] codes = DynamicallyQuantized(e, e.Input(0));
        return [ScaledProduct(e, codes[0], e.Input(1), codes[1], e.Input(2), codes[2], e.Node.Input(3), e.Node.Input(4))];
    }

    /// <summary>A·Bᵀ + bias, where B has 2, 4 or 8 bits and a scale for each block of a row. B becomes a float constant.</summary>
    private static Value[] BlockQuantizedProduct(Expansion e)
    {
        long inner = e.Node.Int("K");
        long columns = e.Node.Int("N");
        Tensor weights = BlockQuantizedMatrix(e, 1, inner, columns, e.Node.Int("block_size"));
        if (e.Node.Input(4) is not null)
        {
            throw e.Context.Unsupported(e.Node, "has blocks in an order of its own (g_idx).");
        }

        Value product = e.Apply("MatMul", [e.Input(0), e.Constant(weights)]);
        return [e.Node.Input(5) is { } bias ? e.Add(product, bias) : product];
    }

    /// <summary>Rows of a table whose numbers have 2, 4 or 8 bits and a scale for each block of a row; a float constant here.</summary>
    private static Value[] GatheredBlocks(Expansion e)
    {
        Value codes = e.Input(0);
        const long UsualSize = 128;
        if (codes is not { Type: DataType.UInt8, KnownShape: [{ IsConstant: true } rows, { IsConstant: true } bytes] }
            || e.Node.Int("gather_axis") is not (0 or -2) || e.Node.Int("quantize_axis", 1) is not (1 or -1))
        {
            throw e.Context.Unsupported(
                e.Node, $"gathers of {codes.Type}{codes.Shape}. Rows of matrices of bytes, in blocks along their rows, are supported.");
        }

        long size = e.Node.Int("block_size", UsualSize);
        Tensor table = BlockQuantizedMatrix(e, 0, bytes.Value * 8 / long.Max(e.Node.Int("bits", 4), 1), rows.Value, size);
        return [e.Apply("Gather", [e.Transpose(e.Constant(table), 1, 0), e.Input(1)], ("axis", 0L))];
    }

    /// <summary>The matrix [inner, columns] that codes [columns, blocks, bytes] stand for; the lowest bits of a byte come first.</summary>
    /// <param name="first">The input that has the codes.</param>
    private static Tensor BlockQuantizedMatrix(Expansion e, int first, long inner, long columns, long size)
    {
        long bits = e.Node.Int("bits", 4);
        long blocks = size > 0 ? (inner + size - 1) / size : 0;
        if (inner < 1 || columns < 1 || bits is not (2 or 4 or 8) || size < 1 || size * bits % 8 != 0)
        {
            throw e.Context.Malformed(e.Node, $"has a matrix [{inner},{columns}] of {bits} bits in blocks of {size}.");
        }

        long bytes = size * bits / 8;
        long zeroBytes = ((blocks * bits) + 7) / 8;
        byte[] codes = Known(first, columns * blocks * bytes).Data.ToArray();
        float[] scales = Known(2, columns * blocks).ToFloats();
        Tensor? zeros = e.Node.Input(3) is not { } given ? null
            : Known(3, given.Type == DataType.UInt8 ? columns * zeroBytes : columns * blocks);
        byte[]? packedZeros = zeros is { Type: DataType.UInt8 } ? zeros.Data.ToArray() : null;
        float[]? realZeros = zeros is { Type: not DataType.UInt8 } ? zeros.ToFloats() : null;
        var matrix = new float[inner * columns];
        for (long column = 0; column < columns; column++)
        {
            for (long row = 0; row < inner; row++)
            {
                long block = row / size;
                float zero = realZeros?[(column * blocks) + block]
                    ?? (packedZeros is null ? 1 << ((int)bits - 1) : Unpack(packedZeros, column * zeroBytes, block));
                int code = Unpack(codes, ((column * blocks) + block) * bytes, row % size);
                matrix[(row * columns) + column] = (code - zero) * scales[(column * blocks) + block];
            }
        }

        return Tensor.Owning(DataType.Float32, matrix, inner, columns);

        int Unpack(byte[] packed, long start, long index)
        {
            long bit = index * bits;
            return (packed[start + (bit / 8)] >> (int)(bit % 8)) & ((1 << (int)bits) - 1);
        }

        Tensor Known(int input, long length) => e.Input(input).Constant is not { } tensor
            ? throw e.Context.Unsupported(e.Node, "has codes, scales or zero points that are computed at run time. They must be constant.")
            : tensor.Length == length ? tensor
            : throw e.Context.Malformed(e.Node, $"has an input {input} of shape {tensor.Shape} for a matrix [{inner},{columns}].");
    }

    /// <summary>
    /// Weights come with inputs before gates, the other way round than LSTM's. Codes that fit into int8 without their zero point are
    /// multiplied as integers (<see cref="RecurrentCoding"/>); others as what they stand for.
    /// </summary>
    private static Value?[] DynamicallyQuantizedLstm(Expansion e)
    {
        var attributes = new Dictionary<string, AttributeValue>(e.Node.Attributes, StringComparer.Ordinal);
        if (Scales(1, 8) is { } input && Scales(2, 10) is { } recurrent)
        {
            new RecurrentCoding(input, recurrent, IsShared: true).Write(attributes);
        }

        Value[] outputs = e.Apply(
            "LSTM", 3, [e.Input(0), Gates(1, 8), Gates(2, 10), .. Enumerable.Range(3, 5).Select(e.Node.Input)],
            [.. attributes.Select(a => (a.Key, a.Value))]);
        return outputs;

        // One for each output of a gate in each direction; null where codes are computed, or too far from their zero point.
        float[]? Scales(int codes, int scale)
        {
            if (e.Input(codes).Constant is not { Rank: 3 } tensor || e.Input(scale).Constant is not { Length: > 0 } given
                || !(e.Node.Input(scale + 1) is null or { IsConstant: true }))
            {
                return null;
            }

            long[] values = tensor.ToInt64s();
            long[]? zeros = e.Node.Input(scale + 1)?.Constant?.ToInt64s();
            float[] numbers = given.ToFloats();
            int outputs = (int)tensor.Dimensions[2];
            int all = (int)tensor.Dimensions[0] * outputs;
            if (all % numbers.Length != 0 || zeros is [] || (zeros is not null && all % zeros.Length != 0)
                || !Array.TrueForAll(numbers, n => n > 0 && float.IsFinite(n)))
            {
                return null;
            }

            for (int i = 0; i < values.Length; i++)
            {
                int channel = (i / (int)(values.Length / tensor.Dimensions[0]) * outputs) + (i % outputs);
                long code = values[i] - (zeros is null ? 0 : zeros[channel / (all / zeros.Length)]);
                if (code is < sbyte.MinValue or > sbyte.MaxValue)
                {
                    return null;
                }
            }

            return [.. Enumerable.Range(0, all).Select(c => numbers[c / (all / numbers.Length)])];
        }

        Value Gates(int codes, int scale)
        {
            Value integers = e.Cast(e.Input(codes), DataType.Int32);
            if (e.Node.Input(scale + 1) is { } zero)
            {
                integers = e.Subtract(integers, OfGates(e.Cast(zero, DataType.Int32)));
            }

            return e.Transpose(e.Multiply(e.Cast(integers, DataType.Float32), OfGates(e.Input(scale))), 0, 2, 1);
        }

        // One for each direction, or for each gate's row of a direction.
        Value OfGates(Value parameter) => parameter.KnownShape.Rank switch
        {
            1 => e.Reshape(parameter, parameter.KnownShape[0], 1, 1),
            2 => e.Reshape(parameter, parameter.KnownShape[0], 1, parameter.KnownShape[1]),
            _ => throw e.Context.Malformed(e.Node, $"has parameters of shape {parameter.Shape}."),
        };
    }
}
