namespace ModelBuild.Runtime.Tests.Threading;

/// <summary>Work that threads share: every unit once, whoever does it, and what it throws.</summary>
public sealed class WorkersTests
{
    /// <summary>More threads than processors, fewer units than threads, none at all.</summary>
    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 4)]
    [InlineData(2, 1)]
    [InlineData(3, 64)]
    [InlineData(1000, 2)]
    [InlineData(1000, 64)]
    public void Run_AnyUnitsAndThreads_DoesEveryUnitOnce(int units, int threads)
    {
        for (int round = 0; round < 50; round++)
        {
            var counts = new int[units];
            Workers.Run(new Count(counts), units, threads);
            Assert.All(counts, c => Assert.Equal(1, c));
        }
    }

    [Fact]
    public void Run_ManyCallersAtOnce_DoesTheUnitsOfEach()
    {
        const int Callers = 24;
        using var start = new Barrier(Callers);
        Exception? failure = null;
        Thread[] callers = [.. Enumerable.Range(0, Callers).Select(caller => new Thread(() =>
        {
            try
            {
                start.SignalAndWait();
                for (int round = 0; round < 200; round++)
                {
                    var counts = new int[caller + 3];
                    Workers.Run(new Count(counts), counts.Length, threads: 4);
                    Assert.All(counts, c => Assert.Equal(1, c));
                }
            }
            catch (Exception e)
            {
                failure = e;
            }
        }))];
        Array.ForEach(callers, c => c.Start());
        Array.ForEach(callers, c => c.Join());
        Assert.Null(failure);
    }

    /// <summary>Each of two units waits for the other, which two threads at once can see and one cannot.</summary>
    [Fact]
    public void Run_TwoThreads_WorkAtTheSameTimeWhereThereAreTwoProcessors()
    {
        using var both = new Barrier(2);

        // Other tests keep the helper busy now and then: it may take some tries.
        bool met = false;
        int rounds = Environment.ProcessorCount == 1 ? 1 : 200;
        for (int round = 0; round < rounds && !met; round++)
        {
            var meeting = new Meet(both, new bool[2]);
            Workers.Run(meeting, units: 2, threads: 2);
            met = meeting.HaveMet;
        }

        Assert.Equal(Environment.ProcessorCount > 1, met);
    }

    [Fact]
    public void Run_UnitThrows_CallerGetsItAndTheNextCallWorks()
    {
        for (int round = 0; round < 20; round++)
        {
            Exception thrown = Assert.Throws<InvalidTimeZoneException>(() => Workers.Run(new Throw(unit: 7), units: 40, threads: 4));
            Assert.Equal("unit 7", thrown.Message);
            var counts = new int[10];
            Workers.Run(new Count(counts), counts.Length, threads: 4);
            Assert.All(counts, c => Assert.Equal(1, c));
        }
    }

    [Fact]
    public void Run_Again_AllocatesNothing()
    {
        var work = new Count(new int[100]);
        Workers.Run(work, 100, 4);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            Workers.Run(work, 100, 4);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    public void ThreadMemory_OfAnySize_IsAlignedAndLargeEnough(int bytes)
    {
        Span<byte> memory = ThreadMemory.OfAtLeast(bytes);
        Assert.Equal(bytes, memory.Length);
        unsafe
        {
            fixed (byte* first = memory)
            {
                Assert.Equal(0, (nint)first % 64);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    public void ModelOptions_LessThanOneThread_IsRefused(int threads) =>
        Assert.Equal("Threads", Assert.Throws<ArgumentOutOfRangeException>(() => new ModelOptions { Threads = threads }).ParamName);

    [Fact]
    public void ModelOptions_NothingSet_IsOneThread() => Assert.Equal(1, new ModelOptions().Threads);

    private readonly struct Count(int[] counts) : IParallelWork
    {
        public void Run(int unit) => Interlocked.Increment(ref counts[unit]);
    }

    private readonly struct Throw(int unit) : IParallelWork
    {
        private readonly int _unit = unit;

        public void Run(int unit)
        {
            if (unit == _unit)
            {
                throw new InvalidTimeZoneException($"unit {unit}");
            }
        }
    }

    private readonly struct Meet(Barrier both, bool[] met) : IParallelWork
    {
        public bool HaveMet => met[0] && met[1];

        public void Run(int unit) => met[unit] = both.SignalAndWait(TimeSpan.FromMilliseconds(50));
    }
}
