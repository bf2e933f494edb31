using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Graphs;

/// <summary>What can be compared of a model that finds out sizes.</summary>
public sealed class DecidedSizesTests
{
    [Fact]
    public void Before_NumbersThatAreFound_GivesWhatTheyAreFoundIn()
    {
        Assert.Equal("kept positive", Before(new OnnxGraph()
            .Input("x", 4, 5).Output("found", DataType.Int64).Output("kept").Output("values").Output("count", DataType.Int64)
            .Node("Relu", ["x"], ["positive"]).Node("Exp", ["x"], ["kept"]).Node("NonZero", ["positive"], ["found"])
            .Node("Transpose", ["found"], ["places"]).Node("GatherND", ["positive", "places"], ["values"])
            .Node("Size", ["values"], ["count"])));
    }

    [Fact]
    public void Before_ConditionOnFloats_GivesTheFloats()
    {
        Assert.Equal("doubled", Before(new OnnxGraph()
            .Input("x", 4, 5).Constant("bound", Tensor.Scalar(0.5f)).Output("found", DataType.Int64)
            .Node("Add", ["x", "x"], ["doubled"]).Node("Greater", ["doubled", "bound"], ["is"]).Node("NonZero", ["is"], ["found"])));
    }

    [Fact]
    public void Before_WithoutFloatsThatDecide_IsNothing()
    {
        Assert.Null(Before(new OnnxGraph().Input("x", 4, 5).Output("y").Node("Relu", ["x"], ["y"])));
        Assert.Null(Before(
            new OnnxGraph().Input("x", DataType.Bool, 4, 5).Output("y", DataType.Int64).Node("NonZero", ["x"], ["y"])));
        Assert.Null(Before(new OnnxGraph().Input("x", 4, 5).Input("start", DataType.Int64, 1).Integers("end", 9).Integers("axis", 1)
            .Output("y").Node("Relu", ["x"], ["moved"]).Node("Slice", ["moved", "start", "end", "axis"], ["y"])));
    }

    /// <summary>
    /// Of 512 sums of both signs some lie so near to zero that 8 bits find more or fewer of them than floats do; the sums themselves are
    /// good.
    /// </summary>
    [Fact]
    public void Compile_Int8ThatFindsOtherSizes_ComparesWhatDecides()
    {
        var random = new Random(5);
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", new OnnxGraph()
            .Input("x", 1, 64).Output("found", DataType.Int64).Output("values")
            .Constant("w", [64, 64], Numbers(64 * 64)).Constant("v", [64, 512], Numbers(64 * 512))
            .Node("MatMul", ["x", "w"], ["h"]).Node("Tanh", ["h"], ["t"]).Node("MatMul", ["t", "v"], ["sums"])
            .Node("Relu", ["sums"], ["positive"]).Node("NonZero", ["positive"], ["found"])
            .Node("Transpose", ["found"], ["places"]).Node("GatherND", ["positive", "places"], ["values"]).ToModel());
        string samples = folder.Write("samples.npy", NumpyFile.Float32([32, 64], Numbers(32 * 64)));

        using CompiledModel compiled = ModelCompiler.CompileModel(CompiledFile.Options(model, ModelMode.Int8, [samples]));

        Assert.Empty(compiled.Findings);
        Assert.InRange(compiled.Compiled.Plan.Card.Sqnr!.Value, 25, 60);

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle()) - 1)];
    }

    /// <summary>Samples run one by one, and of one sample this model takes nothing.</summary>
    [Fact]
    public void Compile_Int8WhereSamplesLeaveNothing_SaysThatTheyAreUnsuited()
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", new OnnxGraph().Input("x", "batch", 4).Output("y")
            .Integers("start", 1).Integers("end", 9).Integers("axis", 0).Constant("w", [4, 3], [.. Enumerable.Range(1, 12)])
            .Node("Slice", ["x", "start", "end", "axis"], ["part"]).Node("Tanh", ["part"], ["t"]).Node("MatMul", ["t", "w"], ["y"])
            .ToModel());
        string samples = folder.Write("samples.npy", NumpyFile.Float32([3, 4], new float[12]));

        Finding finding = Assert.Single(Assert.Throws<CompilationException>(
            () => ModelCompiler.CompileModel(CompiledFile.Options(model, ModelMode.Int8, [samples]))).Findings);

        Assert.Equal(DiagnosticCodes.CalibrationShape, finding.Code);
        Assert.Contains("has no elements in any sample", finding.Message, StringComparison.Ordinal);
    }

    /// <summary>What data decides cannot be bound, so that nobody is told to.</summary>
    [Fact]
    public void Import_ShapesThatDataDecides_AreNotToBeBound()
    {
        byte[] model = new OnnxGraph().Input("count", DataType.Int64).Output("y").Output("i", DataType.Int64)
            .Constant("zero", Tensor.Of([0L], [])).Constant("one", Tensor.Of([1L], [])).Integers("axes", 0, 1)
            .Node("Range", ["zero", "count", "one"], ["r"]).Node("Cast", ["r"], ["f"], ("to", 1))
            .Node("Unsqueeze", ["f", "axes"], ["x"]).Node("MaxPool", "pool", ["x"], ["y", "i"], ("kernel_shape", new long[] { 3 }),
                ("strides", new long[] { 2 }), ("auto_pad", "SAME_UPPER")).ToModel();

        Finding finding = Assert.Single(Assert.Throws<CompilationException>(() => OnnxImporter.Import(model, "model.onnx")).Findings);

        Assert.Equal(DiagnosticCodes.UnsupportedFeature, finding.Code);
        Assert.Contains("'pool' (MaxPool)", finding.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Bind", finding.Message, StringComparison.Ordinal);
    }

    private static string? Before(OnnxGraph graph)
    {
        using var folder = new TemporaryFolder();
        using ImportedModel model = OnnxImporter.Open(folder.Write("model.onnx", graph.ToModel()));
        return DecidedSizes.Before(model.Graph) is { } before ? string.Join(' ', before.Outputs.Select(v => v.Name)) : null;
    }
}
