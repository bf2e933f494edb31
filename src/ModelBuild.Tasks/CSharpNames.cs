using System.Globalization;
using System.Text;

namespace ModelBuild.Tasks;

/// <summary>Names of classes and namespaces: those a user wrote are checked, those that come from files and projects are made valid.</summary>
internal static class CSharpNames
{
    private static readonly HashSet<string> s_keywords = new(
        ("abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum event explicit extern " +
         "false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace new null object operator out override " +
         "params private protected public readonly ref return sbyte sealed short sizeof stackalloc static string struct switch this throw true try typeof " +
         "uint ulong unchecked unsafe ushort using virtual void volatile while").Split(' '),
        StringComparer.Ordinal);

    public static bool IsIdentifier(string name) =>
        name.Length > 0 && IsStart(name[0]) && name.All(IsPart) && !s_keywords.Contains(name);

    public static bool IsNamespace(string name) => name.Split('.').All(IsIdentifier);

    /// <summary>The PascalCase of a file name's parts: <c>fashion-mnist</c> becomes <c>FashionMnist</c>, <c>mobileNet_v2.1</c> <c>MobileNetV21</c>.</summary>
    public static string ClassFromFile(string name)
    {
        var result = new StringBuilder();
        bool atStart = true;
        foreach (char c in name)
        {
            if (IsPart(c) && c != '_')
            {
                result.Append(atStart ? char.ToUpperInvariant(c) : c);
                atStart = false;
            }
            else
            {
                atStart = true;
            }
        }

        return Valid(result.ToString());
    }

    /// <summary>The project's root namespace, which the SDK takes from the project's file name whatever that is.</summary>
    public static string NamespaceFromProject(string rootNamespace) =>
        rootNamespace.Length == 0 ? string.Empty : string.Join('.', rootNamespace.Split('.').Select(part => Valid(string.Concat(part.Select(c => IsPart(c) ? c : '_')))));

    private static string Valid(string name) => name.Length > 0 && IsStart(name[0]) && !s_keywords.Contains(name) ? name : "_" + name;

    private static bool IsStart(char c) => c == '_' || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.LetterNumber;

    private static bool IsPart(char c) => IsStart(c) || char.GetUnicodeCategory(c) is
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
