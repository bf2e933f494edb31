using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ModelBuild.Compiler.Names;

namespace ModelBuild.Compiler;

/// <summary>How <see cref="ModelMode.Int8"/> chooses the range of an activation from what the samples showed of it.</summary>
/// <param name="Rule">What is left out, if anything.</param>
/// <param name="Percentile">Per cent of all values that lie in the range; only of <see cref="RangeRule.Percentile"/>.</param>
public sealed record CalibrationMethod(RangeRule Rule, double Percentile = 100)
{
    /// <summary>What <c>percentile</c> means where no number stands behind it.</summary>
    public const double DefaultPercentile = 99.99;

    /// <summary>The default: all values.</summary>
    public static CalibrationMethod MinMax { get; } = new(RangeRule.MinMax);

    /// <summary>The words; a number may follow <c>percentile</c>.</summary>
    public static IReadOnlyList<string> Words { get; } = ["minmax", "moving-average", "percentile", "entropy", "mse"];

    /// <summary>Reads a method as items and command lines write it.</summary>
    /// <param name="text">Upper and lower case are the same. Nothing means <c>minmax</c>.</param>
    /// <param name="method">The method; <see cref="MinMax"/> where there is none.</param>
    /// <param name="wrong">The end of a message about the text, with the way out; null where all is well.</param>
    public static bool TryRead(string text, out CalibrationMethod method, [NotNullWhen(false)] out string? wrong)
    {
        method = MinMax;
        wrong = null;
        string[] parts = text.ToLowerInvariant().Split('=', 2, StringSplitOptions.TrimEntries);
        RangeRule? rule = parts[0] switch
        {
            "" when parts.Length == 1 => RangeRule.MinMax,
            "minmax" => RangeRule.MinMax,
            "moving-average" => RangeRule.MovingAverage,
            "percentile" => RangeRule.Percentile,
            "entropy" => RangeRule.Entropy,
            "mse" => RangeRule.MeanSquaredError,
            _ => null,
        };
        if (rule is null)
        {
            wrong = $"is no method. Use {string.Join(", ", Words.SkipLast(1))} or {Words[^1]}.{Suggestion.For(parts[0], Words)}";
            return false;
        }

        double percentile = rule == RangeRule.Percentile ? DefaultPercentile : 100;
        if (parts.Length == 2)
        {
            if (rule != RangeRule.Percentile)
            {
                wrong = $"gives {parts[0]} a number, which it has no use for. Write {parts[0]} alone.";
                return false;
            }

            if (!double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out percentile)
                || percentile is not (>= 50 and <= 100))
            {
                wrong = "has no number of per cent from 50 to 100 behind percentile. Write percentile=99.99, for example.";
                return false;
            }
        }

        method = new CalibrationMethod(rule.Value, percentile);
        return true;
    }
}
