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
    public static IReadOnlyList<ModelMode> Modes { get; } =
        [ModelMode.Fp32, ModelMode.Fp16, ModelMode.Int8, ModelMode.Int8Dynamic, ModelMode.Int16x8];

    /// <param name="model">The model.</param>
    /// <param name="mode">How it is compiled.</param>
    /// <param name="peak">Multiply-accumulates per second that the processor can do, of floats and of bytes.</param>
    /// <param name="rules">How long it takes.</param>
    public static PeerResult Run(PeerModel model, ModelMode mode, (double Floats, double Bytes) peak, Duel.Rules rules)
    {
        string word = mode.Word();
        using var folder = new TemporaryFolder();
        bool isSampled = mode.IsCalibrated();
        try
        {
            using CompileResult compiled = ModelCompiler.Compile(new CompileOptions
            {
                ModelPath = folder.Write("model.onnx", model.Onnx), Mode = mode, ClassName = "Measured", Namespace = "Peers",
                ResourceName = "model.weights", CalibrationFiles = isSampled ? [folder.Write("samples.npz", model.Samples)] : [],
                Recovery = model.IsTrained ? RecoveryMethods.All : RecoveryMethods.None,
            });
            GeneratedModels models = GeneratedModels.Build(compiled);
            byte[] theirs = mode == ModelMode.Fp16 ? model.Onnx : Written(compiled);
            using var session = new OrtSession(theirs, exact: false);
            Duel duel = Duel.Fight(models.Bind("Measured", model.Input), session.Bind(model.Input), rules);
            double macs = Macs(PlanReader.Read(compiled.Plan), model.Input) / duel.Left.Microseconds * 1e6;
            double limit = mode is ModelMode.Fp32 or ModelMode.Fp16 ? peak.Floats : peak.Bytes;
            return new PeerResult(model.Name, word, duel, null, macs, macs / limit, compiled.WeightsLength, theirs.Length);
        }
        catch (Exception e) when (e is CompilationException or OnnxRuntimeException)
        {
            return new PeerResult(model.Name, word, null, e.Message, 0, 0, 0, 0);
        }
    }

    private static byte[] Written(CompileResult compiled)
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
