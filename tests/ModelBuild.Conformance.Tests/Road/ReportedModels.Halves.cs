using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Models that a converter has made half precision, and such whose weights lie in bodies, tables and transforms.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Halves => new(StringComparer.Ordinal)
    {
        ["half loop that carries halves"] = () => Model(13, g => g.Constant("n", Tensor.Of([4L], [])).Input("x", "N", 3)
            .Output("y").Output("all")
            .Node("Cast", ["x"], ["h"], ("to", 10)).Node("Loop", ["n", "", "h"], ["l", "rows"], ("body", new OnnxGraph()
                .Input("i", DataType.Int64).Input("k", DataType.Bool).Input("s", DataType.Float16, "N", 3).Output("k2", DataType.Bool)
                .Output("t", DataType.Float16, "N", 3).Output("u", DataType.Float16, "N", 3).Constant("w", Halved(1, 3, 3))
                .Node("Identity", ["k"], ["k2"]).Node("MatMul", ["s", "w"], ["t"]).Node("Tanh", ["t"], ["u"])))
            .Node("Cast", ["l"], ["y"], ("to", 1)).Node("Cast", ["rows"], ["all"], ("to", 1))),
        ["half branches with products, and sizes in float"] = () => Model(13, g => g.Input("x", "N", 3, 4, 4)
            .Input("c", DataType.Bool, 1).Output("y")
            .Node("Cast", ["x"], ["h"], ("to", 10)).Node("If", ["c"], ["b"],
                ("then_branch", new OnnxGraph().Output("p", DataType.Float16, null!).Constant("w", Halved(1, 5, 3, 1, 1))
                    .Constant("s", Tensor.Of([1f, 1, 2, 2], 4)).Node("Conv", ["h", "w"], ["v"])
                    .Node("Cast", ["v"], ["vf"], ("to", 1)).Node("Resize", ["vf", "", "s"], ["r"], ("mode", "nearest"))
                    .Node("Cast", ["r"], ["p"], ("to", 10))),
                ("else_branch", new OnnxGraph().Output("q", DataType.Float16, null!).Constant("u", Halved(3, 3, 5, 2, 2))
                    .Node("ConvTranspose", ["h", "u"], ["q"], ("strides", Two(2)))))
            .Node("Cast", ["b"], ["y"], ("to", 1))),
        ["half numbers of a range"] = () => Model(13, g => g.Constant("i0", Tensor.Of([0L], [])).Constant("i1", Tensor.Of([1L], []))
            .Constant("d", Tensor.FromDoubles(DataType.Float16, [64], [])).Integers("ax", 1).Input("x", "N", "T").Output("y")
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i1"], ["t"]).Node("Range", ["i0", "t", "i1"], ["r"])
            .Node("Cast", ["r"], ["h"], ("to", 10)).Node("Div", ["h", "d"], ["q"]).Node("Cast", ["x"], ["xh"], ("to", 10))
            .Node("Add", ["xh", "q"], ["a"]).Node("Cast", ["a"], ["y"], ("to", 1))),
        ["half tangents through Gelu, joined and split"] = () => Model(20, g => g.Integers("parts", 2, 4).Input("x", "N", 2, 3)
            .Input("z", "N", 4, 3)
            .Output("y").Output("v").Node("Cast", ["x"], ["a"], ("to", 10)).Node("Cast", ["z"], ["b"], ("to", 10))
            .Node("Concat", ["a", "b"], ["c"], ("axis", 1)).Node("Sin", ["c"], ["t"]).Node("Gelu", ["t"], ["g"])
            .Node("Split", ["g", "parts"], ["p", "q"], ("axis", 1)).Node("LeakyRelu", ["p"], ["l"]).Node("Cast", ["l"], ["y"], ("to", 1))
            .Node("Cast", ["q"], ["v"], ("to", 1))),
        ["half means of a whole image"] = () => Model(13, g => g.Constant("w", Halved(1, 4, 3, 1, 1)).Input("x", "N", 3, 40, 40).Output("y")
            .Node("Cast", ["x"], ["h"], ("to", 10)).Node("ReduceMean", ["h"], ["m"], ("axes", L(2, 3))).Node("Conv", ["m", "w"], ["c"])
            .Node("Cast", ["c"], ["y"], ("to", 1))),
        ["half norm in float between halves"] = () => Model(13, g => g.Constant("two", Tensor.Scalar(2)).Constant("e", Tensor.Scalar(1e-5f))
            .Constant("w", Halved(1, 8)).Constant("p", Halved(2, 8, 8)).Constant("big", Tensor.FromDoubles(DataType.Float16, [300], []))
            .Input("x", "N", 4, 8).Output("y").Node("Cast", ["x"], ["h"], ("to", 10)).Node("Mul", ["h", "big"], ["hb"])
            .Node("Cast", ["hb"], ["f"], ("to", 1)).Node("Pow", ["f", "two"], ["q"]).Node("ReduceMean", ["q"], ["m"], ("axes", L(-1)))
            .Node("Add", ["m", "e"], ["a"]).Node("Sqrt", ["a"], ["s"]).Node("Div", ["f", "s"], ["d"])
            .Node("Cast", ["d"], ["dh"], ("to", 10))
            .Node("Mul", ["dh", "w"], ["n"]).Node("MatMul", ["n", "p"], ["o"]).Node("Cast", ["o"], ["y"], ("to", 1))),
        ["half scale of one, rounded to codes"] = () => Model(19, g => g.Constant("s", Tensor.FromDoubles(DataType.Float16, [1], []))
            .Constant("z", Tensor.Of([(sbyte)0], [])).Constant("ten", Tensor.Scalar(9.7f)).Input("x", "N", 32).Output("y", DataType.Int8)
            .Node("Mul", ["x", "ten"], ["m"]).Node("Cast", ["m"], ["h"], ("to", 10)).Node("QuantizeLinear", ["h", "s", "z"], ["y"])),
        ["half inputs cast up by a node that was not converted"] = () => Model(13, g => g.Constant("w", Halved(1, 4, 4))
            .Input("x", DataType.Float16, "N", 4)
            .Output("y", DataType.Float16, "N", 4).Node("MatMul", ["x", "w"], ["m"]).Node("Cast", ["m"], ["f"], ("to", 1))
            .Node("Softmax", ["f"], ["s"]).Node("Cast", ["s"], ["h"], ("to", 10)).Node("Add", ["h", "m"], ["y"])),
        ["lstm whose weights are cut and joined in the model"] = () => Model(9, g => Torch(g, "0", 5, 6).Integers("zero", 0)
            .Input("x", "T", "N", 5)
            .Output("y").Output("h").Node("LSTM", ["x", "w0", "r0", "b0"], ["l", "h"], ("hidden_size", 6))
            .Node("Squeeze", ["l"], ["y"], ("axes", L(1)))),
        ["lstm of two layers whose states share a tensor"] = () => Model(14, g => Cell(g, 4, 1, 6, 6).Integers("i0", 0)
            .Integers("i1", 1).Integers("i2", 2)
            .Input("x", "N", 4, 6).Input("s", 2, "N", 6).Input("c", 2, "N", 6).Output("y").Output("ns").Output("nc")
            .Node("Transpose", ["x"], ["t"], ("perm", L(1, 0, 2))).Node("Slice", ["s", "i0", "i1", "i0"], ["s1"])
            .Node("Slice", ["s", "i1", "i2", "i0"], ["s2"])
            .Node("Slice", ["c", "i0", "i1", "i0"], ["c1"]).Node("Slice", ["c", "i1", "i2", "i0"], ["c2"])
            .Node("LSTM", ["t", "w", "r", "b", "", "s1", "c1"], ["u", "h1", "d1"], ("hidden_size", 6)).Node("Squeeze", ["u", "i1"], ["v"])
            .Node("LSTM", ["v", "w", "r", "b", "", "s2", "c2"], ["o", "h2", "d2"], ("hidden_size", 6)).Node("Squeeze", ["o", "i1"], ["os"])
            .Node("Transpose", ["os"], ["y"], ("perm", L(1, 0, 2))).Node("Concat", ["h1", "h2"], ["ns"], ("axis", 0))
            .Node("Concat", ["d1", "d2"], ["nc"], ("axis", 0))),
        ["lstm of a scan with weights from outside"] = () => Model(11, g => g.Constant("k", Values(1, 7, 16))
            .Constant("bias", Values(2, 16))
            .Input("x", 5, "N", 3).Input("h0", "N", 4).Input("c0", "N", 4).Output("h").Output("c").Output("y")
            .Node("Scan", ["h0", "c0", "x"], ["h", "c", "y"], ("num_scan_inputs", 1), ("body", new OnnxGraph().Input("hi", "N", 4)
            .Input("ci", "N", 4)
                .Input("xi", "N", 3).Output("ho", "N", 4).Output("co", "N", 4).Output("yo", "N", 4)
                .Node("Concat", ["xi", "hi"], ["j"], ("axis", 1))
                .Node("MatMul", ["j", "k"], ["m"]).Node("Add", ["m", "bias"], ["a"])
                .Node("Split", ["a"], ["si", "sj", "sf", "so"], ("axis", 1))
                .Node("Sigmoid", ["si"], ["gi"]).Node("Tanh", ["sj"], ["gj"]).Node("Sigmoid", ["sf"], ["gf"])
                .Node("Sigmoid", ["so"], ["go"])
                .Node("Mul", ["ci", "gf"], ["c1"]).Node("Mul", ["gi", "gj"], ["c2"]).Node("Add", ["c1", "c2"], ["co"])
                .Node("Tanh", ["co"], ["ct"])
                .Node("Mul", ["ct", "go"], ["ho"]).Node("Identity", ["ho"], ["yo"])))),
        ["lstm of words, last state and dense"] = () => Model(12, g => Cell(g, 4, 1, 6, 8).Constant("t", Values(5, 30, 6))
            .Constant("d", Values(6, 8, 3))
            .Constant("db", Values(7, 3)).Input("ids", DataType.Int32, "N", 7).Output("y").Node("Gather", ["t", "ids"], ["e"])
            .Node("Transpose", ["e"], ["et"], ("perm", L(1, 0, 2))).Node("LSTM", ["et", "w", "r", "b"], ["", "h"], ("hidden_size", 8),
                ("direction", "forward"), ("activations", new[] { "Sigmoid", "Tanh", "Tanh" }))
                .Node("Squeeze", ["h"], ["s"], ("axes", L(0)))
            .Node("MatMul", ["s", "d"], ["m"]).Node("Add", ["m", "db"], ["a"]).Node("Softmax", ["a"], ["y"], ("axis", 1))),
        ["gru backwards, reversed again, times its dense"] = () => Model(13, g => Cell(g, 3, 1, 5, 6)
            .Constant("d", Values(6, 6, 2)).Integers("st", -1)
            .Integers("en", long.MinValue).Integers("ax", 0).Integers("sp", -1).Integers("one", 1).Input("x", "T", "N", 5).Output("y")
            .Node("Slice", ["x", "st", "en", "ax", "sp"], ["v"])
            .Node("GRU", ["v", "w", "r", "b"], ["g"], ("hidden_size", 6), ("linear_before_reset", 1))
            .Node("Squeeze", ["g", "one"], ["s"]).Node("Slice", ["s", "st", "en", "ax", "sp"], ["b2"]).Node("MatMul", ["b2", "d"], ["y"])),
        ["voices at two rates, each with weights of its own"] = () => Model(13, g => g.Constant("rate", Tensor.Of([1L], []))
            .Input("x", "N", 64)
            .Input("state", 2, "N", 6).Input("sr", DataType.Int64).Output("y").Output("next").Node("Equal", ["sr", "rate"], ["fast"])
            .Node("If", ["fast"], ["y", "next"], ("then_branch", Voice(1, 16, 8)), ("else_branch", Voice(20, 8, 4)))),
        ["frames of speech cut in a loop of what is outside"] = () => Model(13, g => g.Constant("hop", Tensor.Of([1L], []))
            .Constant("len", Tensor.Of([2L], []))
            .Constant("i1", Tensor.Of([1L], [])).Constant("w", Values(1, 2, 5)).Input("x", 1, "S").Output("y").Node("Shape", ["x"], ["s"])
            .Node("Gather", ["s", "i1"], ["n"]).Node("Sub", ["n", "len"], ["d"]).Node("Div", ["d", "hop"], ["q"])
            .Node("Add", ["q", "i1"], ["count"])
            .Node("Loop", ["count", ""], ["f"], ("body", new OnnxGraph().Input("i", DataType.Int64).Input("k", DataType.Bool)
            .Output("k2", DataType.Bool)
                .Output("row", 1, 2).Integers("z", 0).Integers("axis", 1).Node("Mul", ["i", "hop"], ["at"])
                .Node("Add", ["at", "len"], ["to"])
                .Node("Unsqueeze", ["at", "z"], ["a1"]).Node("Unsqueeze", ["to", "z"], ["t1"])
                .Node("Slice", ["x", "a1", "t1", "axis"], ["row"])
                .Node("Identity", ["k"], ["k2"]))).Node("MatMul", ["f", "w"], ["y"])),
        ["spectrum by convs of waves, in decibels"] = () => Model(13, g => g.Constant("re", Filters(33, 64, false))
            .Constant("im", Filters(33, 64, true))
            .Constant("e", Tensor.Scalar(1e-10f)).Constant("ten", Tensor.Scalar(10 / MathF.Log(10))).Constant("mel", Absolute(7, 33, 12))
            .Input("x", "N", 1, 400).Output("y").Node("Conv", ["x", "re"], ["a"], ("strides", L(16)), ("pads", L(32, 32)))
            .Node("Conv", ["x", "im"], ["b"], ("strides", L(16)), ("pads", L(32, 32))).Node("Mul", ["a", "a"], ["a2"])
            .Node("Mul", ["b", "b"], ["b2"])
            .Node("Add", ["a2", "b2"], ["p"]).Node("Transpose", ["p"], ["t"], ("perm", L(0, 2, 1))).Node("MatMul", ["t", "mel"], ["m"])
            .Node("Max", ["m", "e"], ["c"]).Node("Log", ["c"], ["l"]).Node("Mul", ["l", "ten"], ["y"])),
        ["spectrum by products of frames, within eighty decibels"] = () => Model(13, g => g
            .Constant("re", Columns(33, 64, false)).Constant("im", Columns(33, 64, true))
            .Constant("win", Absolute(4, 64)).Constant("e", Tensor.Scalar(1e-10f)).Constant("k", Tensor.Scalar(1 / MathF.Log(10)))
            .Constant("eight", Tensor.Scalar(8)).Constant("four", Tensor.Scalar(4)).Constant("at", Frames(22, 64, 16))
            .Constant("mel", Absolute(7, 33, 12))
            .Input("x", "N", 400).Output("y").Node("Gather", ["x", "at"], ["f"], ("axis", 1)).Node("Mul", ["f", "win"], ["g"])
            .Node("MatMul", ["g", "re"], ["a"]).Node("MatMul", ["g", "im"], ["b"]).Node("Mul", ["a", "a"], ["a2"])
            .Node("Mul", ["b", "b"], ["b2"])
            .Node("Add", ["a2", "b2"], ["p"]).Node("MatMul", ["p", "mel"], ["m"]).Node("Clip", ["m", "e"], ["c"]).Node("Log", ["c"], ["l"])
            .Node("Mul", ["l", "k"], ["d"]).Node("ReduceMax", ["d"], ["top"], ("axes", L(1, 2))).Node("Sub", ["top", "eight"], ["low"])
            .Node("Max", ["d", "low"], ["r"]).Node("Add", ["r", "four"], ["s"]).Node("Div", ["s", "four"], ["y"])),
        ["signal from its spectrum by a transposed conv"] = () => Model(13, g => g.Constant("basis", Values(1, 34, 1, 32))
            .Integers("i0", 16).Integers("en", -16).Integers("ax", 2).Input("m", "N", 17, 9).Input("p", "N", 17, 9).Output("y")
            .Node("Cos", ["p"], ["c"]).Node("Sin", ["p"], ["s"]).Node("Mul", ["m", "c"], ["re"]).Node("Mul", ["m", "s"], ["im"])
            .Node("Concat", ["re", "im"], ["f"], ("axis", 1)).Node("ConvTranspose", ["f", "basis"], ["o"], ("strides", L(8)))
            .Node("Slice", ["o", "i0", "en", "ax"], ["y"])),
        ["harmonics of a pitch, phases summed over time"] = () => Model(14, g => g
            .Constant("k", Tensor.Of([1f, 2, 3, 4, 5], 1, 1, 5)).Constant("rate", Tensor.Scalar(24))
            .Constant("one", Tensor.Scalar(1)).Constant("tau", Tensor.Scalar(2 * MathF.PI)).Constant("w", Values(1, 5, 1))
            .Constant("a", Tensor.Of([1L], []))
            .Constant("s", Tensor.Of([1f, 8, 1], 3)).Input("f", "N", 6, 1).Output("y").Node("Abs", ["f"], ["p"])
            .Node("Resize", ["p", "", "s"], ["u"], ("mode", "nearest"))
            .Node("Mul", ["u", "k"], ["h"]).Node("Div", ["h", "rate"], ["d"]).Node("Mod", ["d", "one"], ["m"], ("fmod", 1))
            .Node("CumSum", ["m", "a"], ["c"]).Node("Mul", ["c", "tau"], ["r"])
            .Node("Sin", ["r"], ["v"]).Node("MatMul", ["v", "w"], ["x"]).Node("Tanh", ["x"], ["y"])),
        ["angles of complex numbers, some of which are zero"] = () => Model(14, g => g.Constant("zero", Tensor.Scalar(0))
            .Constant("pi", Tensor.Scalar(MathF.PI)).Constant("half", Tensor.Scalar(MathF.PI / 2))
            .Input("a", "N", 9).Input("b", "N", 9).Output("y").Node("Relu", ["a"], ["re"]).Node("Relu", ["b"], ["ip"])
            .Node("Sub", ["ip", "re"], ["im"]).Node("Div", ["im", "re"], ["q"]).Node("Atan", ["q"], ["t"])
            .Node("Equal", ["re", "zero"], ["e"]).Node("Greater", ["im", "zero"], ["g"]).Node("Less", ["im", "zero"], ["l"])
            .Node("Neg", ["half"], ["mh"]).Node("Where", ["l", "mh", "zero"], ["lo"])
            .Node("Where", ["g", "half", "lo"], ["up"]).Node("Where", ["e", "up", "t"], ["y"])),
        ["signal from its frames by sums at places"] = () => Model(18, g => g.Constant("at", Frames(5, 8, 4)).Constant("w", Values(1, 5, 8))
            .Constant("z", Tensor.Of(new float[24], 1, 24)).Integers("to", 1, 40).Input("x", 1, 5, 5).Output("y")
            .Node("MatMul", ["x", "w"], ["f"])
            .Node("Reshape", ["f", "to"], ["r"]).Node("Reshape", ["at", "to"], ["a"])
            .Node("ScatterElements", ["z", "a", "r"], ["y"], ("axis", 1), ("reduction", "add"))),
    };

    private static Tensor Halved(int seed, params long[] shape) => Tensor.FromDoubles(DataType.Float16, Values(seed, shape).ToDoubles(),
        shape);

    private static Tensor Absolute(int seed, params long[] shape) =>
        Tensor.Of([.. Values(seed, shape).ToDoubles().Select(v => (float)Math.Abs(v))], shape);

    /// <summary>Waves of growing frequency, each a filter of one channel: cosines, or sines.</summary>
    private static Tensor Filters(int count, int length, bool isSine) => Tensor.Of(
        [.. from k in Enumerable.Range(0, count) from n in Enumerable.Range(0, length) select Wave(k, n, length, isSine)], count, 1,
            length);

    /// <summary>The same as columns.</summary>
    private static Tensor Columns(int count, int length, bool isSine) => Tensor.Of(
        [.. from n in Enumerable.Range(0, length) from k in Enumerable.Range(0, count) select Wave(k, n, length, isSine)], length, count);

    private static float Wave(int k, int n, int length, bool isSine)
    {
        double angle = 2 * Math.PI * k * n / length;
        return (float)(isSine ? Math.Sin(angle) : Math.Cos(angle));
    }

    private static Tensor Frames(int count, int length, int hop) =>
        Tensor.Of([.. from f in Enumerable.Range(0, count) from n in Enumerable.Range(0, length) select (long)((f * hop) + n)], count,
            length);

    /// <summary>The weights of a layer in the order of PyTorch's gates, put into that of ONNX by nodes.</summary>
    private static OnnxGraph Torch(OnnxGraph g, string layer, int input, int hidden)
    {
        foreach ((string name, int seed, long[] shape) in new[]
        {
            ("w", 1, new long[] { 4 * hidden, input }), ("r", 2, [4 * hidden, hidden]), ("bi", 3, [4 * hidden]), ("bh", 4, [4 * hidden]),
        })
        {
            string n = name + "raw" + layer;
            g.Constant(n, Values(seed, shape)).Node("Slice", [n], [n + "i"], ("axes", L(0)), ("starts", L(0)), ("ends", L(hidden)))
                .Node("Slice", [n], [n + "o"], ("axes", L(0)), ("starts", L(3 * hidden)), ("ends", L(4 * hidden)))
                .Node("Slice", [n], [n + "fc"], ("axes", L(0)), ("starts", L(hidden)), ("ends", L(3 * hidden)))
                .Node("Concat", [n + "i", n + "o", n + "fc"], [n + "j"], ("axis", 0));
        }

        return g.Node("Unsqueeze", ["wraw" + layer + "j"], ["w" + layer], ("axes", L(0)))
            .Node("Unsqueeze", ["rraw" + layer + "j"], ["r" + layer], ("axes", L(0)))
            .Node("Concat", ["biraw" + layer + "j", "bhraw" + layer + "j"], ["bj" + layer], ("axis", 0))
            .Node("Unsqueeze", ["bj" + layer], ["b" + layer], ("axes", L(0)));
    }

    /// <summary>Convs, a layer with a state and a probability.</summary>
    private static OnnxGraph Voice(int seed, long length, long stride)
    {
        OnnxGraph g = Cell(new OnnxGraph().Output("p", DataType.Float32, null!).Output("ns", DataType.Float32, null!), 4, 1, 5, 6);
        return g.Constant("cw", Values(seed, 5, 1, length)).Constant("ow", Values(seed + 1, 1, 6, 1)).Integers("i1", 1)
            .Constant("one", Tensor.Of([1L], [])).Constant("none", Tensor.Of([0L], [])).Integers("i0", 0)
            .Node("Unsqueeze", ["x", "i1"], ["u"]).Node("Conv", ["u", "cw"], ["c"], ("strides", L(stride))).Node("Relu", ["c"], ["a"])
            .Node("Transpose", ["a"], ["t"], ("perm", L(2, 0, 1))).Node("Gather", ["state", "none"], ["h0"])
            .Node("Gather", ["state", "one"], ["c0"])
            .Node("Unsqueeze", ["h0", "i0"], ["h1"]).Node("Unsqueeze", ["c0", "i0"], ["c1"])
            .Node("LSTM", ["t", "w", "r", "b", "", "h1", "c1"], ["l", "h", "cc"], ("hidden_size", 6)).Node("Squeeze", ["l", "i1"], ["ls"])
            .Node("Transpose", ["ls"], ["lt"], ("perm", L(1, 2, 0))).Node("Relu", ["lt"], ["lr"]).Node("Conv", ["lr", "ow"], ["o"])
            .Node("Sigmoid", ["o"], ["s"])
            .Node("ReduceMean", ["s"], ["p"], ("axes", L(2)), ("keepdims", 0)).Node("Concat", ["h", "cc"], ["ns"], ("axis", 0));
    }
}
