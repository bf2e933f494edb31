using System.Globalization;
using System.Text.RegularExpressions;

namespace ModelBuild.Conformance.Tests.Samples;

/// <summary>samples/LabelImage, built and run as its README says. Nothing else builds it: its network is not in the repository.</summary>
public sealed partial class LabelImageTests
{
    private static readonly string s_project = Path.Combine(Repository.Root, "samples", "LabelImage");

    [SharedTheory]
    [InlineData("models/real/efficientnet_lite0.onnx")]
    public void Run_InAllModes_SaysWhatIsInThePictures(string model)
    {
        Assert.NotNull(model);

        // As the README says; what was built is then run without looking at it again.
        (int exitCode, string output) = DotNet.Run(
            Repository.Root, ["run", "-c", Repository.Configuration, "--project", s_project]);
        Assert.True(exitCode == 0, output);

        // An espresso and a cat, as whoever looks at the pictures would say; a terminal's colors are not for a pipe.
        Assert.DoesNotContain('\e', output);
        Assert.Equal(5, Regex.Count(output, @"^  [a-z0-9-]+: espresso\r?$", RegexOptions.Multiline));
        Assert.Matches(@"chelsea\.png[^\n]*\n +\d+\.\d %  (Egyptian Mau|a cat having a striped coat|tabby cat)", output);
        Assert.Equal(4, Regex.Count(output, @"\d+ x \d+ pixels"));

        Dictionary<string, (long Bytes, double Agreement)> modes = Row().Matches(output).ToDictionary(
            m => m.Groups["mode"].Value,
            m => (long.Parse(m.Groups["bytes"].ValueSpan, NumberStyles.AllowThousands, CultureInfo.InvariantCulture),
                double.Parse(m.Groups["agreement"].ValueSpan, CultureInfo.InvariantCulture)));
        Assert.Equal(["auto", "fp16", "fp32", "int8", "int8-dynamic"], modes.Keys.Order(StringComparer.Ordinal));
        Assert.All(modes.Values, m => Assert.InRange(m.Agreement, 85, 100));
        foreach (string small in (string[])["int8", "int8-dynamic", "auto"])
        {
            Assert.InRange((double)modes[small].Bytes / modes["fp32"].Bytes, 0.2, 0.3);
        }

        string one = Run(1, Path.Combine(s_project, "README.md"), SharedFolder.File("data/pictures/coffee.png"), "--mode", "int8");
        Assert.Contains("README.md' is not a picture", one, StringComparison.Ordinal);
        Assert.Contains("espresso", one, StringComparison.Ordinal);
        Assert.Equal(["fp32", "int8"], Row().Matches(one).Select(m => m.Groups["mode"].Value));
        Assert.Contains("There is no mode 'int9'", Run(2, "--mode", "int9"), StringComparison.Ordinal);
    }

    private static string Run(int expectedExitCode, params string[] arguments)
    {
        string program = Path.Combine(s_project, "bin", Repository.Configuration, "net10.0", "LabelImage.dll");
        (int exitCode, string output) = DotNet.Run(Repository.Root, [program, .. arguments]);
        Assert.True(exitCode == expectedExitCode, output);
        return output;
    }

    [GeneratedRegex(@"^(?<mode>[a-z0-9-]+) +(?<bytes>[\d,]+) +\d+ % +[\d.]+ +(?<agreement>[\d.]+) %", RegexOptions.Multiline)]
    private static partial Regex Row();
}
