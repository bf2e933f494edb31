using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler;

/// <summary>What takes back accuracy that <see cref="ModelMode.Int8"/> costs, by nothing but the calibration samples.</summary>
[Flags]
public enum RecoveryMethods
{
    /// <summary>Weights are rounded to the nearest code, and biases stay.</summary>
    None = 0,

    /// <summary>Weights are rounded so that their errors cancel on the samples (GPTQ).</summary>
    Gptq = 1,

    /// <summary>Biases take back the mean of each output's error on the samples.</summary>
    BiasCorrection = 2,

    /// <summary>Behind normalizations channels are made about equally large, and weights take that back (SmoothQuant).</summary>
    SmoothQuant = 4,

    /// <summary>The few tensors of which 8-bit codes say least, and that products read, get 16 bits.</summary>
    Int16 = 8,

    /// <summary>
    /// Channels that depthwise convolutions read are made equally large, and their weights take that back.
    /// </summary>
    Equalization = 16,

    /// <summary>Ranges are made smaller where that takes noise from the outputs.</summary>
    Ranges = 32,

    /// <summary>
    /// Weights are rounded up or down by a descent along their error on the samples (AdaRound). It takes far longer than
    /// <see cref="Gptq"/>, and is not one of <see cref="All"/>.
    /// </summary>
    AdaptiveRounding = 64,

    /// <summary>Those that round weights.</summary>
    OfRounding = Gptq | AdaptiveRounding,

    /// <summary>Those that change weights and biases layer by layer, once they have codes.</summary>
    OfLayers = OfRounding | BiasCorrection,

    /// <summary>All that are used where nothing is said.</summary>
    All = Gptq | BiasCorrection | SmoothQuant | Int16 | Equalization | Ranges,
}

/// <summary>The words for <see cref="RecoveryMethods"/> in items and on command lines.</summary>
public static class RecoveryMethodNames
{
    private static readonly (string Word, RecoveryMethods Method)[] s_methods =
    [
        ("gptq", RecoveryMethods.Gptq), ("bias-correction", RecoveryMethods.BiasCorrection), ("smoothquant", RecoveryMethods.SmoothQuant),
        ("equalization", RecoveryMethods.Equalization), ("int16", RecoveryMethods.Int16),
        ("ranges", RecoveryMethods.Ranges),
        ("adaptive-rounding", RecoveryMethods.AdaptiveRounding),
    ];

    /// <summary>The words: <c>all</c>, which is the default, <c>none</c>, and one for each method.</summary>
    public static IReadOnlyList<string> Words { get; } = ["all", "none", .. s_methods.Select(m => m.Word)];

    /// <summary>Reads a list of words.</summary>
    /// <param name="words">Upper and lower case are the same. None at all means all methods.</param>
    /// <param name="methods">What they name together.</param>
    /// <param name="wrong">The first that is not one of <see cref="Words"/>, or that others contradict; null where all is well.</param>
    public static bool TryRead(IReadOnlyCollection<string> words, out RecoveryMethods methods, [NotNullWhen(false)] out string? wrong)
    {
        methods = words.Count == 0 ? RecoveryMethods.All : RecoveryMethods.None;
        wrong = null;
        foreach (string word in words)
        {
            RecoveryMethods? named = word.ToLowerInvariant() switch
            {
                "all" => RecoveryMethods.All,
                "none" when words.Count == 1 => RecoveryMethods.None,
                var one => Array.Find(s_methods, m => m.Word == one) is { Word: not null } found ? found.Method : null,
            };
            if (named is null)
            {
                wrong = word;
                return false;
            }

            methods |= named.Value;
        }

        return true;
    }

    /// <summary>The word for the first of some methods.</summary>
    internal static string FirstOf(RecoveryMethods methods) => Array.Find(s_methods, m => methods.HasFlag(m.Method)).Word;

    /// <summary>The end of a message about a word that <see cref="TryRead"/> does not take.</summary>
    internal static string Use(string wrong) => wrong.Equals("none", StringComparison.OrdinalIgnoreCase)
        ? "excludes all others. Leave it out, or write it alone."
        : $"is no method. Use {string.Join(", ", Words.SkipLast(1))} or {Words[^1]}; several are separated by ';'."
            + Suggestion.For(wrong, Words);
}
