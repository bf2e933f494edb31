using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>Which columns of tiles share tables: those whose symbols cost least under them.</summary>
/// <param name="ClassOf">For each column.</param>
/// <param name="Tables">Frequencies for each class: of the bitmaps, where there are any, then of each plane that is coded.</param>
/// <param name="Bytes">What symbols and tables take.</param>
internal sealed record ColumnClasses(int[] ClassOf, IReadOnlyList<int[][]> Tables, long Bytes)
{
    private const int Rounds = 5;

    /// <summary>Finds classes: columns are sorted by how dear they are, then each goes where it is cheapest, some times over.</summary>
    /// <param name="counts">For each column how often each symbol occurs, 256 for each of its tables.</param>
    /// <param name="classes">How many classes there are at most.</param>
    public static ColumnClasses Find(IReadOnlyList<int[]> counts, int classes)
    {
        int[] global = Frequencies(counts, Enumerable.Range(0, counts.Count));
        double[] prices = [.. counts.Select(c => (double)Cost(c, global) / Math.Max(1, c.Sum(n => (long)n)))];
        int[] order = [.. Enumerable.Range(0, counts.Count).OrderBy(i => prices[i]).ThenBy(i => i)];
        var classOf = new int[counts.Count];
        for (int i = 0; i < order.Length; i++)
        {
            classOf[order[i]] = (int)((long)i * classes / order.Length);
        }

        int[][] tables = [];
        for (int round = 0; round < Rounds; round++)
        {
            tables = [.. classOf.Select((c, i) => (c, i)).GroupBy(p => p.c, p => p.i).OrderBy(g => g.Key).Select(g => Frequencies(counts, g))];
            int[][] current = tables;
            Parallel.For(0, counts.Count, i =>
            {
                long least = long.MaxValue;
                for (int c = 0; c < current.Length; c++)
                {
                    long cost = Cost(counts[i], current[c]);
                    (least, classOf[i]) = cost < least ? (cost, c) : (least, classOf[i]);
                }
            });
        }

        // Classes that lost all of their columns go; the others have what their columns have in the end.
        int[] used = [.. classOf.Distinct().Order()];
        classOf = Array.ConvertAll(classOf, c => Array.IndexOf(used, c));
        tables = [.. Enumerable.Range(0, used.Length).Select(
            c => Frequencies(counts, Enumerable.Range(0, counts.Count).Where(i => classOf[i] == c)))];
        long bits = counts.Select((c, i) => Cost(c, tables[classOf[i]])).Sum() / SymbolCosts.BitParts;
        int[][][] split = [.. tables.Select(Split)];
        long bytes = (bits / 8) + split.Sum(t => t.Sum(f => (long)SymbolTable.StoredBytes(f)))
            + (used.Length > 1 ? (counts.Count + 1) / 2 : 0);
        return new ColumnClasses(classOf, split, bytes);
    }

    private static int[][] Split(int[] frequencies) => [.. frequencies.Chunk(256)];

    private static int[] Frequencies(IReadOnlyList<int[]> counts, IEnumerable<int> columns)
    {
        var sum = new int[counts[0].Length];
        foreach (int column in columns)
        {
            int[] own = counts[column];
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += own[i];
            }
        }

        return [.. sum.Chunk(256).SelectMany(c => SymbolCosts.Normalize(c))];
    }

    private static long Cost(int[] counts, int[] frequencies) => SymbolCosts.Of(counts, frequencies);
}
