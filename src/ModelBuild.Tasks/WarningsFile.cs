using System.Text;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Files;

namespace ModelBuild.Tasks;

/// <summary>The warnings about a model as text, one a line: empty when there are none. ModelBuild.targets looks whether it is.</summary>
internal static class WarningsFile
{
    private const int CodeLength = 10;

    public static void Write(string path, IEnumerable<ItemWarning> ofItem, IEnumerable<Finding> ofCompiler)
    {
        IEnumerable<(string Code, string Message)> all =
        [
            .. ofItem.Select(warning => (warning.Code, warning.Message)),
            .. ofCompiler.Select(finding => (finding.Code, finding.Message)),
        ];
        OutputFile.Write(path, Encoding.UTF8.GetBytes(string.Concat(all.Select(w => $"{w.Code} {w.Message.ReplaceLineEndings(" ")}\n"))));
    }

    /// <summary>What the compiler had to say; nothing when the file is missing. Items are looked at anew instead.</summary>
    public static IReadOnlyList<Finding> ReadOfCompiler(string path) => !File.Exists(path) ? [] :
    [
        .. File.ReadAllLines(path)
            .Where(line => line.Length > CodeLength)
            .Select(line => new Finding(line[..CodeLength], FindingSeverity.Warning, line[(CodeLength + 1)..]))
            .Where(finding => !ItemWarnings.IsOne(finding)),
    ];
}
