using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Small models of the kinds that public reports of bugs in exporters, optimizers, quantizers and runtimes are about.</summary>
internal static partial class ReportedModels
{
    private static readonly long[] s_nhwc = [0, 2, 3, 1];
    private static readonly long[] s_nchw = [0, 3, 1, 2];
    private static readonly long[] s_ones = [1, 1, 1, 1];

    private static readonly Lazy<SortedDictionary<string, Func<byte[]>>> s_models = new(() =>
    {
        Dictionary<string, Func<byte[]>>[] topics =
            [
                Pooling, Convolutions, Products, Shapes, Encodings, QuantizedModels, Uses, Extents, Unusual, Extremes, Recurrent, Sampling,
                Doubles, Volumes, Unpacked, Indices, Signals, States, Functions, Bounds, Sequences, Edges,
                Attentions, OpenWindows, Halves, Detectors, Learned, Codes, SmallCodes, Forms, Causes, Unseen, Refused,
                Contributed, Nothing, OpenSequences, Ranks, BesideQuantized, BesideFusions,
            ];
        return new(topics.SelectMany(models => models).ToDictionary(model => model.Key, model => model.Value), StringComparer.Ordinal);
    });

    /// <summary>By name, which says what is unusual about a model.</summary>
    public static IReadOnlyDictionary<string, Func<byte[]>> All => s_models.Value;

    private static long[] L(params long[] values) => values;

    private static long[] Two(long value) => [value, value];

    private static byte[] One(long opset, object[] shape, string type, params (string, object)[] attributes) =>
        Model(opset, g => g.Input("x", shape).Output("y").Node(type, ["x"], ["y"], attributes));

    private static byte[] Sliced(long opset, long start, long end, long step, long length) => Model(opset, g => g
        .Integers("st", start).Integers("en", end).Integers("ax", 0).Integers("sp", step).Input("x", length).Output("y")
            .Node("Slice", ["x", "st", "en", "ax", "sp"], ["y"]));

    private static OnnxGraph Norm(OnnxGraph graph, int count) => graph
        .Constant("s", Values(1, count)).Constant("b", Values(2, count)).Constant("m", Values(3, count))
            .Constant("v0", Tensor.Of([.. Enumerable.Range(1, count).Select(i => 0.5f * i)], count));

    private static OnnxGraph Scales(OnnxGraph graph) => graph.Constant("s1", Tensor.Scalar(0.02f));

    private static OnnxGraph Quantized(OnnxGraph graph) => Scales(graph).Constant("s2", Tensor.Scalar(0.03f))
        .Constant("s3", Tensor.Scalar(0.1f))
        .Constant("z0", Tensor.Of([(byte)0], [])).Constant("z1", Tensor.Of([(byte)128], [])).Constant("z2", Tensor.Of([(byte)100], []));

    private static OnnxGraph Bias(OnnxGraph graph, Tensor scales) => graph
        .Constant("k", Tensor.Of([30, -7, 0, 12], 4)).Constant("ks", scales).Node("DequantizeLinear", ["k", "ks"], ["dk"], ("axis", 0));

    /// <summary>A convolution of a quantized image with quantized weights.</summary>
    private static byte[] QdqConv(long opset, Func<OnnxGraph, OnnxGraph> more, string[] weights, (string, object)[] attributes,
        params string[] bias) => Model(opset, g => more(Quantized(g).Constant("qw", Bytes(3, 4, 4, 3, 3)))
        .Input("x", "N", 4, 6, 6).Output("y").Node("DequantizeLinear", ["qw", .. weights], ["w"], attributes)
            .Node("QuantizeLinear", ["x", "s1", "z1"], ["q"]).Node("DequantizeLinear", ["q", "s1", "z1"], ["d"])
        .Node("Conv", ["d", "w", .. bias], ["c"], ("pads", s_ones)).Node("QuantizeLinear", ["c", "s3", "z1"], ["o"])
            .Node("DequantizeLinear", ["o", "s3", "z1"], ["y"]));

    /// <summary>One operator between a pair of int8.</summary>
    private static byte[] Qdq(string type, float scale, sbyte zero, float outScale, sbyte outZero, params (string, object)[] attributes)
    {
        bool isClip = type == "Clip";
        return Model(type == "HardSwish" ? 14 : 13, g => (isClip ? g.Constant("lo", Tensor.Scalar((float)attributes[0].Item2))
            .Constant("hi", Tensor.Scalar((float)attributes[1].Item2)) : g)
            .Constant("s", Tensor.Scalar(scale)).Constant("z", Tensor.Of([zero], [])).Constant("t", Tensor.Scalar(outScale))
                .Constant("u", Tensor.Of([outZero], [])).Input("x", "N", 3, 8).Output("y")
            .Node("QuantizeLinear", ["x", "s", "z"], ["q"]).Node("DequantizeLinear", ["q", "s", "z"], ["d"])
                .Node(type, isClip ? ["d", "lo", "hi"] : ["d"], ["r"], isClip ? [] : attributes)
            .Node("QuantizeLinear", ["r", "t", "u"], ["o"]).Node("DequantizeLinear", ["o", "t", "u"], ["y"]));
    }

    /// <summary>A constant whose numbers lie in int32_data, one field each.</summary>
    private static ProtoMessage Numbers(string name, int type, long[] shape, params long[] values)
    {
        ProtoMessage tensor = OnnxGraph.TensorMessage(name, (DataType)type, shape, default);
        Array.ForEach(values, v => tensor.Int(5, v));
        return tensor;
    }

    private static byte[] Bytes(params float[] values) => [.. values.SelectMany(BitConverter.GetBytes)];

    private static Tensor Bytes(int seed, params long[] shape)
    {
        var random = new Random(seed);
        return Tensor.Of([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (sbyte)random.Next(-127, 128))],
            shape);
    }
}
