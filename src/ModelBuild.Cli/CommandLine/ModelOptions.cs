using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ModelBuild.Cli.Data;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Hosts;

namespace ModelBuild.Cli.CommandLine;

/// <summary>
/// What all commands are told about a model: the item's <c>Include</c>, <c>Mode</c>, <c>Calibration</c>, <c>Recover</c> and
/// <c>Dimensions</c>.
/// </summary>
internal sealed class ModelOptions
{
    private readonly Argument<string> _model = new("MODEL") { Description = "The ONNX file." };

    private readonly Option<ModelMode> _mode = new("--mode", "-m")
    {
        HelpName = string.Join('|', ModelModeNames.Words),
        Description = "How the model is stored and computed.",
        CustomParser = ParseMode,
        DefaultValueFactory = _ => ModelMode.Fp16,
    };

    private readonly Option<string[]> _calibration = new("--calibration", "-c")
    {
        HelpName = "GLOB",
        Description = "Samples of the inputs for int8: .npy or .npz files, with the wildcards *, ? and **; several, or separated by ';'.",
        AllowMultipleArgumentsPerToken = true,
    };

    private readonly Option<RecoveryMethods> _recover = new("--recover")
    {
        HelpName = string.Join('|', RecoveryMethodNames.Words),
        Description = "What takes back accuracy in int8; several, or separated by ';'.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = ParseRecovery,
        DefaultValueFactory = _ => RecoveryMethods.All,
    };

    private readonly Option<Dictionary<string, DimensionRange>> _dimensions = new("--dimension", "-d")
    {
        HelpName = "NAME=NUMBER",
        Description = "A number for a dimension that the model leaves open, or a range (NAME=1..512). May be repeated.",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = ParseDimensions,
        DefaultValueFactory = _ => [],
    };

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
            command.Add(_recover);
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
            Mode = _hasMode ? parsed.GetRequiredValue(_mode) : ModelMode.Fp32,
            CalibrationFiles = _hasMode ? FilePatterns.Expand(parsed.GetValue(_calibration) ?? []) : [],
            Recovery = _hasMode ? parsed.GetRequiredValue(_recover) : RecoveryMethods.None,
            ClassName = name,
            Namespace = ns,
            Dimensions = parsed.GetRequiredValue(_dimensions),
            ResourceName = (ns.Length == 0 ? name : $"{ns}.{name}") + ".weights",
        };
    }

    private static ModelMode ParseMode(ArgumentResult result)
    {
        string text = result.Tokens[^1].Value;
        if (!ModelModeNames.TryRead(text, out ModelMode mode))
        {
            result.AddError(WithCode(DiagnosticCodes.UnknownMode, $"'{text}' is not a mode. {ModelModeNames.Use(text)}"));
        }

        return mode;
    }

    private static RecoveryMethods ParseRecovery(ArgumentResult result)
    {
        string[] words = [.. result.Tokens.SelectMany(token => token.Value.Split(
            [';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];
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
