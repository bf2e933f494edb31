using ModelBuild.Compiler.Files;

namespace ModelBuild.Build.Tests;

/// <summary>Why files cannot be read.</summary>
public sealed class InputFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("modelbuild-input-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void BrokenLink_OfWhatLeadsNowhere_SaysWhereAndOfAllElseNothing()
    {
        string file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "text");

        Assert.Contains($"'{Path.Combine(_folder, "nowhere")}', which does not exist", InputFile.BrokenLink(Link("dangling", "nowhere")));
        Assert.Contains("which does not exist", InputFile.BrokenLink(Link("second", "dangling")));
        Assert.Contains("leads back to itself", InputFile.BrokenLink(Link("circle", "circle")));
        Assert.Contains("leads back to itself", InputFile.BrokenLink(Link("way", "circle")));
        Assert.All(
            [file, Link("good", "file"), _folder, Path.Combine(_folder, "missing"), Path.Combine(_folder, "missing", "file")],
            path => Assert.Null(InputFile.BrokenLink(path)));
    }

    [Fact]
    public void Explain_WhatCannotBeOpened_EndsWithWhatToDo()
    {
        Link("circle", "circle");
        Link("dangling", "nowhere");

        Assert.EndsWith("Name a file in it.", Explain("."));
        Assert.EndsWith("Correct the link.", Explain("circle"));
        Assert.EndsWith("Fetch that file or correct the link.", Explain("dangling"));
        Assert.EndsWith(". Correct the path.", Explain("missing"));
        Assert.EndsWith(". Correct the path.", Explain(Path.Combine("missing", "file")));
        Assert.EndsWith(". See to it that whoever runs this may read it.", InputFile.Explain("file", new UnauthorizedAccessException()));
        Assert.EndsWith("that no other program holds it.", InputFile.Explain("file", new IOException("It is in use.")));
    }

    private string Explain(string name)
    {
        string path = Path.Combine(_folder, name);
        return InputFile.Explain(path, Record.Exception(() => File.ReadAllText(path))!);
    }

    private string Link(string name, string target)
    {
        string path = Path.Combine(_folder, name);
        File.CreateSymbolicLink(path, target);
        return path;
    }
}
