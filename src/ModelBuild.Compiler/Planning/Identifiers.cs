using System.Globalization;
using System.Text;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Planning;

/// <summary>Makes C# identifiers of a model's names.</summary>
internal static class Identifiers
{
    private static readonly HashSet<string> s_keywords = new(StringComparer.Ordinal)
    {
        "abstract", "as", "base", "bool", "break", "byte", "case", "catch", "char", "checked", "class", "const", "continue", "decimal", "default",
        "delegate", "do", "double", "else", "enum", "event", "explicit", "extern", "false", "finally", "fixed", "float", "for", "foreach", "goto",
        "if", "implicit", "in", "int", "interface", "internal", "is", "lock", "long", "namespace", "new", "null", "object", "operator", "out",
        "override", "params", "private", "protected", "public", "readonly", "ref", "return", "sbyte", "sealed", "short", "sizeof", "stackalloc",
        "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof", "uint", "ulong", "unchecked", "unsafe", "ushort",
        "using", "virtual", "void", "volatile", "while",
    };

    /// <summary>Identifiers in camelCase for inputs or outputs, unique among all ports and symbols: <c>input.1</c> becomes <c>input1</c>.</summary>
    public static string[] ForPorts(Graph graph, IReadOnlyList<Value> ports)
    {
        var taken = new HashSet<string>(graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols), StringComparer.Ordinal);
        var result = new Dictionary<Value, string>();
        foreach (Value value in graph.Inputs.Concat(graph.Outputs))
        {
            string name = CamelCase(value.Name);
            string unique = name;
            for (int i = 2; !taken.Add(unique); i++)
            {
                unique = name + i.ToString(CultureInfo.InvariantCulture);
            }

            result.TryAdd(value, unique);
        }

        return [.. ports.Select(p => result[p])];
    }

    private static string CamelCase(string name)
    {
        var text = new StringBuilder();
        bool upper = false;
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                text.Append(text.Length == 0 ? char.ToLowerInvariant(c) : upper ? char.ToUpperInvariant(c) : c);
                upper = false;
            }
            else
            {
                upper = text.Length > 0;
            }
        }

        if (text.Length == 0 || char.IsAsciiDigit(text[0]))
        {
            text.Insert(0, "value");
        }

        string result = text.ToString();
        return s_keywords.Contains(result) ? result + "Value" : result;
    }
}
