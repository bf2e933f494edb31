using System.Text.RegularExpressions;

namespace ModelBuild.Compiler.Files;

/// <summary>MSBuild's wildcards: <c>*</c> and <c>?</c> within a folder, <c>**</c> for any number of folders.</summary>
internal static partial class Wildcard
{
    /// <param name="pattern">With slashes.</param>
    /// <param name="path">With slashes.</param>
    /// <param name="anywhere">Whether the pattern is only the end of one.</param>
    public static bool Matches(string pattern, string path, bool anywhere = false)
    {
        string expression = Token().Replace(pattern, token => token.Value switch
        {
            "**/" => "(?:.*/)?",
            "**" => ".*",
            "*" => "[^/]*",
            "?" => "[^/]",
            _ => Regex.Escape(token.Value),
        });
        return Regex.IsMatch(
            path, (anywhere ? "(?:^|/)" : "^") + expression + "$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }

    [GeneratedRegex(@"\*\*/|\*\*|\*|\?|[^*?]+")]
    private static partial Regex Token();
}
