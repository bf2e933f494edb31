namespace ModelBuild.Compiler.Reports;

/// <summary>
/// What became of a model: all that its page and its JSON say. Without a clock, so that the same input gives the same bytes.
/// </summary>
/// <param name="File">The model's file, without folders.</param>
/// <param name="Sha256">Of the file, lower-case hex.</param>
/// <param name="Producer">The program that wrote the file; may be empty.</param>
/// <param name="Opset">Version of ONNX's operators.</param>
/// <param name="Class">Full name of the generated class.</param>
/// <param name="Mode">One of <see cref="ModelModeNames.Words"/>.</param>
/// <param name="Version">Of ModelBuild.</param>
internal sealed record ModelReport(
    string File, string Sha256, string Producer, long Opset, string Class, string Mode, string Version)
{
    /// <summary>True where ONNX Runtime runs the model: then there are no layers to tell of.</summary>
    public bool IsForeign { get; init; }

    /// <summary>What the class takes.</summary>
    public IReadOnlyList<ReportPort> Inputs { get; init; } = [];

    /// <summary>What the class gives.</summary>
    public IReadOnlyList<ReportPort> Outputs { get; init; } = [];

    /// <summary>Number of weights.</summary>
    public long Parameters { get; init; }

    /// <summary>What they take as float32.</summary>
    public long FloatBytes { get; init; }

    /// <summary>What the class reads from its assembly.</summary>
    public long Bytes { get; init; }

    /// <summary>Multiply-accumulates of a call, with 1 for every dimension that is open.</summary>
    public double MultiplyAccumulates { get; init; }

    /// <summary>Bytes of working memory of a call: a number, or an expression in the names of open dimensions.</summary>
    public string WorkingMemory { get; init; } = "0";

    /// <summary>Bytes of working memory of a call with 1 for every dimension that is open.</summary>
    public long LeastWorkingMemory { get; init; }

    /// <summary>Bytes of this that steps need at the same time: no plan of the memory can be smaller.</summary>
    public long LargestLiveSet { get; init; }

    /// <summary>How near it is to fp32; null where that was not measured.</summary>
    public ReportQuality? Quality { get; init; }

    /// <summary>What became zero before it was quantized; null where nothing was to.</summary>
    public ReportPruning? Pruning { get; init; }

    /// <summary>What was taken apart before anything became zero; null where nothing was to be.</summary>
    public ReportLowRank? LowRank { get; init; }

    /// <summary>What has few values; null where nothing was to.</summary>
    public ReportClustering? Clustering { get; init; }

    /// <summary>What was asked for, all of it met: a model that misses its budget is not compiled.</summary>
    public IReadOnlyList<ReportBudget> Budgets { get; init; } = [];

    /// <summary>How long a call takes; null where that was not measured, as in a build.</summary>
    public ReportLatency? Latency { get; init; }

    /// <summary>What each way to store the weights costs; none of a model that ONNX Runtime runs.</summary>
    public IReadOnlyList<ReportStorage> Storage { get; init; } = [];

    /// <summary>What mode auto has decided; null in others.</summary>
    public string? Note { get; init; }

    /// <summary>Warnings.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The steps of a call, in the order in which they run.</summary>
    public IReadOnlyList<ReportLayer> Layers { get; init; } = [];

    /// <summary>The tensors that 8-bit codes were chosen for, in the order of the model.</summary>
    public IReadOnlyList<ReportActivation> Activations { get; init; } = [];

    /// <summary>The weights of layers, in the order of the model.</summary>
    public IReadOnlyList<ReportWeights> Weights { get; init; } = [];
}
