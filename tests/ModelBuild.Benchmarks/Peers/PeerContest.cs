using Microsoft.ML.OnnxRuntime;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks;

/// <summary>
/// Compiles a model as an item with the mode and nothing else would, and lets the generated class and ONNX Runtime take turns: both on the
/// file that the compiler writes, so on the same quantization, but for <c>fp16</c>, where ONNX Runtime gets the float32 model, which it
/// runs faster.
/// </summary>
internal static class PeerContest
{
    /// <summary>Of a call on one thread, in microseconds: shorter ones have nothing to share.</summary>
    private const double LeastShared = 2000;

    public static IReadOnlyList<ModelMode> Modes { get; } =
        [ModelMode.Fp32, ModelMode.Fp16, ModelMode.Int8, ModelMode.Int8Dynamic, ModelMode.Int16x8];

    /// <param name="model">The model.</param>
    /// <param name="mode">How it is compiled.</param>
    /// <param name="threads">
    /// How many threads each side may have for a call; a result for each number, but for more than one only where a call takes
    /// milliseconds.
    /// </param>
    /// <param name="peak">Multiply-accumulates per second that the processor can do, of floats and of bytes.</param>
    /// <param name="rules">How long it takes.</param>
    public static IReadOnlyList<PeerResult> Run(
        PeerModel model, ModelMode mode, IReadOnlyList<int> threads, (double Floats, double Bytes) peak, Duel.Rules rules)
    {
        string word = mode.Word();
        using var folder = new TemporaryFolder();
        try
        {
            using CompileResult compiled = Compile(model, mode, folder);
            GeneratedModels models = GeneratedModels.Build(compiled);
            byte[] theirs = mode == ModelMode.Fp16 ? model.Onnx : Written(compiled);
            double limit = mode is ModelMode.Fp32 or ModelMode.Fp16 ? peak.Floats : peak.Bytes;
            var results = new List<PeerResult>();
            foreach (int count in threads.Order())
            {
                if (count > 1 && results is [{ Threads: 1, Duel.Left.Microseconds: < LeastShared }, ..])
                {
                    continue;
                }

                using var session = new OrtSession(theirs, exact: false, threads: count);
                Duel duel = Duel.Fight(
                    models.Bind("Measured", model.Input, count), session.Bind(model.Input), count == 1 ? rules : rules.ForThreads);
                double macs = Macs(PlanReader.Read(compiled.Plan), model.Input) / duel.Left.Microseconds * 1e6;
                results.Add(
                    new(model.Name, word, count, duel, null, macs, macs / limit / count, compiled.WeightsLength, theirs.Length));
            }

            return results;
        }
        catch (Exception e) when (e is CompilationException or OnnxRuntimeException)
        {
            return [new PeerResult(model.Name, word, 1, null, e.Message, 0, 0, 0, 0)];
        }
    }

    /// <summary>Compiles as an item with the mode and nothing else would, to a class <c>Measured</c>.</summary>
    public static CompileResult Compile(PeerModel model, ModelMode mode, TemporaryFolder folder) => ModelCompiler.Compile(new CompileOptions
    {
        ModelPath = folder.Write("model.onnx", model.Onnx), Mode = mode, ClassName = "Measured", Namespace = "Peers",
        ResourceName = "model.weights", CalibrationFiles = mode.IsCalibrated() ? [folder.Write("samples.npz", model.Samples)] : [],
        Recovery = model.IsTrained ? RecoveryMethods.All : RecoveryMethods.None,
    });

    /// <summary>The ONNX file beside the plan.</summary>
    public static byte[] Written(CompileResult compiled)
    {
        using var stream = new MemoryStream();
        compiled.WriteOnnx(stream);
        return stream.ToArray();
    }

    private static double Macs(ExecutionPlan plan, Dictionary<string, Tensor> inputs)
    {
        var symbols = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (PlanPort port in plan.Inputs)
        {
            foreach ((Dimension dimension, long size) in plan.Tensors[port.Tensor].Shape.Zip(inputs[port.Name].Dimensions))
            {
                symbols.TryAdd(dimension.ToString(), size);
            }
        }

        return plan.Card.MultiplyAccumulates.Evaluate(symbols);
    }
}
