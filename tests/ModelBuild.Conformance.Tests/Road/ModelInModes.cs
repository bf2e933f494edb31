using ModelBuild.Compiler;
using ModelBuild.Plan;

namespace ModelBuild.Conformance.Tests.Road;

/// <summary>
/// A model compiled in several modes, whose classes make one assembly: made one by one, the assemblies take most of the time of a test.
/// </summary>
internal sealed class ModelInModes : IDisposable
{
    private ModelInModes(IReadOnlyList<(ModelMode, CompileResult)> results) => Results = results;

    public IReadOnlyList<(ModelMode Mode, CompileResult Result)> Results { get; }

    public static string ClassOf(ModelMode mode) => $"Model{mode}";

    /// <param name="file">The model.</param>
    /// <param name="samples">For modes that are calibrated.</param>
    public static CompileOptions Options(string file, ModelMode mode, params IReadOnlyList<string> samples) => new()
    {
        ModelPath = file,
        Mode = mode,
        ClassName = ClassOf(mode),
        ResourceName = $"{mode}.weights",
        CalibrationFiles = mode.IsCalibrated() ? samples : [],
    };

    /// <inheritdoc cref="Options"/>
    public static ModelInModes Compile(string file, IEnumerable<ModelMode> modes, params IReadOnlyList<string> samples) =>
        new([.. modes.Select(mode => (mode, ModelCompiler.Compile(Options(file, mode, samples))))]);

    /// <param name="change">Of each plan, before the code is generated.</param>
    public GeneratedModels Build(Func<ExecutionPlan, ExecutionPlan>? change = null) =>
        GeneratedModels.Build([.. Results.Select(r => r.Result)], change ?? (plan => plan));

    public void Dispose()
    {
        foreach ((_, CompileResult result) in Results)
        {
            result.Dispose();
        }
    }
}
