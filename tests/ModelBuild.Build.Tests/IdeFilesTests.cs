using System.Text.Json;
using System.Xml.Linq;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>What an IDE offers, against what the task understands.</summary>
public sealed class IdeFilesTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "build", "package");

    [Fact]
    public void PropertyPage_Properties_AreTheMetadata() => Assert.Equal(
        ModelItem.KnownMetadata.Order(StringComparer.Ordinal),
        XDocument.Load(Path.Combine(s_folder, "QuantizedModel.xaml")).Descendants()
            .Where(element => element.Name.LocalName.EndsWith("Property", StringComparison.Ordinal))
            .Select(element => element.Attribute("Name")!.Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Schema_MetadataAndProperties_AreThoseOfTheBuild()
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_folder, "ModelBuild.targets.buildschema.json")));
        JsonElement item = schema.RootElement.GetProperty("items").GetProperty("QuantizedModel");
        Assert.Equal(
            ModelItem.KnownMetadata.Order(StringComparer.Ordinal),
            item.GetProperty("metadata").EnumerateObject().Select(metadata => metadata.Name).Order(StringComparer.Ordinal));

        string build = string.Concat(
            new[] { "ModelBuild.props", "ModelBuild.targets" }.Select(file => File.ReadAllText(Path.Combine(s_folder, file))));
        Assert.All(
            schema.RootElement.GetProperty("properties").EnumerateObject(),
            property => Assert.Contains($"$({property.Name})", build, StringComparison.Ordinal));
        Assert.All(
            schema.RootElement.GetProperty("targets").EnumerateObject(),
            target => Assert.Contains($"<Target Name=\"{target.Name}\"", build, StringComparison.Ordinal));
    }
}
