namespace ModelBuild.Compiler.Reports;

/// <summary>What it costs to store the weights in one way.</summary>
/// <param name="Form"><c>plain</c> or <c>compressed</c>.</param>
/// <param name="IsUsed">Whether it is the one that was asked for.</param>
/// <param name="BytesAtRest">In the assembly.</param>
/// <param name="BytesInMemory">Memory of its own that the class takes for them.</param>
/// <param name="BytesInPlace">What it uses where the assembly is mapped, without a copy.</param>
internal sealed record ReportStorage(string Form, bool IsUsed, long BytesAtRest, long BytesInMemory, long BytesInPlace)
{
    /// <summary>
    /// Milliseconds from loading the assembly to the end of the first call, in a process that has the kernels compiled already; null where
    /// that was not measured, as in a build.
    /// </summary>
    public double? FirstPrediction { get; init; }
}
