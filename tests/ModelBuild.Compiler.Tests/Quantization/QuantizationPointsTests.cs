using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization;

/// <summary>Which tensors get codes, by name: a and b are what convolutions make, x is the input, y the output.</summary>
public sealed class QuantizationPointsTests
{
    private static readonly Dictionary<string, (Action<OnnxGraph> Write, string Codes)> s_cases = new(StringComparer.Ordinal)
    {
        ["a clamp between convolutions is part of the first"] = (g => Conv(Conv(g, "x", "a").Node("Relu", ["a"], ["r"]), "r", "y"), "x r"),
        ["nothing behind the last convolution"] = (g => Conv(g, "x", "a").Node("Sigmoid", ["a"], ["y"]), "x"),
        ["preparation of the input is float"] = (
            g => Conv(g.Node("Exp", ["x"], ["e"]).Node("Abs", ["e"], ["p"]), "p", "y"), "p"),
        ["a table reads codes and writes them"] = (g => Conv(Conv(g, "x", "a").Node("Erf", ["a"], ["r"]), "r", "y"), "x a r"),
        ["a sum with what the convolution read"] = (
            g => Conv(Conv(Conv(g, "x", "a").Node("Relu", ["a"], ["r"]), "r", "b").Node("Add", ["b", "r"], ["s"])
                .Node("Relu", ["s"], ["t"]), "t", "y"),
            "x r t"),
        ["the same with its operands changed"] = (
            g => Conv(Conv(Conv(g, "x", "a").Node("Relu", ["a"], ["r"]), "r", "b").Node("Add", ["r", "b"], ["s"]), "s", "y"), "x r s"),
        ["a sum of two convolutions"] = (g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("Add", ["a", "b"], ["s"]), "s", "y"), "x s"),
        ["a difference of two convolutions"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("Sub", ["a", "b"], ["s"]), "s", "y"), "x a b s"),
        ["a product of two convolutions"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("Mul", ["a", "b"], ["s"]), "s", "y"), "x a b s"),
        ["a sum with a convolution that is read again"] = (
            g => Conv(Conv(Conv(g, "x", "a").Node("Relu", ["a"], ["r"]), "r", "b").Node("Add", ["b", "r"], ["s"])
                .Output("b"), "s", "y"),
            "x r b s"),
        ["a sum that spreads a column"] = (
            g => Conv(Conv(g, "x", "a").Node("GlobalMaxPool", ["x"], ["m"]).Node("Add", ["a", "m"], ["s"]), "s", "y"), "x a m s"),
        ["a sum that nobody wants codes of"] = (
            g => Conv(Conv(g, "x", "a").Node("Relu", ["a"], ["r"]), "r", "b").Node("Add", ["b", "r"], ["y"]), "x r"),
        ["the largest of windows"] = (
            g => Conv(Conv(g, "x", "a").Node("MaxPool", ["a"], ["p"], ("kernel_shape", new long[] { 2, 2 })), "p", "y"), "x a=p"),
        ["the largest of windows and where it is"] = (
            g => Conv(Conv(g, "x", "a").Node("MaxPool", ["a"], ["p", "i"], ("kernel_shape", new long[] { 2, 2 }))
                .Output("i", DataType.Int64), "p", "y"),
            "x p"),
        ["the largest of windows at the output"] = (
            g => Conv(g, "x", "a").Node("MaxPool", ["a"], ["y"], ("kernel_shape", new long[] { 2, 2 })), "x a"),
        ["means that a convolution reads"] = (
            g => Conv(Conv(g, "x", "a").Node("GlobalAveragePool", ["a"], ["p"]), "p", "y"), "x a p"),
        ["means at the output"] = (g => Conv(g, "x", "a").Node("GlobalAveragePool", ["a"], ["y"]), "x"),
        ["windows whose mean is at the output"] = (
            g => Conv(g, "x", "a").Node("AveragePool", ["a"], ["y"], ("kernel_shape", new long[] { 2, 2 })), "x a y"),
        ["parts beside each other"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("Concat", ["a", "b"], ["j"], ("axis", 2L)), "j", "y"), "x a=b=j"),
        ["parts beside each other at the output"] = (
            g => Conv(Conv(g, "x", "a"), "x", "b").Node("Concat", ["a", "b"], ["y"], ("axis", 1L)), "x"),
        ["what is turned and turned back"] = (
            g => Conv(Conv(g, "x", "a").Node("Transpose", ["a"], ["t"], ("perm", new long[] { 0, 1, 3, 2 })), "t", "y"), "x a=t"),
        ["nearest neighbours"] = (
            g => Conv(Conv(g, "x", "a").Constant("up", Tensor.Of([1f, 1, 2, 2], 4)).Node(
                "Resize", ["a", "", "up"], ["u"], ("mode", "nearest")), "u", "y"),
            "x a=u"),
        ["what lies between neighbours"] = (
            g => Conv(Conv(g, "x", "a").Constant("up", Tensor.Of([1f, 1, 2, 2], 4)).Node(
                "Resize", ["a", "", "up"], ["u"], ("mode", "linear")), "u", "y"),
            "x a u"),
        ["neighbours of the output"] = (
            g => Conv(g, "x", "a").Constant("up", Tensor.Of([1f, 1, 2, 2], 4)).Node("Resize", ["a", "", "up"], ["y"], ("mode", "linear")),
            "x"),
        ["a choice of two"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Constant("c", Tensor.From<byte>(DataType.Bool, [1, 0, 1, 1, 0, 0], 6))
                .Node("Where", ["c", "a", "b"], ["w"]), "w", "y"),
            "x a b w"),
        ["a choice of a constant"] = (
            g => Conv(Conv(g, "x", "a").Constant("c", Tensor.From<byte>(DataType.Bool, [1, 0, 1, 1, 0, 0], 6))
                .Constant("k", Tensor.Scalar(0.5f)).Node("Where", ["c", "a", "k"], ["w"]), "w", "y"),
            "x a w"),
        ["what takes the place of no numbers"] = (
            g => Conv(Conv(g, "x", "a").Constant("k", Tensor.Scalar(0.5f)).Node("IsNaN", ["a"], ["n"])
                .Node("Where", ["n", "k", "a"], ["w"]), "w", "y"),
            "x w"),
        ["a choice by whether another is no number"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Constant("k", Tensor.Scalar(0.5f)).Node("IsNaN", ["b"], ["n"])
                .Node("Where", ["n", "k", "a"], ["w"]), "w", "y"),
            "x a w"),
        ["the smaller of two"] = (g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("Min", ["a", "b"], ["m"]), "m", "y"), "x a b m"),
        ["the smaller of two at the output"] = (g => Conv(Conv(g, "x", "a"), "x", "b").Node("Min", ["a", "b"], ["y"]), "x"),
        ["slopes of channels"] = (
            g => Conv(Conv(g, "x", "a").Constant("k", Tensor.Of([0.1f, 0.2f, 0.3f, 0.4f], 4, 1, 1)).Node("PRelu", ["a", "k"], ["p"]),
                "p", "y"),
            "x a p"),
        ["slopes that the run knows"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("PRelu", ["a", "b"], ["p"]), "p", "y"), "x p"),
        ["shares of channels"] = (g => Conv(Conv(g, "x", "a").Node("Softmax", ["a"], ["p"], ("axis", 1L)), "p", "y"), "x a p"),
        ["shares at the output"] = (g => Conv(g, "x", "a").Node("Softmax", ["a"], ["y"], ("axis", 1L)), "x"),
        ["a quotient of two"] = (
            g => Conv(Conv(Conv(g, "x", "a"), "x", "b").Node("Div", ["a", "b"], ["q"]), "q", "y"), "x q"),
        ["what is read by both"] = (
            g => Conv(Conv(g, "x", "a").Node("Erf", ["a"], ["r"]).Node("Exp", ["a"], ["z"]).Output("z"), "r", "y"), "x a r"),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Find_SmallGraph_GivesCodesToWhatIsComputedInIntegers(string name)
    {
        (Action<OnnxGraph> write, string codes) = s_cases[name];

        QuantizationPoints points = QuantizationPoints.Find(Import(write));

        var groups = points.Values.GroupBy(points.Group).Select(
            group => (First: points.Values.Index().First(v => points.Group(v.Item) == group.Key).Index, Names: group.Select(v => v.Name)));
        Assert.Equal(
            string.Join(' ', codes.Split(' ').Order(StringComparer.Ordinal)),
            string.Join(' ', groups.Select(g => string.Join('=', g.Names.Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OnlyUse_OfWhatATableReads_IsTheTableUnlessItIsReadAgain(bool isReadAgain)
    {
        Graph graph = Import(g =>
        {
            Conv(g, "x", "a").Node("Erf", ["a"], ["r"]);
            Conv(isReadAgain ? g.Node("Exp", ["a"], ["z"]).Output("z") : g, "r", "y");
        });

        Assert.Equal(isReadAgain ? null : "r", QuantizationPoints.Find(graph).OnlyUse(Find(graph, "a"))?.Name);
    }

    [Theory]
    [InlineData("a", "a r")]
    [InlineData("r", "x r")]
    [InlineData("y", "x")]
    public void Find_NodeThatStaysFloat_WantsNoCodes(string node, string codes)
    {
        Graph graph = Import(g => Conv(Conv(g, "x", "a").Node("Erf", ["a"], ["r"]), "r", "y"));

        QuantizationPoints points = QuantizationPoints.Find(graph, new FloatParts([node], new HashSet<string>()));

        Assert.Equal(codes, string.Join(' ', points.Values.Select(v => v.Name)));
    }

    private static Graph Import(Action<OnnxGraph> write)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "n", 4, 6, 6).Output("y");
        write(g);
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        PortablePasses.Run(graph, TestGraph.Context());
        return graph;
    }

    private static Value Find(Graph graph, string name) => graph.Values().Single(v => v.Name == name);

    /// <summary>Of all channels by all.</summary>
    private static OnnxGraph Conv(OnnxGraph g, string from, string to) => g
        .Constant($"{to}_w", [4, 4, 1, 1], [.. Enumerable.Range(0, 16).Select(i => ((i * 7 % 11) - 5) / 8f)])
        .Node("Conv", to, [from, $"{to}_w"], [to]);
}
