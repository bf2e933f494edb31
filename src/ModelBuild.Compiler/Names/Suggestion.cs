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

    /// <summary>The same for a model that is not there: one beside it, whose name is close without the extension that all have.</summary>
    /// <param name="file">The full path of what is not there.</param>
    /// <param name="shown">As the user wrote it; the suggestion stands in the same folder.</param>
    public static string ForModel(string file, string shown)
    {
        const string Extension = ".onnx";
        string? folder = Path.GetDirectoryName(file);
        string[] names = !Directory.Exists(folder) ? []
            : [.. Directory.EnumerateFiles(folder, "*" + Extension).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        string? stem = Closest(Path.GetFileNameWithoutExtension(file), names.Select(n => Path.GetFileNameWithoutExtension(n)));
        string? name = Array.Find(names, n => Path.GetFileNameWithoutExtension(n) == stem);
        return name is null ? string.Empty : $" Did you mean '{shown[..(shown.LastIndexOfAny(['/', '\\']) + 1)]}{name}'?";
    }

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
}
