using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Emit;

/// <summary>Words of the language: identifiers, literals, types, text that is safe in comments.</summary>
internal static class CSharp
{
    /// <inheritdoc cref="CSharpIdentifier.Escape"/>
    public static string Identifier(string name) => CSharpIdentifier.Escape(name);

    /// <summary>A namespace as it stands in code.</summary>
    public static string Namespace(string name) => string.Join(".", Array.ConvertAll(name.Split('.'), Identifier));

    /// <summary>An identifier out of any text: <c>m_Relu_1</c> of <c>/m/Relu_1</c>. Null when nothing of it can stand in one.</summary>
    public static string? Clean(string text)
    {
        var name = new StringBuilder();
        foreach (char c in text)
        {
            if (char.IsLetterOrDigit(c))
            {
                name.Append(c);
            }
            else if (name.Length > 0 && name[name.Length - 1] != '_')
            {
                name.Append('_');
            }
        }

        string trimmed = CSharpIdentifier.Shorten(name.ToString()).TrimEnd('_');
        return trimmed.Length == 0 ? null
            : char.IsDigit(trimmed[0]) ? "_" + trimmed
            : trimmed;
    }

    public static string PascalCase(string identifier) => char.ToUpperInvariant(identifier[0]) + identifier.Substring(1);

    public static string Literal(float value) =>
        float.IsNaN(value) ? "float.NaN"
        : float.IsPositiveInfinity(value) ? "float.PositiveInfinity"
        : float.IsNegativeInfinity(value) ? "float.NegativeInfinity"
        : value.ToString("R", CultureInfo.InvariantCulture) + "f";

    public static string Literal(string value)
    {
        var text = new StringBuilder("\"");
        foreach (char c in value)
        {
            text.Append(c switch
            {
                '"' or '\\' => "\\" + c,
                _ when char.IsControl(c) || char.IsSurrogate(c) || c is '\u0085' or '\u2028' or '\u2029' =>
                    "\\u" + ((int)c).ToString("x4", CultureInfo.InvariantCulture),
                _ => c.ToString(),
            });
        }

        return text.Append('"').ToString();
    }

    /// <summary>Text for the end of a line: without line breaks, which would end the comment, and what XML cannot have.</summary>
    public static string Comment(string text)
    {
        var line = new StringBuilder();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (i + 1 < text.Length && char.IsSurrogatePair(c, text[i + 1]))
            {
                line.Append(c).Append(text[++i]);
            }
            else
            {
                bool isUnsafe = char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or '\ufffe' or '\uffff';
                line.Append(isUnsafe ? ' ' : c);
            }
        }

        return line.ToString().Trim();
    }

    /// <summary>Text for a documentation comment.</summary>
    public static string Xml(string text) => Comment(text).Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;");

    public static string Keyword(PlanType type) => type switch
    {
        PlanType.F16 => "global::System.Half",
        PlanType.F32 => "float",
        PlanType.F64 => "double",
        PlanType.U8 => "byte",
        PlanType.S8 => "sbyte",
        PlanType.U16 => "ushort",
        PlanType.S16 => "short",
        PlanType.U32 => "uint",
        PlanType.S32 => "int",
        PlanType.U64 => "ulong",
        PlanType.S64 => "long",
        PlanType.Bool => "bool",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };
}
