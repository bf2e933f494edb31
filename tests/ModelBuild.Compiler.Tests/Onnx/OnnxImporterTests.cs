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
        { (int)DataType.Bool, 5, [1, 1, 1] },
    };

    [Theory]
    [MemberData(nameof(TypedFields))]
    public void Tensor_TypedFields_PackedOrNot_AreUnpacked(int type, int field, double[] expected)
    {
        double[] numbers = [1, 2, -1];
        foreach (bool packed in (bool[])[false, true])
        {
            ProtoMessage tensor = OnnxGraph.TensorMessage("t", (DataType)type, [3], []);
            var payload = new List<byte>();
            foreach (double number in numbers)
            {
                // A field written alone is a tag of one byte and the number; packed fields are the numbers without tags.
                ProtoMessage target = packed ? new ProtoMessage() : tensor;
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
                    payload.AddRange(target.ToArray()[1..]);
                }
            }

            if (packed)
            {
                tensor.Bytes(field, payload.ToArray());
            }

            Tensor read = TensorMessage.Read(new WireReader(tensor.ToArray())).ToTensor((_, _) => default);

            Assert.Equal(expected, read.ToDoubles());
        }
    }

    [Theory]
    [InlineData((int)DataType.String)]
    [InlineData((int)DataType.Complex64)]
    [InlineData((int)DataType.Int4)]
    public void Compile_InputOfATypeThatNoTensorHas_IsRefusedByNameWithAndWithoutSteps(int type)
    {
        using var folder = new TemporaryFolder();
        var graph = new OnnxGraph().Input("words", (DataType)type, "batch").Output("y", (DataType)type, "batch");
        string file = folder.Write("m.onnx", graph.Node("Identity", ["words"], ["y"]).ToModel());
        CompileOptions options = CompiledFile.Options(file, ModelMode.Fp32, []);
        Action[] compiles = [() => ModelCompiler.CompileSurface(options), () => ModelCompiler.CompileModel(options)];

        foreach (Action compile in compiles)
        {
            Finding finding = Assert.Single(Assert.Throws<CompilationException>(compile).Findings);
            Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
            Assert.Contains($"input 'words' has elements of type {(DataType)type}", finding.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData((int)DataType.UInt2, 0b11_10_01_00, new byte[] { 0, 1, 2, 3 })]
    [InlineData((int)DataType.Int2, 0b11_10_01_00, new byte[] { 0, 1, 254, 255 })]
    [InlineData((int)DataType.UInt4, 0x9C, new byte[] { 12, 9 })]
    [InlineData((int)DataType.Int4, 0x79, new byte[] { 249, 7 })]
    public void Import_ConstantBelowEightBits_HasABytePerCode(int type, int packed, byte[] codes)
    {
        var graph = new OnnxGraph().Constant(OnnxGraph.TensorMessage("q", (DataType)type, [codes.Length], [(byte)packed]))
            .Constant("s", [], [0.5f]).Input("x", codes.Length).Output("y", codes.Length);
        graph.Node("DequantizeLinear", ["q", "s"], ["w"]).Node("Mul", ["x", "w"], ["y"]);

        Graph read = OnnxImporter.Import(graph.ToModel(21), "model.onnx");

        Assert.Equal(codes, read.Nodes.Single(n => n.Is("DequantizeLinear")).Required(0).Constant!.Data.ToArray());
    }

    /// <summary>The codes end where those of so few bits do.</summary>
    [Theory]
    [InlineData((int)DataType.UInt2, new[] { 0f, 0, 1, 3, 3 })]
    [InlineData((int)DataType.Int2, new[] { -2f, -1, 1, 1, 1 })]
    [InlineData((int)DataType.UInt4, new[] { 0f, 0, 1, 7, 15 })]
    [InlineData((int)DataType.Int4, new[] { -8f, -1, 1, 7, 7 })]
    public void Import_QuantizedBelowEightBits_IsCutOffAtTheEndsOfTheCodes(int type, float[] expected)
    {
        var graph = new OnnxGraph().Constant("s", [], [1f]).Input("x", 5).Output("y", 5);
        graph.Node("QuantizeLinear", ["x", "s"], ["q"], ("output_dtype", type)).Node("DequantizeLinear", ["q", "s"], ["y"]);
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal) { ["x"] = Tensor.Of([-100f, -1, 1, 7, 100], 5) };

        Tensor[] outputs = ReferenceEvaluator.Run(OnnxImporter.Import(graph.ToModel(25), "model.onnx"), inputs);

        Assert.Equal(expected, outputs[0].ToFloats());
    }

    /// <summary>Where more than their numbers counts, they are refused by name.</summary>
    [Theory]
    [InlineData("output 'y' has elements of type Int4", "Identity", "q", (int)DataType.Int4)]
    [InlineData("output 'y' has elements of type Int4", "QuantizeLinear", "x,s,z", (int)DataType.Int4)]
    [InlineData("'n/Cast' (Cast)", "CastLike", "x,q", (int)DataType.Float32)]
    public void Import_CodesBelowEightBitsThatLeaveTheModel_AreRefused(string says, string node, string inputs, int type)
    {
        var graph = new OnnxGraph().Constant(OnnxGraph.TensorMessage("q", DataType.Int4, [2], [0x21])).Constant("s", [], [0.5f])
            .Constant(OnnxGraph.TensorMessage("z", DataType.Int4, [], [0])).Input("x", 2).Output("y", (DataType)type, 2);
        graph.Node(node, "n", inputs.Split(','), ["y"]);

        Finding finding = Assert.Single(
            Assert.Throws<CompilationException>(() => OnnxImporter.Import(graph.ToModel(21), "model.onnx")).Findings);

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
        Assert.Contains(says, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_BlocksInAnOrderOfTheirOwn_AreRefusedByName()
    {
        var graph = new OnnxGraph().Constant("w", Tensor.Of(new byte[32], 2, 2, 8)).Constant("s", [4], [1, 1, 1, 1])
            .Constant("g", Tensor.Of(new int[32], 32)).Input("x", 1, 32).Output("y", 1, 2);
        graph.Node(
            "com.microsoft", "MatMulNBits", "product", ["x", "w", "s", "", "g"], ["y"], ("K", 32), ("N", 2), ("bits", 4),
            ("block_size", 16));

        Finding finding = Assert.Single(
            Assert.Throws<CompilationException>(
                () => OnnxImporter.Import(graph.ToModel(17, others: ("com.microsoft", 1)), "model.onnx")).Findings);

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
        Assert.Contains("'product' (MatMulNBits)", finding.Message, StringComparison.Ordinal);
        Assert.Contains("g_idx", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_RawData_IsNotCopied()
    {
        byte[] file = new OnnxGraph().Node("Relu", ["w"], ["y"]).Constant("w", [1000], new float[1000]).Output("y", "n").ToModel();
        Tensor tensor = ModelMessage.Read(file).Graph!.Initializers[0].ToTensor((_, _) => default);

        Assert.True(MemoryMarshal.TryGetArray(tensor.Data, out ArraySegment<byte> segment));
        Assert.Same(file, segment.Array);
    }

    [Fact]
    public void Import_InitializerAmongInputs_IsNoInput()
    {
        var graph = new OnnxGraph();
        graph.Node("Add", ["x", "w"], ["y"]);
        graph.Constant("w", [1], [1]);
        graph.Input("w", 1);
        graph.Input("x", 4).Output("y", "n");

        Graph imported = Import(graph);

        Assert.Equal(["x"], imported.Inputs.Select(i => i.Name));
        Assert.Equal([1f], imported.Nodes[0].Required(1).Constant!.ToFloats());
    }

    [Fact]
    public void Import_ConstantNodesOfEveryKind_BecomeConstants()
    {
        Assert.Equal([2.5f], Constant("value_float", 2.5f).ToFloats());
        Assert.Equal([7L], Constant("value_int", 7).ToInt64s());
        Assert.Equal([7L, -8L], Constant("value_ints", new long[] { 7, -8 }).ToInt64s());
        Assert.Equal([1.5f, 2f], Constant("value_floats", new[] { 1.5f, 2 }).ToFloats());
        Assert.Equal([5L], Constant("value", Tensor.Of([5L], 1)).ToInt64s());

        static Tensor Constant(string attribute, object value)
        {
            var graph = new OnnxGraph();
            graph.Node("Constant", [], ["c"], (attribute, value));
            graph.Node("Cast", ["c"], ["f"], ("to", 1));
            graph.Node("Add", ["x", "f"], ["y"]);
            graph.Input("x", 2).Output("y", "n");
            return Import(graph).Nodes[^1].Required(1).Constant!;
        }
    }

    [Fact]
    public void Import_OpenDimensions_BecomeSymbols()
    {
        var graph = new OnnxGraph();
        graph.Node("Relu", ["x"], ["y"]);
        graph.Node("Relu", ["second"], ["z"]);
        graph.Input("x", null, null, 3, "my width");
        graph.Input("second", null, "params", "mywidth", "1st");
        graph.Output("y");
        graph.Output("z");

        Graph imported = Import(graph);

        Assert.Equal("[batch,x_dim1,3,mywidth]", imported.Inputs[0].Shape!.ToString());
        Assert.Equal("[batch,params,mywidth2,dim1st]", imported.Inputs[1].Shape!.ToString());
    }

    [Theory]
    [InlineData("height")]
    [InlineData("my height")]
    public void Import_BoundDimension_IsANumber(string name)
    {
        var graph = new OnnxGraph();
        graph.Node("Relu", ["x"], ["y"]);
        graph.Input("x", "batch", name, 4).Output("y", "n");

        Graph imported = OnnxImporter.Import(graph.ToModel(), "model.onnx", new Dictionary<string, DimensionRange> { [name] = 7 });

        Assert.Equal("[batch,7,4]", imported.Outputs[0].Shape!.ToString());
    }

    [Theory]
    [InlineData("heigth", 7, "'height'")]
    [InlineData("height", 0, "'height'")]
    public void Import_BindingThatDoesNotFit_IsReported(string name, long value, string expected)
    {
        var graph = new OnnxGraph();
        graph.Node("Relu", ["x"], ["y"]);
        graph.Input("x", "batch", "height").Output("y", "n");

        var e = Assert.Throws<CompilationException>(() =>
            OnnxImporter.Import(graph.ToModel(), "model.onnx", new Dictionary<string, DimensionRange> { [name] = value }));

        Assert.Equal(DiagnosticCodes.BadDimensions, Assert.Single(e.Findings).Code);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    /// <summary>As where a table of positions has fewer rows.</summary>
    [Fact]
    public void Import_BindingBeyondWhatTheModelHas_NamesTheBinding()
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "batch", "sequence").Output("y").Constant("w", Tensor.Of(new float[8], 8))
            .Node("Add", ["x", "w"], ["y"]);

        var e = Assert.Throws<CompilationException>(() =>
            OnnxImporter.Import(graph.ToModel(), "model.onnx", new Dictionary<string, DimensionRange> { ["sequence"] = 9 }));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
        Assert.EndsWith("The model was read with Dimensions=\"sequence=9\".", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_ShapeThatOnlyTheRunKnows_AsksToBindTheSymbols()
    {
        var graph = new OnnxGraph();
        graph.Node("Reshape", ["x", "shape"], ["y"]);
        graph.Integers("shape", 10, 3);
        graph.Input("x", "batch", "height").Output("y", "n");

        var e = Assert.Throws<CompilationException>(() => Import(graph));
        Graph bound = OnnxImporter.Import(
            graph.ToModel(), "model.onnx", new Dictionary<string, DimensionRange> { ["batch"] = 1, ["height"] = 30 });

        Assert.Equal(DiagnosticCodes.UnboundDimension, Assert.Single(e.Findings).Code);
        Assert.Contains("'batch' and 'height'", e.Message, StringComparison.Ordinal);
        Assert.Equal("[10,3]", bound.Outputs[0].Shape!.ToString());
    }

    /// <summary>Whether the rest comes out even is asked at run time only where the build cannot say.</summary>
    [Fact]
    public void Import_ShapeThatTakesTheRest_FindsItOutWhereItHasTo()
    {
        var graph = new OnnxGraph();
        graph.Node("Reshape", ["x", "shape"], ["y"]);
        graph.Integers("shape", 10, -1);
        graph.Input("x", "batch", "height").Output("y", "n");

        Graph open = Import(graph);
        Graph bound = OnnxImporter.Import(graph.ToModel(), "model.onnx", new Dictionary<string, DimensionRange> { ["height"] = 30 });

        Assert.Equal("[10,y_dim1]", open.Outputs[0].Shape!.ToString());
        Assert.Equal("[10,batch*3]", bound.Outputs[0].Shape!.ToString());
    }

    [Fact]
    public void Import_ShapeArithmetic_FollowsRunTimeDimensions()
    {
        var graph = new OnnxGraph();
        graph.Node("Shape", ["x"], ["shape"]);
        graph.Node("Gather", ["shape", "zero"], ["n"]);
        graph.Node("Gather", ["shape", "two"], ["w"]);
        graph.Node("Mul", ["n", "w"], ["nw"]);
        graph.Node("Div", ["nw", "two"], ["half"]);
        graph.Node("Concat", ["half", "minus"], ["target"], ("axis", 0));
        graph.Node("Reshape", ["x", "target"], ["y"]);
        graph.Integers("zero", 0);
        graph.Integers("two", 2);
        graph.Integers("minus", -1);
        graph.Input("x", "batch", 6, 8).Output("y", "n");

        Assert.Equal("[batch*4,12]", Import(graph).Outputs[0].Shape!.ToString());
    }

    [Fact]
    public void Import_NodesInAnyOrder_AreSorted()
    {
        var graph = new OnnxGraph();
        graph.Node("Relu", ["a"], ["y"]);
        graph.Node("Sigmoid", ["x"], ["a"]);
        graph.Input("x", 4).Output("y", "n");

        Assert.Equal(["Sigmoid", "Relu"], Import(graph).Nodes.Select(n => n.Type));
    }

    [Fact]
    public void Import_ConstantIsAnOutput_IsCopied()
    {
        var graph = new OnnxGraph();
        graph.Node("Add", ["x", "y"], ["z"]);
        graph.Constant("y", [1], [1]);
        graph.Input("x", 4).Output("y", "n");
        graph.Output("z", 4);

        Graph imported = Import(graph);

        Assert.Equal(["y", "z"], imported.Outputs.Select(o => o.Name));
        Assert.Equal([1f],
            ReferenceEvaluator.Run(imported, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(new float[4], 4) })[0].ToFloats());
    }

    [Fact]
    public void Import_OptionalOutputs_AreRefusedOnlyWhereTheyAreRead()
    {
        Assert.Single(Import(Normalization("y")).Nodes);
        Assert.Equal(DiagnosticCodes.UnsupportedFeature,
            Assert.Throws<CompilationException>(() => Import(Normalization("mean"))).Findings[0].Code);

        static OnnxGraph Normalization(string read)
        {
            var graph = new OnnxGraph();
            graph.Node("BatchNormalization", ["x", "s", "s", "s", "s"], ["y", "mean"]);
            graph.Input("x", 4, 2).Input("s", 2);
            graph.Output(read);
            return graph;
        }
    }

    [Fact]
    public void Import_UnknownAttribute_IsNotIgnored()
    {
        var graph = new OnnxGraph();
        graph.Node("Relu", ["x"], ["y"], ("leak", 1));
        graph.Input("x", 4).Output("y", "n");

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, Assert.Single(e.Findings).Code);
        Assert.Contains("'leak'", e.Message, StringComparison.Ordinal);
    }

    /// <summary>By places in the whole tensor, or by a place along each axis.</summary>
    [Theory]
    [InlineData(new long[] { 0, 5, 11 }, new long[] { 3 })]
    [InlineData(new long[] { 0, 0, 1, 2, 3, 2 }, new long[] { 3, 2 })]
    public void Import_SparseTensor_IsTheDenseOne(long[] indices, long[] places)
    {
        byte[] model = new OnnxGraph().Input("x", 2, 4).Output("y").Node("MatMul", ["x", "w"], ["y"])
            .Sparse("w", Tensor.Of([0.5f, -1, 2], 3), Tensor.Of(indices, places), 4, 3).ToModel();

        Tensor weights = OnnxImporter.Import(model, "model.onnx").Nodes.Single().Required(1).Constant!;

        Assert.Equal([4, 3], weights.Dimensions);
        Assert.Equal([0.5f, 0, 0, 0, 0, -1, 0, 0, 0, 0, 0, 2], weights.ToFloats());
    }

    /// <summary>Not has always been what it is; And broadcasts as NumPy does since opset 7.</summary>
    [Theory]
    [InlineData("Not", 1, null)]
    [InlineData("Not", 0, "version 0 of ONNX's operators")]
    [InlineData("Concat", 3, "Concat is not supported in version 3 of ONNX's operators; from version 7 on it is (node 'y')")]
    [InlineData("And", 6, "And is not supported in version 6 of ONNX's operators; from version 7 on it is")]
    [InlineData("And", 7, null)]
    [InlineData("Where", 6, "Where is not supported in version 6 of ONNX's operators; from version 9 on it is")]
    [InlineData("Where", 8, "Where does not exist in the version")]
    public void Import_OldOperator_IsTakenWhereItHasNotChanged(string type, int opset, string? problem)
    {
        string[] inputs = [.. Enumerable.Repeat("x", type switch { "Not" => 1, "And" => 2, _ => 3 })];
        byte[] model = new OnnxGraph().Input("x", DataType.Bool, 4).Output("y", DataType.Bool, 4).Node(type, inputs, ["y"]).ToModel(opset);
        if (problem is null)
        {
            Assert.Equal([type], OnnxImporter.Import(model, "model.onnx").Nodes.Select(n => n.Type));
            return;
        }

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(model, "model.onnx"));
        Assert.Contains(problem, Assert.Single(e.Findings).Message, StringComparison.Ordinal);
    }

    /// <summary>ONNX Runtime is named where it has operators of the domain, and only there.</summary>
    [Theory]
    [InlineData("", "RandomNormalLike", "Backend=\"onnxruntime\"")]
    [InlineData("com.microsoft", "Irfft", "Backend=\"onnxruntime\"")]
    [InlineData("my.domain", "Frobnicate", "define the operators of 'my.domain' in it")]
    [InlineData("ai.onnx.contrib", "BertTokenizer", "define the operators of 'ai.onnx.contrib' in it")]
    public void Import_OperatorOfADomain_NamesAWayOutThatIsOne(string domain, string type, string way)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", 4).Output("y", "n").Node(domain, type, "first", ["x"], ["y"]);

        var e = Assert.Throws<CompilationException>(
            () => OnnxImporter.Import(graph.ToModel(others: domain.Length == 0 ? [] : [(domain, 1)]), "model.onnx"));

        string message = Assert.Single(e.Findings).Message;
        Assert.Contains(way, message, StringComparison.Ordinal);
        Assert.Equal(way.StartsWith("Backend", StringComparison.Ordinal), message.Contains("Backend", StringComparison.Ordinal));
    }

    /// <summary>Operators of integers have another form, and of many nodes not all are named.</summary>
    [Theory]
    [InlineData("", "QLinearFrobnicate", 1, "(node 'n0')")]
    [InlineData("", "FrobnicateInteger", 8, "'n6', 'n7')")]
    [InlineData("com.microsoft", "QFrobnicate", 10, "'n6', 'n7' and 2 more)")]
    public void Import_IntegerOperatorsThatAreUnknown_AreToBeInQdqForm(string domain, string type, int count, string names)
    {
        var graph = new OnnxGraph().Input("x", 4);
        for (int i = 0; i < count; i++)
        {
            graph.Output($"y{i}", "n").Node(domain, type, $"n{i}", ["x"], [$"y{i}"]);
        }

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(graph.ToModel(others: ("com.microsoft", 1)), "model.onnx"));

        string message = Assert.Single(e.Findings).Message;
        Assert.Contains(names, message, StringComparison.Ordinal);
        Assert.Contains("Q/DQ form instead", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OperatorNewerThanTheModel_IsNotSupported()
    {
        var graph = new OnnxGraph();
        graph.Node("HardSwish", ["x"], ["y"]);
        graph.Input("x", 4).Output("y", "n");

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(graph.ToModel(opset: 13), "model.onnx"));

        Assert.Equal(DiagnosticCodes.UnsupportedOperator, Assert.Single(e.Findings).Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Import_FunctionThatCallsItself_IsMalformed(int circle)
    {
        OnnxGraph graph = new OnnxGraph().Node("local", "F0", "call", ["x"], ["y"]).Input("x", 4).Output("y", "n");
        for (int i = 0; i < circle; i++)
        {
            graph.Function($"F{i}", ["a"], ["b"], new OnnxGraph().Node("local", $"F{(i + 1) % circle}", string.Empty, ["a"], ["b"]));
        }

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
        Assert.Contains("calls itself", e.Message, StringComparison.Ordinal);
    }

    /// <summary>What a call says goes before what the function says for calls that say nothing.</summary>
    [Fact]
    public void Import_FunctionWithADefault_TakesItWhereTheCallSaysNothing()
    {
        OnnxGraph graph = new OnnxGraph().Node("local", "F", "a", ["x"], ["y"], ("slope", 0.25f)).Node("local", "F", "b", ["x"], ["z"])
            .Input("x", 4).Output("y", 4).Output("z", 4).Function(
                "F", ["a"], ["b"], new OnnxGraph().Node("LeakyRelu", ["a"], ["b"], OnnxGraph.Given("alpha", "slope", 1)), ("slope", 0.5f));

        Assert.Equal([0.25f, 0.5f], Import(graph).Nodes.Select(n => n.Float("alpha", 0)));
    }

    /// <summary>Functions that call the next one twice: 2ⁿ nodes of a file of n.</summary>
    [Fact]
    public void Import_FunctionsThatDoubleOneAnother_AreTooLarge()
    {
        OnnxGraph graph = new OnnxGraph().Node("local", "F0", "call", ["x"], ["y"]).Input("x", 4).Output("y", "n");
        for (int i = 0; i < 40; i++)
        {
            graph.Function($"F{i}", ["a"], ["b"], i == 39
                ? new OnnxGraph().Node("Relu", ["a"], ["b"])
                : new OnnxGraph().Node("local", $"F{i + 1}", string.Empty, ["a"], ["c"])
                    .Node("local", $"F{i + 1}", string.Empty, ["c"], ["b"]));
        }

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.TooLarge, Assert.Single(e.Findings).Code);
    }

    /// <summary>A call with more inputs than its function, and a function that nobody calls.</summary>
    [Fact]
    public void Import_CallThatDoesNotFit_IsMalformed()
    {
        OnnxGraph graph = new OnnxGraph().Node("local", "F", "call", ["x", "x"], ["y"]).Input("x", 4).Output("y", "n")
            .Function("F", ["a"], ["b"], new OnnxGraph().Node("Relu", ["a"], ["b"]));

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
        Assert.Equal(["Relu"], Import(new OnnxGraph().Node("Relu", ["x"], ["y"]).Input("x", 4).Output("y", "n")
            .Function("Relu", ["a"], ["b"], new OnnxGraph().Node("Riddle", ["a"], ["b"]))).Nodes.Select(n => n.Type));
    }

    [Fact]
    public void Import_UnsupportedOperatorsInsideOthers_AreListedWithThem()
    {
        var body = new OnnxGraph();
        body.Node("Mystery", ["x"], ["inner"]);
        body.Output("inner", 4);
        var graph = new OnnxGraph();
        graph.Node("If", ["c"], ["a"], ("then_branch", body), ("else_branch", new OnnxGraph().Output("x", 4)));
        graph.Node("Riddle", ["a"], ["y"]);
        graph.Input("x", 4).Input("c", DataType.Bool).Output("y", "n");

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(["Mystery", "Riddle"], e.Findings.Select(f => f.Message.Split("operator ")[1].Split(' ')[0]));
        Assert.Contains("'inner'", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Factors that no length can be multiplied by, or that make one that no tensor has.</summary>
    [Theory]
    [InlineData(0f)]
    [InlineData(-1f)]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void Import_FactorThatResizesNothing_IsRefused(float factor)
    {
        byte[] model = new OnnxGraph().Input("x", 1, 2, 4, 4).Output("y").Constant("s", [4], [1, 1, factor, 2])
            .Node("Resize", ["x", "", "s"], ["y"], ("mode", "linear")).ToModel();

        var e = Assert.Throws<CompilationException>(() => OnnxImporter.Import(model, "model.onnx"));

        Assert.Equal(DiagnosticCodes.MalformedGraph, e.Findings[0].Code);
    }

    /// <summary>The rows that a loop collects are turned round, though nothing is known of them.</summary>
    [Fact]
    public void Import_UnsupportedOperatorInScanThatRunsBackwards_IsListed()
    {
        OnnxGraph body = new OnnxGraph().Input("s", 4).Input("v", 4).Node("Mystery", ["s", "v"], ["o"]).Node("Relu", ["o"], ["r"])
            .Output("o", 4).Output("r", 4);
        OnnxGraph graph = new OnnxGraph().Input("h", 4).Input("x", 3, 4).Output("y", 3, 4).Node(
            "Scan", ["h", "x"], ["f", "y"], ("num_scan_inputs", 1), ("scan_output_directions", new long[] { 1 }), ("body", body));

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Contains("Mystery", Assert.Single(e.Findings).Message, StringComparison.Ordinal);
    }

    /// <summary>Of both branches, though nothing is known of what the second reads, and of bodies inside it.</summary>
    [Fact]
    public void Import_UnsupportedOperatorsInBothBranches_AreAllListed()
    {
        OnnxGraph inner = new OnnxGraph().Node("Puzzle", "p1", ["h"], ["q"]).Output("q", 4);
        OnnxGraph other = new OnnxGraph().Node("Enigma", "e1", ["x"], ["h"]).Node("Enigma", "e2", ["h"], ["i"])
            .Node("If", ["c"], ["b"], ("then_branch", inner), ("else_branch", new OnnxGraph().Output("i", 4))).Output("b", 4);
        OnnxGraph then = new OnnxGraph().Node("Mystery", "m1", ["x"], ["t"]).Output("t", 4);
        OnnxGraph graph = new OnnxGraph().Input("x", 4).Input("c", DataType.Bool).Output("y", "n")
            .Node("If", ["c"], ["a"], ("then_branch", then), ("else_branch", other)).Node("Riddle", "r1", ["a"], ["y"]);

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        string[] nodes = [.. e.Findings.Select(f => f.Message.Split('(', ')')[1])];
        Assert.Equal(["nodes 'e1', 'e2'", "node 'm1'", "node 'p1'", "node 'r1'"], nodes);
    }

    /// <summary>A branch that is wrong in itself hides nothing of the other.</summary>
    [Theory]
    [InlineData("then_branch", "else_branch")]
    [InlineData("else_branch", "then_branch")]
    public void Import_UnsupportedOperatorBesideABranchThatIsWrong_IsListed(string first, string second)
    {
        OnnxGraph then = new OnnxGraph().Node("SequenceConstruct", ["x"], ["t"]).Output("t");
        OnnxGraph other = new OnnxGraph().Node("Mystery", ["x"], ["e"]).Output("e", 4);
        OnnxGraph graph = new OnnxGraph().Input("x", 4).Input("c", DataType.Bool).Output("y", "n")
            .Node("If", ["c"], ["y"], (first, then), (second, other));

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Contains("Mystery", Assert.Single(e.Findings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_QuantizationOfOnnxRuntimesDomain_IsOnnxs()
    {
        var graph = new OnnxGraph();
        graph.Node("com.microsoft", "QuantizeLinear", "", ["x", "s", "z"], ["y"]);
        graph.Constant("s", [], [1]);
        graph.Constant("z", Tensor.Of([(byte)1], []));
        graph.Input("x", 4).Output("y", "n");

        Graph imported = OnnxImporter.Import(graph.ToModel(13, others: ("com.microsoft", 1)), "model.onnx");

        Assert.True(Assert.Single(imported.Nodes).Is("QuantizeLinear"));
        Assert.Equal(DataType.UInt8, imported.Outputs[0].Type);
    }

    [Fact]
    public void Import_ConversionToHalves_RoundsAndIsFloat32Behind()
    {
        var graph = new OnnxGraph();
        graph.Node("Cast", ["x"], ["half"], ("to", (long)DataType.Float16));
        graph.Node("Add", ["half", "w"], ["sum"]).Node("Cast", ["sum"], ["y"], ("to", (long)DataType.Float32));
        graph.Constant("w", Tensor.From<Half>(DataType.Float16, [(Half)1], 1));
        graph.Input("x", 4).Output("y", "n");

        Graph imported = Import(graph);
        Tensor y = ReferenceEvaluator.Run(
            imported, new Dictionary<string, Tensor> { ["x"] = Tensor.Of([0.1f, 65519, 65520, -1e-8f], 4) })[0];

        Assert.Equal("Cast Cast Add Cast", string.Join(' ', imported.Nodes.Select(n => n.Type)));
        Assert.Equal(DataType.Float32, imported.Nodes[2].Output.Type);
        Assert.Equal([1f], imported.Nodes[2].Required(1).Constant!.ToFloats());
        Assert.Equal([0.099975586f + 1, 65505, float.PositiveInfinity, 1], y.ToFloats());
    }

    [Fact]
    public void Import_PortsInFloat16_StayAndAreConvertedInside()
    {
        var graph = new OnnxGraph();
        graph.Input("x", DataType.Float16, "n", 4).Output("y", DataType.Float16, "n", 4).Output("z", DataType.Float16, "n", 4);
        graph.Node("Relu", ["x"], ["y"]).Node("Add", ["x", "y"], ["z"]);

        Graph imported = Import(graph);

        Assert.Equal("Cast Relu Add Cast Cast", string.Join(' ', imported.Nodes.Select(n => n.Type)));
        Assert.All(imported.Inputs.Concat(imported.Outputs), v => Assert.Equal(DataType.Float16, v.Type));
        Assert.Equal(["y", "z"], imported.Outputs.Select(o => o.Name));
        Assert.All(imported.Nodes[2].Inputs, v => Assert.Equal(DataType.Float32, v!.Type));
        Assert.Empty(imported.PortsInBFloat16);
    }

    /// <summary>What an operator makes in half precision is of float32 inside, as all else is.</summary>
    [Theory]
    [InlineData((int)DataType.Float16)]
    [InlineData((int)DataType.BFloat16)]
    public void Import_OperatorThatMakesHalves_MakesFloat32(int type)
    {
        var graph = new OnnxGraph();
        graph.Input("x", 2, 2).Output("y", 2, 2).Node("Cast", ["x"], ["half"], ("to", (long)type));
        graph.Node("EyeLike", ["x"], ["eye"], ("dtype", (long)type)).Node("Add", ["half", "eye"], ["sum"]);
        graph.Node("Cast", ["sum"], ["y"], ("to", (long)DataType.Float32));

        Tensor y = ReferenceEvaluator.Run(
            Import(graph), new Dictionary<string, Tensor> { ["x"] = Tensor.Of([0.5f, 2, -1, 4], 2, 2) })[0];

        Assert.Equal([1.5f, 2, -1, 5], y.ToFloats());
    }

    [Fact]
    public void Import_PortsInBFloat16_AreFloat32AndNamed()
    {
        var graph = new OnnxGraph();
        graph.Input("x", DataType.BFloat16, 4).Input("k", DataType.Float16, 4).Output("y", DataType.BFloat16, 4);
        graph.Node("CastLike", ["k", "x"], ["b"]).Node("Mul", ["x", "b"], ["y"]);

        Graph imported = Import(graph);

        Assert.Equal([DataType.Float32, DataType.Float16], imported.Inputs.Select(v => v.Type));
        Assert.Equal(DataType.Float32, imported.Outputs[0].Type);
        Assert.Equal(["x", "y"], imported.PortsInBFloat16);
        Assert.Contains(imported.Nodes, n => n.Is("Cast") && n.Output.Type == DataType.BFloat16);
    }

    [Fact]
    public void Import_OutputDeclaredAsHalvesThatIsNone_IsRefused()
    {
        var graph = new OnnxGraph();
        graph.Input("x", DataType.Float16, 4).Output("y", DataType.Float16, 4).Node("ArgMax", ["x"], ["y"], ("axis", 0));

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.MalformedGraph, e.Findings[0].Code);
        Assert.Contains("Int64", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Import_OldSoftmax_WorksAlongRowsOfAMatrix()
    {
        var graph = new OnnxGraph();
        graph.Node("Softmax", ["x"], ["y"]);
        graph.Input("x", "batch", 2, 3).Output("y", "n");

        Graph imported = OnnxImporter.Import(graph.ToModel(opset: 11), "model.onnx");
        Tensor y = ReferenceEvaluator.Run(imported, new Dictionary<string, Tensor> { ["x"] = Tensor.Of(new float[12], 2, 2, 3) })[0];

        Assert.Equal("[batch,2,3]", imported.Outputs[0].Shape!.ToString());
        Assert.All(y.ToFloats(), p => Assert.Equal(1f / 6, p, 1e-6f));
    }

    [Fact]
    public void Import_OldSum_BecomesAdditions()
    {
        var graph = new OnnxGraph();
        graph.Node("Sum", ["x", "x", "x"], ["y"]);
        graph.Input("x", 4).Output("y", "n");

        Assert.Equal(["Add", "Add"], OnnxImporter.Import(graph.ToModel(opset: 8), "model.onnx").Nodes.Select(n => n.Type));
    }

    /// <summary>Shapes and types that other tools wrote into their models, against ours.</summary>
    [Theory]
    [InlineData("nncf.default.lenet", 30)]
    [InlineData("quark.XINT8.mobilenetv2_folded", 150)]
    [InlineData("ort.fp16.resnet_bn", 40)]
    [InlineData("ort.static_default_s8s8_pt.resnet_folded", 20)]
    [InlineData("aimet.default_cfg.lenet", 8)]
    public void Import_ModelThatDeclaresItsShapes_InfersTheSame(string model, int atLeast)
    {
        string path = Repository.Asset("quantized", $"{model}.onnx");
        Dictionary<string, Value> values = OnnxImporter.Import(path).Values().ToDictionary(v => v.Name);
        int compared = 0;
        foreach (ValueInfoMessage declared in DeclaredValues(File.ReadAllBytes(path)))
        {
            if (values.TryGetValue(declared.Name, out Value? value) && declared.Shape is { } shape)
            {
                Assert.Equal(shape.Select(d => d.Value?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? d.Name),
                    value.Shape!.Select(d => d.ToString()));
                bool isStored = value.Constant is null && value.Producer is null or { Type: "Cast" };
                Assert.Equal(declared.ElementType == DataType.Float16 && !isStored ? DataType.Float32 : declared.ElementType, value.Type);
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

    private static Graph Import(OnnxGraph graph) => OnnxImporter.Import(graph.ToModel(), "model.onnx");
}
