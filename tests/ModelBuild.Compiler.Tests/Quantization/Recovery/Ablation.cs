using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;
using ModelBuild.Compiler.Tests.Support;

namespace ModelBuild.Compiler.Tests.Quantization.Recovery;

/// <summary>What methods of recovering accuracy buy in int8, on the samples that they were given.</summary>
internal static class Ablation
{
    /// <param name="graph">A float model.</param>
    /// <param name="methods">All that may be done.</param>
    /// <param name="samples">Null for forty random ones.</param>
    /// <returns>In dB, and the model, which the caller lets go.</returns>
    public static (double Sqnr, CompiledModel Model) Sqnr(
        Graph graph, RecoveryMethods methods, Dictionary<string, Tensor>? samples = null)
    {
        samples ??= TestGraph.Inputs(graph, 40, 1);
        using CompiledModel floats = CompiledFile.Of(graph, ModelMode.Fp32, methods, []);
        CompiledModel integers = CompiledFile.Of(graph, ModelMode.Int8, methods, [samples]);
        return (
            NoiseMeter.Compare(new Interpreter(floats.Compiled), new Interpreter(integers.Compiled), [samples], CancellationToken.None)!
                .Sqnr!.Value,
            integers);
    }
}
