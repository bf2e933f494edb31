using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>
/// Parts of concatenations that are small beside the whole. In codes of the whole's scale they are written where they belong at once; but
/// what else computes with such a part, as the first layer does with an image that goes around it, would read a few of the 256 codes.
/// </summary>
internal static class PartScales
{
    /// <summary>
    /// From here on a part is brought to the whole's scale when it is put there: two of its eight bits would be lost to all others.
    /// </summary>
    private const float Ratio = 4;

    /// <summary>Looks for the parts that get a scale of their own.</summary>
    /// <param name="graph">A float graph after the portable passes.</param>
    /// <param name="floats">What stays float.</param>
    /// <param name="together">What gets codes where all parts share the scale of the whole.</param>
    /// <param name="statistics">What the samples showed of the values that get codes.</param>
    /// <returns>Their names.</returns>
    public static IReadOnlySet<string> Find(
        Graph graph, FloatParts floats, QuantizationPoints together, IReadOnlyDictionary<string, TensorStatistics> statistics)
    {
        Node[] concatenations = [.. graph.Nodes.Where(n => n.Is("Concat"))];
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (concatenations.Length == 0)
        {
            return names;
        }

        var apart = QuantizationPoints.Find(graph, floats with { OwnScales = null });
        ILookup<Value, Value> wholes = together.Values.Where(v => !together.IsWide(v)).ToLookup(together.Group);
        ILookup<Value, Value> parts = apart.Values.Where(v => !apart.IsWide(v)).ToLookup(apart.Group);
        foreach (Node concatenation in concatenations)
        {
            float whole = Width(wholes[together.Group(concatenation.Output)], statistics);
            foreach (Value part in concatenation.Inputs.OfType<Value>().Where(i => !i.IsConstant))
            {
                Value[] same = [.. parts[apart.Group(part)]];
                if (Width(same, statistics) * Ratio <= whole && same.Any(apart.IsComputedWith))
                {
                    names.Add(part.Name);
                }
            }
        }

        return names;
    }

    /// <summary>How far apart the ends of the range are that the codes of all these values cover. Zero has a code always.</summary>
    private static float Width(IEnumerable<Value> values, IReadOnlyDictionary<string, TensorStatistics> statistics)
    {
        ValueRange range = values.Aggregate(new ValueRange(0, 0), (all, v) => all.Union(statistics[v.Name].Range));
        return range.Maximum - range.Minimum;
    }
}
