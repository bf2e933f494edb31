namespace ModelBuild.Compiler.Reports;

/// <summary>A step of a call: an operator, or several that have become one.</summary>
/// <param name="Number">From 1, in the order in which they run.</param>
/// <param name="Name">The model's nodes it came from.</param>
/// <param name="Kernel">What computes it.</param>
/// <param name="Description">Operator, geometry and types.</param>
/// <param name="Numbers"><c>int8</c>, <c>float32</c>, <c>float64</c>, <c>conversion</c> between the two, or <c>other</c>.</param>
/// <param name="Reason">Why these.</param>
internal sealed record ReportLayer(int Number, string Name, string Kernel, string Description, string Numbers, string Reason)
{
    /// <summary>Types and shapes of the tensors that it reads.</summary>
    public IReadOnlyList<string> Inputs { get; init; } = [];

    /// <summary>Types and shapes of the tensors that it writes.</summary>
    public IReadOnlyList<string> Outputs { get; init; } = [];

    /// <summary>Numbers of the steps that have made what it reads; 0 for the model's inputs.</summary>
    public IReadOnlyList<int> ReadsFrom { get; init; } = [];

    /// <summary>With 1 for every dimension that is open.</summary>
    public double MultiplyAccumulates { get; init; }

    /// <summary>Of its constants; those that several steps share count for the first.</summary>
    public long Bytes { get; init; }

    /// <summary>The tensor that its products read codes of; null where there are none.</summary>
    public string? Activation { get; init; }

    /// <summary>Of these codes alone, in dB.</summary>
    public double? Sqnr { get; init; }

    /// <summary>At the outputs, where this tensor alone has codes, in dB.</summary>
    public double? Sensitivity { get; init; }
}
