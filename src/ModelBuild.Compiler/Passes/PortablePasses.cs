using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Passes;

/// <summary>
/// The clean-up that every model goes through: ONNX in, ONNX out, fewer and simpler operators, the same function. The one place that
/// knows the passes and their order.
/// </summary>
internal static class PortablePasses
{
    /// <summary>
    /// The passes in order, new ones each time: a pass may keep state while it runs, and compiles may run at once. Each keeps quantization
    /// patterns (QuantizeLinear, DequantizeLinear) intact.
    /// </summary>
    public static IReadOnlyList<IPass> All =>
    [
        new ShapeInference(),
        new NarrowFloat64(),
        new Float32Islands(),
        new FoldConstants(),
        new RemoveNoOps(),
        new CloseBodies(),
        new CanonicalizeReshape(),
        new DropZeroStates(),
        new MergeTransposes(),
        new ExpandVectors(),
        new SeparateBias(),
        new MatMulToGemm(),
        new NormalizeGemm(),
        new PullThroughDequantize(),
        new FoldConstants(),
        new FoldPad(),
        new FoldAffine(),
        new FoldBias(),
        new MergeClips(),
        new FuseHardSwish(),
        new RecognizeGlobalPool(),
        new MergeAffine(),
    ];

    /// <summary>Removes what nobody reads, then runs the passes until nothing is left to simplify.</summary>
    public static void Run(Graph graph, PassContext context)
    {
        graph.RemoveDead();
        PassRunner.Run(All, graph, context);
    }
}
