using System.Globalization;
using ModelBuild.Compiler.Clustering;
using ModelBuild.Compiler.LowRank;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Pruning;

namespace ModelBuild.Compiler.Settings;

/// <summary>
/// All that users say of a model: its words, lists and defaults mean the same in an item and at the command line, and so does what a mode
/// has no use for.
/// </summary>
internal static class ModelSettings
{
    private const StringSplitOptions NonEmpty = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    /// <summary>The words that MSBuild knows for true and false.</summary>
    private static readonly string[] s_true = ["true", "on", "yes"];
    private static readonly string[] s_false = ["false", "off", "no"];

    private static readonly string[] s_accessibilities = ["public", "internal"];

    private static readonly string[] s_weights = ["resource", "file"];

    /// <summary>In the order of the documents.</summary>
    public static IReadOnlyList<ModelSetting> All { get; } =
    [
        new("Mode", DiagnosticCodes.UnknownMode, ReadMode),

        // Which files a pattern finds, the host knows: until it says so, the words stand for them.
        new("Calibration", DiagnosticCodes.CalibrationMissing, (string words, ref CompileOptions options) =>
        {
            options = options with { CalibrationFiles = [words] };
            return null;
        })
        {
            IsUsed = ShowsQuality, Purpose = "samples show what a mode costs, and fp32 costs nothing",
        },
        new("CalibrationMethod", DiagnosticCodes.UnknownCalibrationMethod, ReadCalibrationMethod)
        {
            IsUsed = o => o.Mode is ModelMode.Int8 or ModelMode.Auto, Purpose = "it chooses the ranges of activations in int8 and auto",
        },
        new("Preprocessing", DiagnosticCodes.BadPreprocessing, ReadPreprocessing)
        {
            IsUsed = o => o.CalibrationFiles.Count > 0 || o.InputType.Has(PortType.UInt8),
            Purpose = "it prepares pictures, and none comes from Calibration or, as InputType=\"uint8\", to the class",
            WayOut = "Set Calibration or InputType=\"uint8\", or remove it.",
        },
        new("InputType", DiagnosticCodes.BadPortType, (string words, ref CompileOptions options) =>
        {
            SettingFault? fault = ReadPortTypes(words, out PortTypes types);
            options = options with { InputType = types };
            return fault;
        }),
        new("OutputType", DiagnosticCodes.BadPortType, (string words, ref CompileOptions options) =>
        {
            SettingFault? fault = ReadPortTypes(words, out PortTypes types);
            options = options with { OutputType = types };
            return fault;
        }),
        new("Recover", DiagnosticCodes.UnknownRecovery, ReadRecovery)
        {
            IsUsed = o => o.Mode.QuantizesBySamples(),
            Purpose = "it takes back accuracy in int8, int16x8, auto, int8-weights and int4-weights",
            FindUnusedPart = FindUnusedRecovery,
        },
        new("KeepFloat", DiagnosticCodes.NothingToKeep, ReadKeepFloat)
        {
            IsUsed = o => o.Mode.IsCalibrated(), Purpose = "it names what stays float in int8, int16x8 and auto",
        },
        new("Sparsity", DiagnosticCodes.BadSparsity, ReadSparsity),
        new("SparsityPattern", DiagnosticCodes.UnknownPruning, ReadSparsityPattern)
        {
            IsUsed = o => o.Pruning.IsActive, Purpose = "it says which weights become zero together, and Sparsity asks for none",
            WayOut = "Say how many with Sparsity, or remove it.",
        },
        new("SparsityExclude", DiagnosticCodes.NothingToExclude, ReadSparsityExclude)
        {
            IsUsed = o => o.Pruning.IsActive, Purpose = "it names what keeps all its weights, and Sparsity asks for no zeros",
            WayOut = "Say how many with Sparsity, or remove it.",
        },
        new("LowRank", DiagnosticCodes.BadLowRank, ReadLowRank),
        new("LowRankExclude", DiagnosticCodes.NothingToExclude, ReadLowRankExclude)
        {
            IsUsed = o => o.LowRank.IsActive, Purpose = "it names layers that stay whole, and LowRank takes none apart",
            WayOut = "Say how much is to go with LowRank, or remove it.",
        },
        new("Clusters", DiagnosticCodes.BadClusters, ReadClusters),
        .. QualityBudget.Names.Select(Budget),
        new("Labels", DiagnosticCodes.LabelFile, ReadLabels)
        {
            IsUsed = ShowsQuality, Purpose = "labels show what a mode costs, and fp32 costs nothing",
            FindUnusedPart = o => HasNoSamples(o) ? WithoutSamples("Labels", "they are of samples") : null,
        },
        new("Dimensions", DiagnosticCodes.BadDimensions, ReadDimensions),
        new("Compress", DiagnosticCodes.BadCompression, ReadCompress)
        {
            IsSwitch = true,
            IsUsed = o => o.Backend == ModelBackend.Managed,
            Purpose = "it is about how ModelBuild's own weights are stored, and ONNX Runtime reads the model as it is",
            WayOut = "Leave Backend out, or remove it.",
        },
        new("PassLimit", DiagnosticCodes.BadPassLimit, ReadPassLimit),
        new("Backend", DiagnosticCodes.UnknownBackend, ReadBackend) { IsOfClass = true },
        new("Weights", DiagnosticCodes.UnknownWeightsPlace, ReadWeights) { IsOfClass = true },
        new("ClassName", DiagnosticCodes.BadClassName, ReadClassName) { IsOfClass = true },
        new("Namespace", DiagnosticCodes.BadClassName, ReadNamespace) { IsOfClass = true },
        new("Accessibility", DiagnosticCodes.BadClassName, ReadAccessibility) { IsOfClass = true },
    ];

    /// <summary>The words for who runs a model, the default first.</summary>
    public static IReadOnlyList<string> Backends { get; } =
        [.. Enum.GetNames<ModelBackend>().Select(name => name.ToLowerInvariant())];

    /// <summary>The setting of a name.</summary>
    public static ModelSetting Of(string name) => All.First(s => s.Name == name);

    /// <summary>Reads all that was said.</summary>
    /// <param name="options">What holds where nothing was said.</param>
    /// <param name="words">What was said of a setting; nothing but blanks where nothing was.</param>
    /// <param name="report">Told of words that cannot be understood.</param>
    public static CompileOptions Read(
        CompileOptions options, Func<ModelSetting, string> words, Action<ModelSetting, SettingFault> report)
    {
        foreach (ModelSetting setting in All)
        {
            string text = words(setting).Trim();
            if (text.Length > 0 && setting.Read(text, ref options) is { } fault)
            {
                report(setting, fault);
            }
        }

        return options;
    }

    /// <summary>What was said and does nothing in the mode.</summary>
    public static IEnumerable<UnusedSetting> Unused(CompileOptions options, Func<ModelSetting, bool> isSaid) =>
        All.Where(isSaid).Select(s => s.FindUnused(options)).OfType<UnusedSetting>();

    /// <summary>Whether there are no samples, in a mode that can do without.</summary>
    private static bool HasNoSamples(CompileOptions options) => !options.Mode.IsCalibrated() && options.CalibrationFiles.Count == 0;

    private static UnusedSetting WithoutSamples(string name, string purpose) =>
        new(Of(name), null, $"{purpose}, and without Calibration there are none") { WayOut = "Set Calibration, or remove it." };

    /// <summary>Methods that are named one by one. Who names them all means those that there are.</summary>
    private static UnusedSetting? FindUnusedRecovery(CompileOptions options)
    {
        if (HasNoSamples(options) && options.Recovery != RecoveryMethods.None)
        {
            return WithoutSamples("Recover", "it works on samples");
        }

        RecoveryMethods used = RecoveryMethods.OfLayers
            | (options.Mode is ModelMode.Int8 or ModelMode.Auto ? RecoveryMethods.All : RecoveryMethods.None);
        RecoveryMethods unused =
            options.Recovery.HasFlag(RecoveryMethods.All) ? RecoveryMethods.None : options.Recovery & ~used;
        if (unused == RecoveryMethods.None)
        {
            return null;
        }

        string word = RecoveryMethodNames.FirstOf(unused);
        return new UnusedSetting(Of("Recover"), word, "it is about activations of 8 bits, which int8 and auto have");
    }

    private static bool ShowsQuality(CompileOptions options) =>
        options.Mode != ModelMode.Fp32 || options.Budget.NeedsSamples || options.ChangesWeights;

    /// <summary>Parts of a list whose parts have no commas themselves.</summary>
    private static string[] Parts(string words) => words.Split([';', ','], NonEmpty);

    private static SettingFault? ReadMode(string words, ref CompileOptions options)
    {
        if (!ModelModeNames.TryRead(words, out ModelMode mode, out string? way))
        {
            return new SettingFault(words, $"is not a mode. {way}");
        }

        options = options with { Mode = mode };
        return null;
    }

    private static SettingFault? ReadCalibrationMethod(string words, ref CompileOptions options)
    {
        if (!CalibrationMethod.TryRead(words, out CalibrationMethod method, out string? wrong))
        {
            return new SettingFault(words, wrong);
        }

        options = options with { CalibrationMethod = method };
        return null;
    }

    private static SettingFault? ReadPreprocessing(string words, ref CompileOptions options)
    {
        if (!ImagePreprocessing.TryRead(words, out ImagePreprocessing? preprocessing, out string? wrong))
        {
            return new SettingFault(null, wrong);
        }

        options = options with { Preprocessing = preprocessing };
        return null;
    }

    private static SettingFault? ReadPortTypes(string words, out PortTypes types) =>
        PortTypes.TryRead(words, out types, out string? wrong) ? null : new SettingFault(null, wrong);

    private static SettingFault? ReadRecovery(string words, ref CompileOptions options)
    {
        if (!RecoveryMethodNames.TryRead(Parts(words), out RecoveryMethods methods, out string? wrong))
        {
            return new SettingFault(wrong, RecoveryMethodNames.Use(wrong));
        }

        options = options with { Recovery = methods };
        return null;
    }

    /// <summary>Names in models may have commas.</summary>
    private static SettingFault? ReadKeepFloat(string words, ref CompileOptions options)
    {
        options = options with { KeepFloat = words.Split(';', NonEmpty) };
        return null;
    }

    private static SettingFault? ReadSparsity(string words, ref CompileOptions options)
    {
        if (!PruningOptions.TryReadSparsity(words, out double sparsity))
        {
            return new SettingFault(words, "is no part of all weights. Write a number from 0 to below 1, such as 0.5, or 50%.");
        }

        options = options with { Pruning = options.Pruning with { Sparsity = sparsity } };
        return null;
    }

    private static SettingFault? ReadSparsityPattern(string words, ref CompileOptions options)
    {
        if (!SparsityPattern.TryRead(words, out SparsityPattern pattern, out string? wrong))
        {
            return new SettingFault(words, wrong);
        }

        options = options with { Pruning = options.Pruning with { Pattern = pattern } };
        return null;
    }

    /// <summary>Names in models may have commas.</summary>
    private static SettingFault? ReadSparsityExclude(string words, ref CompileOptions options)
    {
        options = options with { Pruning = options.Pruning with { Exclude = words.Split(';', NonEmpty) } };
        return null;
    }

    private static SettingFault? ReadLowRank(string words, ref CompileOptions options)
    {
        LowRankOptions lowRank = options.LowRank;
        if (!LowRankOptions.TryRead(words, ref lowRank))
        {
            return new SettingFault(
                words,
                "is neither a part of the multiply-accumulates nor a ratio. Write what is to go, from 0 to below 1, such as 0.5 or 50%, or "
                    + "what is to be kept at the outputs, such as 30dB.");
        }

        options = options with { LowRank = lowRank };
        return null;
    }

    /// <summary>Names in models may have commas.</summary>
    private static SettingFault? ReadLowRankExclude(string words, ref CompileOptions options)
    {
        options = options with { LowRank = options.LowRank with { Exclude = words.Split(';', NonEmpty) } };
        return null;
    }

    private static SettingFault? ReadClusters(string words, ref CompileOptions options)
    {
        if (!ClusteringOptions.TryReadClusters(words, out int clusters))
        {
            return new SettingFault(
                words,
                $"is not a number of values that weights may have. Write {ClusteringOptions.Fewest} to {ClusteringOptions.Most}; 16 and 32 "
                    + "are usual.");
        }

        options = options with { Clustering = options.Clustering with { Clusters = clusters } };
        return null;
    }

    private static ModelSetting Budget(string name) => new(
        name, DiagnosticCodes.BadBudget,
        (string words, ref CompileOptions options) =>
        {
            if (!options.Budget.TryAdd(name, words, out QualityBudget budget, out string? use))
            {
                return new SettingFault(words, use);
            }

            options = options with { Budget = budget };
            return null;
        });

    private static SettingFault? ReadLabels(string words, ref CompileOptions options)
    {
        options = options with { LabelsFile = words };
        return null;
    }

    private static SettingFault? ReadDimensions(string words, ref CompileOptions options)
    {
        if (!DimensionRange.TryReadAll(Parts(words), out Dictionary<string, DimensionRange> dimensions, out string? wrong))
        {
            return new SettingFault(
                wrong,
                "does not bind a dimension. Write each name once, with a positive number or a range: \"sequence=128\", "
                    + "\"height=224;width=224\" or \"sequence=1..512\".");
        }

        options = options with { Dimensions = dimensions };
        return null;
    }

    private static SettingFault? ReadCompress(string words, ref CompileOptions options)
    {
        bool isTrue = s_true.Contains(words, StringComparer.OrdinalIgnoreCase);
        options = options with { Compress = isTrue };
        return isTrue || s_false.Contains(words, StringComparer.OrdinalIgnoreCase) ? null : new SettingFault(
            words, "is neither true nor false. Write true to have weights stored entropy coded, or leave it out."
                + Suggestion.For(words, [s_true[0], s_false[0]]));
    }

    private static SettingFault? ReadPassLimit(string words, ref CompileOptions options)
    {
        if (!int.TryParse(words, NumberStyles.None, CultureInfo.InvariantCulture, out int limit))
        {
            return new SettingFault(words, "is not a number of passes. Write 0 or more, or leave it out to run all of them.");
        }

        options = options with { PassLimit = limit };
        return null;
    }

    private static SettingFault? ReadBackend(string words, ref CompileOptions options)
    {
        if (!Backends.Contains(words, StringComparer.OrdinalIgnoreCase))
        {
            return new SettingFault(
                words,
                "is not a backend. Use managed, which is ModelBuild's own kernels, or onnxruntime." + Suggestion.For(words, Backends));
        }

        options = options with { Backend = Enum.Parse<ModelBackend>(words, ignoreCase: true) };
        return null;
    }

    private static SettingFault? ReadWeights(string words, ref CompileOptions options)
    {
        options = options with { WeightsInFile = words.Equals(s_weights[1], StringComparison.OrdinalIgnoreCase) };
        return s_weights.Contains(words, StringComparer.OrdinalIgnoreCase)
            ? null
            : new SettingFault(
                words,
                "is no place for weights. Use resource, which is in the assembly, or file, which is beside it."
                    + Suggestion.For(words, s_weights));
    }

    private static SettingFault? ReadClassName(string words, ref CompileOptions options)
    {
        options = options with { ClassName = words };
        return CSharpNames.IsClass(words)
            ? null
            : new SettingFault(
                words,
                "is not a name that C# allows for a class. Use letters, digits and underscores, and no word of the language.");
    }

    private static SettingFault? ReadNamespace(string words, ref CompileOptions options)
    {
        options = options with { Namespace = words };
        return CSharpNames.IsNamespace(words)
            ? null
            : new SettingFault(words, "is not a name that C# allows for a namespace. Use identifiers separated by dots.");
    }

    private static SettingFault? ReadAccessibility(string words, ref CompileOptions options)
    {
        options = options with { Accessibility = words.ToLowerInvariant() };
        return s_accessibilities.Contains(words, StringComparer.OrdinalIgnoreCase)
            ? null
            : new SettingFault(
                words, "is not one that a class can have. Use public or internal." + Suggestion.For(words, s_accessibilities));
    }
}
