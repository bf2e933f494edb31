using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Attention of decoders, with a cache of keys and values.</content>
internal static partial class ContributedModels
{
    private static Dictionary<string, Func<byte[]>> Decoders => new(StringComparer.Ordinal)
    {
        ["GroupQueryAttention of the first call"] = () => Make(g => Grouped(g, 2, 5, 5, [4, 4])
            .Own("GroupQueryAttention", ["q", "k", "v", "", "", "len", "sum"], ["y"], s_heads)),
        ["GroupQueryAttention of the first call, packed and turned"] = () => Make(g => Angles(Sizes(g, 5, [4, 4]))
            .Input("q", 2, 5, 128).Output("y")
            .Own("GroupQueryAttention", ["q", "", "", "", "", "len", "sum", "c", "s"], ["y"], [.. s_heads, ("do_rotary", 1)])),
        ["GroupQueryAttention with past and present, turned"] = () => Make(g => Past(Angles(Grouped(g, 1, 2, 5, [4])), 1, 3)
            .Own("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum", "c", "s"], ["y", "qk", "qv"],
                [.. s_heads, ("do_rotary", 1), ("rotary_interleaved", 1), ("scale", 0.7f)])),
        ["GroupQueryAttention of samples of several lengths"] = () => Make(g => Past(Angles(Grouped(g, 3, 1, 5, [4, 2, 3])), 3, 4)
            .Own("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum", "c", "s"], ["y", "qk", "qv"],
                [.. s_heads, ("do_rotary", 1)])),
        ["GroupQueryAttention of a window, capped"] = () => Make(g => Past(Grouped(g, 1, 3, 7, [6]), 1, 4)
            .Own("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum"], ["y", "qk", "qv"],
                [.. s_heads, ("local_window_size", 2), ("softcap", 1.5f)])),
        ["GroupQueryAttention in a buffer with room"] = () => Make(g => Past(Grouped(g, 1, 1, 4, [3]), 1, 8)
            .Own("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum"], ["y", "qk", "qv"], s_heads)),
        ["GroupQueryAttention with addend and smooth softmax"] = () => Make(g => Past(Grouped(g, 1, 2, 5, [4]), 1, 3)
            .Input("a", 1, 4, 2, 5)
            .Own("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum", "", "", "", "a"],
                ["y", "qk", "qv"], [.. s_heads, ("smooth_softmax", 1)])),
        ["GroupQueryAttention with a sink of each head"] = () => Make(g => Past(Grouped(g, 1, 2, 5, [4]), 1, 3)
            .Constant("h", Values(7, 4)).Own(
                "GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum", "", "", "", "", "h"], ["y", "qk", "qv"], s_heads)),
        ["GroupQueryAttention of open lengths, as exported"] = () => Make(g => Past(Angles(g), "B", "P")
            .Input("q", "B", 1, 64).Input("k", "B", 1, 32).Input("v", "B", 1, 32).Input("m", DataType.Int64, "B", "T").Output("y")
            .Integers("one", 1).Constant("i1", Tensor.Of([1L], [])).Node("ReduceSum", ["m", "one"], ["n"], ("keepdims", 0))
            .Node("Shape", ["m"], ["ms"]).Node("Gather", ["ms", "i1"], ["t"])
            .Node("Mul", ["n", "zero"], ["nz"]).Node("Add", ["nz", "t"], ["all"]).Node("Sub", ["all", "one"], ["less"])
            .Constant("zero", Tensor.Of([0L], 1)).Node("Cast", ["less"], ["len"], ("to", (long)DataType.Int32))
            .Node("Cast", ["t"], ["sum"], ("to", (long)DataType.Int32))
            .Own("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "len", "sum", "c", "s"], ["y", "qk", "qv"],
                [.. s_heads, ("do_rotary", 1)])),
    };

    private static Dictionary<string, Func<byte[]>> QuantizedTables => new(StringComparer.Ordinal)
    {
        ["GatherBlockQuantized of four bits"] = () => Make(g => g.Constant("d", Unsigned(1, 6, 16)).Constant("s", Values(2, 6, 2))
            .Input("i", DataType.Int64, "N", 3).Output("y")
            .Own("GatherBlockQuantized", ["d", "i", "s"], ["y"], ("block_size", 16), ("quantize_axis", 1))),
        ["GatherBlockQuantized with zero points"] = () => Make(g => g.Constant("d", Unsigned(1, 6, 24)).Constant("s", Values(2, 6, 3))
            .Constant("z", Unsigned(3, 6, 2)).Input("i", DataType.Int32, "N").Output("y")
            .Own("GatherBlockQuantized", ["d", "i", "s", "z"], ["y"], ("block_size", 16), ("quantize_axis", 1))),
        ["GatherBlockQuantized of eight bits"] = () => Make(g => g.Constant("d", Unsigned(1, 6, 32)).Constant("s", Values(2, 6, 2))
            .Input("i", DataType.Int64, "N").Output("y")
            .Own("GatherBlockQuantized", ["d", "i", "s"], ["y"], ("bits", 8), ("block_size", 16), ("quantize_axis", 1))),
        ["CDist"] = () => Make(g => g.Input("a", "N", 5).Input("b", "M", 5).Output("y")
            .Own("CDist", ["a", "b"], ["y"], ("metric", "euclidean"))),
        ["CDist of squares"] = () => Make(g => g.Input("a", "N", 5).Input("b", 4, 5).Output("y")
            .Own("CDist", ["a", "b"], ["y"], ("metric", "sqeuclidean"))),
        ["Unique"] = () => Make(g => g.Input("x", 7).Output("u").Output("i", DataType.Int64).Output("n", DataType.Int64)
            .Node("Relu", ["x"], ["r"]).Node("Ceil", ["r"], ["c"]).Own("Unique", ["c"], ["u", "i", "n"])),
    };

    private static readonly (string, object)[] s_heads = [("num_heads", 4), ("kv_num_heads", 2)];

    /// <summary>How many keys there are in all, and the last place of each sample.</summary>
    private static OnnxGraph Sizes(OnnxGraph graph, int total, int[] last) =>
        graph.Constant("len", Tensor.Of(last, last.Length)).Constant("sum", Tensor.Of([total], 1));

    /// <summary>Four heads of queries of sixteen numbers, and two of keys and values.</summary>
    private static OnnxGraph Grouped(OnnxGraph graph, int batch, int length, int total, int[] last) =>
        Sizes(graph, total, last).Input("q", batch, length, 64).Input("k", batch, length, 32).Input("v", batch, length, 32).Output("y");

    private static OnnxGraph Past(OnnxGraph graph, object batch, object length) => graph
        .Input("pk", batch, 2, length, 16).Input("pv", batch, 2, length, 16).Output("qk").Output("qv");

    private static OnnxGraph Angles(OnnxGraph graph) => graph.Constant("c", Values(1, 20, 8)).Constant("s", Values(2, 20, 8));
}
