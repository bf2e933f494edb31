using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What is recognized as a normalization of rows, in the forms that exporters write, and what only looks like one.</summary>
public sealed class FuseNormalizationTests
{
    [Theory]
    [InlineData("LayerNormalization", true)]
    [InlineData("RMSNormalization", true)]
    [InlineData("divided", true)]
    [InlineData("divided, of two axes", true)]
    [InlineData("divided, of images", true)]
    [InlineData("divided, differences twice", true)]
    [InlineData("by a reciprocal", true)]
    [InlineData("by one over the root", true)]
    [InlineData("by a power", true)]
    [InlineData("divided by a power", true)]
    [InlineData("divided, cast and back", true)]
    [InlineData("root mean square, by a reciprocal", true)]
    [InlineData("root mean square, divided", true)]
    [InlineData("divided, scaled by a tensor", true)]
    [InlineData("divided, read before the scale", true)]
    [InlineData("divided, by a scale of three dimensions", true)]
    [InlineData("divided, whose mean is read", false)]
    [InlineData("divided, whose deviation is an output", false)]
    [InlineData("divided, of the first axis", false)]
    public void Lower_NormalizationOfRows_IsOneNode(string kind, bool isOne)
    {
        Graph graph = OnnxImporter.Import(Model(kind).ToModel(23), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 2, seed: 4);
        Graph portable = graph.Clone();
        PortablePasses.Run(portable, TestGraph.Context());

        Assert.Equal(isOne ? 1 : 0, LoweredGraph.Lower(portable).Nodes.Count(n => n.Is(Domains.Internal, "Normalization")));
        float[] expected = ReferenceEvaluator.Run(graph, inputs)[0].ToFloats();
        float[] actual = LoweredGraph.Run(portable, inputs).ToFloats();
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f * (1 + MathF.Abs(p.First))));
    }

    /// <summary>Where it ends, others may read it and the model may give it out: scale and offset are part of it all the same.</summary>
    [Theory]
    [InlineData("divided")]
    [InlineData("divided, by a scale of three dimensions")]
    public void Lower_NormalizationThatSeveralRead_TakesScaleAndOffset(string kind)
    {
        OnnxGraph g = Model(kind).Node("Neg", ["y"], ["a"]).Node("Abs", ["y"], ["b"]).Output("a").Output("b");
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        PortablePasses.Run(graph, TestGraph.Context());

        Assert.Equal("Normalization Neg Abs", string.Join(' ', LoweredGraph.Lower(graph).Nodes.Select(n => n.Type)));
    }

    /// <summary>Between convolutions channels lie last: there the operators stay, and no image is turned around for them.</summary>
    [Fact]
    public void Lower_InstanceNormalizationBehindAConvolution_StaysInItsLayout()
    {
        float[] weights = [.. Enumerable.Range(0, 72).Select(i => MathF.Sin(i))];
        OnnxGraph g = new OnnxGraph().Input("x", "N", 3, 20).Output("y").Constant("w", [8, 3, 3], weights)
            .Constant("scale", [8], weights[..8]).Constant("bias", [8], weights[8..16]).Constant("v", [2, 8, 3], weights[..48])
            .Node("Conv", ["x", "w"], ["c"], ("pads", (long[])[1, 1])).Node("InstanceNormalization", ["c", "scale", "bias"], ["n"])
            .Node("Conv", ["n", "v"], ["y"], ("pads", (long[])[1, 1]));
        Graph graph = OnnxImporter.Import(g.ToModel(), "model.onnx");
        PortablePasses.Run(graph, TestGraph.Context());

        Assert.DoesNotContain(LoweredGraph.Lower(graph).Nodes, n => n.Is(Domains.Internal, "Normalization"));
    }

    private static OnnxGraph Model(string kind)
    {
        bool isImage = kind.EndsWith("of images", StringComparison.Ordinal);
        bool isRoot = kind.StartsWith("root", StringComparison.Ordinal);
        object[] shape = isImage ? ["N", 3, 5, 6] : ["N", 5, 6];
        OnnxGraph g = new OnnxGraph().Input("x", shape).Output("y")
            .Constant("epsilon", Tensor.Scalar(1e-3f)).Constant("two", Tensor.Scalar(2f)).Constant("one", Tensor.Scalar(1f))
            .Constant("half", Tensor.Scalar(0.5f)).Constant("minusHalf", Tensor.Scalar(-0.5f))
            .Constant("scale", Numbers(0.5f, 0.2f, kind.EndsWith("dimensions", StringComparison.Ordinal) ? [1, 1, 6] : [6]))
            .Constant("bias", Numbers(-0.7f, 0.3f, 6));
        if (kind.EndsWith("Normalization", StringComparison.Ordinal))
        {
            return kind == "LayerNormalization"
                ? g.Node(kind, ["x", "scale", "bias"], ["y"]) : g.Node(kind, ["x", "scale"], ["y"]);
        }

        g.Integers("axes", kind switch
        {
            "divided, of two axes" => [1, 2],
            "divided, of images" => [2, 3],
            "divided, of the first axis" => [1],
            _ => [-1],
        });
        string x = "x";
        if (kind.EndsWith("back", StringComparison.Ordinal))
        {
            g.Node("Cast", ["x"], ["wide"], ("to", 1L));
            x = "wide";
        }

        string centered = isRoot ? x : "c";
        string squared = kind.EndsWith("twice", StringComparison.Ordinal) ? "d" : centered;
        if (!isRoot)
        {
            g.Node("ReduceMean", [x, "axes"], ["mean"]).Node("Sub", [x, "mean"], ["c"]).Node("Sub", [x, "mean"], ["d"]);
        }

        _ = isRoot ? g.Node("Mul", [squared, squared], ["square"]) : g.Node("Pow", [squared, "two"], ["square"]);
        g.Node("ReduceMean", ["square", "axes"], ["variance"]).Node("Add", ["variance", "epsilon"], ["sum"]);
        _ = kind == "divided by a power" ? g.Node("Pow", ["sum", "half"], ["deviation"]) : g.Node("Sqrt", ["sum"], ["deviation"]);
        _ = kind switch
        {
            "by a power" => g.Node("Pow", ["sum", "minusHalf"], ["inverse"]).Node("Mul", ["c", "inverse"], ["n"]),
            "by one over the root" => g.Node("Div", ["one", "deviation"], ["inverse"]).Node("Mul", ["c", "inverse"], ["n"]),
            _ when kind.EndsWith("reciprocal", StringComparison.Ordinal) =>
                g.Node("Reciprocal", ["deviation"], ["inverse"]).Node("Mul", ["inverse", centered], ["n"]),
            _ => g.Node("Div", [centered, "deviation"], ["n"]),
        };
        string n = kind.EndsWith("back", StringComparison.Ordinal) ? "narrow" : "n";
        if (n != "n")
        {
            g.Node("Cast", ["n"], [n], ("to", 1L));
        }

        return kind switch
        {
            "divided, scaled by a tensor" => g.Input("z", shape).Node("Mul", ["n", "z"], ["y"]),
            "divided, read before the scale" => g.Node("Mul", ["n", "scale"], ["s"]).Node("Add", ["s", "n"], ["y"]),
            "divided, whose mean is read" => g.Node("Mul", ["n", "scale"], ["s"]).Node("Add", ["s", "mean"], ["y"]),
            "divided, whose deviation is an output" => g.Output("deviation").Node("Mul", ["n", "scale"], ["y"]),
            _ => g.Node("Mul", [n, "scale"], ["s"]).Node("Add", ["s", "bias"], ["y"]),
        };
    }

    private static Tensor Numbers(float first, float step, params long[] shape) =>
        Tensor.Of([.. Enumerable.Range(0, 6).Select(i => first + (step * i))], shape);
}
