using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>Indices that point outside of what they choose from: a word that a table of embeddings does not have.</summary>
public sealed class IndicesOutsideTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    /// <summary>Of several lookups it is said which: by the argument of the call, or the tensor that holds the indices.</summary>
    [Theory]
    [InlineData(10, 0, "wordIds")]
    [InlineData(0, 3, "shifted")]
    public void Predict_IndexOutside_NamesTheInputOrTensor(long word, long position, string name)
    {
        byte[] onnx = Model(13, g => g.Constant("words", Values(1, 10, 4)).Constant("places", Values(2, 4, 4)).Integers("one", 1)
            .Input("word_ids", DataType.Int64, "N").Input("positions", DataType.Int64, "N").Output("y", "N", 4)
            .Node("Gather", ["words", "word_ids"], ["w"]).Node("Add", ["positions", "one"], ["shifted"])
            .Node("Gather", ["places", "shifted"], ["p"]).Node("Add", ["w", "p"], ["y"]));
        using CompileResult result = ModelCompiler.Compile(new CompileOptions
        {
            ModelPath = _files.Write("model.onnx", onnx), Mode = ModelMode.Fp32, ClassName = "Model", ResourceName = "Model.weights",
        });
        GeneratedModels models = GeneratedModels.Build(result);

        var error = Assert.Throws<ArgumentOutOfRangeException>(() => models.Predict("Model", new Dictionary<string, Tensor>
        {
            ["word_ids"] = Tensor.Of([0L, word], 2), ["positions"] = Tensor.Of([1L, position], 2),
        }));

        Assert.Equal(name, error.ParamName);
    }
}
