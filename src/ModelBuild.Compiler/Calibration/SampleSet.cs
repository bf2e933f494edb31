using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Operators;

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

    /// <summary>Says so where Preprocessing is set and prepares nothing: arrays and tables hold inputs as the model takes them.</summary>
    public static void ReportUnusedPreprocessing(CompileOptions options, Graph graph, InferenceContext context, List<Finding> findings)
    {
        if (options.Preprocessing is not null && options.UsesSamples && graph.Inputs.All(i => i.Pixels is null)
            && SampleGroup.Of(options.CalibrationFiles).All(g => g.Format is not (SampleFormat.Picture or SampleFormat.Idx)))
        {
            findings.Add(new Finding(
                DiagnosticCodes.PreprocessingUnused, FindingSeverity.Warning,
                $"Model '{Path.GetFileName(context.File)}': Preprocessing prepares pictures, and none of the samples is one: arrays and "
                    + "tables hold inputs as the model takes them, and are used as they are. Leave Preprocessing out, calibrate with the "
                    + "pictures themselves, or set InputType=\"uint8\" to have the class prepare their bytes.",
                context.File));
        }
    }

    /// <summary>Where a budget is to be reached, some samples are held back from all that decides, and are measured.</summary>
    public static (CalibrationData Kept, CalibrationData? HeldBack) HoldBack(CompileOptions options, CalibrationData samples) =>
        options.Budget.NeedsSamples || options.Mode == ModelMode.Auto ? samples.Split() : (samples, null);
}
