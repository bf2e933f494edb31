using ModelBuild.Compiler.Graphs;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// How large open dimensions have to be so that something is left of every tensor: an image that five taps without padding move over has
/// five rows at least. The generated class checks that before it computes with such sizes.
/// </summary>
/// <remarks>
/// ONNX Runtime rounds towards zero where ONNX rounds down, so that it has a window where ONNX has none: two taps over one element, two
/// apart. What ONNX says has no elements.
/// </remarks>
internal static class LeastSizes
{
    /// <summary>No network needs more of an image; what does is left to its kernels.</summary>
    private const long Most = 1 << 12;

    /// <summary>Ranges that leave out sizes that are too small.</summary>
    /// <param name="graph">Resolved. What only runs at times, in bodies, asks for nothing.</param>
    /// <param name="given">What the user lets symbols be.</param>
    /// <exception cref="OnnxFormatException">The user lets a symbol be nothing that is large enough.</exception>
    public static Dictionary<string, DimensionRange> Narrow(Graph graph, Dictionary<string, DimensionRange> given)
    {
        var ranges = new Dictionary<string, DimensionRange>(given, StringComparer.Ordinal);
        var symbols = new HashSet<string>(graph.Inputs.SelectMany(i => i.KnownShape).SelectMany(d => d.Symbols), StringComparer.Ordinal);
        foreach (Dimension size in graph.Nodes.SelectMany(Windows).Where(d => !d.IsConstant && !d.IsPositive).Distinct())
        {
            if (size.Symbols.Count == 1 && symbols.Contains(size.Symbols.First()))
            {
                string symbol = size.Symbols.First();
                DimensionRange range = ranges.GetValueOrDefault(symbol, new DimensionRange(1, int.MaxValue));
                long least = Least(size, symbol, range.Least);
                ranges[symbol] = range.Intersect(new DimensionRange(least, int.MaxValue)) ?? throw new OnnxFormatException(
                    DiagnosticCodes.BadDimensions,
                    $"dimension '{symbol}' cannot be {range}: the model needs it to be at least {least}, so that something is left of all "
                        + "images inside it");
            }
        }

        return ranges.Where(r => given.ContainsKey(r.Key) || r.Value.Least > 1).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>How many places the window of a node has along each axis.</summary>
    private static IEnumerable<Dimension> Windows(Node node) =>
        (node.Is("Conv") || node.Attributes.ContainsKey("kernel_shape")) && node.Outputs is [{ Shape: { Rank: > 2 } shape }, ..]
            ? shape.Skip(2) : [];

    /// <summary>The least value of a symbol that leaves one place at least; 1 where there is none.</summary>
    private static long Least(Dimension size, string symbol, long least)
    {
        if (At(Most) > 0)
        {
            while (least < Most && At(least) <= 0)
            {
                least++;
            }
        }

        return At(least) > 0 ? least : 1;

        long At(long value) => size.Evaluate(new Dictionary<string, long>(StringComparer.Ordinal) { [symbol] = value });
    }
}
