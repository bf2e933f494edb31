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

    /// <summary>Operators of as many rows as they take, each of which depends on others or on how many there are.</summary>
    private static readonly Dictionary<string, Func<PassTest, Value, Value>> s_mixers = new(StringComparer.Ordinal)
    {
        ["sums"] = (t, x) => t.Node("CumSum", "y", [x, First(t)]),
        ["sums of what is behind"] = (t, x) => t.Node("CumSum", "y", [x, First(t)], ("reverse", 1L), ("exclusive", 1L)),
        ["softmax"] = (t, x) => t.Node("Softmax", "y", [x], ("axis", 0L)),
        ["log softmax"] = (t, x) => t.Node("LogSoftmax", "y", [x], ("axis", 0L)),
        ["moved on"] = (t, x) => t.Node("Pad", "y", [x, t.Integers("pads", 1, 0, -1, 0)]),
        ["triangle"] = (t, x) => t.Node("Trilu", "y", [x], ("upper", 1L)),
        ["the first for all"] = (t, x) => t.Node(
            "Add", "y", [x, t.Node("Slice", "one", [x, t.Integers("start", 0), t.Integers("end", 1), t.Integers("axis", 0)])]),
        ["less the mean"] = (t, x) => t.Node("Sub", "y", [x, t.Node("ReduceMean", "mean", [x, t.Integers("axes", 0)])]),
        ["less the largest"] = (t, x) => t.Node("Sub", "y", [x, t.Node("ReduceMax", "largest", [x, t.Integers("axes", 0)])]),
        ["products with all"] = (t, x) => t.Node(
            "MatMul", "y", [t.Node("MatMul", "p", [x, t.Node("Transpose", "t", [x], ("perm", new long[] { 1, 0 }))]), x]),
        ["times their number"] = (t, x) => t.Node(
            "Mul", "y", [x, t.Node("Cast", "n", [t.Node("Shape", "s", [x], ("end", 1L))], ("to", (long)DataType.Float32))]),
        ["over the number of elements"] = (t, x) => t.Node(
            "Div", "y", [x, t.Node("Cast", "n", [t.Node("Size", "s", [x])], ("to", (long)DataType.Float32))]),
        ["the number of each"] = (t, x) => t.Node("Add", "y", [x, t.Node("Unsqueeze", "column", [Numbers(t, x), t.Integers("at", 1)])]),
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

    public static TheoryData<string> Mixers => [.. s_mixers.Keys];

    /// <summary>That samples meet is what the reference says: three of them together give something else than each alone.</summary>
    [Theory]
    [MemberData(nameof(Mixers))]
    public void Plan_OfOperatorThatGivesSamplesTogetherSomethingElse_IsNotCut(string name)
    {
        var test = new PassTest();
        Value x = test.Node("Tanh", "first", [test.Input("x", "batch", 4)]);
        test.Output(test.Node("Tanh", "last", [s_mixers[name](test, x)]));
        Tensor samples = test.RandomTensor(3, 4);

        float[] together = Run(samples);
        float[] apart = [.. Enumerable.Range(0, 3).SelectMany(i => Run(Tensor.Of(samples.ToFloats().AsSpan(4 * i, 4).ToArray(), 1, 4)))];

        Assert.NotEqual(together, apart);
        Assert.Null(LoweredGraph.Plan(test.Graph).Plan.Slice);

        float[] Run(Tensor input) => ReferenceEvaluator.Run(test.Graph, new Dictionary<string, Tensor> { ["x"] = input })[0].ToFloats();
    }

    /// <summary>A slice of the samples would have fewer columns too.</summary>
    [Fact]
    public void Plan_OfAsManyColumnsAsSamples_IsNotCut()
    {
        var test = new PassTest();
        Value x = test.Node("Tanh", "first", [test.Input("x", "batch", "batch")]);
        test.Output(test.Node("Tanh", "last", [test.Node("Softmax", "y", [x], ("axis", 1L))]));

        Assert.Null(LoweredGraph.Plan(test.Graph).Plan.Slice);
    }

    /// <summary>An output without samples would be written by every slice as if it were a part of it.</summary>
    [Fact]
    public void Plan_OfOutputWithoutSamples_IsNotCut()
    {
        var test = new PassTest();
        Value samples = test.Node("Tanh", "y", [test.Node("Exp", "e", [test.Input("x", "batch", 4)])]);
        test.Output(test.Node("Softmax", "s", [samples], ("axis", 1L)), test.Node("Tanh", "t", [test.Input("z", 4)]));

        Assert.Null(LoweredGraph.Plan(test.Graph).Plan.Slice);
    }

    private static Value First(PassTest test) => test.Graph.NewConstant("axis", Tensor.Of([0L], []));

    private static Value Numbers(PassTest test, Value x)
    {
        Value count = test.Node("Gather", "count", [test.Node("Shape", "s", [x]), First(test)]);
        Value limits = test.Graph.NewConstant("zero", Tensor.Of([0L], []));
        Value numbers = test.Node("Range", "range", [limits, count, test.Graph.NewConstant("one", Tensor.Of([1L], []))]);
        return test.Node("Cast", "numbers", [numbers], ("to", (long)DataType.Float32));
    }
}
