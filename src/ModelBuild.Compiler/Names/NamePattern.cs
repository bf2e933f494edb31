using ModelBuild.Compiler.Files;

namespace ModelBuild.Compiler.Names;

/// <summary>
/// Names of a model's parts as users give them: one, or with <c>*</c> for any characters and <c>?</c> for any one. Slashes in names mean
/// nothing here.
/// </summary>
internal static class NamePattern
{
    /// <param name="pattern">A name, or a pattern for some.</param>
    /// <param name="name">Of a node, a tensor or a weight.</param>
    public static bool Matches(string pattern, string name) =>
        pattern == name || Wildcard.Matches(pattern.Replace("*", "**", StringComparison.Ordinal), name);

    /// <summary>The first pattern that none of some names matches; null where all have one.</summary>
    public static string? FindUnused(IReadOnlyList<string> patterns, IEnumerable<string> names)
    {
        string[] all = [.. names];
        return patterns.FirstOrDefault(p => !all.Any(name => Matches(p, name)));
    }
}
