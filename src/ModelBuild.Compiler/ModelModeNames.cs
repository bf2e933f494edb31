using ModelBuild.Compiler.Hosts;

namespace ModelBuild.Compiler;

/// <summary>The words for <see cref="ModelMode"/> in items, on command lines, in plans and in names of files.</summary>
public static class ModelModeNames
{
    private static readonly (ModelMode Mode, string Word)[] s_names =
    [
        (ModelMode.Fp32, "fp32"),
        (ModelMode.Fp16, "fp16"),
        (ModelMode.Int8, "int8"),
        (ModelMode.Int8Weights, "int8-weights"),
        (ModelMode.Int4Weights, "int4-weights"),
    ];

    /// <summary>The words, in the order in which they are listed for people.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. s_names.Select(n => n.Word)];

    /// <summary>Reads a word.</summary>
    /// <param name="word">Upper and lower case are the same.</param>
    /// <param name="mode">What it means.</param>
    public static bool TryRead(string word, out ModelMode mode)
    {
        int index = Array.FindIndex(s_names, n => n.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
        mode = index < 0 ? default : s_names[index].Mode;
        return index >= 0;
    }

    /// <summary>The word for a mode.</summary>
    public static string Word(this ModelMode mode) => Array.Find(s_names, n => n.Mode == mode).Word;

    /// <summary>Whether calibration samples, and what recovers accuracy with them, do anything in a mode.</summary>
    public static bool UsesSamples(this ModelMode mode) => mode is not (ModelMode.Fp32 or ModelMode.Fp16);

    /// <summary>The end of a message about a word that <see cref="TryRead"/> does not take.</summary>
    internal static string Use(string wrong) =>
        $"Use {string.Join(", ", Words.SkipLast(1))} or {Words[^1]}.{Suggestion.For(wrong, Words)}";
}
