namespace ModelBuild.Compiler.Names;

/// <summary>"Did you mean …?" for a word that is none of those allowed.</summary>
internal static class Suggestion
{
    /// <summary>A sentence with a leading space, or nothing when no candidate is close.</summary>
    /// <param name="prefix">What word and candidates have in common, for the sentence only.</param>
    public static string For(string word, IEnumerable<string> candidates, string prefix = "") =>
        Closest(word, candidates) is { } closest ? Of(prefix + closest) : string.Empty;

    /// <summary>The same where it is known what was meant.</summary>
    public static string Of(string meant) => $" Did you mean '{meant}'?";

    /// <summary>The same, where people may have written no more than a part of a long name.</summary>
    public static string ForPart(string word, IEnumerable<string> candidates)
    {
        string[] all = [.. candidates];
        string? whole = Closest(word, all)
            ?? all.Where(c => c.Contains(word, StringComparison.OrdinalIgnoreCase)).MinBy(c => c.Length);
        return whole is null ? string.Empty : $" Did you mean '{whole}'?";
    }

    /// <summary>
    /// The same for a path that leads nowhere: its first part that is not there gives way to one beside it whose name is close, or is the
    /// same but for case. Extensions, which all have, do not count.
    /// </summary>
    /// <param name="path">As the user wrote it, perhaps with wildcards.</param>
    /// <param name="folder">What it is relative to.</param>
    /// <param name="isFile">Whether a file may have been meant.</param>
    public static string ForPath(string path, string folder, Func<string, bool> isFile)
    {
        string root = Path.GetPathRoot(path) ?? string.Empty;
        string[] parts = path[root.Length..].Replace('\\', '/').Split('/');
        string place = Path.GetFullPath(root, folder);
        int missing = 0;
        for (; missing < parts.Length && Directory.Exists(Path.Join(place, parts[missing])); missing++)
        {
            place = Path.GetFullPath(parts[missing], place);
        }

        string[] after = missing < parts.Length ? parts[(missing + 1)..] : [];
        if (missing == parts.Length || (after.Length > 0 && IsPattern(parts[missing])))
        {
            return string.Empty;
        }

        var options = new EnumerationOptions { IgnoreInaccessible = true };
        string[] names = after.Length > 0 ? [.. Directory.EnumerateDirectories(place, "*", options).Select(f => Path.GetFileName(f))]
            : [.. Directory.EnumerateFiles(place, "*", options).Where(isFile).Select(f => Path.GetFileName(f))];
        Func<string, string> stem = after.Length > 0 ? name => name : name => Path.GetFileNameWithoutExtension(name);
        string? closest = Closest(stem(parts[missing]), names.Select(stem));
        string? meant = names.Where(n => stem(n) == closest).Order(StringComparer.Ordinal).FirstOrDefault();
        return meant is not null && (after.Length == 0 || after.Any(IsPattern) || Path.Exists(Path.Join([place, meant, .. after])))
            ? Of(root + string.Join('/', [.. parts[..missing], meant, .. after])) : string.Empty;
    }

    /// <summary>What models are called, for <see cref="ForPath"/>.</summary>
    public static bool IsModel(string file) => file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>The candidate that the fewest slips of the pen turn into the word; null when none is close.</summary>
    public static string? Closest(string word, IEnumerable<string> candidates) => candidates
        .Select(candidate => (Text: candidate, Distance: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
        .Where(candidate => candidate.Distance <= Math.Max(2, candidate.Text.Length / 3))
        .OrderBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Text, StringComparer.Ordinal)
        .Select(candidate => candidate.Text)
        .FirstOrDefault();

    /// <summary>
    /// The fewest insertions, deletions and replacements of one character, and swaps of two neighbours (Damerau's distance, where
    /// nothing is changed twice).
    /// </summary>
    public static int Distance(string left, string right)
    {
        int[,] distances = new int[left.Length + 1, right.Length + 1];
        for (int i = 0; i <= left.Length; i++)
        {
            for (int j = 0; j <= right.Length; j++)
            {
                distances[i, j] = i == 0 || j == 0
                    ? i + j
                    : Math.Min(
                        Math.Min(distances[i - 1, j], distances[i, j - 1]) + 1,
                        distances[i - 1, j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1])
                {
                    distances[i, j] = Math.Min(distances[i, j], distances[i - 2, j - 2] + 1);
                }
            }
        }

        return distances[left.Length, right.Length];
    }

    private static bool IsPattern(string part) => part.AsSpan().ContainsAny('*', '?');
}
