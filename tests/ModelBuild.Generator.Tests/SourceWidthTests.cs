namespace ModelBuild.Generator.Tests;

/// <summary>What .editorconfig asks of editors, asked of everyone.</summary>
public sealed class SourceWidthTests
{
    private const int Width = 140;

    /// <summary>Text between the quotes of a raw string is data: code of another file, or what is written into one.</summary>
    [Theory]
    [InlineData("src")]
    [InlineData("samples")]
    [InlineData("tests")]
    public void Lines_OfCode_KeepWithinTheWidth(string folder)
    {
        var wide = new List<string>();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
        {
            bool isText = false;
            int number = 0;
            foreach (string line in IsBuilt(file) ? [] : File.ReadLines(file))
            {
                number++;
                isText ^= line.Split("\"\"\"").Length % 2 == 0;
                if (!isText && line.Length > Width)
                {
                    wide.Add($"{file}({number}): {line.Length}");
                }
            }
        }

        Assert.Empty(wide);
    }

    private static bool IsBuilt(string file) => file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj");
}
