using System.CommandLine;
using System.CommandLine.Parsing;
using ModelBuild.Cli.Data;
using ModelBuild.Cli.Output;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Pruning;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Cli.CommandLine;

/// <summary>What an item says of its model, as options of a command. What the words mean, <see cref="ModelSettings"/> says.</summary>
internal sealed class SettingOptions
{
    private static readonly (string Setting, string Option, string? Alias, string HelpName, string Description, bool IsList)[] s_options =
    [
        ("Mode", "--mode", "-m", string.Join('|', ModelModeNames.Words), "How the model is stored and computed. Default: fp16.", false),
        ("Calibration", "--calibration", "-c", "GLOB",
            "Samples of the inputs for int8: arrays, tables, pictures or folders of them, with the wildcards *, ? and **; "
                + "several, or separated by ';'.", true),
        ("CalibrationMethod", "--calibration-method", null, string.Join('|', CalibrationMethod.Words),
            "How int8 chooses ranges from the samples; percentile=99.9 says of how many per cent. Default: minmax.", false),
        ("Preprocessing", "--preprocessing", null, "STEPS",
            "How pictures become inputs: resize=256;crop=224;scale=1/255;mean=0.5;std=0.5;layout=nchw;channels=rgb, as needed.", false),
        ("InputType", "--input-type", null, "uint8|int8",
            "Take the bytes of images, uint8 or NAME=uint8; with --preprocessing their pixels as they are. int8: take codes.", false),
        ("OutputType", "--output-type", null, "uint8|int8",
            "Give codes, in int8, int16x8 and auto; NAME=uint8 for one of several outputs.", false),
        ("Recover", "--recover", null, string.Join('|', RecoveryMethodNames.Words),
            "What takes back accuracy in int8; several, or separated by ';'. Default: all.", true),
        ("KeepFloat", "--keep-float", null, "NAME",
            "Nodes, or tensors that they make, which int8, int16x8 and auto compute in float; with * and ?, several.", true),
        ("Sparsity", "--sparsity", null, "PART",
            "Part of the weights that becomes zero before anything else: 0.5 or 50%. Default: none, a half for pattern 2:4.", false),
        ("SparsityPattern", "--sparsity-pattern", null, string.Join('|', SparsityPattern.Words),
            "Which weights become zero together: blocks of outputs x inputs, two of four inputs, whole channels. Default: unstructured.",
            false),
        ("SparsityExclude", "--sparsity-exclude", null, "NAME",
            "Nodes, tensors that they make or weights that stay as they are; with * and ?, several.", true),
        ("LowRank", "--low-rank", null, "PART|DB",
            "Part of the multiply-accumulates that goes with layers taken apart, 0.5 or 50%, or what outputs keep, 30dB.", false),
        ("LowRankExclude", "--low-rank-exclude", null, "NAME",
            "Nodes, tensors that they make or weights whose layers stay whole; with * and ?, several.", true),
        ("Clusters", "--clusters", null, "NUMBER",
            "How many values the weights of a layer have at most, 2 to 256. Default: any.", false),
        ("Labels", "--labels", null, "FILE",
            "A .npy, .npz or IDX file with the number of the class of each sample, for --min-accuracy.", false),
        ("MinSqnr", "--min-sqnr", null, "DB", "Fail below this ratio of signal to noise against fp32, in dB.", false),
        ("MinAgreement", "--min-agreement", null, "PART",
            "Fail where a smaller part of the samples has the same largest element as in fp32: 0.99 or 99%.", false),
        ("MinAccuracy", "--min-accuracy", null, "PART",
            "Fail where a smaller part of the samples has its label as the largest element.", false),
        ("MaxBytes", "--max-bytes", null, "BYTES", "Fail where the model takes more bytes: 250000, 250KB, 1.5MiB.", false),
        ("MaxMacs", "--max-macs", null, "COUNT", "Fail where a call with a batch of one takes more multiply-accumulates: 300M.", false),
        ("Dimensions", "--dimension", "-d", "NAME=NUMBER",
            "A number for a dimension that the model leaves open, or a range (NAME=1..512). May be repeated.", true),
        ("Compress", "--compress", null, "BOOL",
            "Store weights entropy coded; they are expanded at first use. Codes of pruned layers get coarser steps.", false),
        ("PassLimit", "--pass-limit", null, "NUMBER", "How many optional passes may change the graph. Default: all.", false),
        ("Backend", "--backend", null, string.Join('|', ModelSettings.Backends), "Who runs the model. Default: managed.", false),
        ("Weights", "--weights", null, "resource|file",
            "Where the class finds its weights: in the assembly, or in a file beside it. Default: resource.", false),
        ("Namespace", "--namespace", "-n", "NAME", "Namespace of the class. Default: the global one.", false),
        ("ClassName", "--class", null, "NAME", "Name of the class. Default: made of the file's.", false),
        ("Accessibility", "--accessibility", null, "public|internal", "Who may use the class. Default: public.", false),
    ];

    private readonly Dictionary<string, Option> _options = new(StringComparer.Ordinal);

    /// <param name="command">Gets the options.</param>
    /// <param name="includes">Whether the command has a use for a setting.</param>
    /// <param name="topic">
    /// What the command is about: options are not called after it there. Null where all are called as with other commands.
    /// </param>
    public SettingOptions(Command command, Func<ModelSetting, bool> includes, string? topic = null)
    {
        foreach (ModelSetting setting in ModelSettings.All.Where(includes))
        {
            (_, string? name, string? alias, string helpName, string description, bool isList) =
                Array.Find(s_options, o => o.Setting == setting.Name);
            if (name is not null)
            {
                name = topic is null ? name : name.Replace($"--{topic}-", "--", StringComparison.Ordinal);
                string[] aliases = alias is null ? [] : [alias];
                Option option = setting.IsSwitch ? new SettingOption<bool>(setting, name, aliases) { Description = description } : isList
                    ? new SettingOption<string[]>(setting, name, aliases)
                    {
                        HelpName = helpName, Description = description, AllowMultipleArgumentsPerToken = true,
                    }
                    : new SettingOption<string>(setting, name, aliases) { HelpName = helpName, Description = description };
                option.Validators.Add(result => Check(result, setting));
                _options.Add(setting.Name, option);
                command.Add(option);
            }
        }
    }

    /// <summary>The setting that the command itself has a use for, in every mode; null for none.</summary>
    public string? Used { get; init; }

    /// <summary>The option of a setting; null where the command has none.</summary>
    public Option? this[string setting] => _options.GetValueOrDefault(setting);

    /// <summary>Reads what was said.</summary>
    /// <param name="parsed">The command line, in which all words have a meaning.</param>
    /// <param name="options">What holds where nothing was said.</param>
    /// <exception cref="CompilationException">A pattern of calibration files matches nothing.</exception>
    public CompileOptions Read(ParseResult parsed, CompileOptions options) =>
        ModelSettings.Read(options, setting => Words(parsed, setting), (_, _) => { }) with
        {
            CalibrationFiles = FilePatterns.Expand(Tokens(parsed, "Calibration"), "Calibration"),
        };

    /// <summary>Says which options do nothing.</summary>
    /// <param name="terminal">Where warnings go.</param>
    /// <param name="all">What the command compiles: an option is of use where it is in one of them.</param>
    public void WarnOfUnused(ParseResult parsed, Terminal terminal, params IReadOnlyList<CompileOptions> all)
    {
        string modes = string.Join(" and ", all.Select(o => o.Mode.Word()).Distinct());
        new FindingWriter(terminal).Write(
            ModelSettings.Unused(all[^1], s => s.Name != Used && Tokens(parsed, s.Name).Length > 0)
                .Where(unused => all.All(o => unused.Setting.FindUnused(o) is not null))
                .Select(unused => new Finding(
                    DiagnosticCodes.CalibrationIgnored,
                    FindingSeverity.Warning,
                    unused.Message(_options[unused.Setting.Name].Name) + (unused.WayOut is { } way ? $". {way}"
                        : $", and the mode is {modes}. Give another mode, or leave "
                            + $"{unused.Word ?? _options[unused.Setting.Name].Name} out."))),
            all[0].ModelPath);
    }

    /// <summary>
    /// The words behind switches that are neither true nor false, with what is wrong with each: the parser takes them for arguments, and
    /// knows no place for them.
    /// </summary>
    public static IReadOnlyDictionary<string, string> FindMisreadSwitches(ParseResult parsed)
    {
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((Token option, Token word) in parsed.Tokens.Zip(parsed.Tokens.Skip(1)))
        {
            ISettingOption? setting = option.Type != TokenType.Option ? null : parsed.CommandResult.Command.Options
                .FirstOrDefault(o => o.Name == option.Value || o.Aliases.Contains(option.Value)) as ISettingOption;
            if (setting?.Setting.IsSwitch == true && parsed.UnmatchedTokens.Contains(word.Value)
                && !word.Value.AsSpan().ContainsAny('.', '/', '\\'))
            {
                faults[word.Value] = Fault(setting.Setting, word.Value, option.Value)
                    ?? $"{setting.Setting.Code}: '{word.Value}' in {option.Value} is not true or false, as the command line has it.";
            }
        }

        return faults;
    }

    private string Words(ParseResult parsed, ModelSetting setting) => string.Join(';', Tokens(parsed, setting.Name));

    private string[] Tokens(ParseResult parsed, string setting) =>
        !_options.TryGetValue(setting, out Option? option) || parsed.GetResult(option) is not { } result ? []
            : ModelSettings.Of(setting).IsSwitch && result.Tokens.Count == 0 ? result.Implicit ? [] : [bool.TrueString]
            : [.. result.Tokens.Select(token => token.Value)];

    /// <summary>The parser's errors are text only: a code stands in front.</summary>
    private static void Check(OptionResult result, ModelSetting setting)
    {
        string words = string.Join(';', result.Tokens.Select(token => token.Value)).Trim();
        if (words.Length > 0 && Fault(setting, words, result.Option.Name) is { } fault)
        {
            result.AddError(fault);
        }
    }

    /// <summary>What is wrong with words, with the code in front; null where all is well.</summary>
    private static string? Fault(ModelSetting setting, string words, string option)
    {
        var trial = new CompileOptions
        {
            ModelPath = string.Empty, Mode = ModelModeNames.Default, ClassName = string.Empty, ResourceName = string.Empty,
        };
        return setting.Read(words, ref trial) is { } fault ? $"{setting.Code}: {fault.Message(option)}" : null;
    }
}
