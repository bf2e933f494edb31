using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Attention, positions and norms as exporters of language models take them apart.</content>
internal static partial class ReportedModels
{
    private static Dictionary<string, Func<byte[]>> Attentions => new(StringComparer.Ordinal)
    {
        ["attention whose mask hides a whole row"] = () => Model(18, g => g.Constant("low", Tensor.Scalar(float.NegativeInfinity))
            .Constant("zero", Tensor.Scalar(0)).Constant("k", Tensor.FromDoubles(DataType.Bool, [1, 0, 1, 1], [1, 1, 4, 1]))
            .Input("q", "N", 2, 4, 8).Input("v", "N", 2, 5, 8).Input("m", DataType.Bool, "N", 1, 4, 5).Output("y")
            .Node("And", ["m", "k"], ["n"]).Node("Where", ["n", "zero", "low"], ["b"])
            .Node("Transpose", ["v"], ["t"], ("perm", L(0, 1, 3, 2))).Node("MatMul", ["q", "t"], ["s"]).Node("Add", ["s", "b"], ["a"])
            .Node("Softmax", ["a"], ["p"]).Node("IsNaN", ["p"], ["i"]).Node("Where", ["i", "zero", "p"], ["r"])
            .Node("MatMul", ["r", "v"], ["y"])),
        ["attention of a causal mask by Trilu of what Expand makes"] = () => Model(18, g => g
            .Constant("one", Tensor.FromDoubles(DataType.Bool, [1], [1, 1]))
            .Constant("low", Tensor.Scalar(float.NegativeInfinity)).Constant("zero", Tensor.Scalar(0)).Integers("i1", 1)
            .Constant("w", Values(1, 8, 24)).Constant("c", Tensor.Scalar(0.59460355f)).Input("x", "N", "T", 8).Output("y")
            .Node("MatMul", ["x", "w"], ["h"]).Node("Split", ["h"], ["q", "k", "v"], ("axis", -1), ("num_outputs", 3))
            .Node("Shape", ["x"], ["t"], ("start", 1), ("end", 2)).Node("Concat", ["t", "t"], ["tt"], ("axis", 0))
            .Node("Expand", ["one", "tt"], ["e"]).Node("Trilu", ["e"], ["l"], ("upper", 0)).Node("Where", ["l", "zero", "low"], ["m"])
            .Node("Mul", ["q", "c"], ["qc"]).Node("Transpose", ["k"], ["kt"], ("perm", L(0, 2, 1))).Node("Mul", ["kt", "c"], ["kc"])
            .Node("MatMul", ["qc", "kc"], ["s"]).Node("Add", ["s", "m"], ["a"]).Node("Softmax", ["a"], ["p"])
            .Node("MatMul", ["p", "v"], ["y"])),
        ["attention of grouped heads, turned by halves, behind a cache"] = () => Model(18, g => Turned(Grouped(g)
                .Constant("cos", Values(4, 16, 4)).Constant("sin", Values(5, 16, 4)))
            .Node("Concat", ["pk", "kr"], ["pkk"], ("axis", 2)).Node("Concat", ["pv", "vh"], ["pvv"], ("axis", 2))
            .Node("Shape", ["pkk"], ["sh"]).Node("Gather", ["sh", "z0"], ["n"]).Node("Gather", ["sh", "z2"], ["len"])
            .Node("Concat", ["n", "two", "two", "len", "four"], ["to"], ("axis", 0))
            .Node("Concat", ["n", "four", "len", "four"], ["back"], ("axis", 0))
            .Node("Unsqueeze", ["pkk", "two"], ["ku"]).Node("Expand", ["ku", "to"], ["ke"]).Node("Reshape", ["ke", "back"], ["ka"])
            .Node("Unsqueeze", ["pvv", "two"], ["vu"]).Node("Expand", ["vu", "to"], ["ve"]).Node("Reshape", ["ve", "back"], ["va"])
            .Node("Transpose", ["ka"], ["kt"], ("perm", L(0, 1, 3, 2))).Node("MatMul", ["qr", "kt"], ["s"])
            .Node("Mul", ["s", "half"], ["c"]).Node("Softmax", ["c"], ["p"], ("axis", -1)).Node("MatMul", ["p", "va"], ["o"])
            .Node("Transpose", ["o"], ["ot"], ("perm", L(0, 2, 1, 3))).Node("Reshape", ["ot", "flat"], ["of"])
            .Node("MatMul", ["of", "wo"], ["y"]).Node("Identity", ["pkk"], ["nk"]).Node("Identity", ["pvv"], ["nv"])),
        ["places turned in pairs, stacked anew"] = () => Model(17, g => g.Integers("i0", 0).Integers("i1", 1).Integers("i2", 2)
            .Integers("e", long.MaxValue).Integers("last", -1).Integers("to", 0, 0, 0, -1).Constant("c", Values(1, 1, 6, 1, 4))
            .Constant("s", Values(2, 1, 6, 1, 4)).Input("x", "N", 6, 2, 8).Output("y")
            .Node("Slice", ["x", "i0", "e", "last", "i2"], ["a"]).Node("Slice", ["x", "i1", "e", "last", "i2"], ["b"])
            .Node("Mul", ["a", "c"], ["ac"]).Node("Mul", ["b", "s"], ["bs"]).Node("Sub", ["ac", "bs"], ["r"])
            .Node("Mul", ["a", "s"], ["as"]).Node("Mul", ["b", "c"], ["bc"]).Node("Add", ["as", "bc"], ["i"])
            .Node("Unsqueeze", ["r", "last"], ["ru"]).Node("Unsqueeze", ["i", "last"], ["iu"])
            .Node("Concat", ["ru", "iu"], ["j"], ("axis", -1)).Node("Reshape", ["j", "to"], ["y"])),
        ["norms of queries and keys, scores kept within a bound"] = () => Model(18, g => g.Constant("two", Tensor.Scalar(2))
            .Constant("e", Tensor.Scalar(1e-6f)).Constant("cap", Tensor.Scalar(50)).Constant("w", Values(3, 8)).Integers("last", -1)
            .Input("q", "N", 4, 8).Input("k", "N", 5, 8).Output("y")
            .Node("Pow", ["q", "two"], ["q2"]).Node("ReduceMean", ["q2", "last"], ["qm"]).Node("Add", ["qm", "e"], ["qe"])
            .Node("Sqrt", ["qe"], ["qs"]).Node("Div", ["q", "qs"], ["qd"]).Node("Mul", ["w", "qd"], ["qn"])
            .Node("Pow", ["k", "two"], ["k2"]).Node("ReduceMean", ["k2", "last"], ["km"]).Node("Add", ["km", "e"], ["ke"])
            .Node("Sqrt", ["ke"], ["ks"]).Node("Reciprocal", ["ks"], ["kr"]).Node("Mul", ["k", "kr"], ["kn"])
            .Node("Transpose", ["kn"], ["kt"], ("perm", L(0, 2, 1))).Node("MatMul", ["qn", "kt"], ["s"]).Node("Div", ["s", "cap"], ["d"])
            .Node("Tanh", ["d"], ["h"]).Node("Mul", ["h", "cap"], ["c"]).Node("Softmax", ["c"], ["p"]).Node("MatMul", ["p", "k"], ["y"])),
        ["attention mask of integers, lowest number where it is zero"] = () => Model(14, g => g.Constant("one", Tensor.Scalar(1))
            .Constant("low", Tensor.Scalar(float.MinValue)).Constant("w", Values(1, 8, 8)).Integers("ax", 1, 2)
            .Input("x", "N", "T", 8).Input("m", DataType.Int64, "N", "T").Output("y")
            .Node("Unsqueeze", ["m", "ax"], ["u"]).Node("Cast", ["u"], ["f"], ("to", 1)).Node("Sub", ["one", "f"], ["i"])
            .Node("Cast", ["i"], ["c"], ("to", 9)).Node("Where", ["c", "low", "i"], ["b"])
            .Node("Unsqueeze", ["x", "one1"], ["xu"]).Integers("one1", 1).Node("MatMul", ["xu", "w"], ["q"])
            .Node("Transpose", ["xu"], ["t"], ("perm", L(0, 1, 3, 2))).Node("MatMul", ["q", "t"], ["s"]).Node("Add", ["s", "b"], ["a"])
            .Node("Softmax", ["a"], ["p"], ("axis", -1)).Node("MatMul", ["p", "xu"], ["y"])),
        ["attention in windows of a shifted image, bias by a table"] = () => Model(13, g => Windowed(g, 4, 4)),
        ["attention in windows of a shifted image of any size"] = () => Model(13, g => Windowed(g, "H", "W")),
        ["attention of heads in the batch, sequence first"] = () => Model(14, g => g.Constant("w", Values(1, 8, 24))
            .Constant("b", Values(2, 24))
            .Constant("c", Tensor.Scalar(0.5f)).Integers("third", 3).Integers("h", 0, -1, 4).Integers("zero", 0)
            .Constant("o", Values(3, 8, 8))
            .Integers("i8", 8).Input("x", "T", "N", 8).Input("m", DataType.Bool, "T", "T").Output("y")
            .Constant("low", Tensor.Scalar(float.NegativeInfinity)).Constant("nil", Tensor.Scalar(0))
            .Node("MatMul", ["x", "w"], ["a"]).Node("Add", ["a", "b"], ["ab"]).Node("Split", ["ab"], ["q", "k", "v"], ("axis", 2))
            .Node("Reshape", ["q", "h"], ["qh"]).Node("Reshape", ["k", "h"], ["kh"]).Node("Reshape", ["v", "h"], ["vh"])
            .Node("Transpose", ["qh"], ["qt"], ("perm", L(1, 0, 2))).Node("Transpose", ["kh"], ["kt"], ("perm", L(1, 2, 0)))
            .Node("Transpose", ["vh"], ["vt"], ("perm", L(1, 0, 2))).Node("Mul", ["qt", "c"], ["qc"]).Node("MatMul", ["qc", "kt"], ["s"])
            .Node("Not", ["m"], ["mn"]).Node("Where", ["mn", "nil", "nil"], ["mz"]).Node("Add", ["s", "mz"], ["sm"])
            .Node("Softmax", ["sm"], ["p"]).Node("MatMul", ["p", "vt"], ["r"]).Node("Transpose", ["r"], ["rt"], ("perm", L(1, 0, 2)))
            .Node("Shape", ["x"], ["sh"]).Node("Reshape", ["rt", "sh"], ["f"]).Node("MatMul", ["f", "o"], ["y"])),
        ["attention by sums over named axes"] = () => Model(13, g => g.Constant("w", Small(1, 8, 2, 4)).Constant("u", Small(2, 8, 2, 4))
            .Constant("o", Values(3, 2, 4, 8)).Input("x", "N", 5, 8).Output("y")
            .Node("Einsum", ["x", "w"], ["q"], ("equation", "btd,dhk->bthk"))
            .Node("Einsum", ["x", "u"], ["k"], ("equation", "bsd,dhk->bshk"))
            .Node("Einsum", ["q", "k"], ["s"], ("equation", "bthk,bshk->bhts"))
            .Node("Softmax", ["s"], ["p"]).Node("Einsum", ["p", "k"], ["r"], ("equation", "bhts,bshk->bthk"))
            .Node("Einsum", ["r", "o"], ["y"], ("equation", "bthk,hkd->btd"))),
        ["places in buckets by their logarithm"] = () => Model(14, g => g.Constant("start", Tensor.Of([0L], []))
            .Constant("step", Tensor.Of([1L], []))
            .Constant("eight", Tensor.Of([8L], [])).Constant("fe", Tensor.Scalar(8)).Constant("fl", Tensor.Scalar(MathF.Log(16)))
            .Constant("most", Tensor.Of([15L], [])).Constant("table", Values(1, 32, 2)).Integers("i0", 0).Integers("i1", 1)
            .Constant("sixteen", Tensor.Of([16L], [])).Constant("none", Tensor.Of([0L], [])).Input("x", "N", "T", 2).Output("y")
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "one"], ["t"]).Constant("one", Tensor.Of([1L], []))
            .Node("Range", ["start", "t", "step"], ["r"]).Node("Unsqueeze", ["r", "i0"], ["row"]).Node("Unsqueeze", ["r", "i1"], ["col"])
            .Node("Sub", ["row", "col"], ["d"]).Node("Greater", ["d", "none"], ["g"]).Node("Cast", ["g"], ["gi"], ("to", 7))
            .Node("Mul", ["gi", "sixteen"], ["base"]).Node("Abs", ["d"], ["n"]).Node("Less", ["n", "eight"], ["small"])
            .Node("Cast", ["n"], ["nf"], ("to", 1)).Node("Div", ["nf", "fe"], ["q"]).Node("Log", ["q"], ["l"])
            .Node("Div", ["l", "fl"], ["ld"])
            .Node("Mul", ["ld", "fe"], ["lm"]).Node("Cast", ["lm"], ["li"], ("to", 7)).Node("Add", ["li", "eight"], ["la"])
            .Node("Min", ["la", "most"], ["lc"]).Node("Where", ["small", "n", "lc"], ["b"]).Node("Add", ["b", "base"], ["idx"])
            .Node("Gather", ["table", "idx"], ["y0"]).Node("Transpose", ["y0"], ["yt"], ("perm", L(2, 0, 1)))
            .Node("ReduceMean", ["x"], ["xm"], ("axes", L(1, 2))).Node("Unsqueeze", ["xm", "i1"], ["xu"]).Node("Add", ["xu", "yt"], ["y"])),
        ["pictures put in where text leaves room"] = () => Model(18, g => g.Integers("last", -1).Constant("w", Values(1, 3))
            .Input("x", 1, 6, 3).Output("y").Integers("zero", 0).Constant("k", Tensor.Scalar(0)).Integers("two", 2)
            .Integers("col", 0).Constant("src", Values(4, 18, 1)).Integers("flat", -1).Node("Greater", ["x", "k"], ["m"])
            .Node("Reshape", ["src", "flat"], ["s"]).Node("NonZero", ["m"], ["nz"]).Node("Transpose", ["nz"], ["at"], ("perm", L(1, 0)))
            .Node("Shape", ["at"], ["n"], ("start", 0), ("end", 1)).Node("Slice", ["s", "zero", "n", "zero"], ["part"])
            .Node("ScatterND", ["x", "at", "part"], ["sc"]).Node("Mul", ["sc", "w"], ["y"])),
        ["places counted where the mask is set"] = () => Model(13, g => g.Constant("one", Tensor.Of([1], []))
            .Constant("a", Tensor.Of([1], []))
            .Constant("t", Values(1, 20, 6)).Constant("p", Values(2, 20, 6)).Constant("pad", Tensor.Of([1L], []))
            .Input("ids", DataType.Int64, "N", "T").Output("y").Node("Equal", ["ids", "pad"], ["e"]).Node("Not", ["e"], ["m"])
            .Node("Cast", ["m"], ["mi"], ("to", 6)).Node("CumSum", ["mi", "a"], ["c"]).Node("Mul", ["c", "mi"], ["cm"])
            .Node("Cast", ["cm"], ["cl"], ("to", 7)).Node("Add", ["cl", "pad"], ["at"]).Node("Gather", ["t", "ids"], ["te"])
            .Node("Gather", ["p", "at"], ["pe"]).Node("Add", ["te", "pe"], ["y"])),
        ["words read and written by one table"] = () => Model(13, g => g.Constant("t", Values(1, 40, 12)).Constant("w", Values(2, 12, 12))
            .Input("ids", DataType.Int64, "N", 4).Output("y").Node("Gather", ["t", "ids"], ["e"]).Node("MatMul", ["e", "w"], ["h"])
            .Node("Tanh", ["h"], ["a"]).Node("Transpose", ["t"], ["tt"]).Node("MatMul", ["a", "tt"], ["y"])),
        ["cache written at places that are inputs"] = () => Model(16, g => g.Input("c", 1, 2, 5, 3).Input("u", 1, 2, 1, 3)
            .Input("at", DataType.Int64, 1).Constant("q", Values(3, 1, 2, 1, 3)).Output("y").Output("nc").Integers("to", 1, 1, 1, 1)
            .Integers("shape", 1, 2, 1, 3).Node("Reshape", ["at", "to"], ["a"]).Node("Expand", ["a", "shape"], ["i"])
            .Node("ScatterElements", ["c", "i", "u"], ["nc"], ("axis", 2)).Node("Transpose", ["nc"], ["t"], ("perm", L(0, 1, 3, 2)))
            .Node("MatMul", ["q", "t"], ["s"]).Node("Softmax", ["s"], ["p"]).Node("MatMul", ["p", "nc"], ["y"])),
        ["waves of places of any length"] = () => Model(13, g => g.Constant("i0", Tensor.Of([0L], [])).Constant("i1", Tensor.Of([1L], []))
            .Constant("f", Tensor.Of([1f, 0.1f, 0.01f], 1, 3)).Integers("ax", 1).Integers("a0", 0).Input("x", "N", "T", 6).Output("y")
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "i1"], ["t"]).Node("Range", ["i0", "t", "i1"], ["r"])
            .Node("Cast", ["r"], ["rf"], ("to", 1)).Node("Unsqueeze", ["rf", "ax"], ["u"]).Node("MatMul", ["u", "f"], ["o"])
            .Node("Sin", ["o"], ["si"]).Node("Cos", ["o"], ["co"]).Node("Concat", ["si", "co"], ["e"], ("axis", -1))
            .Node("Add", ["x", "e"], ["y"])),
        ["Attention of opset 23, fewer queries than keys, causal"] = () => Model(23, g => g.Input("q", "N", 2, 3, 4)
            .Input("k", "N", 2, 5, 4)
            .Input("v", "N", 2, 5, 4).Output("y").Node("Attention", ["q", "k", "v"], ["y"], ("is_causal", 1))),
        ["Attention of opset 23, bounded, grouped, presents unread"] = () => Model(23, g => g.Input("q", "N", 3, 8).Input("k", "N", 3, 4)
            .Input("v", "N", 3, 4).Input("m", "N", 1, 3, 3).Output("y").Node("Attention", ["q", "k", "v", "m"], ["y"],
                ("q_num_heads", 4), ("kv_num_heads", 2), ("softcap", 2f), ("scale", 0.3f))),
        ["RMSNormalization of opset 23 between products"] = () => Model(23, g => g.Constant("w", Values(1, 8, 8))
            .Constant("s", Values(2, 8))
            .Input("x", "N", 4, 8).Output("y").Node("RMSNormalization", ["x", "s"], ["n"], ("epsilon", 1e-6f))
            .Node("MatMul", ["n", "w"], ["m"])
            .Node("Add", ["m", "x"], ["a"]).Node("RMSNormalization", ["a", "s"], ["y"], ("axis", -1))),
    };

    private static Tensor Small(int seed, params long[] shape) => Tensor.Of([.. Values(seed,
        shape).ToDoubles().Select(v => (float)v / 4)], shape);

    /// <summary>Queries of four heads and keys and values of two.</summary>
    private static OnnxGraph Grouped(OnnxGraph g) => g.Constant("wq", Values(1, 8, 16)).Constant("wk", Values(2, 8, 8))
        .Constant("wv", Values(3, 8, 8)).Constant("wo", Values(6, 16, 8)).Integers("hq", 0, 0, 4, 4).Integers("hk", 0, 0, 2, 4)
        .Integers("z0", 0).Integers("z2", 2).Integers("two", 2).Integers("four", 4).Integers("flat", 0, 0, 16)
        .Constant("half", Tensor.Scalar(0.5f)).Input("x", "N", "T", 8).Input("at", DataType.Int64, "N", "T").Input("pk", "N", 2, "P", 4)
        .Input("pv", "N", 2, "P", 4).Output("y").Output("nk").Output("nv").Node("MatMul", ["x", "wq"], ["q"])
            .Node("Reshape", ["q", "hq"], ["q4"])
        .Node("Transpose", ["q4"], ["qh"], ("perm", L(0, 2, 1, 3))).Node("MatMul", ["x", "wk"], ["k"]).Node("Reshape", ["k", "hk"], ["k4"])
        .Node("Transpose", ["k4"], ["kh"], ("perm", L(0, 2, 1, 3))).Node("MatMul", ["x", "wv"], ["v"]).Node("Reshape", ["v", "hk"], ["v4"])
        .Node("Transpose", ["v4"], ["vh"], ("perm", L(0, 2, 1, 3)));

    /// <summary>qr and kr are qh and kh, turned by their places.</summary>
    private static OnnxGraph Turned(OnnxGraph g)
    {
        g.Integers("heads", 1).Integers("from", 0).Integers("mid", 2).Integers("end", long.MaxValue).Integers("axis", -1)
            .Node("Gather", ["cos", "at"], ["c3"]).Node("Unsqueeze", ["c3", "heads"], ["c4"]).Node("Gather", ["sin", "at"], ["s3"])
            .Node("Unsqueeze", ["s3", "heads"], ["s4"]);
        foreach (string n in new[] { "q", "k" })
        {
            g.Node("Slice", [n + "h", "from", "mid", "axis"], [n + "1"]).Node("Slice", [n + "h", "mid", "end", "axis"], [n + "2"])
                .Node("Neg", [n + "2"], [n + "n"]).Node("Concat", [n + "n", n + "1"], [n + "turned"], ("axis", -1))
                .Node("Mul", [n + "h", "c4"], [n + "c"]).Node("Mul", [n + "turned", "s4"], [n + "s"])
                .Node("Add", [n + "c", n + "s"], [n + "r"]);
        }

        return g;
    }

    /// <summary>Rows and columns moved by one, blocks of two by two that attend to themselves, and all put back.</summary>
    private static OnnxGraph Windowed(OnnxGraph g, object height, object width)
    {
        g.Integers("i0", 0).Integers("i1", 1).Integers("end", long.MaxValue).Integers("rows", 1).Integers("columns", 2).Integers("last", -1)
            .Constant("n0", Tensor.Of([0L], [])).Constant("n1", Tensor.Of([1L], [])).Constant("n2", Tensor.Of([2L], [])).Integers("six", 6)
            .Constant("block", Tensor.Of([2L], [])).Integers("two", 2).Constant("table", Values(1, 9, 2)).Integers("cells", -1, 4, 6)
            .Constant("places", Tensor.Of([4L, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4], 16)).Integers("square", 4, 4, 2)
            .Constant("w", Values(2, 6, 12)).Integers("qkv", 0, 0, 2, 2, 3).Input("x", "N", height, width, 6).Output("y")
            .Node("Slice", ["x", "i1", "end", "rows"], ["ra"]).Node("Slice", ["x", "i0", "i1", "rows"], ["rb"])
            .Node("Concat", ["ra", "rb"], ["r"], ("axis", 1)).Node("Slice", ["r", "i1", "end", "columns"], ["ca"])
            .Node("Slice", ["r", "i0", "i1", "columns"], ["cb"]).Node("Concat", ["ca", "cb"], ["c"], ("axis", 2))
            .Node("Shape", ["x"], ["s"]).Node("Gather", ["s", "n0"], ["b"]).Node("Gather", ["s", "n1"], ["h"])
            .Node("Gather", ["s", "n2"], ["v"])
            .Node("Div", ["h", "block"], ["hb"]).Node("Div", ["v", "block"], ["vb"]).Node("Unsqueeze", ["b", "i0"], ["bu"])
            .Node("Unsqueeze", ["hb", "i0"], ["hu"]).Node("Unsqueeze", ["vb", "i0"], ["vu"])
            .Node("Concat", ["bu", "hu", "two", "vu", "two", "six"], ["cut"], ("axis", 0)).Node("Reshape", ["c", "cut"], ["c6"])
            .Node("Transpose", ["c6"], ["ct"], ("perm", L(0, 1, 3, 2, 4, 5))).Node("Reshape", ["ct", "cells"], ["win"])
            .Node("MatMul", ["win", "w"], ["qk"]).Node("Reshape", ["qk", "qkv"], ["q5"])
            .Node("Transpose", ["q5"], ["q2"], ("perm", L(2, 0, 3, 1, 4)))
            .Node("Gather", ["q2", "n0"], ["q"], ("axis", 0)).Node("Gather", ["q2", "n1"], ["k"], ("axis", 0))
            .Node("Transpose", ["k"], ["kt"], ("perm", L(0, 1, 3, 2))).Node("MatMul", ["q", "kt"], ["sc"])
            .Node("Gather", ["table", "places"], ["bt"]).Node("Reshape", ["bt", "square"], ["b3"])
            .Node("Transpose", ["b3"], ["bp"], ("perm", L(2, 0, 1)))
            .Node("Unsqueeze", ["bp", "i0"], ["bias"]).Node("Add", ["sc", "bias"], ["sb"]).Node("Softmax", ["sb"], ["p"], ("axis", -1))
            .Node("MatMul", ["p", "q"], ["o"]).Node("Transpose", ["o"], ["ot"], ("perm", L(0, 2, 1, 3)))
            .Node("Reshape", ["ot", "cells"], ["of"])
            .Node("Concat", ["bu", "hu", "vu", "two", "two", "six"], ["uncut"], ("axis", 0)).Node("Reshape", ["of", "uncut"], ["o6"])
            .Node("Transpose", ["o6"], ["o7"], ("perm", L(0, 1, 3, 2, 4, 5))).Node("Reshape", ["o7", "s"], ["back"])
            .Node("Add", ["back", "x"], ["y"]);
        return g;
    }
}
