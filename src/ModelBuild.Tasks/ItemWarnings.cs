using Microsoft.Build.Framework;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Settings;

namespace ModelBuild.Tasks;

/// <summary>What in an item compiles and is hardly meant. Seen without opening the model.</summary>
internal static class ItemWarnings
{
    private const int ShortestPrefix = 5;

    /// <summary>What other tools call what we have another word for.</summary>
    private static readonly Dictionary<string, string> s_synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Precision"] = "Mode",
        ["Quantization"] = "Mode",
        ["DataType"] = "Mode",
        ["Engine"] = "Backend",
        ["Samples"] = "Calibration",
        ["Shape"] = "Dimensions",
        ["Visibility"] = "Accessibility",
    };

    public static IReadOnlyList<ItemWarning> Find(ModelItem model) =>
    [
        .. MisspeltMetadata(model),
        .. IgnoredInMode(model),
        .. ClassNamedAsNamespace(model),
    ];

    /// <summary>Whether a finding came from here, not from the compiler.</summary>
    public static bool IsOne(Finding finding) =>
        finding.Code is DiagnosticCodes.UnknownMetadata or DiagnosticCodes.CalibrationIgnored or DiagnosticCodes.ClassNamedAsNamespace;

    /// <summary>
    /// Metadata of any name is legal and may serve the project itself: only what looks like one of ours is taken for a mistake.
    /// </summary>
    private static IEnumerable<ItemWarning> MisspeltMetadata(ModelItem model) =>
        from name in model.MetadataNames
        where !ModelItem.KnownMetadata.Contains(name, StringComparer.OrdinalIgnoreCase)
        let meant = Meant(name)
        where meant is not null
        select new ItemWarning(
            DiagnosticCodes.UnknownMetadata,
            name,
            $"'{model.Include}' has the metadata '{name}', which ModelBuild does not know and ignores. Did you mean '{meant}'?");

    private static string? Meant(string name) =>
        s_synonyms.GetValueOrDefault(name)
        ?? Suggestion.Closest(name, ModelItem.KnownMetadata)
        ?? ModelItem.KnownMetadata.FirstOrDefault(known => IsPrefix(known, name) || IsPrefix(name, known));

    private static bool IsPrefix(string start, string whole) =>
        start.Length >= ShortestPrefix && whole.StartsWith(start, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Only where the item's own element says it: a default for all items, or a mode that a property decides, is no mistake.
    /// </summary>
    private static IEnumerable<ItemWarning> IgnoredInMode(ModelItem model) =>
        ItemPosition.Written(model, "Mode")?.Contains("$(", StringComparison.Ordinal) == true ? []
        : from unused in ModelSettings.Unused(
            model.ReadSettings((_, _) => { }),
            s => model.Metadata(s.Name).Length > 0 && ItemPosition.Written(model, s.Name) is not null)
          select new ItemWarning(
              DiagnosticCodes.CalibrationIgnored,
              unused.Setting.Name,
              unused.Message($"{unused.Setting.Name} of '{model.Include}'") + (unused.WayOut is { } way ? $". {way}"
                  : $", and this item has Mode=\"{model.Mode}\". Set the Mode that is meant, or remove "
                      + $"{unused.Word ?? unused.Setting.Name}."));

    /// <summary>Lenet.Lenet: wherever the namespace Lenet is in scope, C# takes the name for the namespace (CS0118).</summary>
    private static IEnumerable<ItemWarning> ClassNamedAsNamespace(ModelItem model)
    {
        if (!model.Namespace.Split('.').Contains(model.ClassName, StringComparer.Ordinal))
        {
            return [];
        }

        string message = $"The class '{model.FullClassName}' of '{model.Include}' is named as a part of its namespace: code that says "
            + $"'{model.ClassName}' may mean the namespace to C# (CS0118). Set ClassName=\"{model.ClassName}Model\", or another Namespace.";
        return [new ItemWarning(DiagnosticCodes.ClassNamedAsNamespace, "ClassName", message)];
    }
}
