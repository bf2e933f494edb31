using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Whole models of many exporters and quantizers, where the shared folder is there.</summary>
public sealed class SharedModelTests
{
    public static TheoryData<string> Models => [.. SharedData.Models.DefaultIfEmpty(string.Empty)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Import_SharedModel_SucceedsOrListsWhatIsNotSupported(string model)
    {
        if (SharedData.Path(model) is not { } path)
        {
            return;
        }

        try
        {
            Graph graph = Simplify(OnnxImporter.Import(path), path);
            Assert.All(graph.Values(), v => Assert.NotNull(v.Shape));
        }
        catch (CompilationException e)
        {
            Assert.All(e.Findings, f =>
                Assert.Contains(f.Code, (string[])[DiagnosticCodes.UnsupportedOperator, DiagnosticCodes.UnsupportedFeature]));
        }
    }

    [Theory]
    [InlineData("fashion/lstm", "LSTM", "Gather")]
    [InlineData("quantized/ort.dynamic_s8_pt.lenet", "ConvInteger", "DynamicQuantizeLinear", "MatMulInteger")]
    [InlineData("quantized/ort.u8s8_pc_QOperator.mlp", "com.microsoft.QGemm")]
    [InlineData("real/minilm_l6", "Erf", "ReduceL2", "Pow", "Sqrt", "Gather", "Where")]
    public void Import_UnsupportedOperators_AreListedAllAtOnce(string model, params string[] operators)
    {
        if (SharedData.Path($"models/{model}.onnx") is not { } path)
        {
            return;
        }

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(path));

        Assert.All(e.Findings, f => Assert.Equal(DiagnosticCodes.UnsupportedOperator, f.Code));
        Assert.All(operators, o => Assert.Contains($"operator {o} is", e.Message, StringComparison.Ordinal));
    }

    /// <summary>Names and operators after the clean-up; the operators tell that every pass did its part.</summary>
    [Theory]
    [InlineData("fashion/lenet", "Conv:2 Gemm:2 MaxPool:2 Relu:3 Reshape:1 Softmax:1")]
    [InlineData("fashion/resnet_bn", "Add:5 Conv:14 Gemm:1 GlobalAveragePool:1 MaxPool:1 Relu:11 Reshape:1")]
    [InlineData("quantized/ort.fp16.resnet_bn", "Add:5 Conv:14 Gemm:1 GlobalAveragePool:1 MaxPool:1 Relu:11 Reshape:1")]
    [InlineData("fashion/mobilenetv2_folded", "Add:5 Clip:17 Conv:25 Gemm:1 GlobalAveragePool:1 Reshape:1")]
    [InlineData("real/efficientnet_lite0", "Add:9 Clip:33 Conv:49 Gemm:1 GlobalAveragePool:1 Reshape:1")]
    [InlineData("real/mobilenet_v2_224", "Add:10 Clip:35 Conv:52 Gemm:3 GlobalAveragePool:1 Relu:2 Reshape:1 Softmax:1 Transpose:1")]
    [InlineData("quantized/ort.u8s8_pc.lenet", "Conv:2 DequantizeLinear:17 Gemm:2 MaxPool:2 QuantizeLinear:9 Reshape:1 Softmax:1")]
    [InlineData("quantized/ort.static_default_s8s8_pt.resnet_folded",
        "Add:5 Conv:14 DequantizeLinear:54 Gemm:1 GlobalAveragePool:1 MaxPool:1 QuantizeLinear:24 Reshape:1")]
    [InlineData("quantized/fashion_qat_w8a8_qcdq", "Conv:4 DequantizeLinear:15 Gemm:1 MaxPool:1 QuantizeLinear:5 Relu:4 Reshape:1")]
    public void PortablePasses_SharedModel_LeaveThese(string model, string operators)
    {
        if (SharedData.Path($"models/{model}.onnx") is not { } path)
        {
            return;
        }

        Graph graph = Simplify(OnnxImporter.Import(path), path);

        IEnumerable<IGrouping<string, Node>> groups = graph.Nodes.GroupBy(n => n.Type).OrderBy(g => g.Key, StringComparer.Ordinal);
        Assert.Equal(operators, string.Join(" ", groups.Select(g => $"{g.Key}:{g.Count()}")));
    }

    /// <summary>The outputs that ONNX Runtime gave for the file, against ours before and after the clean-up.</summary>
    [Theory]
    [InlineData("quantized/ort.fp16.resnet_bn", 1, 0.02)]
    [InlineData("quantized/ort.u8s8_pc.lenet", 2, 0.02)]
    [InlineData("quantized/inc.QDQ_u8s8_pc.lenet", 2, 0.02)]
    [InlineData("quantized/nncf.default.lenet", 2, 0.02)]
    [InlineData("quantized/aimet.default_cfg.lenet", 2, 0.02)]
    [InlineData("quantized/ort.u8s8_pc.lenet_nhwc", 2, 0.02)]
    [InlineData("quantized/ort.u16s8_pc.lenet", 2, 0.02)]
    [InlineData("quantized/ort.static_default_s8s8_pt.resnet_folded", 1, 0.5)]
    [InlineData("quantized/quark.XINT8.mobilenetv2_folded", 1, 1.5)]
    public void Evaluate_SharedModel_GivesWhatOnnxRuntimeGave(string model, int samples, double tolerance)
    {
        if (SharedData.Path($"models/{model}.onnx") is not { } path || SharedData.Path($"models/{model}.npz") is not { } reference)
        {
            return;
        }

        Graph graph = OnnxImporter.Import(path);
        using NpzReader arrays = NpzReader.Open(reference);
        Dictionary<string, Tensor> inputs = graph.Inputs.ToDictionary(i => i.Name, i => ReadFirst(arrays, $"in_{i.Name}", samples));
        Tensor[] expected = [.. graph.Outputs.Select(o => ReadFirst(arrays, $"out_{o.Name}", samples))];

        Tensor[] imported = ReferenceEvaluator.Run(graph, inputs);
        Tensor[] simplified = ReferenceEvaluator.Run(Simplify(graph, path), inputs);

        for (int i = 0; i < expected.Length; i++)
        {
            TensorAssert.Close(expected[i], imported[i], 0, tolerance);
            TensorAssert.Close(expected[i], simplified[i], 0, tolerance);
        }
    }

    private static Graph Simplify(Graph graph, string path)
    {
        PortablePasses.Run(graph, new PassContext(new InferenceContext(path, graph.Opset), [], CancellationToken.None));
        return graph;
    }

    private static Tensor ReadFirst(NpzReader arrays, string name, int samples)
    {
        using NpyReader reader = arrays.OpenArray(name);
        long[] dimensions = [samples, .. reader.Dimensions.Skip(1)];
        var data = new byte[dimensions.Aggregate((long)reader.Type.Size(), (product, d) => product * d)];
        reader.Read(data);
        return new Tensor(reader.Type, dimensions, data);
    }
}
