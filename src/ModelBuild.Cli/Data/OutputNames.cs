using System.Globalization;

namespace ModelBuild.Cli.Data;

/// <summary>File names for a model's outputs.</summary>
internal static class OutputNames
{
    /// <summary>What no file name may have on some system that files are copied to.</summary>
    private const string Forbidden = "<>:\"/\\|?*";

    /// <summary>With the ending, most file systems take 255 bytes.</summary>
    private const int MaximumLength = 60;

    /// <summary>
    /// A file name for each output, without folder. Names that need no change stay; where others clash with them or with each other, also
    /// only by
    /// case, they get numbers.
    /// </summary>
    public static string[] Of(IReadOnlyList<string> outputs)
    {
        var files = new string[outputs.Count];
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

        // Those that stay as they are come first, so that none has to give way to a name that was made up.
        foreach (int i in Enumerable.Range(0, outputs.Count).OrderBy(i => Clean(outputs[i]) == outputs[i] ? 0 : 1))
        {
            string name = Clean(outputs[i]);
            string unique = name;
            for (int number = 2; !taken.Add(unique); number++)
            {
                unique = name + "_" + number.ToString(CultureInfo.InvariantCulture);
            }

            files[i] = unique + ".npy";
        }

        return files;
    }

    private static string Clean(string name)
    {
        string clean = string.Concat(name.Select(c => char.IsControl(c) || char.IsSurrogate(c) || Forbidden.Contains(c) ? '_' : c));
        return clean.Length > MaximumLength ? clean[..MaximumLength] : clean;
    }
}
