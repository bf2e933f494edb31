using System.Globalization;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx;

namespace ModelBuild.Compiler.Tests.Support;

/// <summary>Graphs and samples as files, and what the whole compiler makes of them.</summary>
internal static class CompiledFile
{
    /// <param name="samples">For int8; each holds a tensor for every input, of a batch of any size.</param>
    /// <exception cref="CompilationException">As the compiler says.</exception>
    public static CompiledModel Of(Graph graph, ModelMode mode, params IReadOnlyList<IReadOnlyDictionary<string, Tensor>> samples) =>
        Of(graph, mode, RecoveryMethods.All, samples);

    /// <param name="recovery">For int8.</param>
    /// <param name="method">For int8; null for the default.</param>
    public static CompiledModel Of(
        Graph graph, ModelMode mode, RecoveryMethods recovery, IReadOnlyList<IReadOnlyDictionary<string, Tensor>> samples,
        CalibrationMethod? method = null, IReadOnlyList<string>? keepFloat = null)
    {
        using var folder = new TemporaryFolder();
        string model = folder.Write("model.onnx", OnnxExporter.Export(graph));
        string[] calibration =
        [
            .. samples.Select((sample, i) => folder.Write(
                string.Create(
                    CultureInfo.InvariantCulture, $"samples{i}.npz"),
                    NumpyFile.Npz(sample))),
        ];
        return ModelCompiler.CompileModel(Options(model, mode, calibration) with
        {
            Recovery = recovery, CalibrationMethod = method ?? CalibrationMethod.MinMax, KeepFloat = keepFloat ?? [],
        });
    }

    public static CompileOptions Options(string model, ModelMode mode, IReadOnlyList<string> calibration) => new()
    {
        ModelPath = model, Mode = mode, ClassName = "Model", ResourceName = "Model.weights", CalibrationFiles = calibration,
    };
}
