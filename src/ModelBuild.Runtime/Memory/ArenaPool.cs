namespace ModelBuild.Runtime;

/// <summary>
/// Working memory of a model: hands out arenas and keeps those that come back, so that a model in steady state allocates nothing. Several
/// threads at once each get an arena of their own.
/// </summary>
/// <remarks>
/// Thread-safe and without locks. At most two arenas for every processor stay in the pool (a thread that has to wait keeps its own), none
/// larger than the largest one that was ever asked for; what is returned beyond that is left to the garbage collector.
/// </remarks>
public sealed class ArenaPool
{
    private readonly Arena?[] _idle = new Arena?[2 * Environment.ProcessorCount];

    private long _largest;

    /// <summary>Rents an arena. Dispose the lease to give it back.</summary>
    /// <param name="bytes">How many bytes are needed, 0 or more.</param>
    /// <returns>A lease on at least that many bytes, aligned to 64 bytes and not cleared.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public ArenaLease Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        for (int i = 0; i < _idle.Length; i++)
        {
            // An arena that has become too small is dropped here, and a larger one takes its place.
            if (Volatile.Read(ref _idle[i]) is not null
                && Interlocked.Exchange(ref _idle[i], null) is { } arena
                && arena.Length >= bytes)
            {
                return new ArenaLease(this, arena, bytes);
            }
        }

        long largest = Volatile.Read(ref _largest);
        while (largest < bytes)
        {
            long seen = Interlocked.CompareExchange(ref _largest, bytes, largest);
            largest = seen == largest ? bytes : seen;
        }

        return new ArenaLease(this, new Arena(largest), bytes);
    }

    /// <summary>Takes an arena back, or lets it go when there are enough.</summary>
    internal void Return(Arena arena)
    {
        for (int i = 0; i < _idle.Length; i++)
        {
            if (Volatile.Read(ref _idle[i]) is null && Interlocked.CompareExchange(ref _idle[i], arena, null) is null)
            {
                return;
            }
        }
    }
}
