using System.Text;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Names;

/// <summary>
/// Names of classes and namespaces: those a user wrote are checked, those that come from files and projects are made valid.
/// </summary>
internal static class CSharpNames
{
    public static bool IsIdentifier(string name) => CSharpIdentifier.IsName(name) && !CSharpIdentifier.IsKeyword(name);

    /// <summary>
    /// False also for words that C# keeps from types alone, and for <c>var</c>, which would be that class in all code of its namespace.
    /// </summary>
    public static bool IsClass(string name) =>
        IsIdentifier(name) && name is not ("extension" or "file" or "record" or "required" or "scoped" or "var");

    public static bool IsNamespace(string name) => name.Split('.').All(IsIdentifier);

    /// <summary>
    /// The PascalCase of a file name's parts: <c>fashion-mnist</c> becomes <c>FashionMnist</c>, <c>mobileNet_v2.1</c> <c>MobileNetV21</c>.
    /// </summary>
    public static string ClassFromFile(string name)
    {
        var result = new StringBuilder();
        bool atStart = true;
        foreach (char c in name)
        {
            if (CSharpIdentifier.IsPart(c) && c != '_')
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
    public static string NamespaceFromProject(string rootNamespace) => rootNamespace.Length == 0
        ? string.Empty
        : string.Join(
            '.', rootNamespace.Split('.').Select(part => Valid(string.Concat(part.Select(c => CSharpIdentifier.IsPart(c) ? c : '_')))));

    private static string Valid(string name) =>
        name.Length > 0 && CSharpIdentifier.IsStart(name[0]) && !CSharpIdentifier.IsKeyword(name) ? name : "_" + name;
}
