using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.TestSupport;

/// <summary>A graph as text that is equal for equal graphs: what tests compare.</summary>
internal static class GraphText
{
    public static string Of(Graph graph)
    {
        var text = new StringBuilder();
        text.AppendJoin('\n', graph.Inputs.Select(i => $"input {i}")).Append('\n');
        foreach (Node node in graph.Nodes)
        {
            string attributes = string.Join(", ", node.Attributes.Select(a => $"{a.Key}={Of(a.Value.Raw)}"));
            text.Append(CultureInfo.InvariantCulture,
                $"{node.Domain}:{node} [{attributes}] {string.Join(", ", node.Inputs.Select(Of))} → {string.Join(", ", node.Outputs)}\n");
        }

        return text.AppendJoin('\n', graph.Outputs.Select(o => $"output {o}")).ToString();
    }

    private static string Of(Value? value) => value is null ? "-" : value.Constant is { } constant ? $"{value} {Of(constant)}" : value.Name;

    private static string Of(object value) => value switch
    {
        Tensor tensor => $"{tensor.Type}[{string.Join(",", tensor.Dimensions)}] {Convert.ToHexString(SHA256.HashData(tensor.Data.Span))}",
        Graph graph => $"{{{Of(graph)}}}",
        float number => number.ToString("R", CultureInfo.InvariantCulture),
        Array array => $"[{string.Join(",", array.Cast<object>().Select(Of))}]",
        _ => value.ToString()!,
    };
}
