using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace ModelBuild.Plan;

/// <summary>What C# takes as a name.</summary>
internal static class CSharpIdentifier
{
    private const int LengthLimit = 120;

    private static readonly HashSet<string> s_keywords = new(
        ("abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else "
        + "enum event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock "
        + "long namespace new null object operator out override params private protected public readonly ref return sbyte sealed "
        + "short sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort "
        + "using virtual void volatile while").Split(' '),
        StringComparer.Ordinal);

    /// <summary>True for a word of the language, which is a name only with an <c>@</c> before it.</summary>
    public static bool IsKeyword(string text) => s_keywords.Contains(text);

    /// <summary>True for what is an identifier, if need be with an <c>@</c> before it.</summary>
    public static bool IsName(string text) => text.Length > 0 && IsStart(text[0]) && text.All(IsPart);

    public static bool IsStart(char c) => c == '_' || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.LetterNumber;

    public static bool IsPart(char c) => IsStart(c) || char.GetUnicodeCategory(c) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark;

    /// <summary>
    /// The beginning of a name that is made of a model's: what is longer is no easier to tell apart, and compilers take no more than a
    /// thousand characters.
    /// </summary>
    public static string Shorten(string name) => name.Length > LengthLimit ? name.Substring(0, LengthLimit) : name;

    /// <summary>The name as it stands in code: <c>@in</c> for <c>in</c>.</summary>
    public static string Escape(string name) => IsKeyword(name) ? "@" + name : name;
}
