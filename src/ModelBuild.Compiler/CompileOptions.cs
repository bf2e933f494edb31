using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.LowRank;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler;

/// <summary>What to compile, and into what.</summary>
public sealed record CompileOptions
{
    /// <summary>Path of the ONNX file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>How the model is stored and computed.</summary>
    public required ModelMode Mode { get; init; }

    /// <summary>Who runs the model.</summary>
    public ModelBackend Backend { get; init; }

    /// <summary>
    /// Paths of files with samples of the model's inputs: arrays, tables, pictures, ONNX's test data, as their names end. Needed by
    /// <see cref="ModelMode.Int8"/> and <see cref="ModelMode.Auto"/> unless the model arrives quantized; in other modes they show how near
    /// the result is to fp32.
    /// </summary>
    public IReadOnlyList<string> CalibrationFiles { get; init; } = [];

    /// <summary>How ranges of activations are chosen from the samples.</summary>
    public CalibrationMethod CalibrationMethod { get; init; } = CalibrationMethod.MinMax;

    /// <summary>How pictures among the samples become inputs; null where nothing was said of it.</summary>
    public ImagePreprocessing? Preprocessing { get; init; }

    /// <summary>
    /// Inputs that take bytes although the model wants floats: images their numbers or, with <see cref="Preprocessing"/>, their pixels;
    /// others codes, in the modes that give codes to activations.
    /// </summary>
    public PortTypes InputType { get; init; } = PortTypes.None;

    /// <summary>Outputs that are codes although the model makes floats, in the modes that give codes to activations.</summary>
    public PortTypes OutputType { get; init; } = PortTypes.None;

    /// <summary>Whether samples have a part in the result, or show what it is worth: in fp32 only where that is asked for.</summary>
    internal bool UsesSamples => CalibrationFiles.Count > 0 && (Mode != ModelMode.Fp32 || Budget.NeedsSamples || ChangesWeights);

    /// <summary>Whether the mode begins with another model than the file has.</summary>
    internal bool ChangesWeights => LowRank.IsActive || Pruning.IsActive || Clustering.IsActive;

    /// <summary>What takes back accuracy in <see cref="ModelMode.Int8"/>; other modes, and models that arrive quantized, have no use for
    /// it.</summary>
    public RecoveryMethods Recovery { get; init; } = RecoveryMethods.All;

    /// <summary>
    /// Names of nodes, or of tensors that they make, that compute in float in <see cref="ModelMode.Int8"/> and
    /// <see cref="ModelMode.Auto"/>; <c>*</c> and <c>?</c> stand for any characters and any one.
    /// </summary>
    public IReadOnlyList<string> KeepFloat { get; init; } = [];

    /// <summary>Which weights become zero before they are quantized; none by default.</summary>
    public PruningOptions Pruning { get; init; } = new();

    /// <summary>
    /// Whether weights are stored entropy coded, and expanded when the class first needs them. Codes of layers that were pruned then have
    /// steps no finer than their zeros allow. Null, the default, stores those of models whose weights have few values so.
    /// </summary>
    public bool? Compress { get; init; }

    /// <summary>Whether weights are stored entropy coded.</summary>
    internal bool IsCompressed => Compress ?? Clustering.IsActive;

    /// <summary>Which layers are taken apart into smaller ones before anything becomes zero; none by default.</summary>
    public LowRankOptions LowRank { get; init; } = new();

    /// <summary>How many values the weights of a layer have before they are quantized; any by default.</summary>
    public ClusteringOptions Clustering { get; init; } = new();

    /// <summary>What the model has to reach.</summary>
    public QualityBudget Budget { get; init; } = QualityBudget.None;

    /// <summary>
    /// Path of a .npy or .npz file with the number of the class of each sample; null where none are known. Needed by
    /// <see cref="QualityBudget.MinAccuracy"/>.
    /// </summary>
    public string? LabelsFile { get; init; }

    /// <summary>Name of the class to generate: a C# identifier.</summary>
    public required string ClassName { get; init; }

    /// <summary>Namespace of the class; empty for the global one.</summary>
    public string Namespace { get; init; } = string.Empty;

    /// <summary><c>public</c> or <c>internal</c>.</summary>
    public string Accessibility { get; init; } = "public";

    /// <summary>In which operators <see cref="CompileResult.WriteOnnx"/> writes what computes with codes.</summary>
    public QuantizedForm Form { get; init; }

    /// <summary>Numbers for symbolic dimensions, by name, or ranges of what they may be in a call.</summary>
    public IReadOnlyDictionary<string, DimensionRange> Dimensions { get; init; } =
        new Dictionary<string, DimensionRange>(StringComparer.Ordinal);

    /// <summary>A folder for the graph as text after every pass that changed it; null to write nothing.</summary>
    public string? DumpDirectory { get; init; }

    /// <summary>
    /// How many passes may change the graph beside those that are required; null for all. Halving it finds a pass that goes wrong.
    /// </summary>
    public int? PassLimit { get; init; }

    /// <summary>
    /// Whether facts are collected for <see cref="CompileResult.WriteReport"/>. In <see cref="ModelMode.Int8"/> and
    /// <see cref="ModelMode.Auto"/> that takes time: each tensor is tried alone.
    /// </summary>
    public bool Report { get; init; }

    /// <summary>
    /// Whether int8 layers run by all of their weights, however many are zero: for comparison with what runs by blocks. Results are the
    /// same.
    /// </summary>
    internal bool KeepsDense { get; init; }

    /// <summary>Whether the class finds its weights in a file beside the assembly; false for a resource in it.</summary>
    public bool WeightsInFile { get; init; }

    /// <summary>
    /// Logical name of the embedded resource, or of the file, that will hold the weights or the model that another engine loads.
    /// </summary>
    public required string ResourceName { get; init; }
}
