using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// One operator each, on a shape as networks have it: images of 56 × 56 with 64 channels, 128 tokens of 768 numbers, and what else is usual
/// for the operator.
/// </summary>
internal static class OperatorModels
{
    private const string Own = "com.microsoft";
    private static readonly object[] s_image = [1, 64, 56, 56];
    private static readonly object[] s_tokens = [1, 128, 768];

    /// <summary>Name of a row, and the file.</summary>
    public static IEnumerable<(string Name, byte[] File)> All =>
        [.. Elementwise(), .. Reductions(), .. Products(), .. Windows(), .. Normalizations(), .. Movements(), .. Selections(), .. Signals(),
            .. Recurrent(), .. Codes(), .. ControlFlow()];

    private static IEnumerable<(string, byte[])> Elementwise()
    {
        string[] unary =
        [
            "Abs", "Acos", "Asin", "Asinh", "Atan", "Atanh", "Ceil", "Celu", "Cos", "Cosh", "Elu", "Erf", "Exp", "Floor", "Gelu",
            "HardSigmoid", "HardSwish", "LeakyRelu", "Mish", "Neg", "Reciprocal", "Relu", "Round", "Selu", "Shrink", "Sigmoid", "Sign",
            "Sin",
            "Sinh", "Softplus", "Softsign", "Tan", "Tanh", "ThresholdedRelu",
        ];
        foreach (string type in unary)
        {
            yield return Row(type, g => g.Input("x", s_image).Node(type, ["x"], ["y"]));
        }

        foreach (string type in (string[])["Sqrt", "Log"])
        {
            yield return Row(type, g => g.Input("x", s_image).Node("Abs", ["x"], ["a"]).Node(type, ["a"], ["y"]));
        }

        yield return Row("Acosh", g => g.Input("x", s_image).Constant("two", Tensor.Scalar(2f)).Node("Add", ["x", "two"], ["a"])
            .Node("Acosh", ["a"], ["y"]));
        yield return Row("Swish", g => g.Input("x", s_image).Node("Swish", ["x"], ["y"]), 24);
        yield return Row("IsNaN", g => g.Input("x", s_image).Node("IsNaN", ["x"], ["y"]), type: DataType.Bool);
        yield return Row("IsInf", g => g.Input("x", s_image).Node("IsInf", ["x"], ["y"]), 20, DataType.Bool);
        yield return Row("Not", g => g.Input("x", DataType.Bool, s_image).Node("Not", ["x"], ["y"]), type: DataType.Bool);
        yield return Row("Clip", g => g.Input("x", s_image).Constant("a", Tensor.Scalar(-0.5f)).Constant("b", Tensor.Scalar(0.5f))
            .Node("Clip", ["x", "a", "b"], ["y"]));
        yield return Row("PRelu per channel", g => g.Input("x", s_image).Constant("s", Values(64, 1, 1)).Node("PRelu", ["x", "s"], ["y"]));
        foreach (string type in (string[])["Add", "Sub", "Mul", "Div", "Max", "Min"])
        {
            yield return Row(type, g => g.Input("a", s_image).Input("b", s_image).Node(type, ["a", "b"], ["y"]));
        }

        yield return Row("Add per channel", g => g.Input("a", s_image).Input("b", 64, 1, 1).Node("Add", ["a", "b"], ["y"]));
        yield return Row("Mul per feature", g => g.Input("a", s_tokens).Input("b", 768).Node("Mul", ["a", "b"], ["y"]));
        yield return Row("Mul per token", g => g.Input("a", s_tokens).Input("b", 128, 1).Node("Mul", ["a", "b"], ["y"]));
        yield return Row("Pow by a scalar", g => g.Input("x", s_image).Constant("e", Tensor.Scalar(1.7f)).Node("Abs", ["x"], ["a"])
            .Node("Pow", ["a", "e"], ["y"]));
        yield return Row("Pow", g => g.Input("x", s_image).Input("e", s_image).Node("Abs", ["x"], ["a"]).Node("Pow", ["a", "e"], ["y"]));
        yield return Row("Mod with fmod", g => g.Input("a", s_image).Input("b", s_image).Node("Mod", ["a", "b"], ["y"], ("fmod", 1)));
        yield return Row("Sum of three", g => g.Input("a", s_image).Input("b", s_image).Input("c", s_image)
            .Node("Sum", ["a", "b", "c"], ["y"]));
        yield return Row("Mean of three", g => g.Input("a", s_image).Input("b", s_image).Input("c", s_image)
            .Node("Mean", ["a", "b", "c"], ["y"]));
        foreach (string type in (string[])["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"])
        {
            yield return Row(
                type, g => g.Input("a", s_image).Input("b", s_image).Node(type, ["a", "b"], ["y"]), type: DataType.Bool);
        }

        foreach (string type in (string[])["And", "Or", "Xor"])
        {
            yield return Row(type, g => g.Input("a", DataType.Bool, s_image).Input("b", DataType.Bool, s_image)
                .Node(type, ["a", "b"], ["y"]), type: DataType.Bool);
        }

        foreach (string type in (string[])["BitwiseAnd", "BitwiseOr", "BitwiseXor"])
        {
            yield return Row($"{type} int32", g => g.Input("a", DataType.Int32, s_image).Input("b", DataType.Int32, s_image)
                .Node(type, ["a", "b"], ["y"]), type: DataType.Int32);
        }

        yield return Row("BitwiseNot int32", g => g.Input("a", DataType.Int32, s_image).Node("BitwiseNot", ["a"], ["y"]),
            type: DataType.Int32);
        yield return Row("BitShift uint32", g => g.Input("a", DataType.UInt32, s_image).Input("b", DataType.UInt32, s_image)
            .Node("BitShift", ["a", "b"], ["y"], ("direction", "LEFT")), type: DataType.UInt32);
        foreach (string type in (string[])["Add", "Mul", "Max"])
        {
            yield return Row($"{type} int64", g => g.Input("a", DataType.Int64, s_image).Input("b", DataType.Int64, s_image)
                .Node(type, ["a", "b"], ["y"]), type: DataType.Int64);
        }

        yield return Row("Div int32", g => g.Input("a", DataType.Int32, s_image).Input("b", DataType.Int32, s_image)
            .Constant("one", Tensor.Of([1], [])).Node("Add", ["b", "one"], ["c"]).Node("Div", ["a", "c"], ["y"]), type: DataType.Int32);
        yield return Row("Mod int64", g => g.Input("a", DataType.Int64, s_image).Constant("b", Tensor.Of([7L], []))
            .Node("Mod", ["a", "b"], ["y"]), type: DataType.Int64);
        yield return Row("Equal int64", g => g.Input("a", DataType.Int64, s_image).Input("b", DataType.Int64, s_image)
            .Node("Equal", ["a", "b"], ["y"]), type: DataType.Bool);
        foreach (string type in (string[])["Add", "Mul"])
        {
            yield return Row($"{type} float64", g => g.Input("a", DataType.Float64, s_image).Input("b", DataType.Float64, s_image)
                .Node(type, ["a", "b"], ["y"]), type: DataType.Float64);
        }

        foreach (string type in (string[])["Exp", "Sigmoid", "Tanh"])
        {
            yield return Row($"{type} float64", g => g.Input("a", DataType.Float64, s_image).Node(type, ["a"], ["y"]),
                type: DataType.Float64);
        }

        yield return Row("Where", g => g.Input("c", DataType.Bool, s_image).Input("a", s_image).Input("b", s_image)
            .Node("Where", ["c", "a", "b"], ["y"]));
        yield return Row("Where of a mask", g => g.Input("c", DataType.Bool, 1, 1, 128, 128).Input("a", 1, 12, 128, 128)
            .Constant("b", Tensor.Scalar(-1e4f)).Node("Where", ["c", "a", "b"], ["y"]));
        (DataType From, DataType To)[] casts =
        [
            (DataType.Float32, DataType.Int64), (DataType.Float32, DataType.Int32), (DataType.Float32, DataType.UInt8),
            (DataType.Float32, DataType.Float16), (DataType.Float16, DataType.Float32), (DataType.Float32, DataType.Float64),
            (DataType.Float64, DataType.Float32), (DataType.Int64, DataType.Float32), (DataType.Int64, DataType.Int32),
            (DataType.UInt8, DataType.Float32), (DataType.Bool, DataType.Float32), (DataType.Float32, DataType.Bool),
        ];
        foreach ((DataType from, DataType to) in casts)
        {
            yield return Row($"Cast {from} to {to}", g => g.Input("x", from, s_image).Node("Cast", ["x"], ["y"], ("to", (long)to)),
                type: to);
        }
    }

    private static IEnumerable<(string, byte[])> Reductions()
    {
        string[] reductions =
        [
            "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum",
            "ReduceSumSquare",
        ];
        foreach (string type in reductions)
        {
            OnnxGraph Reduced(OnnxGraph g, object[] shape, long[] axes) => type == "ReduceLogSum"
                ? g.Input("x", shape).Integers("a", axes).Node("Abs", ["x"], ["p"]).Node(type, ["p", "a"], ["y"])
                : g.Input("x", shape).Integers("a", axes).Node(type, ["x", "a"], ["y"]);

            yield return Row($"{type} of features", g => Reduced(g, s_tokens, [-1]));
            yield return Row($"{type} of the plane", g => Reduced(g, s_image, [2, 3]));
            yield return Row($"{type} of channels", g => Reduced(g, s_image, [1]));
        }

        foreach (string type in (string[])["ArgMax", "ArgMin"])
        {
            yield return Row($"{type} of features", g => g.Input("x", s_tokens).Node(type, ["x"], ["y"], ("axis", -1)),
                type: DataType.Int64);
            yield return Row($"{type} of channels", g => g.Input("x", 1, 21, 64, 64).Node(type, ["x"], ["y"], ("axis", 1)),
                type: DataType.Int64);
        }

        yield return Row("ReduceSum int64", g => g.Input("x", DataType.Int64, s_tokens).Integers("a", -1)
            .Node("ReduceSum", ["x", "a"], ["y"]), type: DataType.Int64);
        yield return Row("ReduceMax int32", g => g.Input("x", DataType.Int32, s_tokens).Integers("a", -1)
            .Node("ReduceMax", ["x", "a"], ["y"]), type: DataType.Int32);
        yield return Row("ReduceSum float64", g => g.Input("x", DataType.Float64, s_tokens).Integers("a", -1)
            .Node("ReduceSum", ["x", "a"], ["y"]), type: DataType.Float64);
        yield return Row("CumSum along features", g => g.Input("x", s_tokens).Constant("a", Tensor.Of([2L], []))
            .Node("CumSum", ["x", "a"], ["y"]));
        yield return Row("CumSum along tokens", g => g.Input("x", s_tokens).Constant("a", Tensor.Of([1L], []))
            .Node("CumSum", ["x", "a"], ["y"]));
        foreach (string type in (string[])["Softmax", "LogSoftmax", "Hardmax"])
        {
            yield return Row($"{type} of features", g => g.Input("x", 1, 12, 128, 128).Node(type, ["x"], ["y"], ("axis", -1)));
            yield return Row($"{type} of channels", g => g.Input("x", 1, 21, 64, 64).Node(type, ["x"], ["y"], ("axis", 1)));
        }

        yield return Row("Softmax float64", g => g.Input("x", DataType.Float64, 1, 12, 128, 128).Node("Softmax", ["x"], ["y"]),
            type: DataType.Float64);
    }

    private static IEnumerable<(string, byte[])> Products()
    {
        yield return Row("MatMul 128×768×768", g => g.Input("x", s_tokens).Constant("w", Values(768, 768))
            .Node("MatMul", ["x", "w"], ["y"]));
        yield return Row("MatMul of heads", g => g.Input("a", 1, 12, 128, 64).Input("b", 1, 12, 64, 128).Node("MatMul", ["a", "b"], ["y"]));
        yield return Row("MatMul of a vector", g => g.Input("x", 1, 1024).Constant("w", Values(1024, 1024))
            .Node("MatMul", ["x", "w"], ["y"]));
        yield return Row("MatMul of inputs", g => g.Input("a", 256, 256).Input("b", 256, 256).Node("MatMul", ["a", "b"], ["y"]));
        yield return Row("MatMul float64", g => g.Input("a", DataType.Float64, 128, 256).Input("b", DataType.Float64, 256, 128)
            .Node("MatMul", ["a", "b"], ["y"]), type: DataType.Float64);
        yield return Row("MatMul int32", g => g.Input("a", DataType.Int32, 64, 128).Input("b", DataType.Int32, 128, 64)
            .Node("MatMul", ["a", "b"], ["y"]), type: DataType.Int32);
        yield return Row("Gemm of one row", g => g.Input("x", 1, 1024).Constant("w", Values(1000, 1024)).Constant("b", Values(1000))
            .Node("Gemm", ["x", "w", "b"], ["y"], ("transB", 1)));
        yield return Row("Gemm of 64 rows", g => g.Input("x", 64, 1024).Constant("w", Values(1000, 1024)).Constant("b", Values(1000))
            .Node("Gemm", ["x", "w", "b"], ["y"], ("transB", 1)));
        yield return Row("Einsum of heads", g => g.Input("a", 1, 12, 128, 64).Input("b", 1, 12, 128, 64)
            .Node("Einsum", ["a", "b"], ["y"], ("equation", "bhid,bhjd->bhij")));
        yield return Row("Det", g => g.Input("x", 64, 16, 16).Node("Det", ["x"], ["y"]));
        yield return Row("Attention", g => g.Input("q", 1, 12, 128, 64).Input("k", 1, 12, 128, 64).Input("v", 1, 12, 128, 64)
            .Node("Attention", ["q", "k", "v"], ["y"]), 23);
        yield return Row("com.microsoft.MultiHeadAttention", g => g.Input("q", s_tokens).Input("k", s_tokens).Input("v", s_tokens)
            .Node(Own, "MultiHeadAttention", "n", ["q", "k", "v"], ["y"], ("num_heads", 12)));
        yield return Row("com.microsoft.Attention", g => g.Input("x", s_tokens).Constant("w", Values(768, 2304)).Constant("b", Values(2304))
            .Node(Own, "Attention", "n", ["x", "w", "b"], ["y"], ("num_heads", 12)));
        yield return Row("RotaryEmbedding", g => g.Input("x", 1, 12, 128, 64).Constant("c", Values(128, 32)).Constant("s", Values(128, 32))
            .Constant("p", Tensor.Of([.. Enumerable.Range(0, 128).Select(i => (long)i)], 1, 128))
            .Node("RotaryEmbedding", ["x", "c", "s", "p"], ["y"]), 23);
        yield return Row("com.microsoft.FusedMatMul", g => g.Input("a", 1, 12, 128, 64).Input("b", 1, 12, 128, 64)
            .Node(Own, "FusedMatMul", "n", ["a", "b"], ["y"], ("transB", 1), ("alpha", 0.125f)));
    }

    private static IEnumerable<(string, byte[])> Windows()
    {
        OnnxGraph Conv(OnnxGraph g, object[] input, long[] weight, params (string, object)[] attributes) =>
            g.Input("x", input).Constant("w", Values(weight)).Constant("b", Values(weight[0]))
                .Node("Conv", ["x", "w", "b"], ["y"], attributes);

        long[] same = [1, 1, 1, 1];
        yield return Row("Conv 3×3", g => Conv(g, s_image, [64, 64, 3, 3], ("pads", same)));
        yield return Row("Conv 1×1", g => Conv(g, [1, 256, 56, 56], [64, 256, 1, 1]));
        yield return Row("Conv 1×1 of many channels", g => Conv(g, [1, 1024, 14, 14], [256, 1024, 1, 1]));
        yield return Row("Conv 7×7 of an image", g => Conv(g, [1, 3, 224, 224], [64, 3, 7, 7], ("pads", Two(3)), ("strides", L(2, 2))));
        yield return Row("Conv 3×3 stride 2", g => Conv(g, s_image, [128, 64, 3, 3], ("pads", same), ("strides", L(2, 2))));
        yield return Row("Conv 3×3 dilated", g => Conv(g, s_image, [64, 64, 3, 3], ("pads", Two(2)), ("dilations", L(2, 2))));
        yield return Row("Conv depthwise 3×3", g => Conv(g, [1, 96, 56, 56], [96, 1, 3, 3], ("pads", same), ("group", 96)));
        yield return Row("Conv depthwise 5×5 stride 2", g => Conv(
            g, [1, 96, 56, 56], [96, 1, 5, 5], ("pads", Two(2)), ("group", 96), ("strides", L(2, 2))));
        yield return Row("Conv of 32 groups", g => Conv(g, [1, 128, 56, 56], [128, 4, 3, 3], ("pads", same), ("group", 32)));
        yield return Row("Conv of a signal", g => Conv(g, [1, 80, 300], [256, 80, 3], ("pads", L(1, 1))));
        yield return Row("Conv depthwise of a signal", g => Conv(g, [1, 256, 300], [256, 1, 31], ("pads", L(15, 15)), ("group", 256)));
        yield return Row("Conv of a volume", g => Conv(g, [1, 16, 16, 28, 28], [32, 16, 3, 3, 3], ("pads", L(1, 1, 1, 1, 1, 1))));
        yield return Row("ConvTranspose 2×2", g => g.Input("x", 1, 64, 28, 28).Constant("w", Values(64, 32, 2, 2))
            .Node("ConvTranspose", ["x", "w"], ["y"], ("strides", L(2, 2))));
        yield return Row("ConvTranspose 4×4", g => g.Input("x", 1, 64, 28, 28).Constant("w", Values(64, 32, 4, 4))
            .Node("ConvTranspose", ["x", "w"], ["y"], ("strides", L(2, 2)), ("pads", same)));
        yield return Row("DeformConv", g => g.Input("x", 1, 32, 28, 28).Input("o", 1, 18, 28, 28).Constant("w", Values(32, 32, 3, 3))
            .Node("DeformConv", ["x", "w", "o"], ["y"], ("pads", same)), 19);
        yield return Row("MaxPool 3×3", g => g.Input("x", 1, 64, 112, 112)
            .Node("MaxPool", ["x"], ["y"], ("kernel_shape", L(3, 3)), ("strides", L(2, 2)), ("pads", same)));
        yield return Row("MaxPool 2×2", g => g.Input("x", s_image)
            .Node("MaxPool", ["x"], ["y"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2))));
        yield return Row("MaxPool with indices", g => g.Input("x", s_image).Output("i", DataType.Int64, (object?[])null!)
            .Node("MaxPool", ["x"], ["y", "i"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2))));
        yield return Row("AveragePool 2×2", g => g.Input("x", s_image)
            .Node("AveragePool", ["x"], ["y"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2))));
        yield return Row("AveragePool 3×3", g => g.Input("x", s_image)
            .Node("AveragePool", ["x"], ["y"], ("kernel_shape", L(3, 3)), ("pads", same)));
        yield return Row("LpPool", g => g.Input("x", s_image)
            .Node("LpPool", ["x"], ["y"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2))));
        foreach (string type in (string[])["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
        {
            yield return Row(type, g => g.Input("x", s_image).Node(type, ["x"], ["y"]));
        }

        yield return Row("MaxUnpool", g => g.Input("x", 1, 64, 28, 28).Input("i", DataType.Int64, 1, 64, 28, 28)
            .Node("MaxUnpool", ["x", "i"], ["y"], ("kernel_shape", L(2, 2)), ("strides", L(2, 2))));
    }

    private static IEnumerable<(string, byte[])> Normalizations()
    {
        yield return Row("BatchNormalization", g => g.Input("x", s_image).Constant("s", Values(64)).Constant("b", Values(64))
            .Constant("m", Values(64)).Constant("v", Tensor.Of([.. Enumerable.Repeat(0.5f, 64)], 64))
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"]));
        yield return Row("InstanceNormalization", g => g.Input("x", s_image).Constant("s", Values(64)).Constant("b", Values(64))
            .Node("InstanceNormalization", ["x", "s", "b"], ["y"]));
        yield return Row("GroupNormalization", g => g.Input("x", s_image).Constant("s", Values(64)).Constant("b", Values(64))
            .Node("GroupNormalization", ["x", "s", "b"], ["y"], ("num_groups", 8)), 21);
        yield return Row("LayerNormalization", g => g.Input("x", s_tokens).Constant("s", Values(768)).Constant("b", Values(768))
            .Node("LayerNormalization", ["x", "s", "b"], ["y"]));
        yield return Row("RMSNormalization", g => g.Input("x", s_tokens).Constant("s", Values(768))
            .Node("RMSNormalization", ["x", "s"], ["y"]), 23);
        yield return Row("com.microsoft.SkipLayerNormalization", g => g.Input("x", s_tokens).Input("k", s_tokens).Constant("s", Values(768))
            .Constant("b", Values(768)).Node(Own, "SkipLayerNormalization", "n", ["x", "k", "s", "b"], ["y"]));
        yield return Row("com.microsoft.BiasGelu", g => g.Input("x", s_tokens).Constant("b", Values(768))
            .Node(Own, "BiasGelu", "n", ["x", "b"], ["y"]));
        foreach (string type in (string[])["FastGelu", "QuickGelu", "Gelu"])
        {
            yield return Row($"com.microsoft.{type}", g => g.Input("x", s_tokens).Node(Own, type, "n", ["x"], ["y"]));
        }

        yield return Row("MeanVarianceNormalization", g => g.Input("x", s_image).Node("MeanVarianceNormalization", ["x"], ["y"]));
        yield return Row("LpNormalization", g => g.Input("x", s_tokens).Node("LpNormalization", ["x"], ["y"]));
        yield return Row("LRN", g => g.Input("x", s_image).Node("LRN", ["x"], ["y"], ("size", 5)));
    }

    private static IEnumerable<(string, byte[])> Movements()
    {
        yield return Row("Transpose to channels last", g => g.Input("x", s_image).Node("Transpose", ["x"], ["y"], ("perm", L(0, 2, 3, 1))));
        yield return Row("Transpose of heads", g => g.Input("x", 1, 128, 12, 64).Node("Transpose", ["x"], ["y"], ("perm", L(0, 2, 1, 3))));
        yield return Row("Transpose of a matrix", g => g.Input("x", 512, 768).Node("Transpose", ["x"], ["y"], ("perm", L(1, 0))));
        yield return Row("Transpose int64", g => g.Input("x", DataType.Int64, 512, 768).Node("Transpose", ["x"], ["y"], ("perm", L(1, 0))),
            type: DataType.Int64);
        yield return Row("Concat of channels", g => g.Input("a", s_image).Input("b", s_image)
            .Node("Concat", ["a", "b"], ["y"], ("axis", 1)));
        yield return Row("Concat of features", g => g.Input("a", s_tokens).Input("b", s_tokens)
            .Node("Concat", ["a", "b"], ["y"], ("axis", -1)));
        yield return Row("Split of channels", g => g.Input("x", s_image).Output("z", (object?[])null!).Node("Relu", ["x"], ["r"])
            .Node("Split", ["r"], ["y", "z"], ("axis", 1), ("num_outputs", 2)));
        yield return Row("Split of features", g => g.Input("x", s_tokens).Output("z", (object?[])null!).Node("Relu", ["x"], ["r"])
            .Node("Split", ["r"], ["y", "z"], ("axis", -1), ("num_outputs", 2)));
        yield return Row("Slice", g => g.Input("x", s_image).Integers("s", 4, 4).Integers("e", 52, 52).Integers("a", 2, 3)
            .Node("Slice", ["x", "s", "e", "a"], ["y"]));
        yield return Row("Slice by steps", g => g.Input("x", s_image).Integers("s", 0, 0).Integers("e", 56, 56).Integers("a", 2, 3)
            .Integers("t", 2, 2).Node("Slice", ["x", "s", "e", "a", "t"], ["y"]));
        yield return Row("Slice backwards", g => g.Input("x", s_image).Integers("s", -1).Integers("e", long.MinValue).Integers("a", 3)
            .Integers("t", -1).Node("Slice", ["x", "s", "e", "a", "t"], ["y"]));
        foreach (string mode in (string[])["constant", "reflect", "edge", "wrap"])
        {
            yield return Row($"Pad {mode}", g => g.Input("x", s_image).Integers("p", 0, 0, 2, 2, 0, 0, 2, 2)
                .Node("Pad", ["x", "p"], ["y"], ("mode", mode)), 19);
        }

        yield return Row("Expand", g => g.Input("x", 64, 1, 1).Integers("s", 1, 64, 56, 56).Node("Expand", ["x", "s"], ["y"]));
        yield return Row("Tile", g => g.Input("x", 1, 64, 28, 28).Integers("r", 1, 1, 2, 2).Node("Tile", ["x", "r"], ["y"]));
        yield return Row("Trilu", g => g.Input("x", 12, 128, 128).Node("Trilu", ["x"], ["y"], ("upper", 0)));
        yield return Row("ReverseSequence", g => g.Input("x", 128, 4, 256).Constant("l", Tensor.Of([128L, 100, 64, 3], 4))
            .Node("ReverseSequence", ["x", "l"], ["y"]));
        yield return Row("DepthToSpace", g => g.Input("x", s_image).Node("DepthToSpace", ["x"], ["y"], ("blocksize", 2)));
        yield return Row("SpaceToDepth", g => g.Input("x", s_image).Node("SpaceToDepth", ["x"], ["y"], ("blocksize", 2)));
        yield return Row("CenterCropPad", g => g.Input("x", s_image).Integers("s", 48, 48)
            .Node("CenterCropPad", ["x", "s"], ["y"], ("axes", L(2, 3))), 18);
        yield return Row("Col2Im", g => g.Input("x", 1, 576, 784).Integers("s", 28, 28).Integers("k", 3, 3)
            .Node("Col2Im", ["x", "s", "k"], ["y"], ("pads", L(1, 1, 1, 1))), 18);
        (string Name, (string, object)[] Attributes)[] resizes =
        [
            ("nearest", [("mode", "nearest"), ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")]),
            ("linear", [("mode", "linear")]),
            ("cubic", [("mode", "cubic")]),
        ];
        foreach ((string name, (string, object)[] attributes) in resizes)
        {
            yield return Row($"Resize {name}", g => g.Input("x", 1, 32, 28, 28)
                .Constant("s", Tensor.Of([1f, 1, 2, 2], 4)).Node("Resize", ["x", "", "s"], ["y"], attributes));
        }

        yield return Row("Resize linear down", g => g.Input("x", 1, 3, 224, 224).Integers("s", 1, 3, 100, 100)
            .Node("Resize", ["x", "", "", "s"], ["y"], ("mode", "linear")));
        yield return Row("GridSample", g => g.Input("x", 1, 32, 28, 28).Input("g", 1, 56, 56, 2).Node("GridSample", ["x", "g"], ["y"]), 16);
        yield return Row("AffineGrid", g => g.Input("t", 1, 2, 3).Integers("s", 1, 3, 64, 64).Node("AffineGrid", ["t", "s"], ["y"]), 20);
        yield return Row("RoiAlign", g => g.Input("x", 1, 64, 28, 28).Constant("r", Tensor.Of([0f, 0, 14, 14, 5, 5, 20, 25], 2, 4))
            .Constant("i", Tensor.Of([0L, 0], 2)).Node("RoiAlign", ["x", "r", "i"], ["y"], ("output_height", 7), ("output_width", 7)), 16);
        yield return Row("MaxRoiPool", g => g.Input("x", 1, 64, 28, 28).Constant("r", Tensor.Of([0f, 0, 0, 14, 14, 0, 5, 5, 20, 25], 2, 5))
            .Node("MaxRoiPool", ["x", "r"], ["y"], ("pooled_shape", L(7, 7))));
    }

    private static IEnumerable<(string, byte[])> Selections()
    {
        yield return Row("Gather of embeddings", g => g.Constant("t", Values(5000, 384)).Input("i", DataType.Int64, 1, 128)
            .Node("Gather", ["t", "i"], ["y"]));
        yield return Row("Gather along features", g => g.Input("x", s_tokens).Input("i", DataType.Int64, 64)
            .Node("Gather", ["x", "i"], ["y"], ("axis", 2)));
        yield return Row("GatherElements", g => g.Input("x", s_tokens).Input("i", DataType.Int64, s_tokens)
            .Node("GatherElements", ["x", "i"], ["y"], ("axis", 1)));
        yield return Row("GatherND", g => g.Input("x", 128, 16, 64).Input("i", DataType.Int64, 256, 2).Node("GatherND", ["x", "i"], ["y"]));
        yield return Row("ScatterElements", g => g.Input("x", s_tokens).Input("i", DataType.Int64, 1, 64, 768).Input("u", 1, 64, 768)
            .Node("ScatterElements", ["x", "i", "u"], ["y"], ("axis", 1)));
        yield return Row("ScatterND", g => g.Input("x", 128, 16, 64).Input("i", DataType.Int64, 256, 2).Input("u", 256, 64)
            .Node("ScatterND", ["x", "i", "u"], ["y"]));
        yield return Row("OneHot", g => g.Input("i", DataType.Int64, 1, 128).Constant("d", Tensor.Of([256L], []))
            .Constant("v", Tensor.Of([0f, 1], 2)).Node("OneHot", ["i", "d", "v"], ["y"]));
        yield return Row("TopK of 1000", g => g.Input("x", 1, 1000).Integers("k", 5).Output("i", DataType.Int64, (object?[])null!)
            .Node("TopK", ["x", "k"], ["y", "i"]));
        yield return Row("TopK of 100 in 8400", g => g.Input("x", 1, 8400).Integers("k", 100).Output("i", DataType.Int64, (object?[])null!)
            .Node("TopK", ["x", "k"], ["y", "i"]));
        yield return Row("NonZero", g => g.Input("x", DataType.Bool, 128, 768).Node("NonZero", ["x"], ["y"]), type: DataType.Int64);
        yield return Row("Compress", g => g.Input("x", 128, 768).Input("c", DataType.Bool, 128)
            .Node("Compress", ["x", "c"], ["y"], ("axis", 0)));
        yield return Row("Unique", g => g.Input("x", DataType.Int64, 4096).Node("Unique", ["x"], ["y"]), type: DataType.Int64);
        yield return Row("NonMaxSuppression", g => g.Input("b", 1, 896, 2).Input("e", 1, 896, 2).Input("s", 1, 1, 896)
            .Node("Abs", ["e"], ["l"]).Node("Add", ["b", "l"], ["c"]).Node("Concat", ["b", "c"], ["x"], ("axis", 2))
            .Constant("m", Tensor.Of([100L], 1)).Constant("o", Tensor.Of([0.5f], 1)).Constant("t", Tensor.Of([0.1f], 1))
            .Node("NonMaxSuppression", ["x", "s", "m", "o", "t"], ["y"]), type: DataType.Int64);
    }

    private static IEnumerable<(string, byte[])> Signals()
    {
        yield return Row("DFT", g => g.Input("x", 32, 512, 1).Constant("a", Tensor.Of([1L], []))
            .Node("DFT", ["x", "", "a"], ["y"], ("onesided", 1)), 20);
        yield return Row("STFT", g => g.Input("x", 1, 16000, 1).Constant("s", Tensor.Of([160L], []))
            .Constant("w", Values(400)).Constant("l", Tensor.Of([400L], [])).Node("STFT", ["x", "s", "w", "l"], ["y"]), 17);
    }

    private static IEnumerable<(string, byte[])> Recurrent()
    {
        foreach ((string type, long gates) in ((string, long)[])[("LSTM", 4), ("GRU", 3), ("RNN", 1)])
        {
            yield return Row(type, g => g.Input("x", 50, 1, 128).Constant("w", Values(1, gates * 256, 128))
                .Constant("r", Values(1, gates * 256, 256)).Constant("b", Values(1, gates * 512))
                .Node(type, ["x", "w", "r", "b"], ["y"], ("hidden_size", 256)));
        }

        yield return Row("LSTM in both directions, 8 samples", g => g.Input("x", 50, 8, 128).Constant("w", Values(2, 512, 128))
            .Constant("r", Values(2, 512, 128)).Constant("b", Values(2, 1024))
            .Node("LSTM", ["x", "w", "r", "b"], ["y"], ("hidden_size", 128), ("direction", "bidirectional")));
    }

    private static IEnumerable<(string, byte[])> Codes()
    {
        yield return Row("QuantizeLinear", g => g.Input("x", s_image).Constant("s", Tensor.Scalar(0.01f))
            .Constant("z", Tensor.From<byte>(DataType.UInt8, [128], [])).Node("QuantizeLinear", ["x", "s", "z"], ["y"]),
            type: DataType.UInt8);
        yield return Row("DequantizeLinear", g => g.Input("x", DataType.UInt8, s_image).Constant("s", Tensor.Scalar(0.01f))
            .Constant("z", Tensor.From<byte>(DataType.UInt8, [128], [])).Node("DequantizeLinear", ["x", "s", "z"], ["y"]));
        yield return Row("DynamicQuantizeLinear", g => g.Input("x", s_tokens).Output("s", (object?[])null!)
            .Output("z", DataType.UInt8, (object?[])null!).Node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"]), type: DataType.UInt8);
        yield return Row("MatMulInteger", g => g.Input("x", DataType.UInt8, 128, 768).Constant("w", Codes(768, 768))
            .Constant("z", Tensor.From<byte>(DataType.UInt8, [128], [])).Node("MatMulInteger", ["x", "w", "z"], ["y"]),
            type: DataType.Int32);
        yield return Row("ConvInteger", g => g.Input("x", DataType.UInt8, s_image).Constant("w", Codes(64, 64, 3, 3))
            .Constant("z", Tensor.From<byte>(DataType.UInt8, [128], []))
            .Node("ConvInteger", ["x", "w", "z"], ["y"], ("pads", L(1, 1, 1, 1))), type: DataType.Int32);
        yield return Row("QLinearConv", g => Scales(g).Input("x", DataType.UInt8, s_image).Constant("w", Codes(64, 64, 3, 3))
            .Node("QLinearConv", ["x", "s", "z", "w", "s", "w0", "t", "z"], ["y"], ("pads", L(1, 1, 1, 1))), type: DataType.UInt8);
        yield return Row("QLinearMatMul", g => Scales(g).Input("x", DataType.UInt8, 128, 768).Constant("w", Codes(768, 768))
            .Node("QLinearMatMul", ["x", "s", "z", "w", "s", "w0", "t", "z"], ["y"]), type: DataType.UInt8);
        yield return Row("com.microsoft.QLinearAdd", g => Scales(g).Input("a", DataType.UInt8, s_image).Input("b", DataType.UInt8, s_image)
            .Node(Own, "QLinearAdd", "n", ["a", "s", "z", "b", "s", "z", "t", "z"], ["y"]), type: DataType.UInt8);
    }

    private static OnnxGraph Scales(OnnxGraph graph) => graph.Constant("s", Tensor.Scalar(0.01f)).Constant("t", Tensor.Scalar(0.5f))
        .Constant("z", Tensor.From<byte>(DataType.UInt8, [128], [])).Constant("w0", Tensor.From<sbyte>(DataType.Int8, [0], []));

    private static IEnumerable<(string, byte[])> ControlFlow()
    {
        yield return Row("Loop of 32 cells", g =>
        {
            OnnxGraph body = new OnnxGraph().Input("i", DataType.Int64).Input("g", DataType.Bool).Input("h", 1, 128)
                .Output("go", DataType.Bool).Output("next", 1, 128).Node("Identity", ["g"], ["go"])
                .Node("MatMul", ["h", "w"], ["p"]).Node("Tanh", ["p"], ["next"]);
            return g.Constant("w", Values(128, 128)).Constant("n", Tensor.Of([32L], [])).Input("x", 1, 128)
                .Node("Loop", ["n", "", "x"], ["y"], ("body", body));
        });
        yield return Row("Scan of 32 cells", g =>
        {
            OnnxGraph body = new OnnxGraph().Input("h", 1, 128).Input("v", 1, 128).Output("next", 1, 128).Output("o", 1, 128)
                .Node("MatMul", ["h", "w"], ["p"]).Node("Add", ["p", "v"], ["q"])
                .Node("Tanh", ["q"], ["next"]).Node("Identity", ["next"], ["o"]);
            return g.Constant("w", Values(128, 128)).Input("x", 1, 128).Input("s", 32, 1, 128).Output("last", (object?[])null!)
                .Node("Scan", ["x", "s"], ["last", "y"], ("body", body), ("num_scan_inputs", 1));
        });
        yield return Row("If", g =>
        {
            OnnxGraph then = new OnnxGraph().Output("a", s_tokens).Node("Relu", ["x"], ["a"]);
            OnnxGraph other = new OnnxGraph().Output("b", s_tokens).Node("Neg", ["x"], ["b"]);
            return g.Input("x", s_tokens).Input("c", DataType.Bool).Node("If", ["c"], ["y"], ("then_branch", then), ("else_branch", other));
        });
    }

    private static (string, byte[]) Row(string name, Func<OnnxGraph, OnnxGraph> build, long opset = 20, DataType type = DataType.Float32) =>
        (name, build(new OnnxGraph().Output("y", type, (object?[])null!)).ToModel(opset, 10, (Own, 1)));

    private static long[] L(params long[] values) => values;

    private static long[] Two(long pad) => [pad, pad, pad, pad];

    private static Tensor Values(params long[] shape)
    {
        var random = new Random(1);
        return Tensor.Of([.. Enumerable.Range(0, Count(shape)).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)], shape);
    }

    private static Tensor Codes(params long[] shape)
    {
        var random = new Random(1);
        return Tensor.From(DataType.Int8, [.. Enumerable.Range(0, Count(shape)).Select(_ => (sbyte)random.Next(-60, 60))], shape);
    }

    private static int Count(long[] shape) => (int)shape.Aggregate(1L, (a, b) => a * b);
}
