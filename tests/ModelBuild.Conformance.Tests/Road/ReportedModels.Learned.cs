using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>What scikit-learn has learned, in ONNX's own operators.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Learned => new(StringComparer.Ordinal)
    {
        ["learned: nearest of five centres"] = () => Model(11, g => g.Constant("c", Values(1, 5, 4)).Constant("n", Norms(Values(1, 5, 4)))
            .Input("x", "N", 4).Output("label", DataType.Int64).Output("d")
            .Node("ReduceSumSquare", ["x"], ["q"], ("axes", L(1)), ("keepdims", 1))
            .Node("Gemm", ["x", "c"], ["g"], ("alpha", -2f), ("transB", 1)).Node("Add", ["g", "q"], ["a"]).Node("Add", ["n", "a"], ["s"])
            .Node("ArgMin", ["s"], ["label"], ("axis", 1), ("keepdims", 0)).Node("Sqrt", ["s"], ["d"])),
        ["learned: three neighbours, weighed by their distance"] = () => Model(12, g => g.Constant("train", Values(1, 9, 4))
            .Constant("t", Tensor.Of([0L, 1, 2, 0, 1, 2, 0, 1, 2], 9))
            .Integers("k", 3).Constant("depth", Tensor.Of([3L], [])).Constant("v", Tensor.Of([0f, 1], 2))
            .Constant("e", Tensor.Scalar(1e-3f)).Input("x", "N", 4).Output("label", DataType.Int64)
            .Output("p").Node("Unsqueeze", ["x"], ["u"], ("axes", L(1))).Node("Sub", ["u", "train"], ["d"])
            .Node("Abs", ["d"], ["da"]).Node("ReduceSum", ["da"], ["s"], ("axes", L(2)), ("keepdims", 0))
            .Node("TopK", ["s", "k"], ["near", "i"], ("largest", 0), ("sorted", 1)).Node("Max", ["near", "e"], ["m"])
            .Node("Reciprocal", ["m"], ["w"]).Node("Gather", ["t", "i"], ["l"])
            .Node("OneHot", ["l", "depth", "v"], ["h"]).Node("Unsqueeze", ["w"], ["wu"], ("axes", L(2)))
            .Node("Mul", ["h", "wu"], ["hw"]).Node("ReduceSum", ["hw"], ["sum"], ("axes", L(1)), ("keepdims", 0))
            .Node("ReduceSum", ["sum"], ["all"], ("axes", L(1)), ("keepdims", 1)).Node("Div", ["sum", "all"], ["p"])
            .Node("ArgMax", ["p"], ["label"], ("axis", 1), ("keepdims", 0))),
        ["learned: distances row by row"] = () => Model(11, g => g.Constant("train", Values(1, 6, 4)).Input("x", "N", 4).Output("y")
            .Node("Scan", ["train", "x"], ["t", "d"], ("num_scan_inputs", 1), ("body", new OnnxGraph().Input("next_in", 6, 4)
            .Input("next", 4)
                .Output("next_out", 6, 4).Output("scan_out", 6).Node("Identity", ["next_in"], ["next_out"])
                .Node("Sub", ["next_in", "next"], ["df"])
                .Node("ReduceSumSquare", ["df"], ["sq"], ("axes", L(1)), ("keepdims", 0)).Node("Identity", ["sq"], ["scan_out"])))
                .Node("Sqrt", ["d"], ["y"])),
        ["learned: classes of normal distributions"] = () => Model(12, g => g.Constant("mu", Values(1, 1, 3, 4))
            .Constant("var", Absolute(2, 1, 3, 4)).Constant("prior", Tensor.Of([-1.2f, -0.9f, -1.3f], 3))
            .Constant("ld", Tensor.Of([-1.5f, -2.5f, -0.7f], 1, 3)).Constant("e", Tensor.Scalar(0.05f))
            .Constant("h", Tensor.Scalar(-0.5f)).Constant("two", Tensor.Scalar(2)).Input("x", "N", 4)
            .Output("label", DataType.Int64).Output("p").Node("Unsqueeze", ["x"], ["u"], ("axes", L(1)))
            .Node("Sub", ["u", "mu"], ["d"]).Node("Pow", ["d", "two"], ["q"])
            .Node("Add", ["var", "e"], ["ve"]).Node("Div", ["q", "ve"], ["r"])
            .Node("ReduceSum", ["r"], ["s"], ("axes", L(2)), ("keepdims", 0)).Node("Add", ["s", "ld"], ["sl"])
            .Node("Mul", ["sl", "h"], ["m"])
            .Node("Add", ["m", "prior"], ["j"]).Node("ReduceLogSumExp", ["j"], ["l"], ("axes", L(1)), ("keepdims", 1))
            .Node("Sub", ["j", "l"], ["lp"]).Node("Exp", ["lp"], ["p"])
            .Node("ArgMax", ["j"], ["label"], ("axis", 1), ("keepdims", 0))),
        ["learned: numbers put into bins"] = () => Model(12, g => g
            .Constant("edges", Tensor.Of([-1.03f, -0.21f, 0.47f, 1.13f], 4)).Constant("v", Tensor.Of([0f, 1], 2))
            .Constant("depth", Tensor.Of([5], []))
            .Constant("w", Values(3, 10, 2)).Integers("flat", 0, -1).Input("x", "N", 2).Output("y")
            .Node("Unsqueeze", ["x"], ["u"], ("axes", L(2))).Node("GreaterOrEqual", ["u", "edges"], ["g"])
            .Node("Cast", ["g"], ["i"], ("to", 6)).Node("ReduceSum", ["i"], ["b"], ("axes", L(2)), ("keepdims", 0))
            .Node("OneHot", ["b", "depth", "v"], ["h"]).Node("Reshape", ["h", "flat"], ["f"])
            .Node("MatMul", ["f", "w"], ["y"])),
        ["learned: what is missing replaced, then scaled"] = () => Model(13, g => g.Constant("nan", Tensor.Scalar(float.NaN))
            .Constant("fill", Values(1, 4)).Constant("mean", Values(2, 4)).Constant("std", Absolute(3, 4))
            .Constant("e", Tensor.Scalar(0.1f)).Constant("lo", Tensor.Scalar(-1)).Input("x", "N", 4).Output("y").Output("m")
            .Node("Less", ["x", "lo"], ["miss"]).Node("Where", ["miss", "nan", "x"], ["xm"])
            .Node("IsNaN", ["xm"], ["n"]).Node("Where", ["n", "fill", "xm"], ["f"]).Node("Sub", ["f", "mean"], ["c"])
            .Node("Add", ["std", "e"], ["s"]).Node("Div", ["c", "s"], ["y"]).Node("Cast", ["n"], ["m"], ("to", 1))),
        ["learned: a tree by products and comparisons"] = () => Model(13, g => g
            .Constant("a", Tensor.Of([1f, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], 4, 3)).Constant("b", Tensor.Of([0.31f, -0.42f, 0.17f], 3))
            .Constant("c", Tensor.Of([1f, 1, -1, -1, 1, -1, 0, 0, 0, 0, 1, -1], 3, 4)).Constant("d", Tensor.Of([2f, 1, 1, 0], 4))
            .Constant("e", Values(3, 4, 2)).Input("x", "N", 4).Output("y", "N", 2).Output("l", DataType.Int64)
            .Node("MatMul", ["x", "a"], ["xa"]).Node("LessOrEqual", ["xa", "b"], ["t"]).Node("Cast", ["t"], ["tf"], ("to", 1))
            .Node("MatMul", ["tf", "c"], ["tc"]).Node("Equal", ["tc", "d"], ["s"])
            .Node("Cast", ["s"], ["sf"], ("to", 1)).Node("MatMul", ["sf", "e"], ["y"])
            .Node("ArgMax", ["y"], ["l"], ("axis", 1), ("keepdims", 0))),
        ["learned: a forest by places of its nodes"] = () => Model(13, g => g
            .Constant("feature", Tensor.Of([0L, 1, 2, 3, 1, 0, 2], 7))
            .Constant("limit", Tensor.Of([0.1f, -0.33f, 0.5f, 0.21f, -0.7f, 0.9f, 0.05f], 7))
            .Constant("leaf", Values(1, 8)).Constant("one", Tensor.Of([1L], [])).Constant("two", Tensor.Of([2L], []))
            .Constant("seven", Tensor.Of([7L], [])).Integers("ax", 1).Constant("z", Tensor.Of(new long[1], 1)).Integers("i0", 0)
            .Integers("i1", 1)
            .Input("x", "N", 4).Output("y").Node("Shape", ["x"], ["s"]).Node("Slice", ["s", "i0", "i1"], ["n"])
            .Node("ConstantOfShape", ["n"], ["at0"], ("value", Tensor.Of([0L], 1)))
            .Down(0).Down(1).Down(2).Node("Sub", ["at3", "seven"], ["k"]).Node("Gather", ["leaf", "k"], ["y"])),
        ["learned: products of columns"] = () => Model(13, g => g
            .Constant("pairs", Tensor.Of([0L, 0, 0, 1, 0, 2, 1, 1, 1, 2, 2, 2], 6, 2)).Constant("w", Values(1, 10, 1))
            .Constant("one", Tensor.Scalar(1)).Integers("ax", 1)
            .Input("x", "N", 3).Output("y").Node("Gather", ["x", "pairs"], ["g"], ("axis", 1))
            .Node("ReduceProd", ["g"], ["p"], ("axes", L(2)), ("keepdims", 0)).Node("ReduceSum", ["x", "ax"], ["s"])
            .Node("Mul", ["s", "zero"], ["z"]).Constant("zero", Tensor.Scalar(0)).Node("Add", ["z", "one"], ["o"])
            .Node("Concat", ["o", "x", "p"], ["f"], ("axis", 1)).Node("MatMul", ["f", "w"], ["y"])),
        ["learned: categories of numbers, then a logistic model"] = () => Model(13, g => g
            .Constant("cats", Tensor.Of([0L, 1, 5], 1, 3)).Constant("w", Values(1, 7, 3)).Constant("b", Values(2, 3)).Integers("last", -1)
            .Input("c", DataType.Int64, "N", 1).Input("x", "N", 4).Output("p").Output("l", DataType.Int64)
            .Node("Equal", ["c", "cats"], ["e"]).Node("Cast", ["e"], ["h"], ("to", 1))
            .Node("Concat", ["h", "x"], ["f"], ("axis", 1)).Node("ReduceL1", ["f"], ["n"], ("axes", L(1)), ("keepdims", 1))
            .Node("Div", ["f", "n"], ["d"]).Node("Gemm", ["d", "w", "b"], ["g"]).Node("Sigmoid", ["g"], ["s"])
            .Node("ReduceSum", ["s", "last"], ["sum"]).Node("Div", ["s", "sum"], ["p"])
            .Node("ArgMax", ["p"], ["l"], ("axis", 1), ("keepdims", 0), ("select_last_index", 1))),
        ["learned: votes of one class against another"] = () => Model(13, g => g.Constant("sv", Values(1, 6, 4))
            .Constant("coef", Values(2, 6, 3)).Constant("rho", Values(3, 3)).Constant("gamma", Tensor.Scalar(-0.3f))
            .Constant("zero", Tensor.Scalar(0))
            .Constant("votes", Tensor.Of([1f, 0, 0, 1, 0, 0, 0, 1, 0], 3, 3))
            .Constant("against", Tensor.Of([0f, 1, 0, 0, 0, 1, 0, 0, 1], 3, 3)).Integers("ax", 1).Input("x", "N", 4).Output("v").Output("d")
            .Node("Unsqueeze", ["x", "ax"], ["u"]).Node("Sub", ["u", "sv"], ["s"])
            .Node("ReduceSumSquare", ["s"], ["q"], ("axes", L(2)), ("keepdims", 0)).Node("Mul", ["q", "gamma"], ["m"])
            .Node("Exp", ["m"], ["k"])
            .Node("MatMul", ["k", "coef"], ["c"]).Node("Add", ["c", "rho"], ["d"]).Node("Greater", ["d", "zero"], ["g"])
            .Node("Cast", ["g"], ["gf"], ("to", 1)).Node("Not", ["g"], ["n"]).Node("Cast", ["n"], ["nf"], ("to", 1))
            .Node("MatMul", ["gf", "votes"], ["a"]).Node("MatMul", ["nf", "against"], ["b"]).Node("Add", ["a", "b"], ["v"])),
    };

    private static Tensor Norms(Tensor rows)
    {
        int width = (int)rows.Dimensions[1];
        return Tensor.Of([.. rows.ToDoubles().Chunk(width).Select(r => (float)r.Sum(v => v * v))], rows.Dimensions[0]);
    }

    /// <summary>One level of a complete tree: children of i are at 2i + 1 and 2i + 2.</summary>
    private static OnnxGraph Down(this OnnxGraph g, int level)
    {
        string n = "l" + level;
        string at = "at" + level;
        return g.Node("Gather", ["feature", at], [n + "f"]).Node("Gather", ["limit", at], [n + "t"])
            .Node("Unsqueeze", [n + "f", "ax"], [n + "fu"])
            .Node("GatherElements", ["x", n + "fu"], [n + "v"], ("axis", 1)).Node("Squeeze", [n + "v", "ax"], [n + "s"])
            .Node("Greater", [n + "s", n + "t"], [n + "g"])
            .Node("Cast", [n + "g"], [n + "i"], ("to", 7)).Node("Mul", [at, "two"], [n + "d"])
            .Node("Add", [n + "d", "one"], [n + "a"]).Node("Add", [n + "a", n + "i"], ["at" + (level + 1)]);
    }
}
