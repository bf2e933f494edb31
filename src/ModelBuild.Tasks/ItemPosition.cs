using System.Xml;
using System.Xml.Linq;
using ModelBuild.Compiler.Files;

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
    /// <param name="item">The item.</param>
    /// <param name="metadata">What to point at: <c>Include</c> or a metadata; the element itself where it does not have it.</param>
    public static ItemPosition Find(ModelItem item, string metadata)
    {
        XElement? element = Element(item);
        IXmlLineInfo? line = element is null ? null : Attribute(element, metadata) ?? element.Attribute("Include") ?? (IXmlLineInfo)element;
        return new ItemPosition(item.ProjectFile, line?.LineNumber ?? 0, line?.LinePosition ?? 0);
    }

    /// <summary>
    /// A metadata as the item's element has it, properties not expanded; null when it comes from elsewhere or the element is not found.
    /// </summary>
    public static string? Written(ModelItem item, string metadata) => Element(item) is { } element ? Text(element, metadata) : null;

    private static XElement? Element(ModelItem item) => Read(item.ProjectFile)?.Descendants()
        .Where(candidate => candidate.Name.LocalName == "QuantizedModel" && candidate.Parent?.Name.LocalName == "ItemGroup")
        .Where(candidate => Fit(candidate, item) > 0)
        .MaxBy(candidate => Fit(candidate, item) + Agreement(candidate, item));

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

    /// <summary>
    /// 0: the element does not include this item's file. A path counts for more than a wildcard, and that for more than a property.
    /// </summary>
    private static int Fit(XElement element, ModelItem item)
    {
        string include = element.Attribute("Include")?.Value ?? element.Attribute("Update")?.Value ?? string.Empty;
        return include.Split(';', StringSplitOptions.TrimEntries)
            .Max(part => Fit(part.Replace('\\', '/'), item.Include.Replace('\\', '/')));
    }

    private static int Fit(string pattern, string path)
    {
        if (pattern == path)
        {
            return 20;
        }

        // What a property stands for is not known here: only what follows the last one can be compared.
        bool hasProperty = pattern.Contains("$(", StringComparison.Ordinal);
        string known = hasProperty ? pattern[(pattern.LastIndexOf(')') + 1)..].TrimStart('/') : pattern;
        return known.AsSpan().ContainsAny('*', '?') ? (Wildcard.Matches(known, path, anywhere: hasProperty) ? 10 : 0)
            : hasProperty && path.EndsWith(known, StringComparison.Ordinal) ? (known.Length > 0 ? 15 : 5)
            : 0;
    }

    /// <summary>How much of the element's metadata the item has. Metadata that it does not have tells against the element.</summary>
    private static int Agreement(XElement element, ModelItem item) => ModelItem.KnownMetadata
        .Select(name => (Written: Text(element, name)?.Trim(), Actual: item.Metadata(name)))
        .Sum(value =>
            value.Written is null || value.Written.Contains("$(", StringComparison.Ordinal) ? 0
            : value.Written == value.Actual ? 1
            : -20);

    private static IXmlLineInfo? Attribute(XElement element, string name) => element.Attribute(name) ?? (IXmlLineInfo?)Child(element, name);

    private static string? Text(XElement element, string name) => element.Attribute(name)?.Value ?? Child(element, name)?.Value;

    private static XElement? Child(XElement element, string name) =>
        element.Elements().FirstOrDefault(child => child.Name.LocalName == name);
}
