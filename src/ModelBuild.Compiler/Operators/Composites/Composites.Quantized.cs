using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Operators;

/// <content>
/// Operators from codes to codes: between DequantizeLinear and QuantizeLinear stands the operator that they mean, and lowering makes
/// integer kernels of the three.
/// </content>
internal static partial class Composites
{
    private static readonly (string, AttributeKind)[] s_convolution =
    [
        ("auto_pad", AttributeKind.Text), ("dilations", AttributeKind.Ints), ("group", AttributeKind.Int),
        ("kernel_shape", AttributeKind.Ints), ("pads", AttributeKind.Ints), ("strides", AttributeKind.Ints),
    ];

    /// <summary>https://onnx.ai/onnx/operators/ under each name.</summary>
    private static IEnumerable<(string Type, long Since, Operator Operator)> QuantizedOperators =>
    [
        ("QLinearConv", 10, new Composite(QuantizedConvolution, 8, 9, 1, s_convolution)),
        ("QLinearMatMul", 10, new Composite(QuantizedProduct, 8, 8, 1)),
        ("DynamicQuantizeLinear", 11, new Composite(e => DynamicallyQuantized(e, e.Input(0)), 1, 1, 3)),
    ];

    /// <summary>The attribute channels_last is ONNX Runtime's own.</summary>
    private static Value[] QuantizedConvolution(Expansion e)
    {
        bool isLast = e.Node.Int("channels_last") != 0;
        Value x = Reals(e, isLast ? ChannelsFirst(e, e.Input(0)) : e.Input(0), 1);
        Value w = Reals(e, e.Input(3), 4);
        Value? bias = e.Node.Input(8) is { } codes
            ? e.Apply("DequantizeLinear", [codes, BiasScale(e, e.Input(1), e.Input(4))], ("axis", 0L))
            : null;
        Value y = Codes(e, e.Apply("Conv", [x, w, bias], WindowOf(e.Node)), 6, e.Input(0).Type);
        return [isLast ? ChannelsLast(e, y) : y];
    }

    private static Value[] QuantizedProduct(Expansion e)
    {
        long rank = Math.Max(e.Input(0).KnownShape.Rank, e.Input(3).KnownShape.Rank);
        Value product = e.Apply("MatMul", [MatrixReals(e, 0, -2), MatrixReals(e, 3, -1)]);
        return [Codes(e, product, 6, e.Input(7).Type, rank > 1 ? -2 : 0)];
    }

    /// <summary>The matrix at an input, with scale and zero point at the next two: for each row or column, or for all.</summary>
    private static Value MatrixReals(Expansion e, int input, long axis)
    {
        Value scale = e.Input(input + 1);
        if (scale.KnownShape.Rank <= 1)
        {
            return Reals(e, e.Input(input), input + 1, axis);
        }

        Value integers = e.Cast(e.Input(input), DataType.Int32);
        Value difference = e.Node.Input(input + 2) is { } zero ? e.Subtract(integers, e.Cast(zero, DataType.Int32)) : integers;
        return e.Multiply(e.Cast(difference, scale.Type), scale);
    }

    /// <summary>
    /// uint8 codes over the range of a tensor and zero: codes, scale and zero point. A tensor of zeros has the scale 1, as in ONNX Runtime;
    /// ONNX's formula would divide by zero.
    /// </summary>
    private static Value[] DynamicallyQuantized(Expansion e, Value x)
    {
        Value zero = e.Number(0, x);
        Value minimum = e.Apply("Min", [e.Apply("ReduceMin", [x], ("keepdims", 0L)), zero]);
        Value range = e.Subtract(e.Apply("Max", [e.Apply("ReduceMax", [x], ("keepdims", 0L)), zero]), minimum);
        Value isNothing = e.Apply("Equal", [range, zero]);
        Value scale = e.Apply("Where", [isNothing, e.Number(1, x), e.Divide(range, e.Number(byte.MaxValue, x))]);
        Value start = e.Apply("Clip", [e.Subtract(zero, e.Divide(minimum, scale)), zero, e.Number(byte.MaxValue, x)]);
        Value zeroPoint = e.Cast(e.Apply("Round", [start]), DataType.UInt8);
        return [e.Apply("QuantizeLinear", [x, scale, zeroPoint]), scale, zeroPoint];
    }

    /// <summary>Dequantized codes; scale and zero point, which may be absent, are inputs of the node.</summary>
    private static Value Reals(Expansion e, Value codes, int scale, long axis = 0) => e.Apply(
        "DequantizeLinear", [codes, e.Input(scale), e.Node.Input(scale + 1)], ("axis", Math.Max(axis, -codes.KnownShape.Rank)));

    /// <summary>Quantized reals; scale and zero point, which may be absent, are inputs of the node.</summary>
    private static Value Codes(Expansion e, Value reals, int scale, DataType type, long axis = 0)
    {
        Shape shape = e.Input(scale).KnownShape;
        Value zeroPoint = e.Node.Input(scale + 1) ?? e.Constant(
            shape.Length.Equals(Dimension.One)
                ? Tensor.FromInt64s(type, [0], shape.ToConstant())
                : throw e.Context.Unsupported(e.Node, $"has scales {shape} for its result and no zero points."));
        return e.Apply("QuantizeLinear", [reals, e.Input(scale), zeroPoint], ("axis", axis));
    }

    /// <summary>The scale of accumulators, in which biases are counted: a scalar, or one for each output.</summary>
    private static Value BiasScale(Expansion e, Value input, Value weights) => e.Multiply(weights, input.KnownShape.Rank == 0
        ? input
        : e.Reshape(input, Array.Empty<Dimension>()));

    private static Value ChannelsFirst(Expansion e, Value images)
    {
        int rank = images.KnownShape.Rank;
        return e.Transpose(images, [0, rank - 1, .. Enumerable.Range(1, rank - 2).Select(i => (long)i)]);
    }

    private static Value ChannelsLast(Expansion e, Value images)
    {
        int rank = images.KnownShape.Rank;
        return e.Transpose(images, [0, .. Enumerable.Range(2, rank - 2).Select(i => (long)i), 1]);
    }
}
