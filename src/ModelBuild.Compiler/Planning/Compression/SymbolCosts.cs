using System.Numerics;
using ModelBuild.Runtime;

namespace ModelBuild.Compiler.Planning.Compression;

/// <summary>
/// How often symbols occur, rounded to what a <see cref="SymbolTable"/> can say, and what a symbol then costs. All by integers, so that no
/// choice depends on how a machine rounds logarithms.
/// </summary>
internal static class SymbolCosts
{
    /// <summary>Parts of a bit that costs are counted in.</summary>
    public const int BitParts = 256;

    /// <summary>The cost of a symbol that a table does not have: more than any that it has.</summary>
    private const int Missing = 2 * SymbolTable.Bits * BitParts;

    private const int BitPartBits = 8;

    private static readonly int[] s_costs = Costs();

    /// <summary>The cost in parts of a bit of a symbol of some frequency.</summary>
    public static int Of(int frequency) => s_costs[frequency];

    /// <summary>The cost of symbols under a table, without the table.</summary>
    public static long Of(ReadOnlySpan<int> counts, ReadOnlySpan<int> frequencies)
    {
        long cost = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            cost += (long)counts[i] * s_costs[frequencies[i]];
        }

        return cost;
    }

    /// <summary>The frequencies that counts become: every symbol that occurs has one, and they add up to the table's total.</summary>
    /// <param name="counts">Of all symbols; where all are zero, the first has all of the total.</param>
    public static int[] Normalize(ReadOnlySpan<int> counts)
    {
        var frequencies = new int[counts.Length];
        long all = 0;
        foreach (int count in counts)
        {
            all += count;
        }

        if (all == 0)
        {
            frequencies[0] = SymbolTable.Total;
            return frequencies;
        }

        int sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            frequencies[i] = counts[i] == 0 ? 0 : (int)Math.Max(1, ((counts[i] * 2L * SymbolTable.Total) + all) / (2 * all));
            sum += frequencies[i];
        }

        // What rounding has added or left goes where it is the smallest part.
        for (; sum != SymbolTable.Total; sum += Math.Sign(SymbolTable.Total - sum))
        {
            int largest = 0;
            for (int i = 1; i < frequencies.Length; i++)
            {
                largest = frequencies[i] > frequencies[largest] ? i : largest;
            }

            frequencies[largest] += Math.Sign(SymbolTable.Total - sum);
        }

        return frequencies;
    }

    /// <summary>The logarithms to base 2 of total over frequency, by repeated squaring.</summary>
    private static int[] Costs()
    {
        var costs = new int[SymbolTable.Total + 1];
        costs[0] = Missing;
        for (int frequency = 1; frequency < costs.Length; frequency++)
        {
            int whole = BitOperations.Log2((uint)frequency);

            // From 1 to below 2, with 31 bits behind the point.
            ulong rest = (ulong)frequency << (31 - whole);
            int logarithm = whole;
            for (int bit = 0; bit < BitPartBits; bit++)
            {
                rest = (rest * rest) >> 31;
                int isTwo = (int)(rest >> 32);
                rest >>= isTwo;
                logarithm = (logarithm << 1) | isTwo;
            }

            costs[frequency] = (SymbolTable.Bits * BitParts) - logarithm;
        }

        return costs;
    }
}
