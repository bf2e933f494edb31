using System.Globalization;
using System.Text;

namespace ModelBuild.Tasks;

/// <summary>
/// The files of external data that a model was compiled with, for ModelBuild.targets: each with its time, so that a build sees that one has
/// changed, was replaced by an older one or has gone. A symbolic link counts, and so does the file it leads to.
/// </summary>
internal static class ExternalDataList
{
    /// <summary>What means something to MSBuild in an item's name, and the quote that ModelBuild.targets puts around it.</summary>
    private const string Special = "%*?@$();'`";

    /// <summary>
    /// "ticks path", separated by semicolons as the items of an MSBuild list are. Names are escaped twice: the targets take one layer off
    /// to have a list, MSBuild the other to have its items.
    /// </summary>
    public static byte[] ToBytes(IEnumerable<string> files) =>
        Encoding.UTF8.GetBytes(string.Join(';', files.SelectMany(WithTarget).Select(file => $"{Ticks(file)} {Escape(file)}")));

    private static string Escape(string path) =>
        string.Concat(path.Select(c => Special.Contains(c, StringComparison.Ordinal) ? $"%25{(int)c:X2}" : c.ToString()));

    private static IEnumerable<string> WithTarget(string file) =>
        File.ResolveLinkTarget(file, returnFinalTarget: true) is { } target ? [file, target.FullName] : [file];

    private static string Ticks(string file) => File.GetLastWriteTimeUtc(file).Ticks.ToString(CultureInfo.InvariantCulture);
}
