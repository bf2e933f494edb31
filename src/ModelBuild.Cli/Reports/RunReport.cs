namespace ModelBuild.Cli.Reports;

/// <summary>What <c>run</c> did.</summary>
/// <param name="Model">The file.</param>
/// <param name="Mode">One of <see cref="ModelBuild.Compiler.ModelModeNames.Words"/>.</param>
/// <param name="Sqnr">Against fp32 on the calibration data, in dB; null where it was not measured.</param>
/// <param name="Inputs">What it ran with.</param>
/// <param name="Outputs">What came out.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record RunReport(
    string Model, string Mode, double? Sqnr, ArrayReport[] Inputs, ArrayReport[] Outputs, FindingReport[] Findings);

/// <summary>An array in a file.</summary>
internal sealed record ArrayReport(string Name, string Type, long[] Shape, string File);
