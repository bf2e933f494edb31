using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>ONNX Runtime's own operators, in every mode.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Contributed => new(StringComparer.Ordinal)
    {
        ["inverses of matrices between products"] = () => Owned(g => g.Constant("w", Values(1, 3, 3)).Constant("e", Diagonal(3, 4))
            .Input("x", "N", 3, 3).Output("y").Node("Add", ["x", "e"], ["a"]).Own("Inverse", ["a"], ["i"])
            .Node("MatMul", ["i", "w"], ["y"])),
        ["inverses of matrices of any size"] = () => Owned(g => g.Input("x", "N", 2, "M", "M").Output("y").Own("Inverse", ["x"], ["y"])),
        ["double inverse"] = () => Owned(g => g.Constant("e", Diagonal(8, 9, DataType.Float64)).Input("x", DataType.Float64, 8, 8)
            .Output("y", DataType.Float64).Node("Add", ["x", "e"], ["a"]).Own("Inverse", ["a"], ["y"])),
        ["inverse of weights"] = () => Owned(g => g.Constant("w", Diagonal(5, 2)).Input("x", "N", 5).Output("y")
            .Own("Inverse", ["w"], ["v"]).Node("MatMul", ["x", "v"], ["y"])),
        ["parts of images in one size"] = () => Owned(g => Cut(g.Input("x", 2, 3, 5, 6), 4, 3)
            .Own("CropAndResize", ["x", "r", "b", "s"], ["y"], ("extrapolation_value", 0.5f))),
        ["parts of images of any size, inside of them"] = () => Owned(g => Cut(g.Input("x", "N", 3, "H", "W"), 5, 1)
            .Node("Sigmoid", ["r"], ["q"]).Own("CropAndResize", ["x", "q", "b", "s"], ["y"])),
        ["parts of images, nearest pixels"] = () => Owned(g => Cut(g.Input("x", 1, 3, 5, 6), 1, 7)
            .Own("CropAndResize", ["x", "r", "b", "s"], ["y"], ("mode", "nearest"), ("extrapolation_value", -1.5f))),
        ["weights as normal floats of four bits"] = () => Owned(g => FourBits(g, 32, 8, 16)
            .Own("MatMulBnb4", ["x", "w", "m"], ["y"], ("K", 32), ("N", 8), ("block_size", 16), ("quant_type", 1))),
        ["weights as floats of four bits, whose rows end inside of blocks and bytes"] = () => Owned(g => FourBits(g, 33, 7, 32)
            .Own("MatMulBnb4", ["x", "w", "m"], ["y"], ("K", 33), ("N", 7), ("block_size", 32), ("quant_type", 0))),
        ["QDQ embeddings in codes"] = () => Owned(g => Tables(g, Bytes(1, 6, 8), Bytes(2, 9, 8), Bytes(3, 2, 8), Bytes(4, 8), Bytes(5, 8),
                Tensor.Of([(sbyte)3], []))
            .Input("i", DataType.Int32, "N", 5).Input("g", DataType.Int32, "N", 5).Input("m", DataType.Int32, "N", 5)
            .Own("QEmbedLayerNormalization",
                ["i", "g", "t0", "t1", "t2", "t3", "t4", "m", "s0", "s1", "s2", "s3", "s4", "z", "z", "z", "z", "z"], ["y", "l"])),
        ["QDQ embeddings in unsigned codes, without segments"] = () => Owned(g => Tables(g, Unsigned(1, 6, 8), Unsigned(2, 9, 8),
                Unsigned(3, 2, 8), Unsigned(4, 8), Unsigned(5, 8), Tensor.Of([(byte)120], []))
            .Input("i", DataType.Int32, "N", "T")
            .Own("QEmbedLayerNormalization",
                ["i", "", "t0", "t1", "", "t3", "t4", "", "s0", "s1", "", "s3", "s4", "z", "z", "", "z", "z"], ["y", "l"],
                ("epsilon", 1e-5f))),
    };

    private static byte[] Owned(Func<OnnxGraph, OnnxGraph> build) =>
        build(new OnnxGraph()).ToModel(17, others: ("com.microsoft", 1));

    private static OnnxGraph Own(
        this OnnxGraph graph, string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        graph.Node("com.microsoft", type, string.Empty, inputs, outputs, attributes);

    /// <summary>A matrix that is far from having no inverse, also with small numbers added.</summary>
    private static Tensor Diagonal(int size, double number, DataType type = DataType.Float32) => Tensor.FromDoubles(
        type, [.. Enumerable.Range(0, size * size).Select(i => (i % (size + 1) == 0 ? number : 0) + (i * 37 % 11 * 0.05))], size, size);

    private static OnnxGraph Cut(OnnxGraph graph, int height, int width) => graph.Constant("s", Tensor.Of([height, width], 2))
        .Input("r", "K", 4).Input("b", DataType.Int32, "K").Output("y");

    private static OnnxGraph FourBits(OnnxGraph graph, int inner, int columns, int block)
    {
        int length = ((inner * columns) + 1) / 2;
        return graph.Constant("w", Tensor.Of([.. Enumerable.Range(0, length).Select(i => (byte)(i * 37))], length))
            .Constant("m", Values(1, ((inner * columns) + block - 1) / block)).Input("x", "N", inner).Output("y");
    }

    private static OnnxGraph Tables(OnnxGraph graph, params ReadOnlySpan<Tensor> tables)
    {
        for (int i = 0; i < tables.Length - 1; i++)
        {
            graph.Constant($"t{i}", tables[i]).Constant($"s{i}", Tensor.Scalar(0.01f + (0.002f * i)));
        }

        return graph.Constant("z", tables[^1]).Output("y").Output("l", DataType.Int32);
    }

    private static Tensor Unsigned(int seed, params long[] shape) =>
        Tensor.Of([.. Bytes(seed, shape).Span<sbyte>().ToArray().Select(v => (byte)(v + 128))], shape);
}
