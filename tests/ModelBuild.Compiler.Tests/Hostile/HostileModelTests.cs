using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Hostile;

/// <summary>Files that were made to hurt: each ends in the code that says what is wrong.</summary>
public sealed class HostileModelTests
{
    [Fact]
    public void Import_NotOnnx_SaysSo()
    {
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([], "it is empty, or a pipe. Copy or download it again, into a file."));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf("\n <!DOCTYPE html><html></html>"u8.ToArray(), "a web page"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0xEF, 0xBB, 0xBF, .. "<html></html>"u8], "a web page"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf("PK\u0003\u0004some archive"u8.ToArray(), "a ZIP archive"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0x1F, 0x8B, 8, 0, 0, 0], "packed with gzip. Unpack it."));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0x80, 0x02, 0x8A, 0x0A], "torch.onnx.export"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0x89, .. "HDF\r\n"u8], "HDF5"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0x93, .. "NUMPY\u0001\0"u8], "a NumPy array"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0x1C, 0, 0, 0, .. "TFL3"u8, 0, 0], "tf2onnx"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([0x1C, 0, 0, 0, .. "ORTM"u8, 0, 0], "ONNX Runtime's own format"));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([.. Enumerable.Repeat((byte)0xFF, 100)], "Export or download it again."));
        Assert.Equal(DiagnosticCodes.NotOnnx,
            CodeOf("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"u8.ToArray(), "git lfs pull"));
    }

    [Fact]
    public void Import_TruncatedAnywhere_IsReported()
    {
        byte[] model = File.ReadAllBytes(Repository.Sample("models", "lenet.onnx"));
        for (int i = 0; i < 200; i++)
        {
            string code = CodeOf(model[..(int)((long)model.Length * i / 200)], "model.onnx");
            Assert.Contains(code, (string[])[DiagnosticCodes.NotOnnx, DiagnosticCodes.CorruptModel]);
        }
    }

    /// <summary>Three values of a tensor of twelve, written otherwise than they may be.</summary>
    [Theory]
    [InlineData(DiagnosticCodes.MalformedGraph, new long[] { 1, 4, 12 }, new long[] { 3 }, new long[] { 4, 3 })]
    [InlineData(DiagnosticCodes.MalformedGraph, new long[] { 1, 4, -1 }, new long[] { 3 }, new long[] { 4, 3 })]
    [InlineData(DiagnosticCodes.MalformedGraph, new long[] { 1, 4 }, new long[] { 2 }, new long[] { 4, 3 })]
    [InlineData(DiagnosticCodes.MalformedGraph, new long[] { 0, 0, 1, 1, 2, 3 }, new long[] { 3, 2 }, new long[] { 4, 3 })]
    [InlineData(DiagnosticCodes.MalformedGraph, new long[] { 0, 0, 1, 1, 2, 2 }, new long[] { 2, 3 }, new long[] { 4, 3 })]
    [InlineData(DiagnosticCodes.TooLarge, new long[] { 1, 4, 11 }, new long[] { 3 }, new long[] { 1L << 40, 1L << 40 })]
    [InlineData(DiagnosticCodes.MalformedGraph, new long[] { 1, 4, 11 }, new long[] { 3 }, new long[] { 4, -3 })]
    public void Import_SparseTensorThatContradictsItself_IsReported(string code, long[] indices, long[] places, long[] shape) =>
        Assert.Equal(code, CodeOf(new OnnxGraph().Input("x", "N", 4).Output("y").Node("MatMul", ["x", "w"], ["y"])
            .Sparse("w", Tensor.Of([0.5f, -1, 2], 3), Tensor.Of(indices, places), shape).ToModel()));

    [Fact]
    public void Import_MissingFile_SaysSo()
    {
        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import("no/such/model.onnx"));

        Assert.Equal(DiagnosticCodes.ModelMissing, Assert.Single(e.Findings).Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(OperatorRegistry.NewestOpset + 1)]
    public void Import_OperatorSetOutOfRange_SaysSo(long opset) =>
        Assert.Equal(DiagnosticCodes.UnsupportedFeature, CodeOf(Relu().ToModel(opset), opset.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Padding 'same' is looked at before the inputs are.</summary>
    [Theory]
    [InlineData("Conv", "x")]
    [InlineData("Conv")]
    [InlineData("MaxPool")]
    [InlineData("AveragePool", "")]
    public void Import_WindowWithoutInput_IsRefused(string type, params string[] inputs) => Assert.Equal(
        DiagnosticCodes.MalformedGraph,
        CodeOf(new OnnxGraph().Input("x", 1, 3, "H", "W").Output("y").Node(
            type, inputs, ["y"], ("auto_pad", "SAME_UPPER"), ("strides", new long[] { 2, 2 }), ("kernel_shape", new long[] { 3, 3 }))
            .ToModel(13)));

    [Fact]
    public void Import_TensorClaimsMoreThanItHas_IsRefusedBeforeAllocating()
    {
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(ReluOf([1 << 30, 4], new byte[16])));
        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(ReluOf([1L << 40, 1L << 40], [])));
        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(ReluOf([-1], new byte[4])));
    }

    /// <summary>Types without a whole number of bytes, or whose data nobody reads, may not claim what is not there either.</summary>
    [Theory]
    [InlineData(DataType.Int4)]
    [InlineData(DataType.UInt4)]
    [InlineData(DataType.Int2)]
    [InlineData(DataType.UInt2)]
    [InlineData(DataType.Float4E2M1)]
    [InlineData(DataType.Float8E4M3FN)]
    [InlineData(DataType.Complex64)]
    [InlineData(DataType.Complex128)]
    [InlineData(DataType.String)]
    internal void Import_TensorOfAnyTypeClaimsMoreThanItHas_IsRefused(DataType type)
    {
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(ReluOf([1L << 50], new byte[16], type)));
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(ReluOf([1L << 50], [], type)));
    }

    [Fact]
    public void Import_ConstantsThatGrow_AreNotComputed()
    {
        var graph = new OnnxGraph();
        graph.Node("ConstantOfShape", ["shape"], ["zeros"]);
        graph.Node("Add", ["x", "zeros"], ["y"]);
        graph.Integers("shape", 30_000, 30_000);
        graph.Input("x", 1).Output("y", "n");

        Assert.Contains(OnnxImporter.Import(graph.ToModel(), "model.onnx").Nodes, n => n.Is("ConstantOfShape"));
    }

    [Fact]
    public void Import_SizesThatOverflow_AreTooLarge()
    {
        var graph = new OnnxGraph();
        graph.Node("Expand", ["x", "shape"], ["y"]);
        graph.Integers("shape", 1L << 40, 1L << 40, 1L << 40);
        graph.Input("x", 1).Output("y", "n");

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(graph.ToModel()));
    }

    /// <summary>A batch of unknown size has at least one sample.</summary>
    [Fact]
    public void Import_SizesBeyondIndicesBesideAnOpenBatch_AreTooLarge()
    {
        OnnxGraph Of(string type, OnnxGraph graph, params string[] inputs) => graph.Output("y").Node(type, "node", inputs, ["y"]);

        OnnxGraph[] graphs =
        [
            Of("Expand", new OnnxGraph().Input("x", "N", 1).Integers("s", 1, 1L << 34), "x", "s"),
            Of("Tile", new OnnxGraph().Input("x", "N", 2).Integers("s", 1, 1L << 31), "x", "s"),
            Of("Tile", new OnnxGraph().Input("x", "N", 2).Integers("s", 1L << 31, 1), "x", "s"),
            Of("Pad", new OnnxGraph().Input("x", "N", 2).Integers("s", 0, 1L << 40, 0, 0), "x", "s"),
            Of("OneHot", new OnnxGraph().Input("x", DataType.Int64, "N").Constant("d", Tensor.Of([1L << 40], []))
                .Constant("v", Tensor.Of([0f, 1], 2)), "x", "d", "v"),
        ];
        Assert.All(graphs, g => Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(g.ToModel(), "'node' (")));
    }

    /// <summary>What overflows is a node's.</summary>
    [Theory]
    [InlineData(1L << 62, 1L << 62)]
    [InlineData(1L << 40, long.MaxValue)]
    public void Import_PadThatOverflows_NamesTheNode(long before, long behind)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", 4, 2).Output("y").Integers("p", before, before, behind, behind)
            .Node("Pad", "padding", ["x", "p"], ["y"]);

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(graph.ToModel(), "node 'padding' (Pad)"));
    }

    [Fact]
    public void Import_InputLargerThanAnyTensor_IsTooLarge()
    {
        OnnxGraph graph = new OnnxGraph().Input("image", "N", 3, 30_000, 30_000).Output("y")
            .Node("MaxPool", ["image"], ["y"], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(graph.ToModel(), "'image'"));
    }

    /// <summary>Nine hundred million numbers would have to be made to try it.</summary>
    [Fact]
    public void Compile_InputTooLargeToTry_MakesNoneOfIt()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", new OnnxGraph().Input("x", 1, 1, 30_000, 30_000).Output("y")
            .Node("MaxPool", ["x"], ["p"], ("kernel_shape", new long[] { 8, 8 }), ("strides", new long[] { 8, 8 }))
            .Node("GlobalAveragePool", ["p"], ["y"]).ToModel());

        long before = GC.GetTotalAllocatedBytes();
        using CompiledModel model = ModelCompiler.CompileModel(CompiledFile.Options(path, ModelMode.Fp32, []));

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 29);
        Assert.Equal("[1,1,1,1]", model.Portable.Outputs[0].KnownShape.ToString());
    }

    [Fact]
    public void Import_ShapeArithmeticThatDoubles_IsTooLarge()
    {
        var graph = new OnnxGraph();
        graph.Node("Shape", ["x"], ["s0"]);
        for (int i = 0; i < 200; i++)
        {
            graph.Node("Mul", [$"s{i}", $"s{i}"], [$"m{i}"]);
            graph.Node("Add", [$"m{i}", "one"], [$"a{i}"]);
            graph.Node("Div", [$"a{i}", "two"], [$"s{i + 1}"]);
        }

        graph.Node("Expand", ["x", "s200"], ["y"]);
        graph.Integers("one", 1);
        graph.Integers("two", 2);
        graph.Input("x", "batch").Output("y", "n");

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(graph.ToModel()));
    }

    [Fact]
    public void Import_ProductsOfSumsOfManySymbols_AreTooLarge()
    {
        // Eight dimensions, each the sum of a hundred symbols: a product of 10¹⁶ terms.
        var graph = new OnnxGraph();
        for (int i = 0; i < 100; i++)
        {
            graph.Input($"x{i}", [.. Enumerable.Range(0, 8).Select(d => (object)$"n{i}_{d}")]);
        }

        for (int i = 0; i < 100; i++)
        {
            graph.Node("Shape", [$"x{i}"], [$"s{i}"]);
            graph.Node("Add", [i == 0 ? "zero" : $"t{i - 1}", $"s{i}"], [$"t{i}"]);
        }

        graph.Node("ConstantOfShape", ["t99"], ["z"]);
        graph.Node("Flatten", ["z"], ["y"]);
        graph.Integers("zero", 0);
        graph.Output("y", "a", "b");

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(graph.ToModel()));
    }

    [Fact]
    public void Import_MillionsOfEmptyNodes_AreTooLarge()
    {
        var graph = new byte[12_000_000];
        for (int i = 0; i < graph.Length; i += 2)
        {
            graph[i] = (1 << 3) | 2;
        }

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(new ProtoMessage().Int(1, 8).Bytes(7, graph).ToArray()));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(60)]
    [InlineData(5000)]
    public void Import_GraphsNestedTooDeeply_AreRefusedByDepth(int depth)
    {
        OnnxGraph graph = new OnnxGraph().Node("Neg", ["x"], ["y0"]).Output("y0", 4);
        for (int i = 1; i <= depth; i++)
        {
            OnnxGraph other = new OnnxGraph().Node("Abs", ["x"], [$"z{i}"]).Output($"z{i}", 4);
            graph = new OnnxGraph().Node("If", ["c"], [$"y{i}"], ("then_branch", graph), ("else_branch", other)).Output($"y{i}", 4);
        }

        graph.Input("x", 4).Input("c", DataType.Bool);

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, CodeOf(graph.ToModel(), "in up to 3 others"));
    }

    [Theory]
    [InlineData("Conv", "SAME_UPPER")]
    [InlineData("MaxPool", "SAME_UPPER")]
    [InlineData("Squeeze", null)]
    [InlineData("Resize", null)]
    public void Import_OperatorWithoutWhatItNeeds_IsMalformed(string type, string? padding)
    {
        string[] inputs = type == "Conv" ? ["x"] : [""];
        OnnxGraph graph = new OnnxGraph().Input("x", 1, 1, "H", "W").Output("y")
            .Node(type, "node", inputs, ["y"], padding is null ? [] : [("auto_pad", padding)]);

        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(graph.ToModel(), "lacks input"));
    }

    [Fact]
    public void Import_LongChainOfNodes_Ends()
    {
        var graph = new OnnxGraph();
        const int Length = 20_000;
        for (int i = 0; i < Length; i++)
        {
            graph.Node("Identity", [i == 0 ? "x" : $"v{i}"], [i == Length - 1 ? "y" : $"v{i + 1}"]);
        }

        graph.Input("x", 1).Output("y", "n");

        Assert.Equal("Identity", Assert.Single(Import(graph.ToModel()).Nodes).Type);
    }

    [Fact]
    public void Import_NamesThatContradict_AreMalformed()
    {
        OnnxGraph cycle = new();
        cycle.Node("Add", ["x", "b"], ["a"]);
        cycle.Node("Relu", ["a"], ["b"]);
        cycle.Node("Relu", ["b"], ["y"]);
        cycle.Input("x", 1).Output("y", "n");
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(cycle.ToModel(), "' reads what it makes."));

        OnnxGraph twice = new();
        twice.Node("Relu", ["x"], ["y"]);
        twice.Node("Relu", ["x"], ["y"]);
        twice.Input("x", 1).Output("y", "n");
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(twice.ToModel(), "'y'"));

        OnnxGraph nowhere = new();
        nowhere.Node("Relu", ["z"], ["y"]);
        nowhere.Input("x", 1).Output("y", "n");
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(nowhere.ToModel(), "'z'"));

        OnnxGraph noOutput = new();
        noOutput.Node("Relu", ["x"], ["z"]);
        noOutput.Input("x", 1).Output("y", "n");
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(noOutput.ToModel(), "'y'"));
    }

    [Fact]
    public void Import_AverageOfIntegers_IsRefusedByName()
    {
        OnnxGraph graph = new OnnxGraph().Input("x", DataType.UInt8, 1, 1, 4, 4).Output("y", DataType.UInt8, 1, 1, 2, 2)
            .Node("AveragePool", "mean", ["x"], ["y"], ("kernel_shape", new long[] { 2, 2 }), ("strides", new long[] { 2, 2 }));

        Assert.StartsWith("MODELB1", CodeOf(graph.ToModel(), "'mean' (AveragePool)"), StringComparison.Ordinal);
    }

    /// <summary>A graph of one Relu from <paramref name="input"/> to <c>y</c>.</summary>
    private static OnnxGraph Relu(string input = "x") => new OnnxGraph().Node("Relu", [input], ["y"]).Input("x", 4).Output("y", "n");

    /// <summary>A Relu of a constant <c>w</c> that claims these dimensions.</summary>
    private static byte[] ReluOf(long[] dimensions, byte[] data, DataType type = DataType.Float32) =>
        Relu("w").Constant(OnnxGraph.TensorMessage("w", type, dimensions, data)).ToModel();

    private static string CodeOf(byte[] file, string text = "")
    {
        var e = Assert.Throws<CompilationException>(() => Import(file));
        Assert.Contains(text, e.Message, StringComparison.Ordinal);
        return e.Findings[0].Code;
    }

    private static Graph Import(byte[] file)
    {
        Graph graph = OnnxImporter.Import(file, "model.onnx");
        PortablePasses.Run(graph, new PassContext(new InferenceContext("model.onnx", graph.Opset), [], CancellationToken.None));
        return graph;
    }
}
