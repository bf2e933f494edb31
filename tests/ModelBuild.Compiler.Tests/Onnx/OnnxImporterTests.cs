using System.Runtime.InteropServices;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Onnx.Wire;
using ModelBuild.Compiler.Operators;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Onnx;

public sealed class OnnxImporterTests
{
    /// <summary>
    /// Types, the field that holds their numbers in a file that does not use raw data, and what the numbers 1, 2 and −1 become.
    /// </summary>
    public static TheoryData<int, int, double[]> TypedFields => new()
    {
        { (int)DataType.Float32, 4, [1, 2, -1] },
        { (int)DataType.Float64, 10, [1, 2, -1] },
        { (int)DataType.Int8, 5, [1, 2, -1] },
        { (int)DataType.UInt8, 5, [1, 2, 255] },
        { (int)DataType.Int16, 5, [1, 2, -1] },
        { (int)DataType.UInt16, 5, [1, 2, 65535] },
        { (int)DataType.Int32, 5, [1, 2, -1] },
        { (int)DataType.Int64, 7, [1, 2, -1] },
        { (int)DataType.UInt32, 11, [1, 2, uint.MaxValue] },
        { (int)DataType.UInt64, 11, [1, 2, ulong.MaxValue] },
        { (int)DataType.Float16, 5, [1 / 16777216.0, 2 / 16777216.0, double.NaN] },
        { (int)DataType.Bool, 5, [1, 2, 255] },
    };

    [Theory]
    [MemberData(nameof(TypedFields))]
    public void Tensor_TypedFields_PackedOrNot_AreUnpacked(int type, int field, double[] expected)
    {
        double[] numbers = [1, 2, -1];
        foreach (bool packed in (bool[])[false, true])
        {
            WireWriter tensor = ModelWriter.Tensor("t", (DataType)type, [3], null);
            var payload = new List<byte>();
            foreach (double number in numbers)
            {
                // A field written alone is a tag of one byte and the number; packed fields are the numbers without tags.
                WireWriter target = packed ? new WireWriter() : tensor;
                if (field == 4)
                {
                    target.Float(field, (float)number);
                }
                else if (field == 10)
                {
                    target.Double(field, number);
                }
                else
                {
                    target.Int(field, (long)number);
                }

                if (packed)
                {
                    payload.AddRange(target.Written.Span[1..]);
                }
            }

            if (packed)
            {
                tensor.Bytes(field, payload.ToArray());
            }

            Tensor read = TensorMessage.Read(new WireReader(tensor.Written)).ToTensor((_, _) => default);

            Assert.Equal(expected, read.ToDoubles());
        }
    }

    [Fact]
    public void Import_RawData_IsNotCopied()
    {
        byte[] file = ModelWriter.Model(ModelWriter.Relu("w", ModelWriter.Tensor("w", DataType.Float32, [1000], new byte[4000])));
        Tensor tensor = ModelMessage.Read(file).Graph!.Initializers[0].ToTensor((_, _) => default);

        Assert.True(MemoryMarshal.TryGetArray(tensor.Data, out ArraySegment<byte> segment));
        Assert.Same(file, segment.Array);
    }

    [Fact]
    public void Import_InitializerAmongInputs_IsNoInput()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Add", ["x", "w"], ["y"]));
        graph.Message(5, ModelWriter.Tensor("w", DataType.Float32, [1], [0, 0, 128, 63]));
        ModelWriter.Port(graph, 11, "w", DataType.Float32, 1);
        ModelWriter.Ports(graph, 4);

        Graph imported = Import(graph);

        Assert.Equal(["x"], imported.Inputs.Select(i => i.Name));
        Assert.Equal([1f], imported.Nodes[0].Required(1).Constant!.ToFloats());
    }

    [Fact]
    public void Import_ConstantNodesOfEveryKind_BecomeConstants()
    {
        Assert.Equal([2.5f], Constant(ModelWriter.Float("value_float", 2.5f)).ToFloats());
        Assert.Equal([7L], Constant(ModelWriter.Int("value_int", 7)).ToInt64s());
        Assert.Equal([7L, -8L], Constant(ModelWriter.Ints("value_ints", 7, -8)).ToInt64s());
        Assert.Equal([1.5f, 2f], Constant(ModelWriter.Attribute("value_floats", AttributeKind.Floats, a =>
        {
            a.Float(7, 1.5f);
            a.Float(7, 2);
        })).ToFloats());
        WireWriter tensor = ModelWriter.Int64s(string.Empty, 5);
        Assert.Equal([5L], Constant(ModelWriter.Attribute("value", AttributeKind.Tensor, a => a.Message(5, tensor))).ToInt64s());

        static Tensor Constant(WireWriter attribute)
        {
            var graph = new WireWriter();
            graph.Message(1, ModelWriter.Node("Constant", [], ["c"], attribute));
            graph.Message(1, ModelWriter.Node("Cast", ["c"], ["f"], ModelWriter.Int("to", 1)));
            graph.Message(1, ModelWriter.Node("Add", ["x", "f"], ["y"]));
            ModelWriter.Ports(graph, 2);
            return Import(graph).Nodes[^1].Required(1).Constant!;
        }
    }

    [Fact]
    public void Import_OpenDimensions_BecomeSymbols()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Relu", ["x"], ["y"]));
        graph.Message(1, ModelWriter.Node("Relu", ["second"], ["z"]));
        ModelWriter.Port(graph, 11, "x", DataType.Float32, null, null, 3, "my width");
        ModelWriter.Port(graph, 11, "second", DataType.Float32, null, "params", "mywidth", "1st");
        ModelWriter.Port(graph, 12, "y", DataType.Float32);
        ModelWriter.Port(graph, 12, "z", DataType.Float32);

        Graph imported = Import(graph);

        Assert.Equal("[batch,x_dim1,3,mywidth]", imported.Inputs[0].Shape!.ToString());
        Assert.Equal("[batch,params_,mywidth2,dim1st]", imported.Inputs[1].Shape!.ToString());
    }

    [Theory]
    [InlineData("height")]
    [InlineData("my height")]
    public void Import_BoundDimension_IsANumber(string name)
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Relu", ["x"], ["y"]));
        ModelWriter.Ports(graph, "batch", name, 4);

        Graph imported = OnnxImporter.Import(ModelWriter.Model(graph), "model.onnx", new Dictionary<string, long> { [name] = 7 });

        Assert.Equal("[batch,7,4]", imported.Outputs[0].Shape!.ToString());
    }

    [Theory]
    [InlineData("heigth", 7, "'height'")]
    [InlineData("height", 0, "'height'")]
    public void Import_BindingThatDoesNotFit_IsReported(string name, long value, string expected)
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Relu", ["x"], ["y"]));
        ModelWriter.Ports(graph, "batch", "height");

        var e = Assert.Throws<CompilationException>(() =>
            OnnxImporter.Import(ModelWriter.Model(graph), "model.onnx", new Dictionary<string, long> { [name] = value }));

        Assert.Equal(DiagnosticCodes.BadDimensions, Assert.Single(e.Findings).Code);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ShapeThatOnlyTheRunKnows_AsksToBindTheSymbols()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Reshape", ["x", "shape"], ["y"]));
        graph.Message(5, ModelWriter.Int64s("shape", 10, -1));
        ModelWriter.Ports(graph, "batch", "height");

        var e = Assert.Throws<CompilationException>(() => Import(graph));
        Graph bound = OnnxImporter.Import(ModelWriter.Model(graph), "model.onnx", new Dictionary<string, long> { ["height"] = 30 });

        Assert.Equal(DiagnosticCodes.UnboundDimension, Assert.Single(e.Findings).Code);
        Assert.Contains("'batch' and 'height'", e.Message, StringComparison.Ordinal);
        Assert.Equal("[10,batch*3]", bound.Outputs[0].Shape!.ToString());
    }

    [Fact]
    public void Import_ShapeArithmetic_FollowsRunTimeDimensions()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Shape", ["x"], ["shape"]));
        graph.Message(1, ModelWriter.Node("Gather", ["shape", "zero"], ["n"]));
        graph.Message(1, ModelWriter.Node("Gather", ["shape", "two"], ["w"]));
        graph.Message(1, ModelWriter.Node("Mul", ["n", "w"], ["nw"]));
        graph.Message(1, ModelWriter.Node("Div", ["nw", "two"], ["half"]));
        graph.Message(1, ModelWriter.Node("Concat", ["half", "minus"], ["target"], ModelWriter.Int("axis", 0)));
        graph.Message(1, ModelWriter.Node("Reshape", ["x", "target"], ["y"]));
        graph.Message(5, ModelWriter.Int64s("zero", 0));
        graph.Message(5, ModelWriter.Int64s("two", 2));
        graph.Message(5, ModelWriter.Int64s("minus", -1));
        ModelWriter.Ports(graph, "batch", 6, 8);

        Assert.Equal("[batch*4,12]", Import(graph).Outputs[0].Shape!.ToString());
    }

    [Fact]
    public void Import_NodesInAnyOrder_AreSorted()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Relu", ["a"], ["y"]));
        graph.Message(1, ModelWriter.Node("Sigmoid", ["x"], ["a"]));
        ModelWriter.Ports(graph, 4);

        Assert.Equal(["Sigmoid", "Relu"], Import(graph).Nodes.Select(n => n.Type));
    }

    [Fact]
    public void Import_ConstantIsAnOutput_IsCopied()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Add", ["x", "y"], ["z"]));
        graph.Message(5, ModelWriter.Tensor("y", DataType.Float32, [1], [0, 0, 128, 63]));
        ModelWriter.Ports(graph, 4);
        ModelWriter.Port(graph, 12, "z", DataType.Float32, 4);

        Graph imported = Import(graph);

        Assert.Equal(["y", "z"], imported.Outputs.Select(o => o.Name));
        Assert.Equal([1f],
            ReferenceEvaluator.Run(imported, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(new float[4], 4) })[0].ToFloats());
    }

    [Fact]
    public void Import_OptionalOutputs_AreRefusedOnlyWhereTheyAreRead()
    {
        Assert.Single(Import(Dropout("y")).Nodes);
        Assert.Equal(DiagnosticCodes.UnsupportedFeature,
            Assert.Throws<CompilationException>(() => Import(Dropout("mask"))).Findings[0].Code);

        static WireWriter Dropout(string read)
        {
            var graph = new WireWriter();
            graph.Message(1, ModelWriter.Node("Dropout", ["x"], ["y", "mask"]));
            ModelWriter.Port(graph, 11, "x", DataType.Float32, 4);
            ModelWriter.Port(graph, 12, read, DataType.Float32, 4);
            return graph;
        }
    }

    [Fact]
    public void Import_UnknownAttribute_IsNotIgnored()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Relu", ["x"], ["y"], ModelWriter.Int("leak", 1)));
        ModelWriter.Ports(graph, 4);

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, Assert.Single(e.Findings).Code);
        Assert.Contains("'leak'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OperatorNewerThanTheModel_IsNotSupported()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("HardSwish", ["x"], ["y"]));
        ModelWriter.Ports(graph, 4);

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(ModelWriter.Model(graph, opset: 13), "model.onnx"));

        Assert.Equal(DiagnosticCodes.UnsupportedOperator, Assert.Single(e.Findings).Code);
    }

    [Theory]
    [InlineData("Relu", true)]
    [InlineData("Other", false)]
    public void Import_FunctionOfTheModel_IsRefusedOnlyWhereItIsUsed(string name, bool refused)
    {
        var function = new WireWriter();
        function.Text(1, name);
        var file = new WireWriter();
        file.Message(25, function);
        byte[] model = [.. ModelWriter.Model(ModelWriter.Relu()), .. file.Written.Span];

        CompilationException? e = null;
        try
        {
            OnnxImporter.Import(model, "model.onnx");
        }
        catch (CompilationException exception)
        {
            e = exception;
        }

        Assert.Equal(refused ? DiagnosticCodes.UnsupportedOperator : null, e?.Findings[0].Code);
    }

    [Fact]
    public void Import_UnsupportedOperatorsInsideOthers_AreListedWithThem()
    {
        var body = new WireWriter();
        body.Message(1, ModelWriter.Node("Mystery", ["x"], ["inner"]));
        ModelWriter.Port(body, 12, "inner", DataType.Float32, 4);
        var graph = new WireWriter();
        WireWriter branch = ModelWriter.Attribute("then_branch", AttributeKind.Graph, a => a.Message(6, body));
        graph.Message(1, ModelWriter.Node("If", ["x"], ["a"], branch));
        graph.Message(1, ModelWriter.Node("Riddle", ["a"], ["y"]));
        ModelWriter.Ports(graph, 4);

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(["If", "Mystery", "Riddle"], e.Findings.Select(f => f.Message.Split("operator ")[1].Split(' ')[0]));
        Assert.Contains("'inner'", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_QuantizationOfOnnxRuntimesDomain_IsOnnxs()
    {
        WireWriter node = ModelWriter.Node("QuantizeLinear", ["x", "s", "z"], ["y"]);
        node.Text(7, "com.microsoft");
        var graph = new WireWriter();
        graph.Message(1, node);
        graph.Message(5, ModelWriter.Tensor("s", DataType.Float32, [], [0, 0, 128, 63]));
        graph.Message(5, ModelWriter.Tensor("z", DataType.UInt16, [], [1, 0]));
        ModelWriter.Ports(graph, 4);

        Graph imported = OnnxImporter.Import(ModelWriter.Model(graph, 13, ("com.microsoft", 1)), "model.onnx");

        Assert.True(Assert.Single(imported.Nodes).Is("QuantizeLinear"));
        Assert.Equal(DataType.UInt16, imported.Outputs[0].Type);
    }

    [Fact]
    public void Import_HalfPrecision_BecomesFloat32()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Cast", ["x"], ["half"], ModelWriter.Int("to", (long)DataType.Float16)));
        graph.Message(1, ModelWriter.Node("Add", ["half", "w"], ["y"]));
        graph.Message(5, ModelWriter.Tensor("w", DataType.Float16, [1], [0, 0x3C]));
        ModelWriter.Ports(graph, 4);

        Graph imported = Import(graph);

        Assert.All(imported.Values(), v => Assert.Equal(DataType.Float32, v.Type));
        Assert.Equal([1f], imported.Nodes[^1].Required(1).Constant!.ToFloats());
    }

    [Fact]
    public void Import_OldSoftmax_WorksAlongRowsOfAMatrix()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Softmax", ["x"], ["y"]));
        ModelWriter.Ports(graph, "batch", 2, 3);

        Graph imported = OnnxImporter.Import(ModelWriter.Model(graph, opset: 11), "model.onnx");
        Tensor y = ReferenceEvaluator.Run(imported, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(new float[12], 2, 2, 3) })[0];

        Assert.Equal("[batch,2,3]", imported.Outputs[0].Shape!.ToString());
        Assert.All(y.ToFloats(), p => Assert.Equal(1f / 6, p, 1e-6f));
    }

    [Fact]
    public void Import_OldSum_BecomesAdditions()
    {
        var graph = new WireWriter();
        graph.Message(1, ModelWriter.Node("Sum", ["x", "x", "x"], ["y"]));
        ModelWriter.Ports(graph, 4);

        Assert.Equal(["Add", "Add"], OnnxImporter.Import(ModelWriter.Model(graph, opset: 8), "model.onnx").Nodes.Select(n => n.Type));
    }

    /// <summary>Shapes and types that other tools wrote into their models, against ours.</summary>
    [Theory]
    [InlineData("quantized/nncf.default.lenet", 30)]
    [InlineData("quantized/quark.XINT8.mobilenetv2_folded", 150)]
    [InlineData("quantized/ort.fp16.resnet_bn", 40)]
    [InlineData("quantized/ort.static_default_s8s8_pt.resnet_folded", 20)]
    [InlineData("quantized/aimet.default_cfg.lenet", 8)]
    public void Import_ModelThatDeclaresItsShapes_InfersTheSame(string model, int atLeast)
    {
        if (SharedData.Path($"models/{model}.onnx") is not { } path)
        {
            return;
        }

        Dictionary<string, Value> values = OnnxImporter.Import(path).Values().ToDictionary(v => v.Name);
        int compared = 0;
        foreach (ValueInfoMessage declared in DeclaredValues(File.ReadAllBytes(path)))
        {
            if (values.TryGetValue(declared.Name, out Value? value) && declared.Shape is { } shape)
            {
                Assert.Equal(shape.Select(d => d.Value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? d.Name),
                    value.Shape!.Select(d => d.ToString()));
                Assert.Equal(declared.ElementType == DataType.Float16 ? DataType.Float32 : declared.ElementType, value.Type);
                compared++;
            }
        }

        Assert.InRange(compared, atLeast, int.MaxValue);
    }

    private static IEnumerable<ValueInfoMessage> DeclaredValues(byte[] file)
    {
        var model = new WireReader(file);
        while (model.Next())
        {
            if (model.Field != 7)
            {
                model.Skip();
                continue;
            }

            WireReader graph = model.Message();
            while (graph.Next())
            {
                if (graph.Field is 12 or 13)
                {
                    yield return ValueInfoMessage.Read(graph.Message());
                }
                else
                {
                    graph.Skip();
                }
            }
        }
    }

    private static Graph Import(WireWriter graph) => OnnxImporter.Import(ModelWriter.Model(graph), "model.onnx");
}
