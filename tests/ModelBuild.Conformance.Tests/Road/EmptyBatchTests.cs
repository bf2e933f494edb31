using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// Calls with nothing in them: of a batch that is open, which gives outputs without elements; of one that the file declares as 0, which is
/// open too, and of which sums are 0; and of other dimensions that are 0.
/// </summary>
public sealed class EmptyBatchTests : IDisposable
{
    private static readonly long[] s_ones = [1, 1, 1, 1];

    /// <summary>By name, for a batch that is declared as is said. All have an input x of [batch, 4, 6, 6].</summary>
    private static readonly Dictionary<string, Func<object, OnnxGraph>> s_models = new(StringComparer.Ordinal)
    {
        ["a convolutional network"] = n => X(n).Output("y").Output("r").Constant("w", Values(1, 8, 4, 3, 3))
            .Constant("g", Values(2, 288, 5)).Node("Conv", ["x", "w"], ["c"], ("pads", s_ones)).Node("Relu", ["c"], ["r"])
            .Node("Flatten", ["r"], ["f"]).Node("MatMul", ["f", "g"], ["l"]).Node("Softmax", ["l"], ["y"]),
        ["rows that meet"] = n => X(n).Output("y").Output("z", DataType.Int64).Integers("rows", -1, 6)
            .Node("Reshape", ["x", "rows"], ["r"]).Node("Transpose", ["r"], ["t"], ("perm", new long[] { 1, 0 }))
            .Node("MatMul", ["r", "t"], ["y"]).Node("ArgMax", ["x"], ["z"], ("axis", 3)),
        ["attention"] = n => X(n).Output("y").Integers("l", 0, 24, 6).Node("Reshape", ["x", "l"], ["s"])
            .Node("Transpose", ["s"], ["t"], ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["s", "t"], ["p"])
            .Node("Softmax", ["p"], ["q"]).Node("MatMul", ["q", "s"], ["y"]),
        ["what is largest"] = n => X(n).Output("y").Output("z", DataType.Int64).Integers("k", 2).Node("TopK", ["x", "k"], ["y", "z"]),
    };

    /// <summary>Of which something is there where the batch is empty.</summary>
    private static readonly Dictionary<string, Func<object, OnnxGraph>> s_remains = new(StringComparer.Ordinal)
    {
        ["sums of all samples"] = n => X(n).Output("y").Output("z").Integers("a", 0).Node("ReduceSum", ["x", "a"], ["y"])
            .Node("ReduceSum", ["x", ""], ["z"], ("keepdims", 0)),
        ["one more sample"] = n => X(n).Output("y").Output("z").Constant("w", Values(1, 1, 4, 6, 6))
            .Node("Concat", ["x", "w"], ["c"], ("axis", 0)).Node("Relu", ["c"], ["y"]).Node("Neg", ["x"], ["z"]),
        ["how many there are"] = n => X(n).Output("y", DataType.Int64).Node("Shape", ["x"], ["y"]),
        ["places that are not zero"] = n => X(n).Output("y", DataType.Int64).Node("Relu", ["x"], ["r"]).Node("NonZero", ["r"], ["y"]),
        ["products over all samples"] = n => X(n).Output("y").Output("z", DataType.Int32).Integers("rows", -1, 6)
            .Node("Reshape", ["x", "rows"], ["r"]).Node("Transpose", ["r"], ["t"], ("perm", new long[] { 1, 0 }))
            .Node("MatMul", ["t", "r"], ["y"]).Node("Cast", ["t"], ["u"], ("to", 6)).Node("Cast", ["r"], ["s"], ("to", 6))
            .Node("MatMul", ["u", "s"], ["z"]),
        ["all but the first"] = n => X(n).Output("y").Output("z").Integers("i1", 1).Integers("i0", 0).Integers("end", long.MaxValue)
            .Node("Slice", ["x", "i1", "end", "i0"], ["y"]).Node("Slice", ["x", "i0", "i1", "i0"], ["z"]),
    };

    private readonly TemporaryFolder _files = new();

    /// <summary>Names, and whether the file declares the batch as 0.</summary>
    public static TheoryData<string, bool> Rows
    {
        get
        {
            var rows = new TheoryData<string, bool>();
            foreach (string name in s_models.Keys.Concat(s_remains.Keys).Order(StringComparer.Ordinal))
            {
                rows.Add(name, true);
                if (s_models.ContainsKey(name))
                {
                    rows.Add(name, false);
                }
            }

            return rows;
        }
    }

    public static TheoryData<string> RemainingNames => [.. s_remains.Keys.Order(StringComparer.Ordinal)];

    public void Dispose() => _files.Dispose();

    [Theory]
    [MemberData(nameof(Rows))]
    public void Predict_EmptyBatch_GivesWhatOnnxRuntimeGives(string name, bool isDeclaredAsZero)
    {
        Func<object, OnnxGraph> model = s_models.GetValueOrDefault(name) ?? s_remains[name];
        using CompileResult result = ModelCompiler.Compile(Options(model(isDeclaredAsZero ? 0 : "N").ToModel(13)));
        GeneratedModels classes = GeneratedModels.Build(result);
        foreach (long batch in (long[])[0, 3, 1])
        {
            Check(model("N").ToModel(13), classes, new(StringComparer.Ordinal) { ["x"] = Values(7, batch, 4, 6, 6) });
        }
    }

    [Theory]
    [MemberData(nameof(RemainingNames))]
    public void Predict_EmptyBatchOfWhichSomethingRemains_SaysThatItIsTooSmall(string name)
    {
        using CompileResult result = ModelCompiler.Compile(Options(s_remains[name]("N").ToModel(13)));
        GeneratedModels classes = GeneratedModels.Build(result);

        var error = Assert.Throws<ArgumentOutOfRangeException>(
            () => classes.Predict("Model", new Dictionary<string, Tensor> { ["x"] = Values(7, 0, 4, 6, 6) }));

        Assert.Equal("N", error.ParamName);
    }

    /// <summary>ONNX Runtime ends the process here.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData("N")]
    public void Predict_EmptyBatchOfARecurrentLayer_GivesNoStates(object batch)
    {
        byte[] onnx = Model(14, g => g.Input("x", batch, 7, 6).Output("y").Constant("w", Values(1, 1, 20, 6))
            .Constant("r", Values(2, 1, 20, 5)).Node("LSTM", ["x", "w", "r"], ["", "y"], ("hidden_size", 5), ("layout", 1)));
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels classes = GeneratedModels.Build(result);

        Assert.Equal([0, 1, 5], classes.Predict("Model", new Dictionary<string, Tensor> { ["x"] = Values(1, 0, 7, 6) })["y"].Dimensions);
    }

    /// <summary>Only the caller knows how long sequences are that there are none of.</summary>
    [Fact]
    public void Predict_EmptyBatchOfSequences_GivesNone()
    {
        byte[] onnx = Model(13, g => g.Input("x", "N", "T", 3).Input("m", "N", "T").Output("y").Output("z").Integers("i", 2)
            .Node("Exp", ["x"], ["y"]).Node("Unsqueeze", ["m", "i"], ["u"]).Node("Mul", ["x", "u"], ["z"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels classes = GeneratedModels.Build(result);
        foreach ((long n, long t) in ((long, long)[])[(0, 5), (2, 0), (0, 0), (2, 5)])
        {
            Check(onnx, classes, new(StringComparer.Ordinal) { ["x"] = Values(7, n, t, 3), ["m"] = Values(8, n, t) });
        }
    }

    /// <summary>The length of the second input divided by the batch would say how long sequences are.</summary>
    [Fact]
    public void Predict_EmptyBatchThatAnotherSizeIsFoundBy_SaysThatItIsTooSmall()
    {
        byte[] onnx = Model(13, g => g.Input("m", "N", 1).Input("x", "N", "T").Output("z").Node("Mul", ["x", "m"], ["z"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels classes = GeneratedModels.Build(result);
        Check(onnx, classes, new(StringComparer.Ordinal) { ["m"] = Values(8, 2, 1), ["x"] = Values(7, 2, 3) });

        Assert.Throws<ArgumentOutOfRangeException>("N", () => classes.Predict(
            "Model", new Dictionary<string, Tensor> { ["m"] = Values(8, 0, 1), ["x"] = Values(7, 0, 3) }));
    }

    /// <summary>What the item says holds for a batch that the file declares as 0 as for any.</summary>
    [Fact]
    public void Predict_BatchDeclaredAsZeroAndBound_TakesWhatTheItemSays()
    {
        CompileOptions options = Options(s_remains["sums of all samples"](0).ToModel(13)) with
        {
            Dimensions = new Dictionary<string, DimensionRange> { ["batch"] = new(1, 4) },
        };
        using CompileResult result = ModelCompiler.Compile(options);
        GeneratedModels classes = GeneratedModels.Build(result);

        Assert.Throws<ArgumentOutOfRangeException>(
            "batch", () => classes.Predict("Model", new Dictionary<string, Tensor> { ["x"] = Values(7, 0, 4, 6, 6) }));
        Check(
            s_remains["sums of all samples"]("N").ToModel(13), classes,
            new(StringComparer.Ordinal) { ["x"] = Values(7, 4, 4, 6, 6) });
    }

    /// <summary>Sizes of 0 that are no batch are what they are.</summary>
    [Fact]
    public void Predict_InputWithoutElements_GivesWhatOnnxRuntimeGives()
    {
        byte[] onnx = Model(13, g => g.Input("x", 2, 0, 4).Input("v", (object)0).Constant("w", Values(1, 4, 3))
            .Constant("o", Values(2, 2, 1, 4)).Integers("a", 1).Output("s").Output("p").Output("m").Output("c").Output("t").Output("e")
            .Output("v2").Node("ReduceSum", ["x", "a"], ["s"]).Node("ReduceProd", ["x"], ["p"], ("axes", new long[] { 1 }))
            .Node("MatMul", ["x", "w"], ["m"]).Node("Concat", ["x", "o", "x"], ["c"], ("axis", 1))
            .Node("Transpose", ["x"], ["t"], ("perm", new long[] { 2, 1, 0 })).Node("Softmax", ["x"], ["e"]).Node("Exp", ["v"], ["v2"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx));

        Check(
            onnx, GeneratedModels.Build(result),
            new(StringComparer.Ordinal) { ["x"] = Values(1, 2, 0, 4), ["v"] = Values(1, 0) });
    }

    private static void Check(byte[] onnx, GeneratedModels classes, Dictionary<string, Tensor> inputs)
    {
        Dictionary<string, Tensor> actual = classes.Predict("Model", inputs);
        foreach ((string output, Tensor expected) in OrtSession.Run(onnx, inputs))
        {
            Assert.Equal(expected.Dimensions, actual[output].Dimensions);
            Assert.All(expected.ToDoubles().Zip(actual[output].ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }

        classes.CheckGuarded("Model", inputs, actual);
    }

    private static OnnxGraph X(object batch) => new OnnxGraph().Input("x", batch, 4, 6, 6);

    private CompileOptions Options(byte[] onnx) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
    };
}
