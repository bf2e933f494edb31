using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Tests.Memory;

/// <remarks>By themselves: full collections, which other tests cause by what they allocate, release what these tests count.</remarks>
[Collection(nameof(ArenaPoolTests))]
[CollectionDefinition(nameof(ArenaPoolTests), DisableParallelization = true)]
public class ArenaPoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(100_001)]
    public void Rent_AnySize_IsAlignedTo64Bytes(int bytes)
    {
        var pool = new ArenaPool();
        using ArenaLease first = pool.Rent(bytes);
        using ArenaLease second = pool.Rent(bytes);
        Assert.Equal(0u, Address(first.Span<byte>(0, bytes)) % 64);
        Assert.Equal(0u, Address(second.Span<byte>(0, bytes)) % 64);
        first.Span<byte>(0, bytes).Fill(1);
        second.Span<byte>(0, bytes).Fill(2);
        Assert.False(first.Span<byte>(0, bytes).ContainsAnyExcept((byte)1));
    }

    [Fact]
    public void Rent_AfterReturn_GivesTheSameMemory()
    {
        var pool = new ArenaPool();
        nuint address;
        using (ArenaLease lease = pool.Rent(1000))
        {
            address = Address(lease.Span<byte>(0, 1));
        }

        using ArenaLease again = pool.Rent(500);
        Assert.Equal(address, Address(again.Span<byte>(0, 1)));
    }

    [Fact]
    public void Rent_LittleAfterMuch_DoesNotTakeTheLargeArena()
    {
        var pool = new ArenaPool();
        pool.Rent(10_000_000).Dispose();
        using ArenaLease small = pool.Rent(100_000);

        Assert.Equal(10_000_000, pool.IdleBytes);
        small.Dispose();
        using ArenaLease large = pool.Rent(9_000_000);
        Assert.Equal(100_000, pool.IdleBytes);
    }

    [Fact]
    public void Rent_MoreThanBefore_ReplacesTheArenaThatIsTooSmall()
    {
        var pool = new ArenaPool();
        pool.Rent(1_000_000).Dispose();
        pool.Rent(2_000_000).Dispose();

        Assert.Equal(2_000_000, pool.IdleBytes);
        pool.Rent(1_000_000).Dispose();
        Assert.Equal(2_000_000, pool.IdleBytes);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(100)]
    public void Rent_SizesByTurns_AllocateNothingOnceBothWereThere(int factor)
    {
        var pool = new ArenaPool();
        pool.Rent(100_000L * factor).Dispose();
        pool.Rent(100_000).Dispose();
        pool.Rent(100_000L * factor).Dispose();

        Assert.Equal(0, Allocations.Of(() =>
        {
            pool.Rent(100_000).Dispose();
            pool.Rent(100_000L * factor).Dispose();
        }));
    }

    /// <summary>What may serve a call is never less than what it needs, however much that is.</summary>
    [Fact]
    public void Most_AnyNeed_IsNoLess()
    {
        long before = 0;
        for (long bytes = 1; bytes > 0; bytes = bytes > long.MaxValue / 3 ? -1 : bytes * 3)
        {
            Assert.InRange(ArenaPool.Most(bytes), Math.Max(before, bytes), long.MaxValue);
            before = ArenaPool.Most(bytes);
        }

        Assert.Equal(long.MaxValue, ArenaPool.Most(long.MaxValue));
    }

    [Fact]
    public void Trim_AfterBurst_ReleasesWhatIsIdleAndNothingElse()
    {
        var pool = new ArenaPool();
        using ArenaLease used = pool.Rent(1000);
        used.Span<byte>(0, 1000).Fill(7);
        Burst(pool, arenas: 40, bytes: 100_000);
        Assert.Equal(4_000_000, pool.IdleBytes);

        pool.Trim();

        Assert.Equal(0, pool.IdleBytes);
        Assert.False(used.Span<byte>(0, 1000).ContainsAnyExcept((byte)7));
        used.Dispose();
        Assert.Equal(1000, pool.IdleBytes);
    }

    [Fact]
    public void Sweep_AfterAMinute_ReleasesWhatWasNotUsed()
    {
        var pool = new ArenaPool();
        pool.Rent(1000).Dispose();

        pool.Sweep(Environment.TickCount64 + 50_000);
        Assert.Equal(1000, pool.IdleBytes);

        pool.Sweep(Environment.TickCount64 + 61_000);
        Assert.Equal(0, pool.IdleBytes);
    }

    [Fact]
    public void Rent_OneByteMoreThanBefore_DoesNotGetTheSmallerArena()
    {
        var pool = new ArenaPool();
        pool.Rent(1024).Dispose();
        pool.Rent(1025).Dispose();

        Assert.Equal(1025, pool.IdleBytes);
    }

    [Fact]
    public void Collect_AfterBurst_ReleasesWhatWasNotUsedSince()
    {
        var pool = new ArenaPool();
        Burst(pool, arenas: 40, bytes: 100_000);

        // The finalizer that tells of collections has to grow old first.
        for (int i = 0; i < 6 && pool.IdleBytes > 100_000; i++)
        {
            pool.Rent(100_000).Dispose();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        // Collections that other tests ask for can take the last one too.
        Assert.InRange(pool.IdleBytes, 0, 100_000);
        GC.KeepAlive(pool);
    }

    [Fact]
    public void Rent_MoreThreadsThanProcessors_AllocateNothingInSteadyState()
    {
        var pool = new ArenaPool();
        int count = (8 * Environment.ProcessorCount) + 20;
        using var warm = new Barrier(count);
        long allocated = 0;
        Thread[] threads = [.. Enumerable.Range(0, count).Select(_ => new Thread(() =>
        {
            using (pool.Rent(10_000))
            {
                warm.SignalAndWait();
            }

            warm.SignalAndWait();
            Interlocked.Add(ref allocated, Allocations.Of(() =>
            {
                for (int i = 0; i < 200; i++)
                {
                    using ArenaLease lease = pool.Rent(10_000);
                    lease.Span<byte>(0, 10_000)[i] = 1;
                    Thread.Yield();
                }
            }));
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.Equal(0, allocated);
        Assert.Equal(10_000L * count, pool.IdleBytes);
    }

    [Fact]
    public void Rent_InSteadyState_AllocatesNothing()
    {
        var pool = new ArenaPool();
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 1000; i++)
            {
                Use(pool);
            }
        }));

        static void Use(ArenaPool pool)
        {
            using ArenaLease outer = pool.Rent(10_000);
            using ArenaLease inner = pool.Rent(5_000);
            outer.Span<float>(64, 10)[0] = 1;
            inner.Span<int>(64, 10)[0] = 1;
        }
    }

    [Fact]
    public void Rent_ManyThreads_EachHaveTheirOwn()
    {
        var pool = new ArenaPool();
        int failures = 0;
        var threads = Enumerable.Range(1, 8).Select(id => new Thread(() =>
        {
            for (int i = 0; i < 2000; i++)
            {
                int length = 100 + (i % 7 * 1000);
                using ArenaLease lease = pool.Rent(length * sizeof(int));
                Span<int> own = lease.Span<int>(0, length);
                own.Fill(id);
                Thread.Yield();
                if (own.ContainsAnyExcept(id))
                {
                    Interlocked.Increment(ref failures);
                }
            }
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Equal(0, failures);
    }

    [Fact]
    public void Dispose_Twice_GivesTheArenaBackOnce()
    {
        var pool = new ArenaPool();
        ArenaLease lease = pool.Rent(100);
        lease.Dispose();
        lease.Dispose();
        using ArenaLease a = pool.Rent(100);
        using ArenaLease b = pool.Rent(100);
        Assert.NotEqual(Address(a.Span<byte>(0, 1)), Address(b.Span<byte>(0, 1)));

        // Nor does the old lease end the new one.
        lease.Dispose();
        using ArenaLease c = pool.Rent(100);
        Assert.NotEqual(Address(a.Span<byte>(0, 1)), Address(c.Span<byte>(0, 1)));
        default(ArenaLease).Dispose();
    }

    [Fact]
    public void Window_AfterDispose_IsRefused()
    {
        var pool = new ArenaPool();
        ArenaLease lease = pool.Rent(100);
        lease.Dispose();
        Assert.True(Throws<ObjectDisposedException>(lease, 0, 1));
        using ArenaLease next = pool.Rent(100);
        Assert.True(Throws<ObjectDisposedException>(lease, 0, 1));
        Assert.True(Throws<ObjectDisposedException>(default, 0, 0));
    }

    [Theory]
    [InlineData(0, 26)]
    [InlineData(4, 25)]
    [InlineData(97, 1)]
    [InlineData(-4, 1)]
    [InlineData(0, -1)]
    [InlineData(101, 0)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(long.MinValue, 1)]
    [InlineData(0, long.MaxValue)]
    [InlineData(8, 0x4000_0000_0000_0001)]
    public void Window_OutsideTheRentedBytes_IsRefused(long offset, long length)
    {
        var pool = new ArenaPool();
        pool.Rent(100_000).Dispose();
        using ArenaLease lease = pool.Rent(100);
        Assert.True(Throws<ArgumentOutOfRangeException>(lease, offset, length));
    }

    [Fact]
    public void Window_OutsideTheRentedBytesOfALargerArena_IsRefused()
    {
        var pool = new ArenaPool();
        pool.Rent(1000).Dispose();
        using ArenaLease lease = pool.Rent(900);
        Assert.False(Throws<ArgumentOutOfRangeException>(lease, 896, 1));
        Assert.True(Throws<ArgumentOutOfRangeException>(lease, 900, 1));
    }

    [Fact]
    public void Window_EveryType_SeesTheSameMemory()
    {
        using ArenaLease lease = new ArenaPool().Rent(100);
        lease.Span<byte>(0, 100).Fill(0x3F);
        Assert.Equal(25, lease.Span<int>(0, 25).Length);
        Assert.Equal(0x3F3F3F3F, lease.Span<int>(96, 1)[0]);
        Assert.Equal(0x3F3F3F3F3F3F3F3F, lease.Span<long>(92, 1)[0]);
        Assert.Equal(0x3F3F, lease.Span<short>(98, 1)[0]);
        Assert.Equal(0x3F3F, lease.Span<ushort>(98, 1)[0]);
        Assert.Equal(0x3F, lease.Span<sbyte>(99, 1)[0]);
        Assert.Equal(BitConverter.Int32BitsToSingle(0x3F3F3F3F), lease.Span<float>(0, 1)[0]);
        Assert.Equal(BitConverter.Int64BitsToDouble(0x3F3F3F3F3F3F3F3F), lease.Span<double>(0, 1)[0]);
        Assert.Equal(BitConverter.Int16BitsToHalf(0x3F3F), lease.Span<Half>(0, 1)[0]);
        Assert.True(lease.Span<float>(100, 0).IsEmpty);
    }

    [Fact]
    public void Rent_NegativeSize_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ArenaPool().Rent(-1).Dispose());

    private static void Burst(ArenaPool pool, int arenas, long bytes)
    {
        if (arenas > 0)
        {
            using ArenaLease lease = pool.Rent(bytes);
            Burst(pool, arenas - 1, bytes);
        }
    }

    private static unsafe nuint Address(Span<byte> span) => (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(span));

    private static bool Throws<TException>(ArenaLease lease, long offset, long length)
        where TException : Exception
    {
        try
        {
            _ = lease.Span<float>(offset, length);
            return false;
        }
        catch (TException)
        {
            return true;
        }
    }
}
