using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

public sealed class OnnxExporterTests
{
    public static TheoryData<string> Models => [.. Directory.GetFiles(Repository.Asset("quantized"), "*.onnx")
        .Concat(Directory.GetFiles(Repository.Sample("models"), "*.onnx"))
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => !path.Contains("dynamic", StringComparison.Ordinal) && !path.Contains("QOperator", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Models))]
    public void Export_ImportedModel_ImportsAsTheSameGraphAndSameBytes(string model)
    {
        string path = Path.Combine(Repository.Root, model);
        Graph graph = OnnxImporter.Import(path);
        RoundTrip(graph);
        PortablePasses.Run(graph, new PassContext(new InferenceContext(path, graph.Opset), [], CancellationToken.None));
        RoundTrip(graph);
    }

    /// <summary>Which dimensions are equal is said by their names; those of outputs that are computed are said by nobody.</summary>
    [Fact]
    public void Export_OpenDimensions_KeepTheirNames()
    {
        var test = new PassTest();
        Value sum = test.Node("Add", "sum", [test.Input("x", "batch", "steps", 4), test.Input("z", "batch", "steps", 1)]);
        test.Output(test.Node("Transpose", "turned", [sum], ("perm", (long[])[1, 0, 2])));

        Graph graph = OnnxImporter.Import(OnnxExporter.Export(test.Graph), "model.onnx");

        Assert.Equal(["[batch,steps,4]", "[batch,steps,1]"], graph.Inputs.Select(i => i.KnownShape.ToString()));
        Assert.Equal("[steps,batch,4]", graph.Outputs[0].KnownShape.ToString());
    }

    [Fact]
    public void Export_SixteenBitCodes_RaiseTheOperatorSet()
    {
        var test = new PassTest();
        Value codes = test.Node("QuantizeLinear", "q",
            [test.Input("x", "batch", 4), test.Constant("s", 0.5f), test.Constant("z", Tensor.From<ushort>(DataType.UInt16, [7], []))]);
        test.Output(test.Node("DequantizeLinear", "dq", [codes, test.Constant("t", 0.5f)]));

        ModelMessage model = ModelMessage.Read(OnnxExporter.Export(test.Graph));

        Assert.Equal(21, model.Opsets[Domains.Onnx]);
        Assert.Equal(10, model.IrVersion);
    }

    /// <summary>ONNX Runtime refuses a model in which two nodes share a name.</summary>
    /// <summary>Codes of eight bits with a scale for all, or for each channel, are of the oldest set; those by blocks are not.</summary>
    [Theory]
    [InlineData(0, 18)]
    [InlineData(2, 21)]
    public void Export_CodesByBlocks_RaiseTheOperatorSet(long blockSize, long opset)
    {
        var test = new PassTest();
        Value codes = test.Constant("codes", Tensor.Of(new sbyte[16], 4, 4));
        Value scales = blockSize == 0
            ? test.Constant("s", Tensor.Of([1f, 2, 3, 4], 4)) : test.Constant("s", Tensor.Of([.. Enumerable.Repeat(1f, 8)], 2, 4));
        Value weights = test.Node(
            "DequantizeLinear", "w", [codes, scales],
            blockSize == 0 ? [("axis", 1L)] : [("axis", 0L), ("block_size", blockSize)]);
        test.Output(test.Node("MatMul", "y", [test.Input("x", "batch", 4), weights]));

        Assert.Equal(opset, ModelMessage.Read(OnnxExporter.Export(test.Graph)).Opsets[Domains.Onnx]);
    }

    [Fact]
    public void Export_NodesOfOneName_GetDifferentOnes()
    {
        var test = new PassTest();
        test.Output(test.Graph.Append(test.Context, "Relu", "same", [test.Node("Sigmoid", "same", [test.Input("x", 4)])], "y"));

        Assert.Equal(["same", "same_1"], ModelMessage.Read(OnnxExporter.Export(test.Graph)).Graph!.Nodes.Select(n => n.Name));
    }

    /// <summary>ONNX Runtime crashes where an output of a Split has no name, and counts them where nothing else does.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Export_PartsOfASplitThatNobodyReads_AreThere(int read)
    {
        byte[] model = new OnnxGraph().Input("x", "N", 6).Output("y").Node("Split", ["x"], ["a", "b", "c"], ("axis", 1))
            .Node("Exp", [new[] { "a", "b", "c" }[read]], ["y"]).ToModel(13);
        using var files = new TemporaryFolder();
        Graph graph = OnnxImporter.Import(files.Write("model.onnx", model));
        PortablePasses.Run(graph, new PassContext(new InferenceContext("model.onnx", graph.Opset), [], CancellationToken.None));
        var inputs = new Dictionary<string, Tensor> { ["x"] = Tensor.Of([1f, 2, 3, 4, 5, 6], 1, 6) };

        Dictionary<string, Tensor> exported = OrtSession.Run(OnnxExporter.Export(graph), inputs);

        Assert.Equal(OrtSession.Run(model, inputs)["y"].ToFloats(), exported["y"].ToFloats());
    }

    [Fact]
    public void Export_AbsentInputs_KeepTheirPlace()
    {
        var test = new PassTest();
        test.Output(test.Node("Clip", "y", [test.Input("x", 4), null, test.Constant("high", 1)]));

        NodeMessage node = Assert.Single(ModelMessage.Read(OnnxExporter.Export(test.Graph)).Graph!.Nodes);

        Assert.Equal(["x", "", "high"], node.Inputs);
    }

    [Fact]
    public void Export_InternalOperator_Throws()
    {
        var test = new PassTest();
        Value y = test.Graph.Add(Domains.Internal, "Block", "y", [test.Input("x", 4)], "y", DataType.Float32, Shape.Of(4));
        test.Output(y);

        Assert.Throws<InvalidOperationException>(() => OnnxExporter.Export(test.Graph));
    }

    private static void RoundTrip(Graph graph)
    {
        byte[] first = OnnxExporter.Export(graph);
        Graph again = OnnxImporter.Import(first, "model.onnx");

        Assert.Equal(GraphText.Of(graph), GraphText.Of(again));
        Assert.Equal(first, OnnxExporter.Export(again));
    }
}
