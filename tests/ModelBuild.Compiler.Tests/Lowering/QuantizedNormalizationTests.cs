using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>
/// Normalizations between codes, written out: those that are one of rows become the integer operator, what only looks like one does not,
/// and either gives what its operators mean, to one code.
/// </summary>
public sealed class QuantizedNormalizationTests
{
    private const float Step = 0.03f;

    [Theory]
    [InlineData("plain", true)]
    [InlineData("scaled, then shifted", true)]
    [InlineData("shifted, then scaled", true)]
    [InlineData("shifted, scaled and shifted", true)]
    [InlineData("by numbers", true)]
    [InlineData("of two axes", true)]
    [InlineData("by the reciprocal", true)]
    [InlineData("scaled along another axis of the same length", false)]
    [InlineData("rows of one, a number for each", false)]
    [InlineData("mean of another tensor", false)]
    [InlineData("variance of more axes", false)]
    [InlineData("mean of more axes", false)]
    [InlineData("mean of the first axis", false)]
    public void Run_NormalizationBetweenCodes_GivesWhatItsOperatorsMean(string kind, bool isOfRows)
    {
        Graph graph = OnnxImporter.Import(Model(kind).ToModel(), "model.onnx");
        Dictionary<string, Tensor> inputs = TestGraph.Inputs(graph, batch: 1, seed: 4);

        Assert.InRange(LoweredGraph.LargestError(graph, inputs), 0, Step * 1.001);
        Assert.InRange(ReferenceEvaluator.Run(graph, inputs)[0].ToFloats().Distinct().Count(), 5, 256);
        Assert.Equal(isOfRows ? 1 : 0, LoweredGraph.Lower(graph).Nodes.Count(n => n.Type == "QuantizedNormalization"));
    }

    private static OnnxGraph Model(string kind)
    {
        int length = kind.StartsWith("rows of one", StringComparison.Ordinal) ? 1 : 6;
        OnnxGraph g = new OnnxGraph().Input("x", 3, 6, length).Input("w", 3, 6, length).Output("y")
            .Constant("scale", Tensor.Scalar(0.02f)).Constant("zero", Tensor.Of(new byte[] { 120 }, []))
            .Constant("step", Tensor.Scalar(Step)).Constant("epsilon", Tensor.Scalar(1e-3f)).Constant("two", Tensor.Scalar(2f))
            .Integers("last", -1).Integers("lastTwo", -2, -1).Integers("first", 1)
            .Constant("factors", Numbers(0.5f, 0.2f, 6)).Constant("terms", Numbers(-0.7f, 0.3f, 6))
            .Constant("column", Numbers(0.3f, 0.2f, 6, 1)).Constant("number", Tensor.Scalar(-0.4f));
        (string mean, string variance) = kind switch
        {
            "of two axes" => ("lastTwo", "lastTwo"),
            "mean of more axes" => ("lastTwo", "last"),
            "variance of more axes" => ("last", "lastTwo"),
            "mean of the first axis" => ("first", "first"),
            _ => ("last", "last"),
        };
        Round(Round(g, "x"), "w")
            .Node("ReduceMean", [kind == "mean of another tensor" ? "w_d" : "x_d", mean], ["mean"]).Node("Sub", ["x_d", "mean"], ["c"])
            .Node("Pow", ["c", "two"], ["square"]).Node("ReduceMean", ["square", variance], ["variance"])
            .Node("Add", ["variance", "epsilon"], ["sum"]).Node("Sqrt", ["sum"], ["deviation"]);
        _ = kind == "by the reciprocal"
            ? g.Node("Reciprocal", ["deviation"], ["inverse"]).Node("Mul", ["inverse", "c"], ["n"])
            : g.Node("Div", ["c", "deviation"], ["n"]);
        string[] affine = kind switch
        {
            "scaled, then shifted" => ["Mul factors", "Add terms"],
            "shifted, then scaled" => ["Add terms", "Mul factors"],
            "shifted, scaled and shifted" => ["Add number", "Mul factors", "Add terms"],
            "by numbers" => ["Mul number", "Add number"],
            "scaled along another axis of the same length" => ["Mul column"],
            "rows of one, a number for each" => ["Add column"],
            _ => [],
        };
        string value = "n";
        foreach (string[] each in affine.Select(a => a.Split(' ')))
        {
            g.Node(each[0], [value, each[1]], [value + "n"]);
            value += "n";
        }

        return g.Node("QuantizeLinear", [value, "step", "zero"], ["q"]).Node("DequantizeLinear", ["q", "step", "zero"], ["y"]);
    }

    private static Tensor Numbers(float first, float step, params long[] dimensions) =>
        Tensor.Of([.. Enumerable.Range(0, (int)dimensions[0]).Select(i => first + (step * i))], dimensions);

    private static OnnxGraph Round(OnnxGraph g, string name) => g
        .Node("QuantizeLinear", [name, "scale", "zero"], [$"{name}_q"])
        .Node("DequantizeLinear", [$"{name}_q", "scale", "zero"], [$"{name}_d"]);
}
