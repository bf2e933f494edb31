using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Passes;
using ModelBuild.Compiler.Planning.Steps;

namespace ModelBuild.Compiler.Lowering;

/// <summary>
/// From ONNX operators to what the runtime has kernels for: the second of the compiler's two lists of passes. Our own quantization and
/// models that arrive quantized go the same way.
/// </summary>
internal static class LoweringPasses
{
    private static readonly IPass[] s_passes =
    [
        new ReadQuantization(),
        new PropagateQuantized(),
        new FuseOperators(),
        new LowerQuantizedOperators(),
        new PropagateQuantized(),
        new LowerFloatOperators(),
        new ToChannelsLast(),
        new SinkTransposes(),
        new SeparatePorts(),
    ];

    /// <summary>Lowers a graph in place.</summary>
    /// <exception cref="CompilationException">MODELB1003: operators that cannot run, all of them.</exception>
    public static void Run(Graph graph, PassContext context)
    {
        foreach (IPass pass in s_passes)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            pass.Run(graph, context);
            graph.RemoveDead();
            GraphVerifier.Verify(graph, pass.GetType().Name);
        }

        Finding[] unknown =
        [
            .. graph.Nodes.Where(n => !StepWriters.Knows(n)).Select(n => Unsupported(n, "in a way that has no kernel at run time; it is supported where its inputs are constant")),
            .. graph.Nodes.Where(ComputesOtherThanFloat).Select(n => Unsupported(n, $"on {n.Output.Type} at run time; Float32 is supported")),
        ];
        if (unknown.Length > 0)
        {
            throw new CompilationException(unknown);
        }

        Finding Unsupported(Node node, string how) => new(
            DiagnosticCodes.UnsupportedOperator,
            FindingSeverity.Error,
            $"Model '{Path.GetFileName(context.Inference.File)}': node '{node.Name}' uses operator '{node.Type}' {how}. Change that part of the model, or run it elsewhere.",
            context.Inference.File);
    }

    /// <summary>True for arithmetic of ONNX's on anything but float32. What only moves or converts elements says itself what it can.</summary>
    private static bool ComputesOtherThanFloat(Node node) =>
        node.Domain.Length == 0 && StepWriters.Knows(node) && !StepWriters.IsView(node) && node.Output.Type != DataType.Float32
        && node.Type is not ("QuantizeLinear" or "Cast" or "Transpose" or "Concat" or "Pad" or "Slice");
}
