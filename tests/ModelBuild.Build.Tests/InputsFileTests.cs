using System.Text.RegularExpressions;
using System.Xml.Linq;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>What decides whether a model is compiled again, against what the task understands.</summary>
public sealed partial class InputsFileTests
{
    /// <summary>Metadata that is not in the file could be changed without any effect on what was built before.</summary>
    [Fact]
    public void InputsFile_OfAModel_SaysAllOfItsMetadata()
    {
        XElement[] targets =
            [.. XDocument.Load(Path.Combine(Repository.Root, "build", "package", "ModelBuild.targets")).Root!.Elements("Target")];
        XElement[] steps = [.. targets.Single(t => t.Attribute("Name")!.Value == "_ModelBuildCollectModels").Elements()];
        string lines = steps.Single(
            s => s.Name.LocalName == "WriteLinesToFile" && s.Attribute("File")!.Value.EndsWith(").inputs", StringComparison.Ordinal))
            .Attribute("Lines")!.Value;
        string labels = steps.SelectMany(s => s.Elements("_ModelBuildLabels")).Single().Attribute("Include")!.Value;

        // Of labels the files are there, which are items by then.
        Assert.Contains("@(_ModelBuildLabels->'labels %(FullPath) %(ModifiedTime)')", lines, StringComparison.Ordinal);
        string[] said = [.. Metadata().Matches(lines).Concat(Metadata().Matches(labels)).Select(m => m.Groups[1].Value)];
        Assert.Empty(ModelItem.KnownMetadata.Except(said, StringComparer.Ordinal));
    }

    [GeneratedRegex(@"%\((?:\w+\.)?(\w+)\)")]
    private static partial Regex Metadata();
}
