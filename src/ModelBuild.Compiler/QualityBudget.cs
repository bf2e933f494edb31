using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ModelBuild.Compiler;

/// <summary>What a compiled model has to reach: a build that misses one of these fails. What is null is not asked for.</summary>
/// <param name="MinSqnr">
/// Signal to quantization noise ratio against fp32 of the worst output, in dB.
/// </param>
/// <param name="MinAgreement">Part of the samples, 0 to 1, for which the largest element of each output is the same as in fp32.</param>
/// <param name="MinAccuracy">Part of the samples, 0 to 1, for which the largest element of the first output is the label.</param>
/// <param name="MaxBytes">Bytes that the class reads from its assembly.</param>
/// <param name="MaxMacs">Multiply-accumulates of one call, with a batch of one.</param>
public sealed record QualityBudget(
    double? MinSqnr = null, double? MinAgreement = null, double? MinAccuracy = null, long? MaxBytes = null, long? MaxMacs = null)
{
    private static readonly (string Suffix, double Factor)[] s_units =
    [
        ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("k", 1e3), ("M", 1e6), ("G", 1e9),
    ];

    /// <summary>Nothing is asked for.</summary>
    public static QualityBudget None { get; } = new();

    /// <summary>The names of the parts, as items have them.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [nameof(MinSqnr), nameof(MinAgreement), nameof(MinAccuracy), nameof(MaxBytes), nameof(MaxMacs)];

    /// <summary>Whether it takes samples to see if it is met.</summary>
    internal bool NeedsSamples => OfSamples.Count > 0;

    /// <summary>The names of the parts that are asked for and that samples show.</summary>
    internal IReadOnlyList<string> OfSamples =>
    [
        .. MinSqnr is null ? (string[])[] : [nameof(MinSqnr)],
        .. MinAgreement is null ? (string[])[] : [nameof(MinAgreement)],
        .. MinAccuracy is null ? (string[])[] : [nameof(MinAccuracy)],
    ];

    /// <summary>Adds a part in words.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="text"><c>30</c> or <c>30 dB</c>; <c>0.99</c> or <c>99 %</c>; <c>250000</c>, <c>250 KB</c>, <c>1.5 MiB</c>, <c>300M</c>.
    /// Nothing but blanks asks for nothing.</param>
    /// <param name="budget">With the part.</param>
    /// <param name="use">Where the text says no such thing, the end of a message: what does.</param>
    public bool TryAdd(string name, string text, out QualityBudget budget, [NotNullWhen(false)] out string? use)
    {
        budget = this;
        use = null;
        string trimmed = text.Trim();
        if (trimmed.Length == 0)
        {
            return true;
        }

        double? number = name switch
        {
            nameof(MinSqnr) => Number(trimmed, "dB"),
            nameof(MinAgreement) or nameof(MinAccuracy) => Part(trimmed),
            _ => Amount(trimmed),
        };
        use = number is not null ? null : name switch
        {
            nameof(MinSqnr) => "is no ratio in dB. Write a number, such as 30.",
            nameof(MinAgreement) or nameof(MinAccuracy) => "is no part of the samples. Write a number from 0 to 1, such as 0.99, or 99 %.",
            _ => "is no number above 0. Write one like 250000, 250 KB, 1.5 MiB or 300M.",
        };
        budget = (name, number) switch
        {
            (_, null) => this,
            (nameof(MinSqnr), _) => this with { MinSqnr = number },
            (nameof(MinAgreement), _) => this with { MinAgreement = number },
            (nameof(MinAccuracy), _) => this with { MinAccuracy = number },
            (nameof(MaxBytes), _) => this with { MaxBytes = (long)number },
            _ => this with { MaxMacs = (long)number },
        };
        return number is not null;
    }

    private static double? Part(string text)
    {
        double? part = text.EndsWith('%') ? Number(text, "%") / 100 : Number(text, string.Empty);
        return part is >= 0 and <= 1 ? part : null;
    }

    private static double? Amount(string text)
    {
        (string suffix, double factor) = Array.Find(s_units, u => text.EndsWith(u.Suffix, StringComparison.OrdinalIgnoreCase));
        double? amount = Number(text, suffix ?? string.Empty) * (suffix is null ? 1 : factor);
        return amount is >= 1 and < long.MaxValue ? amount : null;
    }

    private static double? Number(string text, string suffix)
    {
        string number = text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? text[..^suffix.Length].TrimEnd() : text;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        return double.TryParse(number, Style, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value)
            ? value : null;
    }
}
