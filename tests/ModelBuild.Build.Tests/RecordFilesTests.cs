using System.Globalization;
using System.Text;
using ModelBuild.Compiler;
using ModelBuild.Tasks;

namespace ModelBuild.Build.Tests;

/// <summary>What a build leaves for the next one about a model.</summary>
public sealed class RecordFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelbuild-record-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A link has a time of its own; that of the data is the file's that it leads to.</summary>
    [Fact]
    public void ExternalDataList_OfALink_HasTheFileItLeadsToAsWell()
    {
        string data = Path.Combine(_folder, "data.bin");
        string link = Path.Combine(_folder, "link.bin");
        File.WriteAllBytes(data, [1]);
        File.SetLastWriteTimeUtc(data, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        File.CreateSymbolicLink(link, data);

        string[] entries = Encoding.UTF8.GetString(ExternalDataList.ToBytes([link])).Split(';');

        Assert.Equal([link, data], entries.Select(entry => entry[(entry.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        Assert.Equal(
            File.GetLastWriteTimeUtc(data).Ticks.ToString(CultureInfo.InvariantCulture), entries[1].Split(' ')[0]);
    }

    /// <summary>An item is looked at anew in each build, so that what was said of it is not said for ever.</summary>
    [Fact]
    public void WarningsFile_ReadBack_HasThoseOfTheCompilerOnly()
    {
        string file = Path.Combine(_folder, "a.warnings");
        WarningsFile.Write(
            file,
            [
                new ItemWarning(DiagnosticCodes.UnknownMetadata, "Modus", "one"),
                new ItemWarning(DiagnosticCodes.CalibrationIgnored, "Calibration", "two"),
                new ItemWarning(DiagnosticCodes.ClassNamedAsNamespace, "ClassName", "three"),
            ],
            [new Finding(DiagnosticCodes.PoorSqnr, FindingSeverity.Warning, "four,\nand more")]);

        Assert.Equal(4, File.ReadAllLines(file).Length);
        Assert.Equal(
            new Finding(DiagnosticCodes.PoorSqnr, FindingSeverity.Warning, "four, and more"),
            Assert.Single(WarningsFile.ReadOfCompiler(file)));
    }
}
