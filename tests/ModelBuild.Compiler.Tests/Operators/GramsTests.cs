using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Operators;

/// <summary>What a TfIdfVectorizer says of itself has to fit together; what it computes: PracticeRoadTests.</summary>
public sealed class GramsTests
{
    private static readonly Dictionary<string, object> s_right = new(StringComparer.Ordinal)
    {
        ["mode"] = "TF", ["min_gram_length"] = 1L, ["max_gram_length"] = 2L, ["max_skip_count"] = 1L,
        ["ngram_counts"] = (long[])[0, 2], ["ngram_indexes"] = (long[])[0, 1, 2], ["pool_int64s"] = (long[])[5, 6, 5, 6],
    };

    public static TheoryData<string, object> Wrong => new()
    {
        { "mode", "tf" },
        { "min_gram_length", 0L },
        { "min_gram_length", 3L },
        { "min_gram_length", long.MinValue },
        { "max_gram_length", 3L },
        { "max_gram_length", 0L },
        { "max_gram_length", long.MaxValue },
        { "max_skip_count", -1L },
        { "max_skip_count", 1025L },
        { "max_skip_count", long.MaxValue },
        { "ngram_counts", new long[] { 0 } },
        { "ngram_counts", new long[] { 0, -1 } },
        { "ngram_counts", new long[] { 0, 5 } },
        { "ngram_counts", new long[] { 3, 2 } },
        { "ngram_indexes", Array.Empty<long>() },
        { "ngram_indexes", new long[] { 0, 1 } },
        { "ngram_indexes", new long[] { 0, 1, 1 } },
        { "ngram_indexes", new long[] { 0, -1, 2 } },
        { "ngram_indexes", new long[] { 0, 1, 1L << 40 } },
        { "pool_int64s", new long[] { 5, 6, 5 } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Import_AttributeThatDoesNotFit_IsRefused(string attribute, object value)
    {
        Assert.Single(OnnxImporter.Import(Model(new(s_right), DataType.Int64, 4), "model.onnx").Outputs);

        var e = Assert.Throws<CompilationException>(
            () => OnnxImporter.Import(Model(new(s_right) { [attribute] = value }, DataType.Int64, 4), "model.onnx"));

        Assert.Equal(DiagnosticCodes.MalformedGraph, e.Findings[0].Code);
    }

    [Theory]
    [InlineData(nameof(DataType.Float32), 4)]
    [InlineData(nameof(DataType.Int64), 2, 2, 2)]
    public void Import_InputThatIsNoRowsOfWholeNumbers_IsRefused(string type, params int[] shape)
    {
        var e = Assert.Throws<CompilationException>(
            () => OnnxImporter.Import(Model(s_right, Enum.Parse<DataType>(type), [.. shape.Select(d => (object)d)]), "model.onnx"));

        Assert.Equal(DiagnosticCodes.MalformedGraph, e.Findings[0].Code);
    }

    private static byte[] Model(Dictionary<string, object> attributes, DataType type, params object[] shape) => new OnnxGraph()
        .Input("x", type, shape).Output("y")
        .Node("TfIdfVectorizer", ["x"], ["y"], [.. attributes.Select(a => (a.Key, a.Value))]).ToModel(13);
}
