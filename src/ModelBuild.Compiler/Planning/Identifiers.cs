using System.Text;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>Makes C# identifiers of a model's names.</summary>
internal static class Identifiers
{
    /// <summary>
    /// Identifiers in camelCase for inputs or outputs, unique among all ports and symbols: <c>input.1</c> becomes <c>input1</c>. A word of
    /// the language stays one, since C# has <c>@out</c> for it.
    /// </summary>
    public static string[] ForPorts(Graph graph, IReadOnlyList<Value> ports)
    {
        var names = new UniqueNames(graph.Inputs.SelectMany(v => v.KnownShape).SelectMany(d => d.Symbols));
        var result = new Dictionary<Value, string>();
        foreach (Value value in graph.Inputs.Concat(graph.Outputs))
        {
            result.TryAdd(value, names.Add(CamelCase(value.Name)));
        }

        return [.. ports.Select(p => result[p])];
    }

    private static string CamelCase(string name)
    {
        var text = new StringBuilder();
        bool upper = false;
        foreach (char c in name)
        {
            if (char.IsLetterOrDigit(c))
            {
                text.Append(text.Length == 0 ? char.ToLowerInvariant(c) : upper ? char.ToUpperInvariant(c) : c);
                upper = false;
            }
            else
            {
                upper = text.Length > 0;
            }
        }

        if (text.Length == 0 || !CSharpIdentifier.IsStart(text[0]))
        {
            text.Insert(0, "value");
        }

        return CSharpIdentifier.Shorten(text.ToString());
    }
}
