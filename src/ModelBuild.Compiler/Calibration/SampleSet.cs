using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Calibration;

/// <summary>The samples that a compile is given, with their labels where there are some.</summary>
internal static class SampleSet
{
    /// <exception cref="CompilationException">All that is wrong with the files.</exception>
    public static CalibrationData Open(CompileOptions options, Graph graph)
    {
        CalibrationData samples = CalibrationData.Open(options.CalibrationFiles, graph.Inputs, options.Preprocessing);
        long? classes = graph.Outputs[0].Shape is [.., { IsConstant: true } last] ? last.Value : null;
        return options.LabelsFile is { } file ? samples.WithLabels(LabelFile.Read(file, samples.Count, classes)) : samples;
    }

    /// <summary>Where a budget is to be reached, some samples are held back from all that decides, and are measured.</summary>
    public static (CalibrationData Kept, CalibrationData? HeldBack) HoldBack(CompileOptions options, CalibrationData samples) =>
        options.Budget.NeedsSamples || options.Mode == ModelMode.Auto ? samples.Split() : (samples, null);
}
