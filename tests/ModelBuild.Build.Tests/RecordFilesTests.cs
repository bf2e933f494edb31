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

    /// <summary>A link has a time of its own; where it leads, be it by a folder or by another link, is what is read.</summary>
    [Fact]
    public void ExternalFileList_OfLinks_HasEachOnTheWayAndTheFileTheyLeadTo()
    {
        string data = Write("deep/er/data.bin");
        string plain = Write("plain.bin");
        string folder = Link("folder", Path.Combine("deep", ".", "er"));
        string file = Link("deep/er/file", Path.Combine("..", "..", "folder", "data.bin"));
        string link = Link("link", Path.Combine(_folder, "folder", "file"));

        string[] entries = Entries([link, Path.Combine(folder, "data.bin"), plain], [plain]);

        Assert.Equal(
            [link, folder, file, data, plain], entries.Select(entry => entry[(entry.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        Assert.Equal(
            File.GetLastWriteTimeUtc(data).Ticks.ToString(CultureInfo.InvariantCulture), entries[3].Split(' ')[0]);

        // The item names it, and nothing else is read.
        Assert.Equal([string.Empty], Entries([plain], []));
    }

    /// <summary>A character that MSBuild would take for its own, or the quote around the name, is escaped thrice.</summary>
    [Fact]
    public void ExternalFileList_NameWithWhatMeansSomethingToMSBuild_IsEscaped()
    {
        string file = Write("50% *?@$();'`.bin");

        string entry = Assert.Single(Entries([], [file]));

        Assert.EndsWith(
            "50%25252525 %2525252A%2525253F%25252540%25252524%25252528%25252529%2525253B%25252527%25252560.bin", entry,
            StringComparison.Ordinal);
    }

    [Fact]
    public void ExternalFileList_OfLinkToItself_Ends() => Assert.NotEmpty(Entries([Link("circle", "circle")], []));

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

    private static string[] Entries(string[] named, string[] external) =>
        Encoding.UTF8.GetString(ExternalFileList.ToBytes(named, external)).Split(';');

    private string Write(string file)
    {
        string path = Path.Combine(_folder, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [1]);
        File.SetLastWriteTimeUtc(path, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        return path;
    }

    private string Link(string file, string target)
    {
        string path = Path.Combine(_folder, file);
        File.CreateSymbolicLink(path, target);
        return path;
    }
}
