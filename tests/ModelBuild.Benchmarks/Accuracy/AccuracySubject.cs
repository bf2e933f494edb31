using ModelBuild.Compiler;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.TestSupport;

namespace ModelBuild.Benchmarks.Accuracy;

/// <summary>A model in ONNX Runtime, in floats, and as the kernels of a mode compute it.</summary>
internal sealed class AccuracySubject : IDisposable
{
    private readonly OrtSession _floats;
    private readonly CompiledModel _model;
    private readonly Interpreter _kernels;

    /// <param name="path">The ONNX file.</param>
    /// <param name="mode">As the item has it.</param>
    /// <param name="calibration">Files with samples; none where the mode needs none.</param>
    /// <param name="minSqnr">What <c>auto</c> is to reach.</param>
    public AccuracySubject(string path, ModelMode mode, IReadOnlyList<string> calibration, double? minSqnr = null)
    {
        _floats = new OrtSession(File.ReadAllBytes(path));
        _model = ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = path, Mode = mode, CalibrationFiles = calibration, ClassName = "Model", ResourceName = "Model.weights",
            Budget = new QualityBudget(minSqnr),
        });
        _kernels = new Interpreter(_model.Compiled);
    }

    /// <summary>Bytes of the constants.</summary>
    public long Bytes => _model.Compiled.Weights.Length;

    /// <summary>What <c>auto</c> has decided.</summary>
    public string? Note => _model.Note;

    /// <summary>The name of the only input.</summary>
    public string InputName => _floats.InputNames.Single();

    public Dictionary<string, Tensor> Floats(IReadOnlyDictionary<string, Tensor> inputs) => _floats.Run(inputs);

    public Dictionary<string, Tensor> Codes(IReadOnlyDictionary<string, Tensor> inputs) => _kernels.Run(inputs);

    public void Dispose()
    {
        _floats.Dispose();
        _model.Dispose();
    }
}
