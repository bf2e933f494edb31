namespace ModelBuild.Compiler.Reports;

/// <summary>How long a call of the generated class takes on the machine that measured it, on one thread, in microseconds.</summary>
/// <param name="Fp32Median">Half of the calls in fp32 took at most this.</param>
/// <param name="Fp32Percentile99">99 of 100 did.</param>
/// <param name="Median">The same in the model's mode.</param>
/// <param name="Percentile99">The same in the model's mode.</param>
internal sealed record ReportLatency(double Fp32Median, double Fp32Percentile99, double Median, double Percentile99);
