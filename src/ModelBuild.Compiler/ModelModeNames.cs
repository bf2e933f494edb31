using System.Diagnostics.CodeAnalysis;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler;

/// <summary>The words for <see cref="ModelMode"/> in items, on command lines, in file names and in reports.</summary>
public static class ModelModeNames
{
    private static readonly (string Word, ModelMode Mode)[] s_modes =
    [
        ("fp32", ModelMode.Fp32),
        ("fp16", ModelMode.Fp16),
        ("int8-weights", ModelMode.Int8Weights),
        ("int4-weights", ModelMode.Int4Weights),
        ("int8-dynamic", ModelMode.Int8Dynamic),
        ("int8", ModelMode.Int8),
        ("int16x8", ModelMode.Int16x8),
        ("auto", ModelMode.Auto),
    ];

    /// <summary>What other tools call them, to suggest ours.</summary>
    private static readonly Dictionary<string, ModelMode> s_otherWords = new(StringComparer.OrdinalIgnoreCase)
    {
        ["float32"] = ModelMode.Fp32, ["float"] = ModelMode.Fp32, ["f32"] = ModelMode.Fp32, ["single"] = ModelMode.Fp32,
        ["float16"] = ModelMode.Fp16, ["half"] = ModelMode.Fp16, ["f16"] = ModelMode.Fp16,
        ["8bit"] = ModelMode.Int8, ["8-bit"] = ModelMode.Int8, ["uint8"] = ModelMode.Int8, ["u8"] = ModelMode.Int8,
        ["i8"] = ModelMode.Int8, ["w8a8"] = ModelMode.Int8, ["static"] = ModelMode.Int8, ["int8-static"] = ModelMode.Int8,
        ["full-integer"] = ModelMode.Int8,
        ["dynamic"] = ModelMode.Int8Dynamic, ["dynamic-int8"] = ModelMode.Int8Dynamic, ["dynamic-range"] = ModelMode.Int8Dynamic,
        ["weight-only"] = ModelMode.Int8Weights, ["weights"] = ModelMode.Int8Weights, ["w8"] = ModelMode.Int8Weights,
        ["w8a16"] = ModelMode.Int8Weights, ["16x8"] = ModelMode.Int16x8, ["int16"] = ModelMode.Int16x8,
        ["int4"] = ModelMode.Int4Weights, ["4bit"] = ModelMode.Int4Weights, ["4-bit"] = ModelMode.Int4Weights,
        ["w4"] = ModelMode.Int4Weights, ["w4a16"] = ModelMode.Int4Weights,
    };

    /// <summary>The words.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. s_modes.Select(m => m.Word)];

    /// <summary>What a model becomes where nothing is said.</summary>
    public const ModelMode Default = ModelMode.Fp16;

    /// <summary>All words in a sentence: "fp32, fp16 or int8".</summary>
    public static string Choice { get; } = $"{string.Join(", ", Words.SkipLast(1))} or {Words[^1]}";

    /// <summary>The word for a mode.</summary>
    public static string Word(this ModelMode mode) => Array.Find(s_modes, m => m.Mode == mode).Word;

    /// <summary>Whether a mode takes the scales of activations from samples.</summary>
    public static bool IsCalibrated(this ModelMode mode) => mode is ModelMode.Int8 or ModelMode.Int16x8 or ModelMode.Auto;

    /// <summary>Whether samples choose codes in a mode, of weights at least, and what recovers accuracy with them does something.</summary>
    public static bool QuantizesBySamples(this ModelMode mode) =>
        mode.IsCalibrated() || mode is ModelMode.Int8Weights or ModelMode.Int4Weights;

    /// <summary>Reads a word.</summary>
    /// <param name="word">Upper and lower case are the same.</param>
    /// <param name="mode">What it names.</param>
    /// <param name="way">Where it names nothing, the end of a message: what to use instead.</param>
    public static bool TryRead(string word, out ModelMode mode, [NotNullWhen(false)] out string? way)
    {
        int index = Array.FindIndex(s_modes, m => string.Equals(m.Word, word, StringComparison.OrdinalIgnoreCase));
        mode = index < 0 ? default : s_modes[index].Mode;
        way = index < 0 ? $"Use {Choice}.{Meant(word)}" : null;
        return index >= 0;
    }

    private static string Meant(string word) => s_otherWords.TryGetValue(word, out ModelMode mode)
        ? Suggestion.Of(mode.Word())
        : Suggestion.For(word, Words);
}
