namespace ModelBuild.Compiler.Hosts;

/// <summary>"Did you mean …?" for a word that is none of those allowed.</summary>
internal static class Suggestion
{
    /// <summary>A sentence with a leading space, or nothing when no candidate is close.</summary>
    /// <param name="prefix">What word and candidates have in common, for the sentence only.</param>
    public static string For(string word, IEnumerable<string> candidates, string prefix = "") =>
        Closest(word, candidates) is { } closest ? $" Did you mean '{prefix}{closest}'?" : string.Empty;

    /// <summary>The same, where people may have written no more than a part of a long name.</summary>
    public static string ForPart(string word, IEnumerable<string> candidates)
    {
        string[] all = [.. candidates];
        string? whole = Closest(word, all)
            ?? all.Where(c => c.Contains(word, StringComparison.OrdinalIgnoreCase)).MinBy(c => c.Length);
        return whole is null ? string.Empty : $" Did you mean '{whole}'?";
    }

    /// <summary>The candidate that the fewest slips of the pen turn into the word; null when none is close.</summary>
    public static string? Closest(string word, IEnumerable<string> candidates) => candidates
        .Select(candidate => (Text: candidate, Distance: Distance(word.ToUpperInvariant(), candidate.ToUpperInvariant())))
        .Where(candidate => candidate.Distance <= Math.Max(2, candidate.Text.Length / 3))
        .OrderBy(candidate => candidate.Distance)
        .ThenBy(candidate => candidate.Text, StringComparer.Ordinal)
        .Select(candidate => candidate.Text)
        .FirstOrDefault();

    /// <summary>Levenshtein distance: the fewest insertions, deletions and replacements of one character.</summary>
    public static int Distance(string left, string right)
    {
        int[] row = [.. Enumerable.Range(0, right.Length + 1)];
        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, diagonal + (left[i - 1] == right[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[^1];
    }
}
