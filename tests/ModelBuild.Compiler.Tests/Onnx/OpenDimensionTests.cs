using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Onnx;

/// <summary>Dimensions that the file leaves open: what they are called, and which of them are one.</summary>
public sealed class OpenDimensionTests
{
    [Theory]
    [InlineData("Add", "[a,4]", "[a,4]")]
    [InlineData("MatMul", "[2,a]", "[a,4]")]
    [InlineData("Concat", "[a,4]", "[a,2]")]
    public void Import_SymbolsThatMustBeEqual_AreOne(string type, string first, string second)
    {
        OnnxGraph graph = Two(type, type == "MatMul" ? [2, "a"] : ["a", 4], type == "Concat" ? ["b", 2] : ["b", 4]);

        Graph imported = Import(graph);

        Assert.Equal([first, second], imported.Inputs.Select(i => i.Shape!.ToString()));
    }

    /// <summary>Such models are right, so the message says which number would do.</summary>
    [Theory]
    [InlineData("Conv")]
    [InlineData("ConvTranspose")]
    public void Import_WeightsOfAnOpenShape_AsksForItsNumbers(string type)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "N", 3, 8, 8).Input("w", 3, 3, "K", "K").Output("y").Node(type, ["x", "w"], ["y"]);

        Finding finding = Assert.Single(Assert.Throws<CompilationException>(() => Import(graph)).Findings);

        Assert.Equal(DiagnosticCodes.UnboundDimension, finding.Code);
        Assert.Contains("K=…", finding.Message, StringComparison.Ordinal);
        Import(graph, ("K", 3));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("b")]
    public void Import_OneOfTwoNamesIsBound_BindsBoth(string name)
    {
        Graph imported = Import(Two("Concat", ["a", 4], ["b", 2]), (name, 3));

        Assert.Equal(["[3,4]", "[3,2]"], imported.Inputs.Select(i => i.Shape!.ToString()));
    }

    [Fact]
    public void Import_BothNamesAreBoundDifferently_IsMalformed() =>
        Assert.Equal(DiagnosticCodes.MalformedGraph, CodeOf(() => Import(Two("Concat", ["a", 4], ["b", 2]), ("a", 3), ("b", 2))));

    /// <summary>Dimensions that are taken from a shape by steps, from either end, are those that stand there.</summary>
    [Theory]
    [InlineData(0, 4, 2, "[a,c]")]
    [InlineData(1, 4, 2, "[b,d]")]
    [InlineData(-1, -5, -1, "[d,c,b,a]")]
    [InlineData(3, 0, -2, "[d,b]")]
    public void Import_PartOfAShapeBySteps_HasTheseDimensions(long start, long end, long step, string expected)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "a", "b", "c", "d").Output("y").Constant("one", [], [1f])
            .Integers("start", start).Integers("end", end).Integers("axis", 0).Integers("step", step)
            .Node("Shape", ["x"], ["s"]).Node("Slice", ["s", "start", "end", "axis", "step"], ["part"])
            .Node("Expand", ["one", "part"], ["y"]);

        Assert.Equal(expected, Import(graph).Outputs[0].Shape!.ToString());
    }

    [Fact]
    public void Import_SymbolThatMustBeANumber_IsIt()
    {
        // The features of a matrix product with constant weights, and a chain of equalities that ends in them.
        OnnxGraph graph = new OnnxGraph().Input("x", "batch", "features").Input("z", "n", "f").Output("y", "batch", 1)
            .Node("Add", ["x", "z"], ["s"]).Node("MatMul", ["s", "w"], ["y"]).Constant("w", [3, 1], new float[3]);

        Assert.Equal(["[batch,3]", "[batch,3]"], Import(graph).Inputs.Select(i => i.Shape!.ToString()));
    }

    /// <summary>Constant parameters say how many channels there are; those that are inputs have as many.</summary>
    [Theory]
    [InlineData(3, "[N,3,4]")]
    [InlineData("k", "[N,C,4]")]
    public void Import_BatchNormalizationOfOpenChannels_HasThoseOfItsParameters(object channels, string expected)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "N", "C", 4).Output("y")
            .Node("BatchNormalization", ["x", "s", "b", "m", "v"], ["y"]);
        foreach (string parameter in (string[])["s", "b", "m", "v"])
        {
            _ = channels is int count
                ? graph.Constant(parameter, [count], [.. Enumerable.Repeat(1f, count)]) : graph.Input(parameter, channels);
        }

        Graph imported = Import(graph);

        Assert.Equal([expected, expected], [imported.Inputs[0].Shape!.ToString(), imported.Outputs[0].Shape!.ToString()]);
    }

    [Fact]
    public void Import_SymbolAgainstANumberThatMayBroadcast_StaysOpen()
    {
        OnnxGraph graph = Two("Add", ["a", 4], [3, 4]);

        Assert.Equal(DiagnosticCodes.UnboundDimension, CodeOf(() => Import(graph)));
        Assert.Equal("[3,4]", Import(graph, ("a", 3)).Outputs[0].Shape!.ToString());
        Assert.Equal("[3,4]", Import(graph, ("a", 1)).Outputs[0].Shape!.ToString());
    }

    /// <summary>Two names for one size have what both ranges allow.</summary>
    [Fact]
    public void Import_Ranges_StayWithTheSymbolsThatAreLeft()
    {
        OnnxGraph graph = Two("Concat", ["a", 4], ["b", "c"]);

        Graph imported = Import(graph, ("b", new(2, 9)), ("a", new(4, 20)), ("c", new(1, 5)));

        Assert.Equal("[a,c+4]", imported.Outputs[0].Shape!.ToString());
        Assert.Equal([("a", "4..9"), ("c", "1..5")], imported.Ranges.OrderBy(r => r.Key).Select(r => (r.Key, r.Value.ToString())));
        Assert.Equal(DiagnosticCodes.BadDimensions, CodeOf(() => Import(graph, ("b", new(2, 3)), ("a", new(4, 20)))));
        Assert.Equal(DiagnosticCodes.BadDimensions, CodeOf(() => Import(graph, ("b", new(3, 2)))));
        Assert.Equal(DiagnosticCodes.BadDimensions, CodeOf(() => Import(graph, ("b", new(1, 1L + int.MaxValue)))));
    }

    [Theory]
    [InlineData(4, 20, true)]
    [InlineData(5, 20, false)]
    public void Import_RangeOfWhatMustBeANumber_HasToHaveIt(long least, long most, bool isRight)
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "batch", "features").Output("y", "batch", 1).Constant("w", [4, 1], new float[4])
            .Node("MatMul", ["x", "w"], ["y"]);

        Func<Graph> import = () => Import(graph, ("features", new(least, most)));

        if (isRight)
        {
            Assert.Empty(import().Ranges);
        }
        else
        {
            Assert.Equal(DiagnosticCodes.BadDimensions, CodeOf(() => import()));
        }
    }

    /// <summary>The class of the editor and that of the build hand out sizes in one order, that in which steps find them.</summary>
    [Fact]
    public void Compile_SizesThatDataDecides_AreInTheOrderOfTheSurface()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", new OnnxGraph().Input("x", 4).Input("u", 5).Output("second").Output("first")
            .Node("NonZero", ["x"], ["first"]).Node("NonZero", ["u"], ["second"]).ToModel());
        CompileOptions options = CompiledFile.Options(path, ModelMode.Fp32, []);

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal(2, model.Compiled.Plan.BoundSymbols.Count);
        Assert.Equal(model.Compiled.Plan.BoundSymbols, ModelCompiler.CompileSurfacePlan(options).BoundSymbols);
    }

    /// <summary>
    /// A caller passes numbers in the order of the shapes that he reads. In another, two of them would change places without a word, since
    /// the length of the input is their product.
    /// </summary>
    [Fact]
    public void Compile_OpenDimensions_AreInTheOrderOfTheShapes()
    {
        using var folder = new TemporaryFolder();
        CompileOptions options = CompiledFile.Options(folder.Write("model.onnx", Model("Relu")), ModelMode.Fp32, []);
        CompileOptions foreign = CompiledFile.Options(folder.Write("foreign.onnx", Model("Frobnicate")), ModelMode.Fp32, []);

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal(["time", "batch", "classes"], model.Compiled.Plan.Symbols);
        Assert.Equal(model.Compiled.Plan.Symbols, ModelCompiler.CompileSurfacePlan(options).Symbols);
        Assert.Equal(model.Compiled.Plan.Symbols, OnnxRuntimeModels.Surface(foreign).Symbols);

        static byte[] Model(string type) => new OnnxGraph().Input("x", "time", "batch", 4).Input("u", "classes", "batch")
            .Output("y", "time", "batch", 4).Output("z", "classes", "batch")
            .Node(type, ["x"], ["y"]).Node(type, ["u"], ["z"]).ToModel();
    }

    /// <summary>Where a network takes a range, it is tried with sizes of it.</summary>
    [Fact]
    public void Compile_Range_IsInThePlan()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("model.onnx", Two("Concat", ["n", 4], ["n", 2]).ToModel());
        CompileOptions options = CompiledFile.Options(path, ModelMode.Fp32, []) with
        {
            Dimensions = new Dictionary<string, DimensionRange> { ["n"] = new(5, 7) },
        };

        using CompiledModel model = ModelCompiler.CompileModel(options);

        Assert.Equal([new PlanRange("n", 5, 7)], model.Compiled.Plan.Ranges);
        Assert.Equal(5, ProbeInputs.For(model.Portable)["x"].Dimensions[0]);
        Assert.Equal([new PlanRange("n", 5, 7)], ModelCompiler.CompileSurfacePlan(options).Ranges);
    }

    /// <summary>An open size that the exporter wrote as 0 cannot be told from none, but where nothing goes with it.</summary>
    [Fact]
    public void Import_ImageWithoutRows_SaysWhatIsWrongWithIt()
    {
        OnnxGraph graph = new OnnxGraph().Input("image", "N", 1, 0, 8).Output("y").Constant("k", [1, 1, 3, 3], new float[9])
            .Node("Conv", ["image", "k"], ["y"]);

        var e = Assert.Throws<CompilationException>(() => Import(graph));

        Assert.Equal(DiagnosticCodes.MalformedGraph, Assert.Single(e.Findings).Code);
        Assert.Contains("'image' has the shape [N,1,0,8] in the file", e.Message, StringComparison.Ordinal);
        Assert.Contains("with a number or a name", e.Message, StringComparison.Ordinal);
    }

    /// <summary>Where the name is taken, or another size has it already, what makes the tensor says what a size is called.</summary>
    [Fact]
    public void Import_SizesThatDataDecides_HaveTheNamesOfTheOutputs()
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "n").Input("z", "m").Output("idx", DataType.Int64, 1, "k")
            .Output("other", DataType.Int64, "one", "k").Output("taken", DataType.Int64, 1, "n").Output("s", "k")
            .Node("NonZero", ["x"], ["idx"]).Node("NonZero", ["z"], ["other"]).Node("Neg", ["x"], ["w"]).Node("NonZero", ["w"], ["taken"])
            .Integers("axes", 0).Node("Squeeze", ["idx", "axes"], ["flat"]).Node("Gather", ["x", "flat"], ["s"]);

        Graph imported = Import(graph);

        Assert.Equal(["[1,k]", "[1,other_count]", "[1,taken_count]", "[k]"], imported.Outputs.Select(o => o.Shape!.ToString()));
        Assert.True(imported.Outputs[0].Shape![1].IsFound);
    }

    /// <summary>By ⌊(h − 5) / 2⌋ + 1 rows, and ⌊((w − 5) / 2 + 1) / 2⌋ columns behind the pool.</summary>
    [Fact]
    public void Import_WindowsThatNeedASize_LeaveOutWhatIsSmaller()
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "N", 1, "h", "w").Output("y").Constant("k", [1, 1, 5, 5], new float[25])
            .Node("Conv", ["x", "k"], ["c"], ("strides", new long[] { 2, 2 }))
            .Node("MaxPool", ["c"], ["y"], ("kernel_shape", new long[] { 1, 2 }), ("strides", new long[] { 1, 2 }));

        Assert.Equal(
            [("h", 5, int.MaxValue), ("w", 7, int.MaxValue)],
            Import(graph).Ranges.OrderBy(r => r.Key).Select(r => (r.Key, r.Value.Least, r.Value.Most)));
        Assert.Equal("7..9", Import(graph, ("w", new(1, 9))).Ranges["w"].ToString());
        Assert.Equal(DiagnosticCodes.BadDimensions, CodeOf(() => Import(graph, ("w", new(1, 6)))));
    }

    /// <summary>Rows that hold all of a sequence only where it has two elements are no rows for any sequence.</summary>
    [Fact]
    public void Import_ReshapeThatForgetsADimension_AsksForIt()
    {
        OnnxGraph graph = new OnnxGraph().Input("x", "N", "T", 8).Output("y").Integers("i0", 0).Integers("length", 16)
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i0"], ["n"]).Node("Concat", ["n", "length"], ["rows"], ("axis", 0))
            .Node("Reshape", ["x", "rows"], ["y"]);

        Assert.Equal(DiagnosticCodes.UnboundDimension, CodeOf(() => Import(graph)));
        Assert.Equal("[N,16]", Import(graph, ("T", 2)).Outputs[0].Shape!.ToString());
    }

    /// <summary>Every two of many symbols are joined; the graph is not built anew for each of them.</summary>
    [Fact]
    public void Import_ManySymbolsThatMustBeEqual_AreOne()
    {
        string[] inputs = [.. Enumerable.Range(0, 200).Select(i => $"x{i}")];
        OnnxGraph graph = new OnnxGraph().Output("y", "n", 400).Node("Concat", inputs, ["y"], ("axis", 1));
        for (int i = 0; i < inputs.Length; i++)
        {
            graph.Input(inputs[i], $"n{i}", 2);
        }

        Assert.Equal("[n0,400]", Import(graph).Outputs[0].Shape!.ToString());
    }

    [Fact]
    public void Compile_InputsWithTwoNamesForOneBatch_ChecksThatTheyAgree()
    {
        using var folder = new TemporaryFolder();
        using CompiledModel model = Compile(folder.Write("model.onnx", Two("Concat", ["N", 4], ["M", 2]).ToModel()));
        var interpreter = new Interpreter(model.Compiled);

        Tensor y = interpreter.Run(Inputs(3, 3))["y"];

        Assert.Equal([3L, 6L], y.Dimensions);
        Assert.Equal(["N"], model.Compiled.Plan.Symbols);
        Assert.Throws<ArgumentException>(() => interpreter.Run(Inputs(3, 2)));

        static Dictionary<string, Tensor> Inputs(long x, long z) => new()
        {
            ["x"] = Tensor.Of(new float[x * 4], x, 4), ["z"] = Tensor.Of(new float[z * 2], z, 2),
        };
    }

    /// <summary>The sizes that a plan is tried with in the build are nothing that later calls have to have.</summary>
    [Fact]
    public void Compile_FoundSizeThatMustBeThatOfAnInput_IsComparedWithNothingElse()
    {
        using var folder = new TemporaryFolder();
        using CompiledModel model = Compile(folder.Write("model.onnx", new OnnxGraph()
            .Input("x", "N", 4).Input("c", DataType.Bool, "K").Output("y")
            .Node("Compress", ["x", "c"], ["kept"], ("axis", 0L)).Node("Concat", ["x", "kept"], ["y"], ("axis", 1L)).ToModel()));
        var interpreter = new Interpreter(model.Compiled);

        foreach (int size in (int[])[1, 2, 3, 5, 8])
        {
            Assert.Equal([size, 8L], interpreter.Run(Inputs(size, size))["y"].Dimensions);
        }

        Assert.Throws<UnsuitedDataException>(() => interpreter.Run(Inputs(3, 2)));

        static Dictionary<string, Tensor> Inputs(int size, int kept) => new()
        {
            ["x"] = Tensor.Of(new float[size * 4], size, 4),
            ["c"] = Tensor.From(DataType.Bool, (ReadOnlySpan<bool>)[.. Enumerable.Range(0, size).Select(i => i < kept)], size),
        };
    }

    /// <summary>Many nodes may ask for one name; to seek a free one from the first number on would take for ever.</summary>
    [Fact]
    public void NewSymbol_OneNameForMany_NumbersThemTheSameEachTime()
    {
        const int Count = 200_000;
        var symbols = new SymbolTable(new Dictionary<string, DimensionRange>());

        for (int round = 0; round < 2; round++)
        {
            symbols.Begin();
            string[] names = [.. Enumerable.Range(0, Count).Select(_ => symbols.NewSymbol("n", isPosition: false).ToString())];

            Assert.Equal(["n", "n2", "n3", $"n{Count}"], [.. names[..3], names[^1]]);
            Assert.Equal("n4_", symbols.NewSymbol("n4_", isPosition: false).ToString());
        }
    }

    private static OnnxGraph Two(string type, object[] first, object[] second) => new OnnxGraph()
        .Input("x", first).Input("z", second).Output("y", "n", "m")
        .Node(type, ["x", "z"], ["y"], type == "Concat" ? [("axis", 1)] : []);

    private static CompiledModel Compile(string path) => ModelCompiler.CompileModel(CompiledFile.Options(path, ModelMode.Fp32, []));

    private static Graph Import(OnnxGraph graph, params (string Name, DimensionRange Value)[] dimensions) =>
        OnnxImporter.Import(graph.ToModel(), "model.onnx", dimensions.ToDictionary(d => d.Name, d => d.Value));

    private static string CodeOf(Action action) => Assert.Single(Assert.Throws<CompilationException>(action).Findings).Code;
}
