using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>Attention and the rotation of positions as ONNX Runtime has them.</content>
internal static partial class ContributedModels
{
    private static readonly DataType s_i32 = DataType.Int32;

    private static Dictionary<string, Func<byte[]>> Attentions => new(StringComparer.Ordinal)
    {
        ["Attention"] = () => Make(g => Projection(g).Own("Attention", ["x", "w", "b"], ["y"], ("num_heads", 2))),
        ["Attention scaled"] = () => Make(g => Projection(g)
            .Own("Attention", ["x", "w", "b"], ["y"], ("num_heads", 4), ("scale", 0.3f))),
        ["Attention with a mask of keys"] = () => Make(g => Projection(g).Input("m", s_i32, "N", 5)
            .Own("Attention", ["x", "w", "b", "m"], ["y"], ("num_heads", 2))),
        ["Attention with a mask of queries and keys"] = () => Make(g => Projection(g).Input("m", s_i32, "N", 5, 5)
            .Own("Attention", ["x", "w", "b", "m"], ["y"], ("num_heads", 2), ("mask_filter_value", -1e9f))),
        ["Attention with lengths"] = () => Make(g => Projection(g).Input("m", s_i32, "N")
            .Own("Attention", ["x", "w", "b", "m"], ["y"], ("num_heads", 2))),
        ["Attention with ends and starts"] = () => Make(g => Projection(g, 3).Input("m", s_i32, 6)
            .Own("Attention", ["x", "w", "b", "m"], ["y"], ("num_heads", 2))),
        ["Attention to what was before"] = () => Make(g => Projection(g)
            .Own("Attention", ["x", "w", "b"], ["y"], ("num_heads", 2), ("unidirectional", 1))),
        ["Attention with past and mask"] = () => Make(g => Projection(g, 2, 3).Input("m", s_i32, 2, 7).Input("p", 2, 2, 2, 4, 4)
            .Output("q", 2, 2, 2, 7, 4)
            .Own("Attention", ["x", "w", "b", "m", "p"], ["y", "q"], ("num_heads", 2), ("unidirectional", 1))),
        ["Attention with addend"] = () => Make(g => Projection(g).Input("a", 1, 2, 5, 5)
            .Own("Attention", ["x", "w", "b", "", "", "a"], ["y"], ("num_heads", 2))),
        ["Attention of another size of values"] = () => Make(g => g.Constant("w", Values(1, 6, 20)).Constant("b", Values(2, 20))
            .Input("x", "N", 3, 6).Output("y", "N", 3, 4)
            .Own("Attention", ["x", "w", "b"], ["y"], ("num_heads", 2), ("qkv_hidden_sizes", L(8, 8, 4)))),
        ["MultiHeadAttention"] = () => Make(g => Queries(g).Own("MultiHeadAttention", ["q", "k", "v"], ["y"], ("num_heads", 2))),
        ["MultiHeadAttention with bias and mask"] = () => Make(g => Queries(g).Constant("b", Values(1, 20)).Input("m", s_i32, "N", 5)
            .Own("MultiHeadAttention", ["q", "k", "v", "b", "m"], ["y"], ("num_heads", 2))),
        ["MultiHeadAttention with addend, past and present"] = () => Make(g => g.Input("q", "N", 3, 8)
            .Input("k", "N", 5, 8).Input("v", "N", 5, 8).Input("a", 1, 2, 3, 7).Input("pk", "N", 2, 2, 4).Input("pv", "N", 2, 2, 4)
            .Output("y", "N", 3, 8).Output("qk", "N", 2, 7, 4).Output("qv", "N", 2, 7, 4)
            .Own("MultiHeadAttention", ["q", "k", "v", "", "", "a", "pk", "pv"], ["y", "qk", "qv"], ("num_heads", 2), ("scale", 0.4f))),
        ["MultiHeadAttention to what was before"] = () => Make(g => g.Input("q", "N", 5, 8).Input("k", "N", 5, 8)
            .Input("v", "N", 5, 8).Output("y", "N", 5, 8)
            .Own("MultiHeadAttention", ["q", "k", "v"], ["y"], ("num_heads", 4), ("unidirectional", 1))),
        ["MultiHeadAttention of heads"] = () => Make(g => g.Input("q", "N", 3, 8).Input("k", "N", 2, 5, 4).Input("v", "N", 2, 5, 4)
            .Output("y", "N", 3, 8).Own("MultiHeadAttention", ["q", "k", "v"], ["y"], ("num_heads", 2))),
        ["RotaryEmbedding of an offset"] = () => Make(g => Tables(g).Input("x", "N", 5, 8).Input("p", DataType.Int64, 1)
            .Output("y", "N", 5, 8).Own("RotaryEmbedding", ["x", "p", "c", "s"], ["y"])),
        ["RotaryEmbedding of positions, interleaved"] = () => Make(g => Tables(g).Input("x", "N", 3, 8).Input("p", DataType.Int64, "N", 3)
            .Output("y", "N", 3, 8).Own("RotaryEmbedding", ["x", "p", "c", "s"], ["y"], ("interleaved", 1))),
        ["RotaryEmbedding of heads, in part"] = () => Make(g => Tables(g).Input("x", "N", 2, 3, 6).Input("p", DataType.Int64, "N", 3)
            .Output("y", "N", 2, 3, 6)
            .Own("RotaryEmbedding", ["x", "p", "c", "s"], ["y"], ("num_heads", 2), ("rotary_embedding_dim", 4))),
    };

    private static OnnxGraph Projection(OnnxGraph graph, object? batch = null, object? length = null) => graph
        .Constant("w", Values(1, 6, 24)).Constant("b", Values(2, 24)).Input("x", batch ?? "N", length ?? 5, 6)
        .Output("y", batch ?? "N", length ?? 5, 8);

    private static OnnxGraph Queries(OnnxGraph graph) => graph.Input("q", "N", 3, 8).Input("k", "N", 5, 8).Input("v", "N", 5, 4)
        .Output("y", "N", 3, 4);

    /// <summary>Cosines and sines of two angles for each position.</summary>
    private static OnnxGraph Tables(OnnxGraph graph) => graph.Constant("c", Values(1, 9, 2)).Constant("s", Values(2, 9, 2));
}
