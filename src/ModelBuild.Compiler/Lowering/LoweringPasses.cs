using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// From ONNX operators to what the runtime has kernels for: the second of the compiler's two lists of passes. Our own quantization and
/// models that arrive quantized go the same way.
/// </summary>
internal static class LoweringPasses
{
    /// <summary>New passes each time: compiles may run at once.</summary>
    private static IReadOnlyList<IPass> All =>
    [
        new BindSizes(),
        new DetachShapeArithmetic(),
        new FuseRoundings(),
        new FuseDynamicProducts(),
        new FuseQuantization(),
        new RaiseClips(),
        new SplitWideCodes(),
        new ReadBytes(),
        new ReadQuantization(),
        new LowerResize(),
        new CutSplits(amongCodes: true),
        new PropagateQuantized(),
        new RaiseIntegerProducts(),
        new FuseOperators(),
        new LowerQuantizedProducts(toReals: false),
        new LowerNormalization(),
        new LowerQuantizedOperators(),
        new PropagateQuantized(),
        new InterpolateCodes(),
        new LowerIntegerProducts(),
        new FoldDequantized(),
        new FuseNormalization(),
        new FuseAttention(),
        new FuseRotation(),
        new LowerQuantizedProducts(toReals: true),
        new FuseActivations(),
        new LowerFloatOperators(),
        new ToChannelsLast(),
        new SinkTransposes(),
        new CloseBodies(),
        new SeparatePorts(),
    ];

    /// <summary>Lowers a graph in place.</summary>
    /// <exception cref="CompilationException">MODELB1003: operators that cannot run, all of them.</exception>
    public static void Run(Graph graph, PassContext context)
    {
        foreach (IPass pass in All)
        {
            context.Apply(pass, graph);
        }

        LoweredGraphVerifier.Verify(graph, context);
    }
}
