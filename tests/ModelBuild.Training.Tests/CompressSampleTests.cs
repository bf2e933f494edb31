namespace ModelBuild.Training.Tests;

/// <summary>The sample as its README has it, on few digits.</summary>
public sealed class CompressSampleTests
{
    [Fact]
    public void CompressSample_OnAnyMachine_PrintsItsTable()
    {
        using var folder = new TemporaryFolder();

        (int exit, string output) = DotNet.Run(
            Repository.Root,
            [
                "run", "-c", Repository.Configuration, "--no-build", "--project", "samples/Compress", "--", "--quick", "--results",
                folder.Path,
            ]);

        Assert.True(exit == 0, output);
        string[] rows = [.. output.Split('\n').Where(line => line.Contains(" % ", StringComparison.Ordinal)
            && line.Contains(", ", StringComparison.Ordinal) && char.IsAsciiDigit(line.TrimEnd()[^1]))];
        Assert.True(rows.Length >= 3, output);
        Assert.Contains(rows, r => r.StartsWith("dense, fp32", StringComparison.Ordinal));
        Assert.Contains(rows, r => r.StartsWith("pruned, int8", StringComparison.Ordinal));
        if (output.Contains("MODELB4018", StringComparison.Ordinal))
        {
            Assert.Contains("--debian13", output, StringComparison.Ordinal);
        }
        else
        {
            string svg = File.ReadAllText(System.IO.Path.Combine(folder.Path, "masks.svg"));
            Assert.StartsWith("<svg", svg, StringComparison.Ordinal);
            Assert.Contains("90", svg, StringComparison.Ordinal);
        }
    }
}
