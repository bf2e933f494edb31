using ModelBuild.Compiler.Graphs;
using static ModelBuild.Conformance.Tests.Road.ModelParts;

namespace ModelBuild.Conformance.Tests.Road;

/// <content>ONNX Runtime's own operators on floats.</content>
internal static partial class ContributedModels
{
    private static Dictionary<string, Func<byte[]>> Floats => new(StringComparer.Ordinal)
    {
        ["Gelu"] = () => Make(g => g.Input("x", "N", 9).Output("y", "N", 9).Own("Gelu", ["x"], ["y"])),
        ["BiasGelu"] = () => Make(g => g.Constant("b", Values(1, 9)).Input("x", "N", 3, 9).Output("y", "N", 3, 9)
            .Own("BiasGelu", ["x", "b"], ["y"])),
        ["FastGelu"] = () => Make(g => g.Input("x", "N", 9).Output("y", "N", 9).Own("FastGelu", ["x"], ["y"])),
        ["FastGelu with bias"] = () => Make(g => g.Constant("b", Values(1, 9)).Input("x", "N", 9).Output("y", "N", 9)
            .Own("FastGelu", ["x", "b"], ["y"])),
        ["QuickGelu"] = () => Make(g => g.Input("x", "N", 9).Output("y", "N", 9).Own("QuickGelu", ["x"], ["y"])),
        ["QuickGelu of another alpha"] = () => Make(g => g.Input("x", "N", 9).Output("y", "N", 9)
            .Own("QuickGelu", ["x"], ["y"], ("alpha", 1f))),
        ["LayerNormalization in opset 13"] = () => Make(g => g.Constant("g", Values(1, 8)).Constant("b", Values(2, 8))
            .Input("x", "N", 3, 8).Output("y", "N", 3, 8).Node("LayerNormalization", ["x", "g", "b"], ["y"], ("axis", -1)), 13),
        ["SimplifiedLayerNormalization"] = () => Make(g => g.Constant("g", Values(1, 8)).Input("x", "N", 3, 8).Output("y", "N", 3, 8)
            .Node("SimplifiedLayerNormalization", ["x", "g"], ["y"], ("axis", -1), ("epsilon", 1e-6f))),
        ["SkipLayerNormalization"] = () => Make(g => Norms(g).Own("SkipLayerNormalization", ["x", "k", "g"], ["y"], ("epsilon", 1e-5f))),
        ["SkipLayerNormalization with all inputs and the sum"] = () => Make(g => Norms(g).Output("t", "N", 3, 8)
            .Own("SkipLayerNormalization", ["x", "k", "g", "b", "c"], ["y", "", "", "t"])),
        ["SkipLayerNormalization of a skip for all samples"] = () => Make(g => g.Constant("g", Values(1, 8)).Constant("k", Values(2, 3, 8))
            .Input("x", "N", 3, 8).Output("y", "N", 3, 8).Own("SkipLayerNormalization", ["x", "k", "g"], ["y"], ("epsilon", 1e-5f))),
        ["SkipSimplifiedLayerNormalization"] = () => Make(g => Norms(g).Output("t", "N", 3, 8)
            .Own("SkipSimplifiedLayerNormalization", ["x", "k", "g", "c"], ["y", "", "", "t"], ("epsilon", 1e-6f))),
        ["EmbedLayerNormalization"] = () => Make(g => Embeddings(g).Constant("se", Values(3, 2, 8))
            .Input("i", DataType.Int32, "N", 5).Input("sg", DataType.Int32, "N", 5).Input("m", DataType.Int32, "N", 5)
            .Output("y", "N", 5, 8).Output("l", DataType.Int32, "N")
            .Own("EmbedLayerNormalization", ["i", "sg", "we", "pe", "se", "g", "b", "m"], ["y", "l"])),
        ["EmbedLayerNormalization of positions, without segments"] = () => Make(g => Embeddings(g)
            .Input("i", DataType.Int32, "N", 4).Input("p", DataType.Int32, "N", 4).Output("y", "N", 4, 8).Output("l", DataType.Int32, "N")
            .Own("EmbedLayerNormalization", ["i", "", "we", "pe", "", "g", "b", "", "p"], ["y", "l"])),
        ["FusedMatMul transposed"] = () => Make(g => g.Input("a", "N", 5, 3).Input("b", "N", 4, 5).Output("y", "N", 3, 4)
            .Own("FusedMatMul", ["a", "b"], ["y"], ("transA", 1), ("transB", 1), ("alpha", 0.125f))),
        ["FusedMatMul of batches behind"] = () => Make(g => g.Input("a", 3, 2, 5).Input("b", 2, 5, 4).Output("y", 2, 3, 4)
            .Own("FusedMatMul", ["a", "b"], ["y"], ("transBatchA", 1))),
        ["FusedGemm"] = () => Make(g => g.Constant("w", Values(1, 5, 9)).Constant("b", Values(2, 5)).Input("x", "N", 9).Output("y", "N", 5)
            .Own("FusedGemm", ["x", "w", "b"], ["y"], ("transB", 1), ("activation", "LeakyRelu"), ("activation_alpha", 0.2f),
                ("alpha", 0.5f))),
        ["FusedConv"] = () => Make(g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("b", Values(2, 4)).Input("x", "N", 3, 6, 6)
            .Output("y", "N", 4, 4, 4).Own("FusedConv", ["x", "w", "b"], ["y"], ("activation", "Relu"))),
        ["FusedConv with sum and clip"] = () => Make(g => g.Constant("w", Values(1, 4, 3, 3, 3)).Constant("b", Values(2, 4))
            .Input("x", "N", 3, 6, 6).Input("z", "N", 4, 6, 6).Output("y", "N", 4, 6, 6)
            .Own("FusedConv", ["x", "w", "b", "z"], ["y"], ("pads", L(1, 1, 1, 1)), ("activation", "Clip"),
                ("activation_params", new[] { -0.5f, 1.5f }))),
        ["FusedConv with hard sigmoid"] = () => Make(g => g.Constant("w", Values(1, 4, 3, 1, 1)).Input("x", "N", 3, 6, 6)
            .Output("y", "N", 4, 6, 6).Own("FusedConv", ["x", "w"], ["y"], ("activation", "HardSigmoid"),
                ("activation_params", new[] { 0.3f, 0.4f }))),
        ["Pad"] = () => Make(g => g.Integers("p", 0, 1, 2, 0, 3, 0).Constant("v", Tensor.Of([2.5f], 1)).Input("x", "N", 3, 4)
            .Output("y", "N", 7, 6).Own("Pad", ["x", "p", "v"], ["y"])),
        ["Trilu"] = () => Make(g => g.Constant("k", Tensor.Of([1L], [])).Input("x", "N", 4, 5).Output("y", "N", 4, 5)
            .Own("Trilu", ["x", "k"], ["y"], ("upper", 0))),
        ["GatherND"] = () => Make(g => g.Constant("t", Values(1, 2, 2, 5)).Input("i", DataType.Int64, "N", 2).Output("y", "N", 5)
            .Own("GatherND", ["t", "i"], ["y"])),
        ["ExpandDims"] = () => Make(g => g.Constant("a", Tensor.Of([-1], [])).Input("x", "N", 4).Output("y", "N", 4, 1)
            .Own("ExpandDims", ["x", "a"], ["y"])),
        ["GridSample"] = () => Make(g => g.Input("x", "N", 3, 5, 4).Input("g", "N", 2, 3, 2).Output("y", "N", 3, 2, 3)
            .Own("GridSample", ["x", "g"], ["y"], ("align_corners", 1))),
    };

    private static OnnxGraph Norms(OnnxGraph graph) => graph.Constant("g", Values(1, 8)).Constant("b", Values(2, 8))
        .Constant("c", Values(3, 8)).Input("x", "N", 3, 8).Input("k", "N", 3, 8).Output("y", "N", 3, 8);

    private static OnnxGraph Embeddings(OnnxGraph graph) => graph.Constant("we", Values(1, 6, 8)).Constant("pe", Values(2, 9, 8))
        .Constant("g", Values(4, 8)).Constant("b", Values(5, 8));
}
