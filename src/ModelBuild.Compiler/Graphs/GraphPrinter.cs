using System.Globalization;
using System.Text;

namespace ModelBuild.Compiler.Graphs;

/// <summary>A graph as people read it: one line for each input, constant, node and output, in the order in which nodes run.</summary>
internal static class GraphPrinter
{
    private const int ElementsShown = 8;

    public static string Write(Graph graph)
    {
        var text = new StringBuilder();
        Write(graph, text, string.Empty);
        return text.ToString();
    }

    private static void Write(Graph graph, StringBuilder text, string indent)
    {
        foreach (Value input in graph.Inputs)
        {
            text.Append(indent).Append("input  ").Append(Describe(input)).Append('\n');
        }

        foreach (Value constant in graph.Values().Where(v => v.IsConstant))
        {
            text.Append(indent).Append("const  ").Append(Describe(constant)).Append(" = ").Append(Elements(constant.Constant!))
                .Append('\n');
        }

        foreach (Node node in graph.Nodes)
        {
            text.Append(indent).Append("node   ").AppendJoin(", ", node.Outputs.Select(o => o is null ? "–" : Describe(o))).Append(" = ");
            text.Append(node.Domain.Length > 0 ? node.Domain + "." : string.Empty).Append(node.Type);
            text.Append('(').AppendJoin(", ", node.Inputs.Select(i => i is null ? "–" : i.Name)).Append(')');
            foreach ((string name, AttributeValue value) in node.Attributes)
            {
                text.Append(' ').Append(name).Append('=').Append(Attribute(value));
            }

            text.Append("   # ").Append(node.Name).Append('\n');
            foreach (Graph body in node.Bodies)
            {
                Write(body, text, indent + "    ");
            }
        }

        foreach (Value output in graph.Outputs)
        {
            text.Append(indent).Append("output ").Append(output.Name).Append('\n');
        }
    }

    private static string Describe(Value value)
    {
        string text = $"{value.Name}: {value.Type}{value.Shape}";
        return value.Quantization switch
        {
            { IsPerTensor: true } q =>
                string.Create(CultureInfo.InvariantCulture, $"{text} (scale {q.Scale:G9}, zero point {q.ZeroPoint})"),
            { } q => string.Create(CultureInfo.InvariantCulture, $"{text} ({q.Scales.Length} scales along axis {q.Axis})"),
            null => text,
        };
    }

    private static string Elements(Tensor tensor)
    {
        if (tensor.Type.Size() == 0)
        {
            return "…";
        }

        IEnumerable<string> shown = new Tensor(
            tensor.Type, [Math.Min(tensor.Length, ElementsShown)],
            tensor.Data[..(int)(Math.Min(tensor.Length, ElementsShown) * tensor.Type.Size())])
            .ToDoubles().Select(v => v.ToString("G6", CultureInfo.InvariantCulture));
        return $"[{string.Join(", ", shown)}{(tensor.Length > ElementsShown ? ", …" : string.Empty)}]";
    }

    private static string Attribute(AttributeValue value) => value.Raw switch
    {
        long[] list => $"[{string.Join(",", list)}]",
        float[] list => $"[{string.Join(",", list.Select(f => f.ToString("G9", CultureInfo.InvariantCulture)))}]",
        string[] list => $"[{string.Join(",", list)}]",
        float number => number.ToString("G9", CultureInfo.InvariantCulture),
        Tensor tensor => $"{tensor.Type}{tensor.Shape}",
        Graph => "{…}",
        object other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };
}
