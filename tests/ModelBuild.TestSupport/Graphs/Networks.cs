using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>Small networks, one for each thing that lowering, layout and quantization have to get right.</summary>
internal static class Networks
{
    private static readonly SortedDictionary<string, Func<TestGraph, Graph>> s_networks = new(StringComparer.Ordinal)
    {
        ["conv"] = g => g.Finish(g.Conv(g.Input(3, 9, 7), 5, 3, pad: 1)),
        ["conv relu pool flatten gemm"] = g =>
            g.Finish(g.Gemm(g.Flatten(Pool(g, g.Node("Relu", g.Conv(g.Input(1, 12, 12), 8, 3)), "MaxPool")), 10)),
        ["conv stride dilation"] = g =>
            g.Finish(g.Conv(g.Node("Relu", g.Conv(g.Input(4, 13, 11), 6, 3, stride: 2, pad: 1)), 7, 3, dilation: 2, pad: 2)),
        ["conv groups"] = g => g.Finish(g.Conv(g.Node("Relu", g.Conv(g.Input(6, 8, 8), 12, 3, pad: 1, groups: 3)), 4, 1)),
        ["conv same upper"] = g =>
            g.Finish(
                g.Node("Conv", [g.Input(2, 8, 7), g.Weights(3, 2, 3, 3)], ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 }))),
        ["conv asymmetric padding"] = g =>
            g.Finish(g.Node("Conv", [g.Input(2, 8, 7), g.Weights(3, 2, 2, 3)], ("pads", new long[] { 0, 1, 1, 2 }))),
        ["conv 1-D"] = g => g.Finish(g.Conv(g.Node("Relu", g.Conv(g.Input(5, 20), 8, 5, stride: 2, pad: 2)), 4, 3)),
        ["depthwise relu6"] = g =>
            g.Finish(g.Conv(g.Relu6(g.Conv(g.Relu6(g.Conv(g.Input(3, 10, 10), 20, 1)), 20, 3, pad: 1, groups: 20)), 6, 1)),
        ["depthwise stride"] = g => g.Finish(g.Conv(g.Node("Relu", g.Conv(g.Input(16, 9, 9), 16, 3, stride: 2, pad: 1, groups: 16)), 3, 1)),
        ["residual identity"] = g => Residual(g, (x, y) => [y, x]),
        ["residual of two convolutions"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(4, 8, 8), 8, 3, pad: 1));
            Value y = g.Conv(x, 12, 3, stride: 2, pad: 1);
            Value z = g.Conv(x, 12, 1, stride: 2);
            return g.Finish(g.Conv(g.Node("Relu", g.Node("Add", [y, z])), 3, 1));
        },
        ["residual at the end"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(4, 6, 6), 8, 3, pad: 1));
            return g.Finish(g.Node("Relu", g.Node("Add", [g.Conv(x, 8, 1), g.Conv(x, 8, 3, pad: 1)])));
        },
        ["sum of three"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(4, 6, 6), 8, 3, pad: 1));
            Value sum = g.Node("Add", [g.Node("Add", [g.Conv(x, 8, 1), g.Conv(x, 8, 3, pad: 1)]), x]);
            return g.Finish(g.Conv(sum, 3, 1));
        },
        ["sum behind a limit"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(4, 6, 6), 8, 3, pad: 1));
            return g.Finish(g.Conv(g.Node("Add", [g.Relu6(g.Conv(x, 8, 3, pad: 1)), x]), 3, 1));
        },
        ["global average"] = g =>
            g.Finish(g.Gemm(g.Flatten(g.Node("GlobalAveragePool", g.Node("Relu", g.Conv(g.Input(3, 9, 9), 8, 3)))), 10)),
        ["average pool padded"] = g => g.Finish(g.Conv(Pool(g, g.Conv(g.Input(3, 9, 9), 8, 3), "AveragePool", 3, 2, 1), 4, 1)),
        ["average pool counting padding"] = g => g.Finish(g.Conv(
            g.Node(
                "AveragePool", g.Conv(g.Input(3, 9, 9), 8, 3), ("kernel_shape", new long[] { 3, 3 }), ("pads", new long[] { 1, 1, 1, 1 }),
                ("count_include_pad", 1L)), 4, 1)),
        ["max pool padded stride"] = g => g.Finish(g.Conv(Pool(g, g.Conv(g.Input(3, 9, 9), 8, 3), "MaxPool", 3, 2, 1), 4, 1)),
        ["max pool dilated"] = g => g.Finish(g.Conv(
            g.Node(
                "MaxPool", g.Conv(g.Input(3, 12, 11), 8, 3),
                ("kernel_shape", new long[] { 3, 2 }), ("dilations", new long[] { 2, 3 }), ("pads", new long[] { 1, 0, 1, 1 })),
            4,
            1)),
        ["depthwise of 81 taps"] = g => g.Finish(g.Conv(g.Node("Relu", g.Conv(g.Input(20, 12, 12), 20, 9, pad: 4, groups: 20)), 4, 1)),
        ["softmax over channels"] = g => g.Finish(g.Node("Softmax", g.Conv(g.Input(3, 6, 5), 7, 3), ("axis", 1L))),
        ["softmax over width"] = g => g.Finish(g.Conv(g.Node("Softmax", g.Conv(g.Input(3, 6, 5), 7, 3), ("axis", 3L)), 4, 1)),
        ["pool at the end"] = g => g.Finish(g.Flatten(g.Node("GlobalAveragePool", g.Node("Relu", g.Conv(g.Input(3, 9, 9), 8, 3))))),
        ["concat"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3, pad: 1));
            Value joined = g.Node("Concat", [g.Node("Relu", g.Conv(x, 4, 1)), g.Node("Relu", g.Conv(x, 6, 3, pad: 1)), x], ("axis", 1L));
            return g.Finish(g.Conv(joined, 5, 1));
        },
        ["squeeze and excitation"] = g =>
        {
            Value x = g.Node("HardSwish", g.Conv(g.Input(3, 8, 8), 16, 3, pad: 1));
            Value gate = g.Node("Relu", g.Conv(g.Node("GlobalAveragePool", x), 4, 1));
            gate = g.Node("HardSigmoid", g.Conv(gate, 16, 1), ("alpha", 1f / 6), ("beta", 0.5f));
            return g.Finish(g.Conv(g.Node("Mul", [x, gate]), 5, 1));
        },
        ["swish"] = g =>
        {
            Value x = g.Conv(g.Input(3, 8, 8), 8, 3, pad: 1);
            return g.Finish(g.Conv(g.Node("Mul", [x, g.Node("Sigmoid", x)]), 5, 1));
        },
        ["activations"] = g =>
        {
            Value x = g.Node("LeakyRelu", g.Conv(g.Input(3, 6, 6), 8, 3), ("alpha", 0.1f));
            return g.Finish(g.Node("Sigmoid", g.Conv(g.Node("Tanh", g.Conv(x, 8, 1)), 5, 1)));
        },
        ["affine per channel"] = g =>
        {
            Value x = g.Conv(g.Input(3, 6, 6), 8, 3);
            x = Pool(g, x, "MaxPool");
            x = g.Node("Add", [g.Node("Mul", [x, g.Weights(8, 1, 1)]), g.Weights(8, 1, 1)]);
            return g.Finish(g.Conv(g.Node("Relu", x), 5, 1));
        },
        ["pad and slice"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3));
            x = g.Node("Pad", [x, g.Constant(Tensor.Of([0L, 0, 1, 2, 0, 0, 0, 1], 8)), null]);
            x = g.Node(
                "Slice",
                [x, .. new long[] { 1, 8, 3, 2 }.Select(number => g.Constant(Tensor.Of([number], 1)))]);
            return g.Finish(g.Conv(x, 4, 3));
        },
        ["channels-last input"] = g =>
        {
            Value x = g.Node("Transpose", g.Input(10, 9, 3), ("perm", new long[] { 0, 3, 1, 2 }));
            x = Pool(g, g.Node("Relu", g.Conv(x, 8, 3)), "MaxPool");
            return g.Finish(g.Gemm(g.Flatten(g.Node("Transpose", x, ("perm", new long[] { 0, 2, 3, 1 }))), 6));
        },
        ["mlp"] = g => g.Finish(g.Node("Softmax", g.Gemm(g.Node("Relu", g.Gemm(g.Input(37), 24)), 10), ("axis", -1L))),
        ["matmul with bias over sequences"] = g =>
        {
            Value x = g.Input(7, 12);
            Value h = g.Node("Relu", g.Node("Add", [g.Node("MatMul", [x, g.Weights(12, 20)]), g.Weights(20)]));
            return g.Finish(g.Node("Add", [g.Node("MatMul", [h, g.Weights(20, 9)]), g.Weights(9)]));
        },
        ["attention"] = g =>
        {
            Value x = g.Input(6, 8);
            Value q = g.Node("MatMul", [x, g.Weights(8, 8)]);
            Value k = g.Node("Transpose", g.Node("MatMul", [x, g.Weights(8, 8)]), ("perm", new long[] { 0, 2, 1 }));
            Value a = g.Node("Softmax", g.Node("Mul", [g.Node("MatMul", [q, k]), g.Constant(Tensor.Scalar(0.35f))]), ("axis", -1L));
            return g.Finish(g.Node("MatMul", [a, g.Node("MatMul", [x, g.Weights(8, 8)])]));
        },
        ["normalised input"] = g =>
        {
            Value x = g.Node(
                "Div", [g.Node("Sub", [g.Input(3, 8, 8), g.Weights(1, 3, 1, 1)]), g.Constant(Tensor.Of([0.5f, 0.25f, 0.75f], 3, 1, 1))]);
            return g.Finish(g.Conv(x, 4, 3));
        },
        ["two outputs"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3));
            return g.Finish(g.Conv(x, 4, 1), g.Gemm(g.Flatten(g.Node("GlobalAveragePool", x)), 5));
        },
        ["two inputs"] = g => g.Finish(g.Conv(g.Node("Add", [g.Conv(g.Input(3, 6, 6), 8, 3), g.Conv(g.Input(2, 6, 6), 8, 3)]), 4, 1)),
        ["output that others read"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3));
            return g.Finish(x, g.Conv(x, 4, 1));
        },
        // The last step gives floats, and has to keep the clip's bounds.
        ["clip at the end"] = g => g.Finish(g.Node(
            "Clip", [g.Conv(g.Input(4, 6, 6), 8, 3), g.Constant(Tensor.Scalar(-0.25f)), g.Constant(Tensor.Scalar(0.5f))])),

        // The zero point is not 0, and zeros are that.
        ["pad of signed values"] = g =>
        {
            Value x = g.Node("Tanh", g.Conv(g.Input(3, 8, 8), 8, 3));
            x = g.Node("Pad", [x, g.Constant(Tensor.Of([0L, 0, 1, 2, 0, 0, 0, 1], 8)), null]);
            return g.Finish(g.Node("MaxPool", x, ("kernel_shape", new long[] { 2, 2 })));
        },

        ["difference"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(4, 6, 6), 8, 3, pad: 1));
            return g.Finish(g.Conv(g.Node("Sub", [g.Node("Relu", g.Conv(x, 8, 1)), g.Node("Relu", g.Conv(x, 8, 3, pad: 1))]), 3, 1));
        },

        // Accumulators of one convolution cannot pass to the other: a clamp lies between them.
        ["residual of a convolution that is limited above"] = g =>
        {
            Value x = g.Input(8, 9, 9);
            Value limited = g.Node("Clip", [g.Conv(x, 12, 1), null, g.Constant(Tensor.Scalar(0.25f))]);
            return g.Finish(g.Conv(g.Node("Relu", g.Node("Add", [g.Conv(x, 12, 3, pad: 1), limited])), 8, 1));
        },

        // Arena regions of another size for every tensor: the batch is a number.
        ["fixed batch"] = g =>
        {
            Value x = g.FixedInput(2, 4, 9, 9);
            x = g.Node("Relu", g.Conv(x, 8, 3, pad: 1));
            x = g.Node("Relu", g.Conv(x, 8, 3, pad: 1));
            return g.Finish(g.Conv(g.Node("Relu", g.Conv(x, 16, 3, pad: 1)), 5, 3, pad: 1));
        },

        ["log softmax over channels"] = g => g.Finish(g.Node("LogSoftmax", g.Conv(g.Input(3, 6, 5), 7, 3), ("axis", 1L))),
        ["max pool rounded up"] = g => g.Finish(g.Conv(Ceiling(g, g.Conv(g.Input(3, 12, 11), 8, 3), "MaxPool", pad: 0), 4, 1)),
        ["average pool rounded up"] = g => g.Finish(g.Conv(Ceiling(g, g.Conv(g.Input(3, 12, 11), 8, 3), "AveragePool", pad: 1), 4, 1)),
        ["concat of widths"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3, pad: 1));
            return g.Finish(g.Conv(g.Node("Concat", [g.Conv(x, 4, 1), g.Conv(x, 4, 3, pad: 1)], ("axis", 3L)), 5, 1));
        },
        ["concat along a negative axis"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3, pad: 1));
            return g.Finish(g.Conv(g.Node("Concat", [g.Conv(x, 4, 1), g.Conv(x, 6, 3, pad: 1)], ("axis", -3L)), 5, 1));
        },
        ["mean over channels"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3));
            return g.Finish(g.Conv(g.Node("ReduceMean", [x, g.Constant(Tensor.Of([1L], 1))], ("keepdims", 1L)), 5, 1));
        },
        ["slice backwards"] = g =>
        {
            Value[] ranges = [.. new long[][] { [-1, 5], [-100, 1], [2, 3], [-1, -2] }.Select(r => g.Constant(Tensor.Of(r, 2)))];
            return g.Finish(g.Conv(g.Node("Slice", [g.Conv(g.Input(3, 8, 9), 8, 3), .. ranges]), 4, 1));
        },
        ["depth multiplier"] = g => g.Finish(g.Conv(g.Node("Relu", g.Conv(g.Input(6, 8, 8), 18, 3, pad: 1, groups: 6)), 4, 1)),
        ["conv same lower"] = g => g.Finish(g.Node(
            "Conv", [g.Input(2, 8, 7), g.Weights(3, 2, 4, 2)], ("auto_pad", "SAME_LOWER"), ("strides", new long[] { 2, 1 }))),
        ["gemm without transposition"] = g =>
        {
            Value x = g.Node("Relu", g.Node("Gemm", [g.Input(13), g.Weights(13, 9), g.Weights(9)]));
            return g.Finish(g.Node("Gemm", [x, g.Weights(9, 5)]));
        },
        ["residual on the left"] = g => Residual(g, (x, y) => [x, y]),
        ["gate on the left"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 16, 3, pad: 1));
            Value gate = g.Node("Sigmoid", g.Conv(g.Node("GlobalAveragePool", x), 16, 1));
            return g.Finish(g.Conv(g.Node("Mul", [gate, x]), 5, 1));
        },
        ["sum between bounds"] = g =>
        {
            Value x = g.Node("Relu", g.Conv(g.Input(3, 8, 8), 8, 3));
            Value sum = g.Node("Add", [g.Node("Tanh", g.Conv(x, 8, 1)), g.Node("Sigmoid", g.Conv(x, 8, 1))]);
            return g.Finish(g.Conv(g.Node("Clip", [sum, g.Constant(Tensor.Scalar(-0.5f)), g.Constant(Tensor.Scalar(1.2f))]), 4, 1));
        },
        ["global maximum"] = g => g.Finish(g.Gemm(g.Flatten(g.Node("GlobalMaxPool", g.Conv(g.Input(3, 9, 9), 8, 3))), 10)),

        ["reshape of the input"] = g =>
        {
            Value x = g.Input(12);
            return g.Finish(g.Node("Reshape", [x, g.Constant(Tensor.Of([-1L, 3, 4], 3))]), g.Node("Relu", x));
        },

        // Inverted residuals with BatchNormalization, depthwise convolutions and ReLU6.
        ["mobile"] = g =>
        {
            Value Pointwise(Value x, int outputs) => g.BatchNormalization(g.Conv(x, outputs, 1));
            Value Depthwise(Value x, int channels, int stride) =>
                g.Relu6(g.BatchNormalization(g.Conv(x, channels, 3, stride, pad: 1, groups: channels)));
            Value stem = g.Relu6(g.BatchNormalization(g.Conv(g.Input(3, 32, 44), 16, 3, stride: 2, pad: 1)));
            Value first = Pointwise(Depthwise(stem, 16, 1), 24);
            Value second = g.Node("Add", [first, Pointwise(Depthwise(g.Relu6(Pointwise(first, 72)), 72, 1), 24)]);
            Value third = Pointwise(Depthwise(g.Relu6(Pointwise(second, 72)), 72, 2), 40);
            Value head = g.Relu6(Pointwise(third, 96));
            return g.Finish(g.Gemm(g.Node("Flatten", g.Node("GlobalAveragePool", head)), 10));
        },

        // Uneven padding, groups, dilation, gates, both poolings, Concat.
        ["mixed"] = g =>
        {
            Value first = g.Node("LeakyRelu", g.Conv(g.Input(8, 21, 17), 20, [5, 3], [1, 2, 2, 0]), ("alpha", 0.1f));
            Value second = g.Node("HardSwish", g.Conv(first, 32, 3, pad: 2, groups: 4, dilation: 2));
            Value swish = g.Node("Mul", [second, g.Node("Sigmoid", second)]);
            Value maximum = Pool(g, swish, "MaxPool", kernel: 3, stride: 2, pad: 1);
            Value average = Pool(g, maximum, "AveragePool", kernel: 3, stride: 1, pad: 1);
            Value left = g.Node("Relu", g.Conv(average, 12, 1));
            Value right = g.Node("HardSigmoid", g.Conv(maximum, 7, 3, pad: 1), ("alpha", 0.2f), ("beta", 0.5f));
            Value joined = g.Node("Concat", [left, right], ("axis", 1L));
            Value mean = g.Node("ReduceMean", [joined, g.Constant(Tensor.Of([2L, 3], 2))], ("keepdims", 0L));
            return g.Finish(g.Node("Softmax", g.Node("Add", [g.Node("MatMul", [mean, g.Weights(19, 10)]), g.Weights(10)]), ("axis", 1L)));
        },

        // One dimension: convolutions over time, then a matrix product for every step.
        ["signal"] = g =>
        {
            Value first = g.Node("Relu", g.Conv(g.Input(4, 128), 18, 9, stride: 2, pad: 4));
            Value second = g.Node("Tanh", g.Conv(first, 24, [3], [4, 0], dilation: 2));
            Value pooled = g.Node("MaxPool", second, ("kernel_shape", new long[] { 2 }), ("strides", new long[] { 2 }));
            Value steps = g.Node("Transpose", pooled, ("perm", new long[] { 0, 2, 1 }));
            return g.Finish(
                g.Node("LogSoftmax", g.Node("Add", [g.Node("MatMul", [steps, g.Weights(24, 10)]), g.Weights(10)]), ("axis", 2L)));
        },
    };

    public static IEnumerable<string> Names => s_networks.Keys;

    public static Graph Make(string name) => s_networks[name](new TestGraph());

    /// <param name="order">The operands of the sum, of the identity and what two convolutions make of it.</param>
    private static Graph Residual(TestGraph g, Func<Value, Value, Value[]> order)
    {
        Value x = g.Node("Relu", g.Conv(g.Input(4, 8, 8), 8, 3, pad: 1));
        Value y = g.Conv(g.Node("Relu", g.Conv(x, 8, 3, pad: 1)), 8, 3, pad: 1);
        return g.Finish(g.Conv(g.Node("Relu", g.Node("Add", order(x, y))), 3, 1));
    }

    private static Value Ceiling(TestGraph g, Value x, string type, long pad) => g.Node(
        type, x, ("kernel_shape", new long[] { 3, 3 }), ("strides", new long[] { 2, 2 }), ("ceil_mode", 1L),
        ("pads", new[] { pad, pad, pad, pad }));

    private static Value Pool(TestGraph g, Value x, string type, long kernel = 2, long stride = 2, long pad = 0) => g.Node(
        type, x, ("kernel_shape", new[] { kernel, kernel }), ("strides", new[] { stride, stride }), ("pads", new[] { pad, pad, pad, pad }));
}
