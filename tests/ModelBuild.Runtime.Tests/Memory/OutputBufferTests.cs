namespace ModelBuild.Runtime.Tests.Memory;

public sealed class OutputBufferTests
{
    [Fact]
    public void Take_OwnArray_IsTheSameEachTime()
    {
        var buffer = new OutputBuffer<int>();
        buffer.Take(3).Fill(7);
        Assert.Equal([7, 7, 7], buffer.Take(3).ToArray());
        Assert.Equal([7, 7, 7], buffer.Array);
    }

    [Fact]
    public void Take_CallersMemory_IsItsBeginning()
    {
        int[] memory = new int[4];
        var buffer = new OutputBuffer<int>(memory, "boxes");
        buffer.Take(3).Fill(7);
        Assert.Equal([7, 7, 7, 0], memory);
        Assert.Empty(buffer.Array);
    }

    [Fact]
    public void Take_MoreThanTheCallerHas_SaysHowMuchIsNeeded()
    {
        var error = Assert.Throws<ArgumentException>(() => new OutputBuffer<int>(new int[4], "boxes").Take(5));
        Assert.Equal("boxes", error.ParamName);
        Assert.Contains("5 elements", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Grow_Region_IsAlignedAndItsOwnMemory()
    {
        var pool = new ArenaPool();
        using ArenaLease lease = pool.Rent(100);
        lease.Grow(1, 1000);
        lease.Grow(2, 10);
        lease.Span<byte>(0, 100).Fill(1);
        lease.Span<byte>(1, 0, 1000).Fill(2);
        lease.Span<byte>(2, 0, 10).Fill(3);
        Assert.False(lease.Span<byte>(0, 100).ContainsAnyExcept((byte)1));
        Assert.False(lease.Span<byte>(1, 0, 1000).ContainsAnyExcept((byte)2));
    }

    [Fact]
    public void Grow_SameSizeAgain_AllocatesNothing()
    {
        var pool = new ArenaPool();
        Use(pool);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Use(pool);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        static void Use(ArenaPool pool)
        {
            using ArenaLease lease = pool.Rent(100);
            lease.Grow(1, 100_000);
            lease.Span<byte>(1, 99_999, 1).Clear();
        }
    }

    [Fact]
    public void Span_OutsideARegion_Throws()
    {
        var pool = new ArenaPool();
        using ArenaLease lease = pool.Rent(100);
        lease.Grow(1, 10);
        try
        {
            lease.Span<int>(1, 8, 1);
        }
        catch (ArgumentOutOfRangeException)
        {
            return;
        }

        Assert.Fail("A window outside its region was given.");
    }
}
