using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Build.Framework;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Tasks;

/// <summary>
/// A QuantizedModel item, typed. The names of its metadata are those of <c>_ModelBuildModel</c> in ModelBuild.targets; what a user wrote is
/// checked in <see cref="ToOptions"/>, so that a wrong item can still be named and located.
/// </summary>
internal sealed partial class ModelItem
{
    /// <summary>What a user can write beside <c>Include</c>.</summary>
    public static readonly IReadOnlyList<string> KnownMetadata = [.. ModelSettings.All.Select(s => s.Name), "Report", "Dump"];

    private const StringSplitOptions NonEmpty = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;

    private readonly ITaskItem _item;

    private readonly string _projectDirectory;

    /// <param name="item">The item.</param>
    /// <param name="rootNamespace">The project's root namespace; may be empty.</param>
    /// <param name="projectDirectory">Full path, for what the item says relative to it.</param>
    public ModelItem(ITaskItem item, string rootNamespace, string projectDirectory)
    {
        _item = item;
        _projectDirectory = projectDirectory;
        string className = Metadata("ClassName");
        ClassName = className.Length > 0 ? className : CSharpNames.ClassFromFile(Path.GetFileNameWithoutExtension(ModelFile));
        string ns = Metadata("Namespace");
        Namespace = ns.Length > 0 ? ns : CSharpNames.NamespaceFromProject(rootNamespace);
    }

    /// <summary>Folder and file name of its outputs, and what connects it with its calibration files.</summary>
    public string Id => Metadata("ModelBuildId");

    /// <summary>The file as the project names it, for people.</summary>
    public string Include => Metadata("ModelInclude");

    /// <summary>The model's full path.</summary>
    public string ModelFile => Metadata("ModelFile");

    /// <summary>Full path of the project or the imported file that defines the item.</summary>
    public string ProjectFile => Metadata("ProjectFile");

    public string PlanFile => Metadata("PlanFile");

    public string WeightsFile => Metadata("BlobFile");

    public string OnnxFile => Metadata("OnnxFile");

    /// <summary>What <see cref="Tasks.ExternalFileList"/> makes.</summary>
    public string ExternalFileList => Metadata("ExternalFileList");

    /// <summary>One line for people: what became of the model.</summary>
    public string SummaryFile => Metadata("SummaryFile");

    /// <summary>The page of the model; empty where none is asked for.</summary>
    public string ReportFile => Metadata("HtmlPage");

    /// <summary>The same for programs.</summary>
    public string ReportJsonFile => Metadata("JsonPage");

    public string WarningsFile => Metadata("WarningsFile");

    public string Mode => Metadata("Mode");

    /// <summary>The names of everything that is said about the item, here, by MSBuild and in ModelBuild.targets.</summary>
    public IEnumerable<string> MetadataNames => _item.MetadataNames.Cast<string>();

    public string ClassName { get; }

    public string Namespace { get; }

    public string FullClassName => Namespace.Length == 0 ? ClassName : Namespace + "." + ClassName;

    /// <summary>What a user wrote, without the blanks around it.</summary>
    public string Metadata(string name) => _item.GetMetadata(name).Trim();

    /// <summary>The parts of a list. Only a semicolon that is not escaped (%3B) separates them.</summary>
    private IEnumerable<string> Parts(string name)
    {
        string list = _item is ITaskItem2 item ? item.GetMetadataValueEscaped(name) : _item.GetMetadata(name);
        return list.Split(';', NonEmpty).Select(part => EscapedCharacter().Replace(
            part, m => ((char)int.Parse(m.ValueSpan[1..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)).ToString()));
    }

    /// <summary>As MSBuild writes a character that would mean something to it.</summary>
    [GeneratedRegex("%[0-9A-Fa-f]{2}")]
    private static partial Regex EscapedCharacter();

    /// <param name="sameClass">The items of the project that make a class of this name, this one among them.</param>
    public void ThrowIfClassIsTaken(IReadOnlyList<ModelItem> sameClass)
    {
        if (sameClass.Count > 1)
        {
            string[] names = [.. sameClass.Select(item => item.FullClassName).Distinct(StringComparer.Ordinal)];
            string what = names.Length == 1
                ? $"make the same class '{names[0]}'"
                : $"make classes whose names differ only in case: {string.Join(", ", names.Select(name => $"'{name}'"))}";
            throw new ItemException(
                DiagnosticCodes.DuplicateClass,
                "ClassName",
                $"{string.Join(" and ", sameClass.Select(Located))} {what}. Give one of them another ClassName or Namespace; "
                + "to change an item that a wildcard includes, use Update instead of a second Include.");
        }
    }

    /// <summary>
    /// The files that <c>Calibration</c> means. A part of it that finds no file may be a folder, or find some: then it is the samples in
    /// them. Every part must have found something.
    /// </summary>
    /// <param name="files">What MSBuild expanded it to.</param>
    /// <param name="inFolders">What is in the folders, if they are some, that its parts find.</param>
    /// <exception cref="ItemException">A part found nothing.</exception>
    public IReadOnlyList<string> CheckCalibration(IReadOnlyList<string> files, IReadOnlyList<string> inFolders)
    {
        var all = new HashSet<string>(files, StringComparer.Ordinal);
        string[] samples = [.. inFolders.Where(SampleGroup.IsSample)];
        foreach (string pattern in Parts("Calibration"))
        {
            if (files.Any(file => CalibrationPattern.Covers(pattern, _projectDirectory, file)))
            {
                continue;
            }

            string[] found = [.. samples.Where(file => CalibrationPattern.CoversFolderOf(pattern, _projectDirectory, file))];
            all.UnionWith(found);
            if (found.Length == 0)
            {
                throw new ItemException(
                    DiagnosticCodes.CalibrationMissing,
                    "Calibration",
                    $"Calibration '{pattern}' of '{Include}' matches no file, and no folder of samples ({SampleGroup.Known}). It is "
                    + $"relative to the project's folder '{_projectDirectory}'; correct it or add the files."
                    + Suggestion.ForPath(pattern, _projectDirectory, SampleGroup.IsSample)
                    + SampleGroup.HowToSeparate(pattern));
            }
        }

        return [.. all];
    }

    /// <summary>Removes what an earlier build has left in another mode: nobody is to look at a model that is no longer used.</summary>
    public void DeleteOtherOnnxFiles()
    {
        string[] files = Directory.GetFiles(Path.GetDirectoryName(OnnxFile)!, "*.onnx");
        Array.ForEach([.. files.Where(file => file != OnnxFile)], OutputFile.Delete);
    }

    /// <summary>Removes the graphs that an earlier build has written, where they are no longer asked for.</summary>
    public void DeleteUnusedDump()
    {
        string directory = Path.Combine(Path.GetDirectoryName(PlanFile)!, "dump");
        if (Metadata("DumpDirectory").Length == 0 && Directory.Exists(directory))
        {
            OutputFile.DeleteDirectory(directory);
        }
    }

    /// <summary>Removes the report that an earlier build has written, where it is no longer asked for.</summary>
    public void DeleteUnusedReport()
    {
        if (ReportFile.Length == 0)
        {
            string[] files = [Path.ChangeExtension(PlanFile, ".html"), Path.ChangeExtension(PlanFile, ".json")];
            Array.ForEach([.. files.Where(File.Exists)], OutputFile.Delete);
        }
    }

    /// <summary>What the compiler is to do.</summary>
    /// <exception cref="ItemException">The item asks for what cannot be.</exception>
    public CompileOptions ToOptions(IReadOnlyList<string> calibrationFiles)
    {
        if (ModelPath.Fault(ModelFile, Include, _projectDirectory, "the project file", takesPatterns: true) is { } fault)
        {
            throw new ItemException(DiagnosticCodes.ModelMissing, "Include", fault);
        }

        CheckSwitch("Dump", "the graph written after every pass");
        CheckSwitch("Report", "a page written about the model");
        CompileOptions options = ReadSettings((setting, wrong) => throw new ItemException(
            setting.Code, setting.Name, wrong.Message($"{setting.Name} of '{Include}'")));
        return options with
        {
            CalibrationFiles = [.. calibrationFiles.Order(StringComparer.Ordinal)],
            LabelsFile = options.LabelsFile is { } labels ? Path.GetFullPath(Path.Combine(_projectDirectory, labels)) : null,
            DumpDirectory = Metadata("DumpDirectory") is { Length: > 0 } directory ? directory : null,
            Report = ReportFile.Length > 0,
        };
    }

    /// <summary>What the item says of its model.</summary>
    /// <param name="report">Told of what cannot be understood.</param>
    public CompileOptions ReadSettings(Action<ModelSetting, SettingFault> report)
    {
        var options = new CompileOptions
        {
            ModelPath = ModelFile, Mode = ModelModeNames.Default, ClassName = ClassName, ResourceName = Metadata("ResourceName"),
        };
        return ModelSettings.Read(
            options,
            setting => setting.Name switch
            {
                nameof(ClassName) => ClassName,
                nameof(Namespace) => Namespace,
                _ => Metadata(setting.Name),
            },
            report);
    }

    /// <summary>An item and where it stands; the file too where it is not this item's.</summary>
    private string Located(ModelItem item)
    {
        ItemPosition position = ItemPosition.Find(item, "Include");
        string[] place =
        [
            .. item.ProjectFile == ProjectFile ? (string[])[] : [Path.GetFileName(item.ProjectFile)],
            .. position.Line == 0 ? (string[])[] : [string.Create(CultureInfo.InvariantCulture, $"line {position.Line}")],
        ];
        return $"'{item.Include}'{(place.Length == 0 ? string.Empty : $" ({string.Join(", ", place)})")}";
    }

    /// <summary>Another word than those that MSBuild knows for true and false would count as false.</summary>
    private void CheckSwitch(string name, string what)
    {
        string text = Metadata(name);
        string[] words = ["", "true", "on", "yes", "false", "off", "no"];
        if (!words.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            throw new ItemException(
                DiagnosticCodes.BadDump,
                name,
                $"{name} '{text}' of '{Include}' is neither true nor false. Write true to have {what}, or "
                + $"leave it out.{Suggestion.For(text, ["true", "false"])}");
        }
    }
}
