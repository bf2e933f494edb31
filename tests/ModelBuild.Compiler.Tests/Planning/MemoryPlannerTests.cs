using ModelBuild.Compiler.Planning;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Tests.Planning;

public sealed class MemoryPlannerTests
{
    private static readonly Dimension s_batch = Dimension.Symbol("batch");

    [Fact]
    public void Plan_RandomBlocks_NeverOverlapWhileTheyLive()
    {
        var random = new Random(3);
        for (int round = 0; round < 200; round++)
        {
            MemoryRegion[] blocks = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ =>
            {
                Dimension size = random.Next(1, 5000);
                int first = random.Next(0, 20);
                return new MemoryRegion(
                    random.Next(
                        3) switch { 0 => size, 1 => s_batch * size, _ => (s_batch * size) + 64 },
                        first) { LastStep = first + random.Next(0, 6) };
            })];
            Dimension arena = MemoryPlanner.Plan(blocks);
            foreach (long batch in new[] { 1L, 2, 7 })
            {
                var symbols = new Dictionary<string, long> { ["batch"] = batch };
                long end = arena.Evaluate(symbols);
                foreach (MemoryRegion a in blocks)
                {
                    long start = a.Offset.Evaluate(symbols);
                    Assert.Equal(0, start % 64);
                    Assert.True(start >= 0 && start + a.Bytes.Evaluate(symbols) <= end);
                    foreach (MemoryRegion b in blocks.Where(b => b != a && b.FirstStep <= a.LastStep && a.FirstStep <= b.LastStep))
                    {
                        long other = b.Offset.Evaluate(symbols);
                        Assert.True(start + a.Bytes.Evaluate(symbols) <= other || other + b.Bytes.Evaluate(symbols) <= start);
                    }
                }
            }
        }
    }

    /// <summary>By going through all steps, and never above what the planner needs.</summary>
    [Fact]
    public void LargestLiveSet_RandomBlocks_IsThatOfTheFullestStep()
    {
        var random = new Random(4);
        for (int round = 0; round < 100; round++)
        {
            MemoryRegion[] blocks = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ =>
            {
                int first = random.Next(0, 20);
                return new MemoryRegion(s_batch * random.Next(1, 5000), first) { LastStep = first + random.Next(0, 6) };
            })];
            var one = new Dictionary<string, long> { ["batch"] = 1 };
            long fullest = Enumerable.Range(0, 30).Max(step =>
                blocks.Where(b => b.FirstStep <= step && step <= b.LastStep).Sum(b => b.Bytes.Evaluate(one)));
            Assert.Equal(fullest, MemoryPlanner.LargestLiveSet(blocks));
            Assert.True(MemoryPlanner.Plan(blocks).Evaluate(one) >= fullest);
        }
    }

    [Fact]
    public void Plan_BlocksThatFollowEachOther_ShareMemory()
    {
        MemoryRegion[] blocks = [.. Enumerable.Range(0, 10).Select(i => new MemoryRegion(s_batch * 1000, i) { LastStep = i + 1 })];
        Assert.Equal(s_batch * 2048, MemoryPlanner.Plan(blocks));
    }
}
