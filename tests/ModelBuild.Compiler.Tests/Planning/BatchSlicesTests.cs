using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>A batch is cut only where no operator brings its samples together.</summary>
public sealed class BatchSlicesTests
{
    private static readonly Dictionary<string, Func<PassTest, Value, Value>> s_operators = new(StringComparer.Ordinal)
    {
        ["softmax of a sample"] = (t, x) => t.Node("Softmax", "y", [x], ("axis", 1L)),
        ["softmax over samples"] = (t, x) => t.Node("Softmax", "y", [x], ("axis", 0L)),
        ["samples moved on by one"] = (t, x) => t.Node("Pad", "y", [x, t.Integers("pads", 1, 0, -1, 0)]),
        ["columns moved on by one"] = (t, x) => t.Node("Pad", "y", [x, t.Integers("pads", 0, 1, 0, -1)]),
        ["samples twice"] = (t, x) => t.Node("Concat", "y", [x, x], ("axis", 0L)),
        ["a number for each sample"] = (t, x) => t.Node(
            "Add", "y", [x, Column(t, t.Node("Range", "range", [Scalar(t, 0), Samples(t, x), Scalar(t, 1)]))]),
        ["the same for each sample"] = (t, x) => t.Node("Add", "y", [x, t.Random("w", 1, 4)]),
        ["columns twice"] = (t, x) => t.Node("Concat", "y", [x, x], ("axis", 1L)),
    };

    [Theory]
    [InlineData("softmax of a sample", true)]
    [InlineData("softmax over samples", false)]
    [InlineData("columns moved on by one", true)]
    [InlineData("samples moved on by one", false)]
    [InlineData("a number for each sample", false)]
    [InlineData("the same for each sample", true)]
    [InlineData("columns twice", true)]
    [InlineData("samples twice", false)]
    public void Plan_OfOperator_IsCutWhereSamplesStayApart(string name, bool isCut)
    {
        var test = new PassTest();
        Value x = test.Node("Tanh", "first", [test.Input("x", "batch", 4)]);
        test.Output(test.Node("Tanh", "last", [s_operators[name](test, x)]));

        Assert.Equal(isCut, LoweredGraph.Plan(test.Graph).Plan.Slice is not null);
    }

    private static Value Scalar(PassTest t, long number) => t.Constant($"number{number}", Tensor.Of([number], []));

    private static Value Samples(PassTest t, Value x) => t.Node("Gather", "samples", [t.Node("Shape", "shape", [x]), Scalar(t, 0)]);

    private static Value Column(PassTest t, Value integers) =>
        t.Node("Unsqueeze", "column", [t.Node("Cast", "reals", [integers], ("to", (long)DataType.Float32)), t.Integers("axis", 1)]);

    /// <summary>A slice of the samples would have fewer columns too.</summary>
    [Fact]
    public void Plan_OfAsManyColumnsAsSamples_IsNotCut()
    {
        var test = new PassTest();
        Value x = test.Node("Tanh", "first", [test.Input("x", "batch", "batch")]);
        test.Output(test.Node("Tanh", "last", [test.Node("Softmax", "y", [x], ("axis", 1L))]));

        Assert.Null(LoweredGraph.Plan(test.Graph).Plan.Slice);
    }
}
