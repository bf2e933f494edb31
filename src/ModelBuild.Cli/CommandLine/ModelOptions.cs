using System.CommandLine;
using ModelBuild.Cli.Data;
using ModelBuild.Cli.Output;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.CommandLine;

/// <summary>What commands about one model are told: the item's <c>Include</c>, and what else changes a result.</summary>
internal sealed class ModelOptions
{
    private readonly Argument<string> _model = new("MODEL") { Description = "The ONNX file." };

    private readonly Option<string> _dump = new("--dump")
    {
        HelpName = "FOLDER", Description = "Write the graph as text after every pass that changed it.",
    };

    /// <summary>The file that the command is about.</summary>
    public Argument<string> Argument => _model;

    private readonly bool _hasMode;

    /// <param name="command">Gets the options.</param>
    /// <param name="hasMode">Whether the user chooses a mode.</param>
    /// <param name="hasClass">Whether the user names the class.</param>
    public ModelOptions(Command command, bool hasMode = true, bool hasClass = false)
        : this(command, hasMode, hasMode ? s => hasClass || !s.IsOfClass : s => s.Name == nameof(CompileOptions.Dimensions), null)
    {
    }

    /// <summary>Of a command without a mode.</summary>
    /// <param name="command">Gets the options.</param>
    /// <param name="settings">Names of the settings that it has a use for.</param>
    /// <param name="topic">What it is about: options are not called after it.</param>
    public ModelOptions(Command command, IReadOnlyList<string> settings, string topic)
        : this(command, false, s => settings.Contains(s.Name), topic)
    {
    }

    private ModelOptions(Command command, bool hasMode, Func<ModelSetting, bool> includes, string? topic)
    {
        _hasMode = hasMode;
        _model.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && string.IsNullOrWhiteSpace(token.Value))
            {
                result.AddError("The name of the model is empty. Name an ONNX file.");
            }
        });
        command.Add(_model);
        Settings = new SettingOptions(command, includes, topic);
        if (hasMode)
        {
            command.Add(_dump);
        }
    }

    /// <summary>What has to do with more than the file.</summary>
    public SettingOptions Settings { get; }

    /// <summary>The model's file, as the user names it.</summary>
    public string Model(ParseResult parsed) => parsed.GetRequiredValue(_model);

    /// <summary>What the compiler is asked for. Options without use are warned of.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where warnings go.</param>
    /// <exception cref="CompilationException">The model is not there, or a pattern of calibration files matches nothing.</exception>
    public CompileOptions Read(ParseResult parsed, Terminal terminal)
    {
        ModelMode mode = _hasMode ? ModelModeNames.Default : ModelMode.Fp32;
        CompileOptions options = Settings.Read(parsed, Of(Model(parsed), mode));
        string name = options.Namespace.Length == 0 ? options.ClassName : $"{options.Namespace}.{options.ClassName}";
        options = options with
        {
            ResourceName = name + ".weights",
            DumpDirectory = _hasMode && parsed.GetValue(_dump) is { Length: > 0 } folder ? Path.GetFullPath(folder) : null,
        };
        Settings.WarnOfUnused(parsed, terminal, options);
        return options;
    }

    /// <summary>What holds for a file of which nothing is said.</summary>
    /// <exception cref="CompilationException">MODELB0001: it is not there.</exception>
    public static CompileOptions Of(string model, ModelMode mode)
    {
        string folder = Directory.GetCurrentDirectory();
        if (ModelPath.Fault(Path.GetFullPath(model), model, folder, $"the current folder '{folder}'", takesPatterns: false) is { } fault)
        {
            throw new CompilationException(DiagnosticCodes.ModelMissing, fault, model);
        }

        string name = CSharpNames.ClassFromFile(Path.GetFileNameWithoutExtension(model));
        return new CompileOptions { ModelPath = model, Mode = mode, ClassName = name, ResourceName = name + ".weights" };
    }
}
