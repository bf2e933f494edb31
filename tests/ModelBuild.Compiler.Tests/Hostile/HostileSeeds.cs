using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>The models that mutants are made of, all valid: every operator, whole networks, and what only import has to do with.</summary>
internal static class HostileSeeds
{
    public static IReadOnlyList<byte[]> All() =>
    [
        .. NodeVectors.Cases.OrderBy(c => c.Key, StringComparer.Ordinal).SelectMany(
            c => (byte[][])[c.Value["model.onnx"], WithConstants(c.Value)]),
        .. Networks.Names.Select(name => OnnxExporter.Export(Networks.Make(name))),
        Exported(),
        Quantized(),
        Branches(),
        Loop(),
        External(),
        Typed(DataType.Float16),
        Typed(DataType.Float64),
        TwoBatches(),
        Sparse(),
    ];

    /// <summary>A test case of ONNX whose inputs but the first are initializers: shapes, axes and weights, as models have them.</summary>
    private static byte[] WithConstants(Dictionary<string, byte[]> files)
    {
        MessageTree model = MessageTree.Read(files["model.onnx"]);
        MessageTree graph = model.Fields.Single(f => f.Id == 7).Message!;
        MessageField[] inputs = [.. graph.Fields.Where(f => f.Id == 11)];
        for (int i = 1; i < inputs.Length; i++)
        {
            MessageTree tensor = MessageTree.Read(files[$"test_data_set_0/input_{i}.pb"], "Tensor");
            tensor.Fields.RemoveAll(f => f.Id == 8);
            tensor.Fields.Add(new MessageField(8, WireType.Bytes) { Bytes = inputs[i].Message!.Fields.Single(f => f.Id == 1).Bytes });
            graph.Fields.Remove(inputs[i]);
            graph.Fields.Add(new MessageField(5, WireType.Bytes) { Message = tensor });
        }

        return model.ToBytes();
    }

    /// <summary>Constants of which only some elements are written.</summary>
    private static byte[] Sparse() => new OnnxGraph().Input("x", "N", 4).Output("y")
        .Sparse("w", Tensor.Of([0.5f, -1, 2], 3), Tensor.Of([1L, 4, 11], 3), 4, 3)
        .Sparse("b", Tensor.Of([3f, -4], 2), Tensor.Of([0L, 1, 0, 2], 2, 2), 1, 3)
        .Node("MatMul", ["x", "w"], ["m"]).Node("Add", ["m", "b"], ["y"]).ToModel();

    /// <summary>A network with most of what exporters write, shape arithmetic and normalization before folding included.</summary>
    private static byte[] Exported()
    {
        var test = new PassTest();
        Value x = test.Input("x", "batch", 2, 8, 8);
        Value y = test.Node("Pad", "pad", [x, test.Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1)]);
        y = test.Node("Conv", "conv", [y, test.Random("w", 4, 2, 3, 3), test.Random("b", 4)], ("strides", new long[] { 2, 2 }),
            ("auto_pad", "NOTSET"));
        y = test.Node("BatchNormalization", "bn",
            [y, test.Random("s", 4), test.Random("t", 4), test.Random("m", 4), test.Constant("v", 1, 2, 3, 4)]);
        y = test.Node("Clip", "clip", [y, test.Constant("low", 0), test.Constant("high", 6)]);
        y = test.Node("MaxPool", "pool", [y], ("kernel_shape", new long[] { 2, 2 }), ("ceil_mode", 1L));
        Value q = test.Node("QuantizeLinear", "q", [y, test.Constant("qs", 0.1f), test.Constant("qz", Tensor.Of((byte[])[3], []))]);
        y = test.Node("DequantizeLinear", "dq", [q, test.Constant("ds", 0.1f), test.Constant("dz", Tensor.Of((byte[])[3], []))]);
        Value shape = test.Node("Shape", "shape", [y]);
        Value batch = test.Node("Gather", "gather", [shape, test.Integers("zero", 0)], ("axis", 0L));
        Value tail = test.Node("Slice", "slice", [shape, test.Integers("from", 1), test.Integers("to", 4)]);
        Value rest = test.Node("ReduceProd", "prod", [tail, test.Integers("axis", 0)], ("keepdims", 1L));
        y = test.Node("Reshape", "reshape", [y, test.Node("Concat", "concat", [batch, rest], ("axis", 0L))]);
        y = test.Node("Gemm", "fc", [y, test.Random("fw", y.KnownShape[1].Value, 5), test.Random("fb", 5)], ("alpha", 0.5f));
        test.Output(test.Node("Softmax", "y", [y], ("axis", 1L)));
        return OnnxExporter.Export(test.Graph);
    }

    /// <summary>Convolutions between QuantizeLinear and DequantizeLinear, with a residual sum and a concatenation.</summary>
    private static byte[] Quantized()
    {
        var test = new PassTest();
        Value y = Codes(test, "x", test.Input("x", "batch", 4, 6, 6), 0.05f);
        Value first = Codes(test, "first", Conv(test, "first", y, 8, 3), 0.1f);
        Value second = Codes(test, "second", test.Node("Relu", "relu", [Conv(test, "second", first, 8, 3)]), 0.1f);
        Value sum = Codes(test, "sum", test.Node("Add", "add", [first, second]), 0.2f);
        Value joined = Codes(test, "joined", test.Node("Concat", "concat", [sum, first], ("axis", 1L)), 0.2f);
        Value pooled = Codes(test, "pooled", test.Node("GlobalAveragePool", "global", [Conv(test, "third", joined, 6, 1)]), 0.1f);
        Value flat = test.Node("Flatten", "flat", [pooled], ("axis", 1L));
        test.Output(test.Node("MatMul", "y", [flat, Weights(test, "matrix", 6, 3)]));
        return OnnxExporter.Export(test.Graph);

        static Value Conv(PassTest test, string name, Value x, long outputs, long kernel) => test.Node(
            "Conv", name + "_conv", [x, Weights(test, name + "_w", outputs, x.KnownShape[1].Value, kernel, kernel)],
            ("pads", Enumerable.Repeat(kernel / 2, 4).ToArray()));

        static Value Weights(PassTest test, string name, params long[] shape)
        {
            sbyte[] codes = [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(i => (sbyte)((i * 37 % 255) - 127))];
            return test.Node(
                "DequantizeLinear", name, [test.Constant(name + "_codes", Tensor.Of(codes, shape)), test.Constant(name + "_scale", 0.01f)]);
        }

        static Value Codes(PassTest test, string name, Value value, float scale)
        {
            Value zero = test.Constant(name + "_zero", Tensor.Of((byte[])[100], []));
            Value q = test.Node("QuantizeLinear", name + "_q", [value, test.Constant(name + "_scale", scale), zero]);
            return test.Node("DequantizeLinear", name + "_dq", [q, test.Constant(name + "_scale2", scale), zero]);
        }
    }

    /// <summary>Ifs in Ifs: one decided by shapes, one by a constant, one by the run.</summary>
    private static byte[] Branches()
    {
        OnnxGraph graph = new OnnxGraph().Input("x", 4).Input("c", DataType.Bool, 1).Output("y", "n")
            .Node("Shape", ["x"], ["shape"]).Node("Equal", ["shape", "four"], ["is4"]);
        If(graph, "is4", "a", Body("t").Node("Relu", ["x"], ["t"]), Body("e").Node("Neg", ["x"], ["e"]));
        OnnxGraph inner = If(Body("b"), "yes", "b", Body("k").Node("Tanh", ["a"], ["k"]), Body("l").Node("Neg", ["x"], ["l"]));
        If(graph, "yes", "y", inner, Body("z").Node("Sigmoid", ["a"], ["z"]));
        If(graph, "c", "never", Body("n").Node("Relu", ["y"], ["n"]), Body("o").Node("Neg", ["y"], ["o"]));
        return graph.Integers("four", 4).Constant("yes", new Tensor(DataType.Bool, [], new byte[] { 1 })).ToModel();
    }

    private static byte[] Loop()
    {
        OnnxGraph body = Body("go", "next").Input("i", 4).Input("keep", 4).Input("state", 4)
            .Node("Identity", ["keep"], ["go"]).Node("Add", ["state", "x"], ["next"]);
        return new OnnxGraph().Input("x", 4).Output("y", "n").Integers("n", 3).Node("Loop", ["n", "", "x"], ["y"], ("body", body))
            .ToModel();
    }

    private static byte[] External() => new OnnxGraph().Input("x", 4).Output("y", "n")
        .Node("Add", ["x", "w"], ["y"])
        .External("w", DataType.Float32, [4], ("location", "data.bin"), ("offset", "16"), ("length", "16"))
        .ToModel();

    private static byte[] Typed(DataType type)
    {
        byte[] weights = type == DataType.Float64
            ? MemoryMarshal.AsBytes((ReadOnlySpan<double>)[1, 2, 3, 4, 5, 6]).ToArray()
            : MemoryMarshal.AsBytes((ReadOnlySpan<Half>)[(Half)1, (Half)2, (Half)3, (Half)4, (Half)5, (Half)6]).ToArray();
        return new OnnxGraph().Input("x", type, "batch", 3).Output("y", type, "batch", 2)
            .Node("MatMul", ["x", "w"], ["m"])
            .Node("Cast", ["m"], ["f"], ("to", 1))
            .Node("Relu", ["f"], ["r"])
            .Node("Cast", ["r"], ["y"], ("to", (long)type))
            .Constant("w", new Tensor(type, [3, 2], weights))
            .ToModel();
    }

    private static byte[] TwoBatches() =>
        new OnnxGraph().Input("x", "n", 4).Input("z", "m", 2).Input("v", "k", "features").Output("y", "n", 6)
        .Node("Concat", ["x", "z"], ["c"], ("axis", 1)).Node("Add", ["c", "v"], ["y"]).ToModel();

    private static OnnxGraph Body(params string[] outputs)
    {
        var graph = new OnnxGraph();
        Array.ForEach(outputs, o => graph.Output(o, 4));
        return graph;
    }

    private static OnnxGraph If(OnnxGraph graph, string condition, string output, OnnxGraph then, OnnxGraph other) =>
        graph.Node("If", [condition], [output], ("then_branch", then), ("else_branch", other));
}
