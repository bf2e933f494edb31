using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using ModelBuild.Build.Tests.Support;
using ModelBuild.Compiler;

namespace ModelBuild.Build.Tests;

/// <summary>Every code has a page, and every page a code.</summary>
public sealed partial class DiagnosticPagesTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "docs", "diagnostics");

    private static readonly string[] s_pages =
        [.. Directory.GetFiles(s_folder, "MODELB*.md").Order(StringComparer.Ordinal)];

    [Fact]
    public void Pages_AgainstCodes_AreInStep()
    {
        IEnumerable<string> codes = typeof(DiagnosticCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(field => (string)field.GetRawConstantValue()!);
        IEnumerable<string> pages = s_pages.Select(page => Path.GetFileNameWithoutExtension(page));

        Assert.Equal(codes.Order(StringComparer.Ordinal), pages);
    }

    [Fact]
    public void Sources_CodesWrittenAsText_AllHavePages()
    {
        IEnumerable<string> sources = new[] { "src", "build" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories))
            .Where(
                file =>
                    Path.GetExtension(file) is ".cs" or ".targets" or ".md"
                        && !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal));

        Assert.All(
            sources.SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(match => match.Value))
                .Distinct(StringComparer.Ordinal),
            code => Assert.True(File.Exists(Path.Combine(s_folder, code + ".md")), code));
    }

    /// <summary>The errors and warnings that MSBuild itself says.</summary>
    [Fact]
    public void Targets_ErrorsAndWarnings_LinkToTheirPage()
    {
        XElement[] all =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "build", "package"), "*.targets", SearchOption.AllDirectories)
                .SelectMany(file => XDocument.Load(file).Descendants())
                .Where(element => element.Name.LocalName is "Error" or "Warning"),
        ];

        Assert.NotEmpty(all);
        Assert.All(all, element =>
        {
            string code = element.Attribute("Code")!.Value;
            Assert.Equal(code, element.Attribute("HelpKeyword")?.Value);
            Assert.Matches($@"[)/]{code}\.md[')]*$", element.Attribute("HelpLink")?.Value);
        });
    }

    [Fact]
    public void Pages_Each_SayWhyAndWhatToDo() => Assert.All(s_pages, page =>
    {
        string text = File.ReadAllText(page);
        Assert.StartsWith($"# {Path.GetFileNameWithoutExtension(page)}: ", text, StringComparison.Ordinal);
        Assert.Contains("## Why", text, StringComparison.Ordinal);
        Assert.Contains("## What to do", text, StringComparison.Ordinal);
    });

    [Fact]
    public void Index_AgainstPages_ListsThemAllInOrder() => Assert.Equal(
        s_pages.Select(page => (Path.GetFileName(page), File.ReadLines(page).First().Split(": ", 2)[1])),
        Line().Matches(File.ReadAllText(Path.Combine(s_folder, "README.md")))
            .Select(line => (line.Groups["code"].Value + ".md", line.Groups["title"].Value)));

    [GeneratedRegex(@"^- \[(?<code>MODELB\d{4})\]\(\k<code>\.md\): (?<title>.+)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"MODELB\d{4}")]
    private static partial Regex Code();
}
