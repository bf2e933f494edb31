namespace ModelBuild.Compiler.Pruning;

/// <summary>In which order the units of a layer go.</summary>
internal sealed class RemovalOrder
{
    private readonly (int[] Units, double[] Losses)[] _strands;

    /// <summary>The strand whose next unit goes, one after another.</summary>
    private readonly int[] _order;

    /// <param name="strands">
    /// Of sums that lose the same terms: their units in the order in which they go, and what each costs. Each time the unit goes that costs
    /// least of those that are next.
    /// </param>
    public RemovalOrder((int[] Units, double[] Losses)[] strands)
    {
        _strands = strands;
        var order = new List<int>();
        var next = new PriorityQueue<(int Strand, int Unit), (double Loss, int Strand)>();
        for (int i = 0; i < strands.Length; i++)
        {
            Add(i, 0);
        }

        while (next.TryDequeue(out (int Strand, int Unit) unit, out _))
        {
            order.Add(unit.Strand);
            Add(unit.Strand, unit.Unit + 1);
        }

        _order = [.. order];

        void Add(int strand, int unit)
        {
            if (unit < strands[strand].Losses.Length)
            {
                next.Enqueue((strand, unit), (strands[strand].Losses[unit], strand));
            }
        }
    }

    /// <summary>How many units there are.</summary>
    public int Units => _order.Length;

    /// <summary>The units of each strand that are among the first to go.</summary>
    /// <param name="units">How many go.</param>
    public ArraySegment<int>[] First(int units)
    {
        int[] counts = new int[_strands.Length];
        foreach (int strand in _order.AsSpan(0, units))
        {
            counts[strand]++;
        }

        return [.. _strands.Select((s, i) => new ArraySegment<int>(s.Units, 0, counts[i]))];
    }
}
