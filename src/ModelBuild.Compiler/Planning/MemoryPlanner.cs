using ModelBuild.Plan;

namespace ModelBuild.Compiler.Planning;

/// <summary>A piece of working memory and the steps during which it holds something.</summary>
internal sealed class MemoryRegion(Dimension bytes, int firstStep)
{
    /// <summary>Size in bytes.</summary>
    public Dimension Bytes { get; } = bytes;

    /// <summary>The step that writes it first.</summary>
    public int FirstStep { get; } = firstStep;

    /// <summary>The last step that touches it.</summary>
    public int LastStep { get; set; } = firstStep;

    /// <summary>Which part of the arena it is in: that of the last binding step that its size depends on.</summary>
    public int Stage { get; init; }

    /// <summary>Where the planner has put it: bytes from the start of its part of the arena.</summary>
    public Dimension Offset { get; set; } = Dimension.Zero;
}

/// <summary>
/// Gives every block a place in one arena so that blocks that live at the same time do not overlap: greedy by size (Pisarchyk and Lee,
/// "Efficient Memory Management for Deep Neural Net Inference", 2020). Sizes that depend on run-time symbols are planned in a region
/// of their own for each distinct expression, within which all sizes are multiples of it and offsets can be compared at build.
/// </summary>
internal static class MemoryPlanner
{
    private const int Alignment = 64;

    /// <summary>Sets the offsets, all multiples of 64.</summary>
    /// <param name="stages">How many steps add a part to the arena.</param>
    /// <returns>Bytes of the arena, and of what each of the steps adds.</returns>
    public static Dimension[] Plan(IReadOnlyList<MemoryRegion> blocks, int stages) =>
        [.. Enumerable.Range(0, stages + 1).Select(stage => Plan([.. blocks.Where(b => b.Stage == stage)]))];

    /// <summary>Sets the offsets of blocks of one part.</summary>
    /// <returns>Bytes of the part.</returns>
    public static Dimension Plan(IReadOnlyList<MemoryRegion> blocks)
    {
        Dimension end = Dimension.Zero;
        foreach (IGrouping<Dimension, (MemoryRegion Block, long Factor)> region in blocks.Select(Split).Where(s => s.Factor > 0)
            .GroupBy(s => s.Unit, s => (s.Block, s.Factor)).OrderBy(g => g.Key.ToString(), StringComparer.Ordinal))
        {
            end += region.Key * PlanRegion([.. region], region.Key, end);
        }

        return end;
    }

    /// <summary>
    /// The most that blocks take which live at the same time, with 1 for every symbol: no arena can be smaller, however they are placed.
    /// </summary>
    public static long LargestLiveSet(IReadOnlyList<MemoryRegion> blocks)
    {
        var changes = new SortedDictionary<int, long>();
        foreach (MemoryRegion block in blocks)
        {
            long bytes = OpenDimensions.AtOne(block.Bytes);
            changes[block.FirstStep] = changes.GetValueOrDefault(block.FirstStep) + bytes;
            changes[block.LastStep + 1] = changes.GetValueOrDefault(block.LastStep + 1) - bytes;
        }

        long live = 0;
        long most = 0;
        foreach (long change in changes.Values)
        {
            live += change;
            most = long.Max(most, live);
        }

        return most;
    }

    private static long PlanRegion((MemoryRegion Block, long Factor)[] blocks, Dimension unit, Dimension start)
    {
        var placed = new List<(MemoryRegion Block, long Offset, long Length)>();
        long highest = 0;
        foreach ((MemoryRegion block, long length) in blocks.OrderByDescending(b => b.Factor).ThenBy(b => b.Block.FirstStep))
        {
            // The tightest gap among the neighbours in time that are already placed, or the end of the last of them.
            long best = -1;
            long bestGap = long.MaxValue;
            long gapStart = 0;
            foreach ((MemoryRegion _, long offset, long neighbourLength) in placed
                .Where(p => p.Block.FirstStep <= block.LastStep && block.FirstStep <= p.Block.LastStep).OrderBy(p => p.Offset))
            {
                long gap = offset - gapStart;
                if (gap >= length && gap < bestGap)
                {
                    best = gapStart;
                    bestGap = gap;
                }

                gapStart = Math.Max(gapStart, offset + neighbourLength);
            }

            long place = best >= 0 ? best : gapStart;
            placed.Add((block, place, length));
            block.Offset = start + (unit * place);
            highest = Math.Max(highest, place + length);
        }

        return highest;
    }

    /// <summary>
    /// Writes a size as a multiple of 64 of an expression: batch·5408 is 5440 of batch, batch·sequence·4 + 7 is 64 of itself.
    /// </summary>
    private static (MemoryRegion Block, Dimension Unit, long Factor) Split(MemoryRegion block)
    {
        if (block.Bytes.IsConstant)
        {
            return (block, Dimension.One, RoundUp(block.Bytes.Value));
        }

        (Dimension unit, long factor) = block.Bytes.SplitFactor();
        return (block, unit, RoundUp(factor));
    }

    private static long RoundUp(long value) => (value + Alignment - 1) / Alignment * Alignment;
}
