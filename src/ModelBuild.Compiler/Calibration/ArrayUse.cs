namespace ModelBuild.Compiler.Calibration;

/// <summary>What arrays of NumPy are read for: a file that cannot be read is reported in those words.</summary>
/// <param name="Code">Of what is reported.</param>
/// <param name="Name">How a message calls the file, at the start of a sentence.</param>
internal sealed record ArrayUse(string Code, string Name)
{
    /// <summary>Samples that choose scales.</summary>
    public static ArrayUse Calibration { get; } = new(DiagnosticCodes.CalibrationType, "Sample file");

    /// <summary>What samples are.</summary>
    public static ArrayUse Labels { get; } = new(DiagnosticCodes.LabelFile, "Label file");

    /// <summary>What a model is run with.</summary>
    public static ArrayUse Input { get; } = new(DiagnosticCodes.InputFile, "Input file");
}
