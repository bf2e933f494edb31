using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace ModelBuild.Compiler;

/// <summary>What a dimension that a model leaves open may be: one number, or any of a range.</summary>
/// <param name="Least">
/// At least 0, which only a size may be that tensors of another size are put beside: what a decoder has from earlier calls.
/// </param>
/// <param name="Most">At least <paramref name="Least"/>, at most <see cref="int.MaxValue"/>.</param>
public readonly record struct DimensionRange(long Least, long Most)
{
    /// <summary>A number is a range of one.</summary>
    public static implicit operator DimensionRange(long number) => new(number, number);

    /// <summary>Whether it is one number, so that nothing is left open.</summary>
    public bool IsNumber => Least == Most;

    /// <summary>Whether a user may ask for that.</summary>
    internal bool IsValid => Least >= 0 && Most >= Math.Max(Least, 1) && Most <= int.MaxValue;

    /// <summary>As users write it: <c>128</c> or <c>1..512</c>.</summary>
    public override string ToString() =>
        IsNumber ? Number(Least) : $"{Number(Least)}..{Number(Most)}";

    /// <summary>What both allow; null where that is nothing.</summary>
    internal DimensionRange? Intersect(DimensionRange other)
    {
        var both = new DimensionRange(Math.Max(Least, other.Least), Math.Min(Most, other.Most));
        return both.Most >= both.Least ? both : null;
    }

    /// <summary>Reads bindings: <c>name=128</c> or <c>name=1..512</c>, each name once.</summary>
    /// <param name="bindings">One each.</param>
    /// <param name="dimensions">By name.</param>
    /// <param name="wrong">The first that is none.</param>
    /// <returns>Whether all are bindings.</returns>
    internal static bool TryReadAll(
        IEnumerable<string> bindings, out Dictionary<string, DimensionRange> dimensions, [NotNullWhen(false)] out string? wrong)
    {
        dimensions = new Dictionary<string, DimensionRange>(StringComparer.Ordinal);
        foreach (string binding in bindings)
        {
            string[] sides = binding.Split('=', StringSplitOptions.TrimEntries);
            if (sides.Length != 2 || sides[0].Length == 0 || Read(sides[1]) is not { IsValid: true } range
                || !dimensions.TryAdd(sides[0], range))
            {
                wrong = binding;
                return false;
            }
        }

        wrong = null;
        return true;
    }

    private static DimensionRange? Read(string text)
    {
        string[] ends = text.Split("..", StringSplitOptions.TrimEntries);
        return ends.Length is 1 or 2 && TryRead(ends[0], out long least) && TryRead(ends[^1], out long most)
            ? new DimensionRange(least, most)
            : null;

        static bool TryRead(string number, out long value) =>
            long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
