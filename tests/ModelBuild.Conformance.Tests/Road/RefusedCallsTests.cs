using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>What has no right result in a call is refused there, and what has none at all is refused at build.</summary>
public sealed class RefusedCallsTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Predict_DropoutInTrainingMode_IsRefused()
    {
        byte[] onnx = Model(13, g => g.Constant("r", Tensor.Scalar(0.5f)).Input("x", "N", 4).Input("t", DataType.Bool).Output("y")
            .Node("Dropout", ["x", "r", "t"], ["y"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels models = GeneratedModels.Build(result);
        Tensor x = Values(1, 3, 4);

        Dictionary<string, Tensor> kept = models.Predict("Model", Inputs(false));

        Assert.Equal(x.ToFloats(), kept["y"].ToFloats());
        Assert.Throws<ArgumentOutOfRangeException>(() => models.Predict("Model", Inputs(true)));

        Dictionary<string, Tensor> Inputs(bool trains) => new() { ["x"] = x, ["t"] = Tensor.From<bool>(DataType.Bool, [trains], []) };
    }

    [Fact]
    public void Predict_DropoutOfNothingInTrainingMode_IsItsInput()
    {
        byte[] onnx = Model(13, g => g.Input("x", "N", 4).Input("r", DataType.Float32).Input("t", DataType.Bool).Output("y")
            .Node("Dropout", ["x", "r", "t"], ["y"]));
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels models = GeneratedModels.Build(result);
        Tensor x = Values(1, 3, 4);

        Assert.Equal(x.ToFloats(), models.Predict("Model", Inputs(0, true))["y"].ToFloats());
        Assert.Equal(x.ToFloats(), models.Predict("Model", Inputs(0.5f, false))["y"].ToFloats());
        Assert.Throws<ArgumentOutOfRangeException>(() => models.Predict("Model", Inputs(0.5f, true)));

        Dictionary<string, Tensor> Inputs(float ratio, bool trains) => new()
        {
            ["x"] = x, ["r"] = Tensor.Scalar(ratio), ["t"] = Tensor.From<bool>(DataType.Bool, [trains], []),
        };
    }

    [Fact]
    public void Compile_DropoutInTrainingMode_SaysThatItIsRandom()
    {
        byte[] onnx = Model(13, g => g.Constant("r", Tensor.Scalar(0.5f)).Constant("t", Tensor.From<bool>(DataType.Bool, [true], []))
            .Input("x", "N", 4).Output("y").Node("Dropout", ["x", "r", "t"], ["y"]));

        var error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(Options(onnx)));

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, error.Findings[0].Code);
        Assert.Contains("at random", error.Findings[0].Message, StringComparison.Ordinal);
    }

    /// <summary>What the number of dimensions hangs on has a name, and can be bound.</summary>
    [Fact]
    public void Compile_BranchesOfWhichASizeChooses_AsksForTheSize()
    {
        byte[] onnx = Model(13, g => ReportedModels.Branches(g.Constant("i1", Tensor.Of([1L], [])).Constant("four", Tensor.Of([4L], []))
            .Input("x", "N", "T").Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i1"], ["n"]).Node("Equal", ["n", "four"], ["c"])));

        var error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(Options(onnx)));

        Assert.Equal(DiagnosticCodes.UnboundDimension, error.Findings[0].Code);
        Assert.Contains("'T'", error.Findings[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_BranchesOfWhichDataChooses_SaysWhatBothShouldEndIn()
    {
        byte[] onnx = Model(13, g => ReportedModels.Branches(g.Input("x", "N", 4).Input("c", DataType.Bool)));

        var error = Assert.Throws<CompilationException>(() => ModelCompiler.Compile(Options(onnx)));

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, error.Findings[0].Code);
        Assert.Contains("Float32[1,N,4] or Float32[N,4]", error.Findings[0].Message, StringComparison.Ordinal);
        Assert.Contains("Unsqueeze", error.Findings[0].Message, StringComparison.Ordinal);
    }

    /// <summary>Five numbers are wanted beside five columns, in a sum and in a product, and the data may say otherwise.</summary>
    [Theory]
    [InlineData("Add")]
    [InlineData("MatMul")]
    public void Predict_NumbersOfWhichDataDecidesHowMany_AreAsManyAsTheModelNeeds(string type)
    {
        byte[] onnx = new OnnxGraph().Input("x", 2, 5).Input("count", DataType.Int64).Output("y").Constant("zero", Tensor.Of([0L], []))
            .Constant("one", Tensor.Of([1L], [])).Node("Range", ["zero", "count", "one"], ["r"]).Node("Cast", ["r"], ["f"], ("to", 1))
            .Node(type, ["x", "f"], ["y"]).ToModel(17);
        using CompileResult result = ModelCompiler.Compile(Options(onnx));
        GeneratedModels models = GeneratedModels.Build(result);
        Dictionary<string, Tensor> Inputs(long count) => new(StringComparer.Ordinal)
        {
            ["x"] = ModelParts.Values(3, 2, 5), ["count"] = Tensor.Of([count], []),
        };

        double[] expected = OrtSession.Run(onnx, Inputs(5))["y"].ToDoubles();

        Assert.All(expected.Zip(models.Predict("Model", Inputs(5))["y"].ToDoubles()), p => Assert.Equal(p.First, p.Second, 1e-5));
        Assert.ThrowsAny<ArgumentException>(() => models.Predict("Model", Inputs(4)));
        Assert.ThrowsAny<ArgumentException>(() => models.Predict("Model", Inputs(9)));
    }

    private CompileOptions Options(byte[] onnx) => new()
    {
        ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
    };
}
