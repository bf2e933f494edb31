using System.Globalization;

namespace ModelBuild.Compiler.Names;

/// <summary>Numbers of things in messages: "1 channel", "3 channels".</summary>
internal static class Plural
{
    /// <param name="count">How many.</param>
    /// <param name="thing">What one of them is called, where several have an s at the end.</param>
    public static string Of(long count, string thing) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {thing}{(count == 1 ? string.Empty : "s")}");
}
