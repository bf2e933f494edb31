namespace ModelBuild.Cli.Reports;

/// <summary>What <c>bench</c> measured.</summary>
/// <param name="Model">The file.</param>
/// <param name="Mode">One of <see cref="ModelBuild.Compiler.ModelModeNames.Words"/>.</param>
/// <param name="Threads">How many could work on one call.</param>
/// <param name="Callers">How many called at once.</param>
/// <param name="Inputs">With the shapes they were called with.</param>
/// <param name="Dimensions">What the dimensions were that the model leaves open, those among them that <c>--dimension</c> binds.</param>
/// <param name="Calls">Of all callers.</param>
/// <param name="MedianMicroseconds">Half of all calls took at most this.</param>
/// <param name="P99Microseconds">99 of 100 calls took at most this.</param>
/// <param name="MeanMicroseconds">The mean of all calls.</param>
/// <param name="MinimumMicroseconds">The shortest call.</param>
/// <param name="CallsPerSecond">Of all callers together.</param>
/// <param name="AllocatedBytesPerCall">On the managed heap, the median.</param>
/// <param name="WeightsBytes">Of the file of weights.</param>
/// <param name="WorkingMemoryBytes">Of one call; a batch that is cut into slices takes no more than a slice does.</param>
/// <param name="Findings">Warnings.</param>
internal sealed record BenchReport(
    string Model,
    string Mode,
    int Threads,
    int Callers,
    PortReport[] Inputs,
    IReadOnlyDictionary<string, long> Dimensions,
    int Calls,
    double MedianMicroseconds,
    double P99Microseconds,
    double MeanMicroseconds,
    double MinimumMicroseconds,
    double CallsPerSecond,
    long AllocatedBytesPerCall,
    long WeightsBytes,
    long WorkingMemoryBytes,
    FindingReport[] Findings);
