using System.Globalization;
using System.Text;

namespace ModelBuild.Tasks;

/// <summary>
/// What a model was compiled with beside the files that its item names, for ModelBuild.targets: external data, symbolic links and what they
/// lead to. Each has its time, so that a build sees that one has changed, was replaced by an older one, leads elsewhere or has gone.
/// </summary>
internal static class ExternalFileList
{
    /// <summary>More links than any system follows: they lead in a circle.</summary>
    private const int MostLinks = 256;

    /// <summary>What means something to MSBuild in an item's name, and the quote that ModelBuild.targets puts around it.</summary>
    private const string Special = "%*?@$();'`";

    private static readonly char[] s_separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    /// <summary>
    /// "ticks path", separated by semicolons as the items of an MSBuild list are. Names are escaped as often as the targets
    /// and MSBuild unescape them: to have a list, to have its items, to have a name without its time, and to have a file.
    /// </summary>
    /// <param name="named">Full paths of the model and its samples. The targets know them, but not where they lead to.</param>
    /// <param name="external">Full paths of the files that the model refers to.</param>
    public static byte[] ToBytes(IEnumerable<string> named, IEnumerable<string> external)
    {
        IEnumerable<string> files = named.Select(Way).Where(way => way.Count > 1).Concat(external.Select(Way)).SelectMany(way => way);
        return Encoding.UTF8.GetBytes(
            string.Join(';', files.Distinct(StringComparer.Ordinal).Select(file => $"{Ticks(file)} {Escape(file)}")));
    }

    private static string Escape(string path) =>
        string.Concat(path.Select(c => Special.Contains(c, StringComparison.Ordinal) ? $"%252525{(int)c:X2}" : c.ToString()));

    /// <summary>The links that are followed to open a file, those of folders too, each with a time of its own; then the file.</summary>
    private static List<string> Way(string file)
    {
        List<string> way = [];
        string path = Path.GetPathRoot(file)!;
        var rest = new Stack<string>();
        Push(file[path.Length..]);
        while (rest.TryPop(out string? segment))
        {
            if (segment is "." or "..")
            {
                path = segment == "." ? path : Path.GetDirectoryName(path) ?? path;
                continue;
            }

            path = Path.Combine(path, segment);
            if (way.Count < MostLinks && LinkTarget(path) is { } target)
            {
                way.Add(path);
                string root = Path.GetPathRoot(target)!;
                path = root.Length > 0 ? root : Path.GetDirectoryName(path)!;
                Push(target[root.Length..]);
            }
        }

        return [.. way, path];

        void Push(string segments) =>
            Array.ForEach([.. segments.Split(s_separators, StringSplitOptions.RemoveEmptyEntries).Reverse()], rest.Push);
    }

    private static string? LinkTarget(string path) =>
        (Directory.Exists(path) ? (FileSystemInfo)new DirectoryInfo(path) : new FileInfo(path)).LinkTarget;

    private static string Ticks(string file) => File.GetLastWriteTimeUtc(file).Ticks.ToString(CultureInfo.InvariantCulture);
}
