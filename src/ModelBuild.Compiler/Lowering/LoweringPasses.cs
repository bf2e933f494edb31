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
        new PropagateCodes(),
        new FormBlocks(),
        new FormIntegerOperators(),
        new PropagateCodes(),
        new FormFloatOperators(),
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

        Node[] unknown = [.. graph.Nodes.Where(n => !StepWriters.Knows(n))];
        if (unknown.Length > 0)
        {
            throw new CompilationException([.. unknown.Select(n => new Finding(
                DiagnosticCodes.UnsupportedOperator, FindingSeverity.Error,
                $"Model '{Path.GetFileName(context.Inference.File)}': node '{n.Name}' uses operator '{n.Type}' in a way that has no kernel at run time. "
                + "It is supported where its inputs are constant.", context.Inference.File))]);
        }
    }
}
