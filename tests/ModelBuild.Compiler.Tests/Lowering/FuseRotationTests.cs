using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Lowering;

/// <summary>What is recognized as a rotation, and what only looks like it.</summary>
public sealed class FuseRotationTests
{
    [Theory]
    [InlineData("whole", true)]
    [InlineData("sums turned around", true)]
    [InlineData("products turned around", true)]
    [InlineData("angles of one position", true)]
    [InlineData("angles of every head", true)]
    [InlineData("first half negated", false)]
    [InlineData("halves not exchanged", false)]
    [InlineData("one half twice", false)]
    [InlineData("halves of unequal length", false)]
    [InlineData("halves of another axis", false)]
    [InlineData("halves of another tensor", false)]
    [InlineData("one angle for all elements", false)]
    [InlineData("one angle without dimensions", false)]
    [InlineData("angles that widen", false)]
    [InlineData("halves that are an output", false)]
    public void Lower_RotationTakenApart_IsOneNode(string kind, bool isOne) =>
        Assert.Equal(isOne ? 1 : 0, Rotations(TakenApart(kind)));

    [Theory]
    [InlineData("ai.onnx", true)]
    [InlineData("in part", true)]
    [InlineData("interleaved", false)]
    public void Lower_RotaryEmbedding_IsOneNode(string kind, bool isOne)
    {
        OnnxGraph g = new OnnxGraph().Input("x", "N", 3, 5, 8).Constant("c", [7, 3], Numbers(21)).Constant("s", [7, 3], Numbers(21))
            .Constant("cw", [7, 4], Numbers(28)).Constant("sw", [7, 4], Numbers(28))
            .Constant("p", Tensor.Of([0L, 1, 2, 3, 6], 1, 5)).Output("y");
        g.Node(
            "RotaryEmbedding", kind == "in part" ? ["x", "c", "s", "p"] : ["x", "cw", "sw", "p"], ["y"],
            ("interleaved", kind == "interleaved" ? 1L : 0), ("rotary_embedding_dim", kind == "in part" ? 6L : 0));

        Assert.Equal(isOne ? 1 : 0, Rotations(g.ToModel(23)));
    }

    private static int Rotations(byte[] model) => LoweredGraph.Lower(OnnxImporter.Import(model, "model.onnx")).Nodes
        .Count(n => n.Is(Domains.Internal, "Rotation"));

    private static byte[] TakenApart(string kind)
    {
        object[] angles = kind switch
        {
            "angles of one position" => [8],
            "angles of every head" => ["N", 3, "T", 8],
            "one angle for all elements" => [1],
            "one angle without dimensions" => [],
            "angles that widen" => [2, 1, 1, "T", 8],
            _ => ["T", 8],
        };
        long axis = kind == "halves of another axis" ? 1 : 3;
        long half = kind == "halves of unequal length" ? 3 : 4;
        object[] shape = axis == 1 ? ["N", 8, "T", 8] : ["N", 3, "T", 8];
        OnnxGraph g = new OnnxGraph().Input("x", shape).Input("z", shape).Input("c", angles).Input("s", angles).Output("y")
            .Integers("zero", 0).Integers("half", half).Integers("end", long.MaxValue).Integers("axis", axis)
            .Node("Slice", ["x", "zero", "half", "axis"], ["a"])
            .Node("Slice", [kind == "halves of another tensor" ? "z" : "x", "half", "end", "axis"], ["b"])
            .Node("Neg", [kind == "first half negated" ? "a" : "b"], ["n"])
            .Node(
                "Concat",
                kind switch
                {
                    "first half negated" => ["b", "n"],
                    "halves not exchanged" => ["a", "n"],
                    "one half twice" => ["n", "b"],
                    _ => ["n", "a"],
                },
                ["t"], ("axis", axis))
            .Node("Mul", kind == "products turned around" ? ["c", "x"] : ["x", "c"], ["xc"])
            .Node("Mul", kind == "products turned around" ? ["s", "t"] : ["t", "s"], ["ts"])
            .Node("Add", kind == "sums turned around" ? ["ts", "xc"] : ["xc", "ts"], ["y"]);
        return (kind == "halves that are an output" ? g.Output("t") : g).ToModel();
    }

    private static float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Cos(i))];
}
