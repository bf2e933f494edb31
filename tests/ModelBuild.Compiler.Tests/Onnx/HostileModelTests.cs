using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Files that were made to hurt: each ends in the code that says what is wrong.</summary>
public sealed class HostileModelTests
{
    [Fact]
    public void Import_NotOnnx_SaysSo()
    {
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([]));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf("<!DOCTYPE html><html></html>"u8.ToArray()));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf("PK\u0003\u0004some archive"u8.ToArray()));
        Assert.Equal(DiagnosticCodes.NotOnnx, CodeOf([.. Enumerable.Repeat((byte)0xFF, 100)]));
        Assert.Equal(DiagnosticCodes.NotOnnx,
            CodeOf("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"u8.ToArray(), "git lfs pull"));
    }

    [Fact]
    public void Import_MissingFile_SaysSo()
    {
        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import("no/such/model.onnx"));

        Assert.Equal(DiagnosticCodes.ModelMissing, Assert.Single(e.Findings).Code);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(OperatorRegistry.NewestOpset + 1)]
    public void Import_OperatorSetOutOfRange_SaysSo(long opset) =>
        Assert.Equal(DiagnosticCodes.UnsupportedFeature, CodeOf(Model(Relu(), opset: opset), opset.ToString(CultureInfo.InvariantCulture)));

    [Fact]
    public void Import_TensorClaimsMoreThanItHas_IsRefusedBeforeAllocating()
    {
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(Model(Relu("w", Tensor([1 << 30, 4], new byte[16])))));
        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(Model(Relu("w", Tensor([1L << 40, 1L << 40], [])))));
        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(Model(Relu("w", Tensor([-1], new byte[4])))));
    }

    [Fact]
    public void Import_ConstantsThatGrow_AreNotComputed()
    {
        var graph = new WireWriter();
        graph.Message(1, Node("ConstantOfShape", ["shape"], ["zeros"]));
        graph.Message(1, Node("Add", ["x", "zeros"], ["y"]));
        graph.Message(5, Int64s("shape", 30_000, 30_000));
        Ports(graph);

        Assert.Equal(DiagnosticCodes.UnsupportedOperator, CodeOf(Model(graph), "ConstantOfShape"));
    }

    [Fact]
    public void Import_SizesThatOverflow_AreTooLarge()
    {
        var graph = new WireWriter();
        graph.Message(1, Node("Expand", ["x", "shape"], ["y"]));
        graph.Message(5, Int64s("shape", 1L << 40, 1L << 40, 1L << 40));
        Ports(graph);

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(Model(graph)));
    }

    [Fact]
    public void Import_ShapeArithmeticThatDoubles_IsTooLarge()
    {
        var graph = new WireWriter();
        graph.Message(1, Node("Shape", ["x"], ["s0"]));
        for (int i = 0; i < 200; i++)
        {
            graph.Message(1, Node("Mul", [$"s{i}", $"s{i}"], [$"m{i}"]));
            graph.Message(1, Node("Add", [$"m{i}", "one"], [$"a{i}"]));
            graph.Message(1, Node("Div", [$"a{i}", "two"], [$"s{i + 1}"]));
        }

        graph.Message(1, Node("Expand", ["x", "s200"], ["y"]));
        graph.Message(5, Int64s("one", 1));
        graph.Message(5, Int64s("two", 2));
        Ports(graph, "batch");

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(Model(graph)));
    }

    [Fact]
    public void Import_ProductsOfSumsOfManySymbols_AreTooLarge()
    {
        // Eight dimensions, each the sum of a hundred symbols: a product of 10¹⁶ terms.
        var graph = new WireWriter();
        for (int i = 0; i < 100; i++)
        {
            Port(graph, 11, $"x{i}", [.. Enumerable.Range(0, 8).Select(d => (object)$"n{i}_{d}")]);
        }

        for (int i = 0; i < 100; i++)
        {
            graph.Message(1, Node("Shape", [$"x{i}"], [$"s{i}"]));
            graph.Message(1, Node("Add", [i == 0 ? "zero" : $"t{i - 1}", $"s{i}"], [$"t{i}"]));
        }

        graph.Message(1, Node("ConstantOfShape", ["t99"], ["z"]));
        graph.Message(1, Node("Flatten", ["z"], ["y"]));
        graph.Message(5, Int64s("zero", 0));
        Port(graph, 12, "y", "a", "b");

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(Model(graph)));
    }

    [Fact]
    public void Import_MillionsOfEmptyNodes_AreTooLarge()
    {
        var graph = new byte[12_000_000];
        for (int i = 0; i < graph.Length; i += 2)
        {
            graph[i] = (1 << 3) | 2;
        }

        var model = new WireWriter();
        model.Int(1, 8);
        model.Bytes(7, graph);

        Assert.Equal(DiagnosticCodes.TooLarge, CodeOf(model.Written.ToArray()));
    }

    [Fact]
    public void Import_GraphsNestedWithoutEnd_AreRefused()
    {
        WireWriter graph = Relu();
        for (int i = 0; i < 5000; i++)
        {
            var attribute = new WireWriter();
            attribute.Text(1, "body");
            attribute.Message(6, graph);
            WireWriter node = Node("If", [], ["y"]);
            node.Message(5, attribute);
            graph = new WireWriter();
            graph.Message(1, node);
        }

        Assert.Equal(DiagnosticCodes.CorruptModel, CodeOf(Model(graph)));
    }

    [Fact]
    public void Import_LongChainOfNodes_Ends()
    {
        var graph = new WireWriter();
        const int Length = 20_000;
        for (int i = 0; i < Length; i++)
        {
            graph.Message(1, Node("Identity", [i == 0 ? "x" : $"v{i}"], [i == Length - 1 ? "y" : $"v{i + 1}"]));
        }

        Ports(graph);

        Assert.Equal("Identity", Assert.Single(Import(Model(graph)).Nodes).Type);
    }

    [Fact]
    public void Import_NamesThatContradict_AreMalformed()
    {
        WireWriter cycle = new();
        cycle.Message(1, Node("Add", ["x", "b"], ["a"]));
        cycle.Message(1, Node("Relu", ["a"], ["b"]));
        cycle.Message(1, Node("Relu", ["b"], ["y"]));
        Ports(cycle);
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(Model(cycle), "cycle"));

        WireWriter twice = new();
        twice.Message(1, Node("Relu", ["x"], ["y"]));
        twice.Message(1, Node("Relu", ["x"], ["y"]));
        Ports(twice);
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(Model(twice), "'y'"));

        WireWriter nowhere = new();
        nowhere.Message(1, Node("Relu", ["z"], ["y"]));
        Ports(nowhere);
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(Model(nowhere), "'z'"));

        WireWriter noOutput = new();
        noOutput.Message(1, Node("Relu", ["x"], ["z"]));
        Ports(noOutput);
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(Model(noOutput), "'y'"));
    }

    private static WireWriter Relu(string input = "x", WireWriter? initializer = null) => ModelWriter.Relu(input, initializer);

    private static WireWriter Node(string type, string[] inputs, string[] outputs) => ModelWriter.Node(type, inputs, outputs);

    private static WireWriter Int64s(string name, params long[] values) => ModelWriter.Int64s(name, values);

    private static WireWriter Tensor(long[] dimensions, byte[] data) => ModelWriter.Tensor("w", DataType.Float32, dimensions, data);

    private static void Ports(WireWriter graph, params object[] shape) => ModelWriter.Ports(graph, shape);

    private static void Port(WireWriter graph, int field, string name, params object[] shape) =>
        ModelWriter.Port(graph, field, name, DataType.Float32, shape);

    private static byte[] Model(WireWriter graph, long opset = 18) => ModelWriter.Model(graph, opset);

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
