using System.IO.Enumeration;
using System.Xml;
using System.Xml.Linq;

namespace ModelBuild.Tasks;

/// <summary>
/// Where an item stands in the project. MSBuild tells a task the file that defines an item but not the line, so the file is read once more:
/// the line is that of the element that looks most like the item.
/// </summary>
/// <param name="File">The project file, or the file it imports.</param>
/// <param name="Line">From 1; 0 when no element was found.</param>
/// <param name="Column">From 1; 0 when no element was found.</param>
internal readonly record struct ItemPosition(string File, int Line, int Column)
{
    private static readonly string[] s_metadata = ["Mode", "Calibration", "ClassName", "Namespace", "Accessibility", "Dimensions"];

    /// <param name="item">The item.</param>
    /// <param name="metadata">What to point at: <c>Include</c> or a metadata; the element itself where it does not have it.</param>
    public static ItemPosition Find(ModelItem item, string metadata)
    {
        XElement? element = Read(item.ProjectFile)?.Descendants()
            .Where(candidate => candidate.Name.LocalName == "QuantizedModel" && candidate.Parent?.Name.LocalName == "ItemGroup")
            .Where(candidate => Fit(candidate, item) > 0)
            .MaxBy(candidate => Fit(candidate, item) + Agreement(candidate, item));
        IXmlLineInfo? line = element is null ? null : element.Attribute(metadata) ?? Child(element, metadata) ?? element.Attribute("Include") ?? (IXmlLineInfo)element;
        return new ItemPosition(item.ProjectFile, line?.LineNumber ?? 0, line?.LinePosition ?? 0);
    }

    private static XDocument? Read(string file)
    {
        try
        {
            return XDocument.Load(file, LoadOptions.SetLineInfo);
        }
        catch (Exception exception) when (exception is XmlException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>0: the element does not include this item's file. An equal path counts for more than an equal name, and that for more than a wildcard.</summary>
    private static int Fit(XElement element, ModelItem item)
    {
        string include = element.Attribute("Include")?.Value ?? element.Attribute("Update")?.Value ?? string.Empty;
        return include.Split(';', StringSplitOptions.TrimEntries).Max(part => Fit(part.Replace('\\', '/'), item));
    }

    private static int Fit(string include, ModelItem item)
    {
        string file = Path.GetFileName(item.ModelFile);

        // What a property stands for is not known here: a name may begin behind it.
        string name = include[(include.AsSpan().LastIndexOfAny('/', ')') + 1)..];
        return include == item.Include.Replace('\\', '/') ? 20
            : name == file ? 15
            : FileSystemName.MatchesSimpleExpression(name, file) ? 10
            : include.Contains("$(", StringComparison.Ordinal) ? 5
            : 0;
    }

    /// <summary>How much of the element's metadata the item has. Metadata that it does not have tells against the element.</summary>
    private static int Agreement(XElement element, ModelItem item) => s_metadata
        .Select(name => (Written: (element.Attribute(name)?.Value ?? Child(element, name)?.Value)?.Trim(), Actual: item.Metadata(name)))
        .Sum(value => value.Written is null || value.Written.Contains("$(", StringComparison.Ordinal) ? 0 : value.Written == value.Actual ? 1 : -20);

    private static XElement? Child(XElement element, string name) => element.Elements().FirstOrDefault(child => child.Name.LocalName == name);
}
