namespace ModelBuild.Compiler;

/// <summary>The codes of all findings. Each has a page in docs/diagnostics. A code is never used again for something else.</summary>
public static class DiagnosticCodes
{
    /// <summary>The model file does not exist.</summary>
    public const string ModelMissing = "MODELB0001";

    /// <summary>The build needs MSBuild 18 and the .NET 10 SDK.</summary>
    public const string ToolsetTooOld = "MODELB0002";

    /// <summary>The item's Mode is not one of the known ones.</summary>
    public const string UnknownMode = "MODELB0003";

    /// <summary>Two items make the same class.</summary>
    public const string DuplicateClass = "MODELB0004";

    /// <summary>ClassName, Namespace or Accessibility is not usable in C#.</summary>
    public const string BadClassName = "MODELB0005";

    /// <summary>Dimensions cannot be read, or names a dimension that the model does not have.</summary>
    public const string BadDimensions = "MODELB0006";

    /// <summary>A dimension that is known only at run time has to be bound to a number.</summary>
    public const string UnboundDimension = "MODELB0007";

    /// <summary>A pattern of calibration files matches nothing.</summary>
    public const string CalibrationMissing = "MODELB0008";

    /// <summary>The C# compiler is older than the generator needs.</summary>
    public const string CompilerTooOld = "MODELB0009";

    /// <summary>The project is not in C#.</summary>
    public const string NotCSharp = "MODELB0010";

    /// <summary>Warning: an item has metadata that looks misspelt.</summary>
    public const string UnknownMetadata = "MODELB0011";

    /// <summary>Warning: an item has calibration files that its mode does not need.</summary>
    public const string CalibrationIgnored = "MODELB0012";

    /// <summary>Warning: a class is named as a part of its namespace.</summary>
    public const string ClassNamedAsNamespace = "MODELB0013";

    /// <summary>Warning: a library keeps ModelBuild.Runtime from the applications that reference it.</summary>
    public const string PrivateReference = "MODELB0014";

    /// <summary>Warning: native compilation for a processor of 2003.</summary>
    public const string NativeBaseline = "MODELB0015";

    /// <summary>PassLimit is not a number.</summary>
    public const string BadPassLimit = "MODELB0016";

    /// <summary>Dump or Report is neither true nor false.</summary>
    public const string BadDump = "MODELB0017";

    /// <summary>A file of the build's outputs cannot be written.</summary>
    public const string OutputFailed = "MODELB0018";

    /// <summary>The item's Backend is not one of the known ones.</summary>
    public const string UnknownBackend = "MODELB0019";

    /// <summary>The item's Recover names what is no method.</summary>
    public const string UnknownRecovery = "MODELB0022";

    /// <summary>Warning: a wildcard of models matches nothing.</summary>
    public const string WildcardMatchesNothing = "MODELB0020";

    /// <summary>Warning: a project has models and does not reference the package itself.</summary>
    public const string PackageNotReferenced = "MODELB0021";

    /// <summary>The item's CalibrationMethod is not one of the known ones.</summary>
    public const string UnknownCalibrationMethod = "MODELB0023";

    /// <summary>The item's Preprocessing cannot be read.</summary>
    public const string BadPreprocessing = "MODELB0024";

    /// <summary>A part of the item's budget is no such number.</summary>
    public const string BadBudget = "MODELB0025";

    /// <summary>The item's InputType or OutputType cannot be read.</summary>
    public const string BadPortType = "MODELB0028";

    /// <summary>The item's Sparsity is no part of all weights.</summary>
    public const string BadSparsity = "MODELB0030";

    /// <summary>The item's SparsityPattern, or a criterion or scope of pruning, is not one of the known ones.</summary>
    public const string UnknownPruning = "MODELB0031";

    /// <summary>The item's LowRank is no part of the multiply-accumulates and no ratio.</summary>
    public const string BadLowRank = "MODELB0034";

    /// <summary>The item's Clusters is no number of values.</summary>
    public const string BadClusters = "MODELB0035";

    /// <summary>Warning: the values that Clusters makes are lost in the mode.</summary>
    public const string ClustersLost = "MODELB0036";

    /// <summary>The file is not an ONNX model.</summary>
    public const string NotOnnx = "MODELB1001";

    /// <summary>The ONNX file is truncated or corrupt.</summary>
    public const string CorruptModel = "MODELB1002";

    /// <summary>The model uses operators that are not supported.</summary>
    public const string UnsupportedOperator = "MODELB1003";

    /// <summary>A supported operator is used with an attribute, an element type or in a version that is not supported.</summary>
    public const string UnsupportedFeature = "MODELB1004";

    /// <summary>The graph contradicts itself or ONNX: names, shapes, attributes.</summary>
    public const string MalformedGraph = "MODELB1005";

    /// <summary>External data is missing or out of range.</summary>
    public const string ExternalData = "MODELB1006";

    /// <summary>The model, or something it asks for, is too large.</summary>
    public const string TooLarge = "MODELB1007";

    /// <summary>Mode int8 needs calibration data.</summary>
    public const string CalibrationRequired = "MODELB2001";

    /// <summary>Calibration data has another shape than the model's inputs.</summary>
    public const string CalibrationShape = "MODELB2002";

    /// <summary>Calibration data has another type than the model's inputs, or cannot be read.</summary>
    public const string CalibrationType = "MODELB2003";

    /// <summary>Warning: operators run in float inside an int8 model.</summary>
    public const string FloatInsideInt8 = "MODELB2004";

    /// <summary>Warning: weights out of half's range stay float32.</summary>
    public const string HalfRange = "MODELB2005";

    /// <summary>Weights hold NaN or infinity: an error in int8, a warning otherwise.</summary>
    public const string WeightsNotFinite = "MODELB2006";

    /// <summary>Calibration found NaN, infinity (errors), or ranges that say little (warnings).</summary>
    public const string BadRange = "MODELB2007";

    /// <summary>Warning: the quantized model is far from fp32 on the calibration data.</summary>
    public const string PoorSqnr = "MODELB2008";

    /// <summary>Warning: weights that would vanish in 16 bits stay float32.</summary>
    public const string HalfUnderflow = "MODELB2009";

    /// <summary>Warning: a model in float64 is computed in float32.</summary>
    public const string ComputedInFloat32 = "MODELB2010";

    /// <summary>Warning: an input or output is in bfloat16 and becomes float32.</summary>
    public const string PortInBFloat16 = "MODELB2011";

    /// <summary>A model is to be stored in a mode, and has parts that only ONNX Runtime understands.</summary>
    public const string ModeNeedsOperators = "MODELB2012";

    /// <summary>A model does not reach what its item asks for.</summary>
    public const string BudgetMissed = "MODELB2013";

    /// <summary>A name in the item's KeepFloat is none of the model's.</summary>
    public const string NothingToKeep = "MODELB2014";

    /// <summary>The file of labels cannot be read, or does not fit the samples.</summary>
    public const string LabelFile = "MODELB2015";

    /// <summary>What an item asks for can only be found out on samples or labels that it does not give.</summary>
    public const string BudgetWithoutSamples = "MODELB2016";

    /// <summary>Warning: settings choose codes, and the model arrives with codes.</summary>
    public const string ArrivesQuantized = "MODELB2017";

    /// <summary>An input cannot take bytes, or its Preprocessing does not fit it.</summary>
    public const string NotAnImage = "MODELB2019";

    /// <summary>A name in the item's SparsityExclude is none of the model's.</summary>
    public const string NothingToExclude = "MODELB2020";

    /// <summary>Second-order pruning needs samples.</summary>
    public const string PruningWithoutSamples = "MODELB2021";

    /// <summary>A model is to be pruned and has no weights that could be.</summary>
    public const string NothingToPrune = "MODELB2022";

    /// <summary>Warning: fewer weights than asked for have become zero, since the pattern does not fit the others.</summary>
    public const string SparsityMissed = "MODELB2023";

    /// <summary>Warning: a pruned model is far from the model that it was made of.</summary>
    public const string PrunedTooFar = "MODELB2024";

    /// <summary>An output cannot be codes.</summary>
    public const string NoCodesAtPort = "MODELB2025";

    /// <summary>A budget cannot be checked, since only ONNX Runtime understands the model.</summary>
    public const string BudgetNeedsOperators = "MODELB2026";

    /// <summary>Compress is neither true nor false.</summary>
    public const string BadCompression = "MODELB0032";

    /// <summary>Weights is neither resource nor file.</summary>
    public const string UnknownWeightsPlace = "MODELB0037";

    /// <summary>Warning: fewer multiply-accumulates went than LowRank asks for.</summary>
    public const string LowRankMissed = "MODELB2029";

    /// <summary>No layer of a model takes less work with low ranks.</summary>
    public const string NothingToFactorize = "MODELB2030";

    /// <summary>Warning: a model with low ranks or clustered weights is far from what it was.</summary>
    public const string ChangedTooFar = "MODELB2031";

    /// <summary>Warning: weights stay float32, since codes would lose a column of the inputs.</summary>
    public const string LostColumns = "MODELB2032";

    /// <summary>Warning: Preprocessing is set, and none of the samples is a picture.</summary>
    public const string PreprocessingUnused = "MODELB2033";

    /// <summary>The project does not reference ModelBuild.Runtime.</summary>
    public const string RuntimeMissing = "MODELB3001";

    /// <summary>The plan cannot be read, or is of a newer version.</summary>
    public const string BadPlan = "MODELB3002";

    /// <summary>The project is compiled as a C# that generated code is not written in.</summary>
    public const string LanguageTooOld = "MODELB3003";

    /// <summary>The project does not reference ONNX Runtime, which a class runs in.</summary>
    public const string OnnxRuntimeMissing = "MODELB3004";

    /// <summary>A type has the name of a namespace that generated code uses.</summary>
    public const string NamespaceHidden = "MODELB3005";

    /// <summary>The project has a type with the name of a model's class.</summary>
    public const string NameTaken = "MODELB3006";

    /// <summary>Running a model: an input has no file, has two, or is none of the model's.</summary>
    public const string InputNames = "MODELB4001";

    /// <summary>Running a model: a file cannot be read, or has elements of another type than its input.</summary>
    public const string InputFile = "MODELB4002";

    /// <summary>Running a model: a file has another shape than its input, or one that does not go with the other inputs.</summary>
    public const string InputShape = "MODELB4003";

    /// <summary>Running a model: values point outside of what they choose from.</summary>
    public const string InputValues = "MODELB4004";

    /// <summary>Training: a part of the model has no gradient, or cannot be computed while training.</summary>
    public const string NotTrainable = "MODELB4011";

    /// <summary>Training: labels or targets are missing, or do not fit the outputs.</summary>
    public const string TrainingTargets = "MODELB4012";

    /// <summary>Training: there are no samples, or they do not fit the inputs.</summary>
    public const string TrainingSamples = "MODELB4013";

    /// <summary>Training: the loss, or a weight, is no finite number any more.</summary>
    public const string TrainingDiverged = "MODELB4014";

    /// <summary>Training: a schedule does not fit the number of steps.</summary>
    public const string TrainingSchedule = "MODELB4015";

    /// <summary>Training: a checkpoint cannot be read, or belongs to another training.</summary>
    public const string TrainingCheckpoint = "MODELB4016";

    /// <summary>Training: an option or a name in it is none that the model has.</summary>
    public const string TrainingOption = "MODELB4017";

    /// <summary>Training: LibTorch is not there, or does not fit the machine.</summary>
    public const string LibTorchMissing = "MODELB4018";

    /// <summary>A fault of ModelBuild itself.</summary>
    public const string Internal = "MODELB9001";

    /// <summary>A fault of ModelBuild itself: a plan cannot run, or computes something else than its model.</summary>
    public const string ValidationFailed = "MODELB9002";
}
