using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;

namespace ModelBuild.Build.Tests;

/// <summary>Files that several builds write at once, or that cannot be written.</summary>
public sealed class OutputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelbuild-output-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_ByManyAtOnce_LeavesOneWholeFileAndNothingElse()
    {
        string file = Path.Combine(_folder, "new", "a.plan");

        Parallel.For(0, 64, i => OutputFile.Write(file, [.. Enumerable.Repeat((byte)i, 100_000)]));

        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
        byte[] content = File.ReadAllBytes(file);
        Assert.Equal(100_000, content.Length);
        Assert.Single(content.Distinct());
    }

    [Fact]
    public void Write_ThatFails_NamesTheFileAndLeavesNothing()
    {
        string file = Path.Combine(_folder, "a.plan");
        Directory.CreateDirectory(file);

        var exception = Assert.Throws<CompilationException>(() => OutputFile.Write(file, [1, 2, 3]));
        Assert.Equal(DiagnosticCodes.OutputFailed, Assert.Single(exception.Findings).Code);
        Assert.Contains($"'{file}' cannot be written", exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void Write_ThroughALink_KeepsTheLink()
    {
        string target = Path.Combine(_folder, "target");
        string link = Path.Combine(_folder, "link");
        string dangling = Path.Combine(_folder, "dangling");
        File.WriteAllText(target, "before");
        File.CreateSymbolicLink(link, "target");
        File.CreateSymbolicLink(dangling, "new");

        OutputFile.Write(link, "after"u8.ToArray());
        OutputFile.Write(dangling, "new"u8.ToArray());

        Assert.Equal("target", new FileInfo(link).LinkTarget);
        Assert.Equal("after", File.ReadAllText(target));
        Assert.Equal("new", new FileInfo(dangling).LinkTarget);
        Assert.Equal("new", File.ReadAllText(Path.Combine(_folder, "new")));
        Assert.Equal(4, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Fact]
    public void Write_ToADevice_LeavesIt()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        OutputFile.Write("/dev/null", [1, 2, 3]);

        Assert.Equal(0, new FileInfo("/dev/null").Length);
    }

    /// <summary>Root may well put a file in a device's place: then it is none any more, for every program of the system.</summary>
    [Fact]
    public void Write_ThroughALinkToADevice_LeavesIt()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, "/dev/null");
        string second = Path.Combine(_folder, "second");
        File.CreateSymbolicLink(second, "link");
        string folder = Path.Combine(_folder, "folder");
        Directory.CreateSymbolicLink(folder, "/dev");
        string throughFolder = Path.Combine(_folder, "through");
        File.CreateSymbolicLink(throughFolder, "folder/null");
        foreach (string path in new[] { link, second, Path.Combine(folder, "null"), throughFolder })
        {
            // Nothing is written where it would do harm.
            Assert.True(OutputFile.IsDevice(path), path);
            OutputFile.Write(path, [1, 2, 3]);
        }

        Assert.Equal(0, new FileInfo("/dev/null").Length);
        Assert.Equal("/dev/null", new FileInfo(link).LinkTarget);
    }

    /// <summary>What is in memory only is no device: a file there is replaced as a whole, not written over from its beginning.</summary>
    [Fact]
    public void Write_ToAFileInMemory_ReplacesIt()
    {
        if (!Directory.Exists("/dev/shm"))
        {
            return;
        }

        string file = Path.Combine("/dev/shm", Path.GetRandomFileName());
        try
        {
            File.WriteAllText(file, "a long text");
            OutputFile.Write(file, "short"u8.ToArray());
            Assert.Equal("short", File.ReadAllText(file));
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Two ways to one file have one end, through links of folders behind links of files too.</summary>
    [Fact]
    public void Target_OfALinkIntoALinkedFolder_IsTheFileItself()
    {
        string real = Directory.CreateDirectory(Path.Combine(_folder, "real")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(_folder, "linked"), "real");
        string link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, "linked/a.onnx");
        string expected = OutputFile.Target(Path.Combine(real, "a.onnx"));

        Assert.Equal(expected, OutputFile.Target(link));
        File.WriteAllText(Path.Combine(real, "a.onnx"), "");
        Assert.Equal(expected, OutputFile.Target(link));
    }

    /// <summary>Nobody has to make room for a file that cannot be there.</summary>
    [Fact]
    public void Write_WhereNoFileCanBe_SaysWhy()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));
        File.WriteAllText(Path.Combine(_folder, "file"), "");

        Assert.EndsWith("is a folder. Name a file in it, or another one.", Message("folder"), StringComparison.Ordinal);
        Assert.EndsWith("file' is a file, and no folder. Name a folder.", Message("file/sub/a.onnx"), StringComparison.Ordinal);
        Assert.EndsWith(" Name it more shortly.", Message(new string('a', 5000)), StringComparison.Ordinal);
        if (OperatingSystem.IsLinux())
        {
            // Not even root makes files there.
            Assert.Contains("may write into the folder '/sys'", Message("/sys/a.onnx"), StringComparison.Ordinal);
            Assert.EndsWith(" Make room on the disk, or name another place.", Message("/dev/full"), StringComparison.Ordinal);
        }

        string Message(string file)
        {
            string path = Path.Combine(_folder, file);
            return Assert.Throws<CompilationException>(() => OutputFile.Write(path, [1])).Findings[0].Message;
        }
    }
}
