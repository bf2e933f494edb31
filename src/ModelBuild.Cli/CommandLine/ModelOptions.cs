using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ModelBuild.Cli.Data;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Hosts;

namespace ModelBuild.Cli.CommandLine;

/// <summary>
/// What all commands are told about a model: the item's <c>Include</c>, <c>Mode</c>, <c>Calibration</c>, <c>Recover</c>, its budget and the
/// rest of what changes a result.
/// </summary>
internal sealed class ModelOptions
{
    private readonly Argument<string> _model = new("MODEL") { Description = "The ONNX file." };

    private readonly Option<ModelMode?> _mode = new("--mode", "-m")
    {
        HelpName = string.Join('|', ModelModeNames.Words),
        Description = "How the model is stored and computed. Default: fp16.",
        CustomParser = ParseMode,
    };

    private readonly Option<string[]> _calibration = new("--calibration", "-c")
    {
        HelpName = "GLOB",
        Description = "Samples of the inputs for int8: arrays, tables, pictures or folders of them, with the wildcards *, ? and **; "
            + "several, or separated by ';'.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<CalibrationMethod> _calibrationMethod = new("--calibration-method")
    {
        HelpName = string.Join('|', CalibrationMethod.Words),
        Description = "How int8 chooses ranges from the samples; percentile=99.9 says of how many per cent.",
        CustomParser = ParseCalibrationMethod,
        DefaultValueFactory = _ => CalibrationMethod.MinMax,
    };

    private readonly Option<ImagePreprocessing?> _preprocessing = new("--preprocessing")
    {
        HelpName = "STEPS",
        Description = "How pictures become inputs: resize=256;crop=224;scale=1/255;mean=0.5;std=0.5;layout=nchw;channels=rgb, as needed.",
        CustomParser = ParsePreprocessing,
        DefaultValueFactory = _ => null,
    };

    private readonly Option<ByteInputs> _inputType = new("--input-type")
    {
        HelpName = "uint8",
        Description = "Take the bytes of images, uint8 or NAME=uint8; with --preprocessing their pixels as they are.",
        CustomParser = ParseInputType,
        DefaultValueFactory = _ => ByteInputs.None,
    };

    private readonly Option<RecoveryMethods> _recover = new("--recover")
    {
        HelpName = string.Join('|', RecoveryMethodNames.Words),
        Description = "What takes back accuracy in int8; several, or separated by ';'.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = ParseRecovery,
        DefaultValueFactory = _ => RecoveryMethods.All,
    };

    private readonly Option<string[]> _keepFloat = new("--keep-float")
    {
        HelpName = "NAME",
        Description = "Nodes, or tensors that they make, which int8, int16x8 and auto compute in float; with * and ?, several.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<string> _labels = new("--labels")
    {
        HelpName = "FILE",
        Description = "A .npy or .npz file with the number of the class of each sample, for --min-accuracy.",
    };

    private readonly (string Name, Option<string> Option)[] _budget =
    [
        Budget(nameof(QualityBudget.MinSqnr), "--min-sqnr", "DB", "Fail below this ratio of signal to noise against fp32, in dB."),
        Budget(
            nameof(QualityBudget.MinAgreement), "--min-agreement", "PART",
            "Fail where a smaller part of the samples has the same largest element as in fp32: 0.99 or 99%."),
        Budget(
            nameof(QualityBudget.MinAccuracy), "--min-accuracy", "PART",
            "Fail where a smaller part of the samples has its label as the largest element."),
        Budget(nameof(QualityBudget.MaxBytes), "--max-bytes", "BYTES", "Fail where the model takes more bytes: 250000, 250KB, 1.5MiB."),
        Budget(
            nameof(QualityBudget.MaxMacs), "--max-macs", "COUNT",
            "Fail where a call with a batch of one takes more multiply-accumulates: 300M."),
    ];

    private readonly Option<Dictionary<string, DimensionRange>> _dimensions = new("--dimension", "-d")
    {
        HelpName = "NAME=NUMBER",
        Description = "A number for a dimension that the model leaves open, or a range (NAME=1..512). May be repeated.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = ParseDimensions,
        DefaultValueFactory = _ => [],
    };

    private const StringSplitOptions NonEmpty = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private readonly bool _hasMode;

    /// <param name="command">Gets the options.</param>
    /// <param name="hasMode">Whether the user chooses a mode.</param>
    public ModelOptions(Command command, bool hasMode = true)
    {
        _hasMode = hasMode;
        command.Add(_model);
        if (hasMode)
        {
            command.Add(_mode);
            command.Add(_calibration);
            command.Add(_calibrationMethod);
            command.Add(_preprocessing);
            command.Add(_inputType);
            command.Add(_recover);
            command.Add(_keepFloat);
            command.Add(_labels);
            Array.ForEach(_budget, b => command.Add(b.Option));
        }

        command.Add(_dimensions);
    }

    /// <summary>The model's file, as the user names it.</summary>
    public string Model(ParseResult parsed) => parsed.GetRequiredValue(_model);

    /// <summary>What the compiler is asked for.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ns">Namespace of the class; empty for the global one.</param>
    /// <param name="class">Name of the class; null for the one that a build would choose.</param>
    /// <exception cref="CompilationException">A pattern of calibration files matches nothing.</exception>
    public CompileOptions Read(ParseResult parsed, string ns = "", string? @class = null)
    {
        string model = Model(parsed);
        string name = @class ?? CSharpNames.ClassFromFile(Path.GetFileNameWithoutExtension(model));
        ModelFile.Check(model);
        return new CompileOptions
        {
            ModelPath = model,
            Mode = _hasMode ? parsed.GetValue(_mode) ?? ModelMode.Fp16 : ModelMode.Fp32,
            CalibrationFiles = _hasMode ? FilePatterns.Expand(parsed.GetValue(_calibration) ?? []) : [],
            CalibrationMethod = _hasMode ? parsed.GetRequiredValue(_calibrationMethod) : CalibrationMethod.MinMax,
            Preprocessing = _hasMode ? parsed.GetValue(_preprocessing) : null,
            InputType = _hasMode ? parsed.GetRequiredValue(_inputType) : ByteInputs.None,
            Recovery = _hasMode ? parsed.GetRequiredValue(_recover) : RecoveryMethods.None,
            KeepFloat = _hasMode ? [.. (parsed.GetValue(_keepFloat) ?? []).SelectMany(n => n.Split(';', NonEmpty))] : [],
            LabelsFile = _hasMode ? parsed.GetValue(_labels) : null,
            Budget = _hasMode ? ReadBudget(parsed) : QualityBudget.None,
            ClassName = name,
            Namespace = ns,
            Dimensions = parsed.GetRequiredValue(_dimensions),
            ResourceName = (ns.Length == 0 ? name : $"{ns}.{name}") + ".weights",
        };
    }

    private static (string, Option<string>) Budget(string name, string option, string unit, string description)
    {
        var result = new Option<string>(option) { HelpName = unit, Description = description };
        result.Validators.Add(parsed =>
        {
            string text = parsed.Tokens[^1].Value;
            if (!QualityBudget.None.TryAdd(name, text, out _, out string? use))
            {
                parsed.AddError(WithCode(DiagnosticCodes.BadBudget, $"'{text}' of {option} {use}"));
            }
        });
        return (name, result);
    }

    private QualityBudget ReadBudget(ParseResult parsed)
    {
        QualityBudget budget = QualityBudget.None;
        foreach ((string name, Option<string> option) in _budget)
        {
            _ = budget.TryAdd(name, parsed.GetValue(option) ?? string.Empty, out budget, out _);
        }

        return budget;
    }

    private static ModelMode? ParseMode(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (!ModelModeNames.TryRead(text, out ModelMode mode, out string? way))
        {
            result.AddError(WithCode(DiagnosticCodes.UnknownMode, $"'{text}' is not a mode. {way}"));
        }

        return mode;
    }

    private static CalibrationMethod ParseCalibrationMethod(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (!CalibrationMethod.TryRead(text, out CalibrationMethod method, out string? wrong))
        {
            result.AddError(WithCode(DiagnosticCodes.UnknownCalibrationMethod, $"'{text}' {wrong}"));
        }

        return method;
    }

    private static ImagePreprocessing? ParsePreprocessing(ArgumentResult result)
    {
        if (!ImagePreprocessing.TryRead(result.Tokens[^1].Value, out ImagePreprocessing? preprocessing, out string? wrong))
        {
            result.AddError(WithCode(DiagnosticCodes.BadPreprocessing, wrong));
        }

        return preprocessing;
    }

    private static ByteInputs ParseInputType(ArgumentResult result)
    {
        if (!ByteInputs.TryRead(result.Tokens[^1].Value, out ByteInputs inputs, out string? wrong))
        {
            result.AddError(WithCode(DiagnosticCodes.BadInputType, wrong));
        }

        return inputs;
    }

    private static RecoveryMethods ParseRecovery(ArgumentResult result)
    {
        string[] words = [.. result.Tokens.SelectMany(token => token.Value.Split(
            [';', ','], NonEmpty))];
        if (!RecoveryMethodNames.TryRead(words, out RecoveryMethods methods, out string? wrong))
        {
            result.AddError(WithCode(DiagnosticCodes.UnknownRecovery, $"'{wrong}' {RecoveryMethodNames.Use(wrong)}"));
        }

        return methods;
    }

    private static Dictionary<string, DimensionRange> ParseDimensions(ArgumentResult result)
    {
        IEnumerable<string> bindings = result.Tokens.SelectMany(token => token.Value.Split([';', ','], StringSplitOptions.TrimEntries));
        if (!DimensionRange.TryReadAll(bindings, out Dictionary<string, DimensionRange> dimensions, out string? wrong))
        {
            result.AddError(WithCode(
                DiagnosticCodes.BadDimensions,
                $"'{wrong}' does not bind a dimension. Write each name once, with a positive number or a range: "
                    + "--dimension sequence=128 or sequence=1..512."));
        }

        return dimensions;
    }

    /// <summary>The parser's errors are text only: a code stands in front.</summary>
    private static string WithCode(string code, string message) => $"{code}: {message}";
}
