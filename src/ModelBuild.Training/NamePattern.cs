using ModelBuild.Compiler.Hosts;

namespace ModelBuild.Training;

/// <summary>Names of weights as options give them. Slashes in names mean nothing here.</summary>
internal static class NamePattern
{
    /// <param name="pattern">A name, or one with <c>*</c> for any characters and <c>?</c> for any one.</param>
    /// <param name="name">Of a weight.</param>
    public static bool Matches(string pattern, string name) =>
        pattern == name || Wildcard.Matches(pattern.Replace("*", "**", StringComparison.Ordinal), name);
}
