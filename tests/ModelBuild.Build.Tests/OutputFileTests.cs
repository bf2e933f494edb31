using ModelBuild.Compiler;
using ModelBuild.Compiler.Hosts;

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
}
