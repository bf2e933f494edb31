using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>
/// Whole models of many exporters and quantizers: those of the repository, and larger ones where the shared folder is there.
/// </summary>
public sealed class SharedModelTests
{
    /// <summary>Names and operators after the clean-up; the operators tell that every pass did its part.</summary>
    [Theory]
    [InlineData("ort.fp16.resnet_bn", "Add:5 Cast:2 Conv:14 Gemm:1 GlobalAveragePool:1 MaxPool:1 Relu:11 Reshape:1")]
    [InlineData("ort.u8s8_pc.lenet", "Conv:2 DequantizeLinear:17 Gemm:2 MaxPool:2 QuantizeLinear:9 Reshape:1 Softmax:1")]
    [InlineData("ort.static_default_s8s8_pt.resnet_folded",
        "Add:5 Conv:14 DequantizeLinear:54 Gemm:1 GlobalAveragePool:1 MaxPool:1 QuantizeLinear:24 Reshape:1")]
    [InlineData("fashion_qat_w8a8_qcdq", "Conv:4 DequantizeLinear:15 Gemm:1 MaxPool:1 QuantizeLinear:5 Relu:4 Reshape:1")]
    public void PortablePasses_QuantizedModel_LeaveThese(string model, string operators) =>
        AssertSimplified(Repository.Asset("quantized", $"{model}.onnx"), operators);

    [Fact]
    public void PortablePasses_SampleModel_LeaveThese() =>
        AssertSimplified(Repository.Sample("models", "lenet.onnx"), "Conv:2 Gemm:2 MaxPool:2 Relu:3 Reshape:1 Softmax:1");

    [SharedTheory]
    [InlineData("models/fashion/resnet_bn.onnx", "Add:5 Conv:14 Gemm:1 GlobalAveragePool:1 MaxPool:1 Relu:11 Reshape:1")]
    [InlineData("models/fashion/lstm.onnx", "Gather:1 Gemm:1 LSTM:1 Reshape:2 Transpose:2")]
    [InlineData("models/fashion/mobilenetv2_folded.onnx", "Add:5 Clip:17 Conv:25 Gemm:1 GlobalAveragePool:1 Reshape:1")]
    [InlineData("models/real/efficientnet_lite0.onnx", "Add:9 Clip:33 Conv:49 Gemm:1 GlobalAveragePool:1 Reshape:1")]
    [InlineData(
        "models/real/mobilenet_v2_224.onnx", "Add:10 Clip:35 Conv:52 Gemm:3 GlobalAveragePool:1 Relu:2 Reshape:1 Softmax:1 Transpose:1")]
    public void PortablePasses_SharedModel_LeaveThese(string model, string operators) =>
        AssertSimplified(SharedFolder.File(model), operators);

    /// <summary>The outputs that ONNX Runtime gave for the file, against ours before and after the clean-up.</summary>
    [Theory]
    [InlineData("ort.fp16.resnet_bn", 1, 0.02)]
    [InlineData("ort.u8s8_pc.lenet", 2, 0.02)]
    [InlineData("inc.QDQ_u8s8_pc.lenet", 2, 0.02)]
    [InlineData("nncf.default.lenet", 2, 0.02)]
    [InlineData("aimet.default_cfg.lenet", 2, 0.02)]
    [InlineData("ort.u8s8_pc.lenet_nhwc", 2, 0.02)]
    [InlineData("ort.u16s8_pc.lenet", 2, 0.02)]
    [InlineData("ort.u8s8_pc_QOperator.lenet", 2, 0.02)]
    [InlineData("ort.dynamic_s8_pt.lenet", 2, 0.02)]
    [InlineData("ort.static_default_s8s8_pt.resnet_folded", 1, 0.5)]
    [InlineData("quark.XINT8.mobilenetv2_folded", 1, 1.5)]
    public void Evaluate_QuantizedModel_GivesWhatOnnxRuntimeGave(string model, int samples, double tolerance)
    {
        string path = Repository.Asset("quantized", $"{model}.onnx");
        Graph graph = OnnxImporter.Import(path);
        Dictionary<string, Tensor> arrays = NumpyFile.ReadNpz(Repository.Asset("quantized", $"{model}.npz"));
        Dictionary<string, Tensor> inputs = graph.Inputs.ToDictionary(i => i.Name, i => First(arrays[$"in_{i.Name}"], samples));
        Tensor[] expected = [.. graph.Outputs.Select(o => First(arrays[$"out_{o.Name}"], samples))];

        Tensor[] imported = ReferenceEvaluator.Run(graph, inputs);
        Tensor[] simplified = ReferenceEvaluator.Run(Simplify(graph, path), inputs);

        for (int i = 0; i < expected.Length; i++)
        {
            TensorAssert.Close(expected[i], imported[i], 0, tolerance);
            TensorAssert.Close(expected[i], simplified[i], 0, tolerance);
        }
    }

    private static void AssertSimplified(string path, string operators)
    {
        Graph graph = Simplify(OnnxImporter.Import(path), path);

        Assert.All(graph.Values(), v => Assert.NotNull(v.Shape));
        IEnumerable<IGrouping<string, Node>> groups = graph.Nodes.GroupBy(n => n.Type).OrderBy(g => g.Key, StringComparer.Ordinal);
        Assert.Equal(operators, string.Join(" ", groups.Select(g => $"{g.Key}:{g.Count()}")));
    }

    private static Graph Simplify(Graph graph, string path)
    {
        PortablePasses.Run(graph, new PassContext(new InferenceContext(path, graph.Opset), [], CancellationToken.None));
        return graph;
    }

    private static Tensor First(Tensor array, int samples)
    {
        int bytes = array.Data.Length / (int)array.Dimensions[0] * samples;
        return new Tensor(array.Type, [samples, .. array.Dimensions.Skip(1)], array.Data[..bytes]);
    }
}
