using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Small models of the operators that ONNX Runtime's quantizer, optimizer and model builders write.</summary>
internal static partial class ContributedModels
{
    private static readonly Lazy<SortedDictionary<string, Func<byte[]>>> s_models = new(() =>
    {
        Dictionary<string, Func<byte[]>>[] topics = [Integers, Codes, Floats, Attentions, Decoders, QuantizedTables];
        return new(topics.SelectMany(models => models).ToDictionary(model => model.Key, model => model.Value), StringComparer.Ordinal);
    });

    /// <summary>By name, which begins with that of the operator.</summary>
    public static IReadOnlyDictionary<string, Func<byte[]>> All => s_models.Value;

    private static byte[] Make(Func<OnnxGraph, OnnxGraph> build, long opset = 17) =>
        build(new OnnxGraph()).ToModel(opset, others: ("com.microsoft", 1));

    /// <summary>A node of ONNX Runtime's own.</summary>
    private static OnnxGraph Own(
        this OnnxGraph graph, string type, string[] inputs, string[] outputs, params (string Name, object Value)[] attributes) =>
        graph.Node("com.microsoft", type, string.Empty, inputs, outputs, attributes);

    /// <summary>A scale and a zero point: constants <c>s…</c> and <c>z…</c>.</summary>
    private static OnnxGraph Scale(this OnnxGraph graph, string name, float scale, int zero, bool signed = false) => graph
        .Constant($"s{name}", Tensor.Scalar(scale))
        .Constant($"z{name}", signed ? Tensor.Of([(sbyte)zero], []) : Tensor.Of([(byte)zero], []));

    /// <summary>
    /// Seven bits: of two products of a byte and eight bits, ONNX Runtime cuts the sum off at 16 bits on processors without VNNI.
    /// </summary>
    private static Tensor Signed(int seed, params long[] shape) =>
        Tensor.Of([.. Random(seed, shape).Select(v => (sbyte)(v / 2))], shape);

    private static Tensor Unsigned(int seed, params long[] shape) =>
        Tensor.Of([.. Random(seed, shape).Select(v => (byte)(v + 128))], shape);

    private static IEnumerable<int> Random(int seed, long[] shape)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.Next(-128, 128))];
    }

    private static Tensor Numbers(params float[] values) => Tensor.Of(values, values.Length);

    private static long[] L(params long[] values) => values;
}
