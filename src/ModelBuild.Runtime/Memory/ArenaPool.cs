using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>
/// Working memory of a model: hands out arenas of the size that is asked for and keeps those that come back, so that a model in steady
/// state allocates nothing, however many threads call it. Several threads at once each get an arena of their own.
/// </summary>
/// <remarks>
/// For generated code. Thread-safe and without locks. An arena serves calls that need at least a quarter of it; one that is too small for a
/// call makes way for the larger one. What a burst has left behind is released: an arena that lay idle for a minute, or while the garbage
/// collector did two full collections, and with <see cref="Trim"/> at once. Calls that are further apart than that allocate again.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class ArenaPool
{
    private const long IdleMilliseconds = 60_000;

    private const int IdleCollections = 2;

    /// <summary>
    /// An arena may be so many times larger than the call needs; the smallest calls are served by any that is not larger than this.
    /// </summary>
    private const int MaximumSurplus = 4;
    private const long SmallBytes = 64 * 1024;

    private readonly Shelf _shelf = new();

    /// <summary>How often an arena was given back, modulo 2³².</summary>
    private int _returns;

    /// <summary>When arenas that nobody wants are looked for next, in the time of <see cref="Environment.TickCount64"/>.</summary>
    private long _nextSweep = Environment.TickCount64 + IdleMilliseconds;

    /// <summary>Makes an empty pool.</summary>
    public ArenaPool()
    {
        _ = new FullCollection(this);
    }

    /// <summary>Rents an arena. Dispose the lease to give it back.</summary>
    /// <param name="bytes">How many bytes are needed, 0 or more.</param>
    /// <returns>A lease on at least that many bytes, aligned to 64 bytes and not cleared.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is negative.</exception>
    /// <exception cref="OutOfMemoryException">There is not that much memory.</exception>
    public ArenaLease Rent(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        long most = Most(bytes);
        Arena? arena;
        int returns;
        do
        {
            // An arena that was given back meanwhile may lie where this thread has already looked: only if none was, all are in use.
            returns = Volatile.Read(ref _returns);
            arena = Take(bytes, most);
        }
        while (arena is null && returns != Volatile.Read(ref _returns));

        if (arena is null)
        {
            _ = Take(0, bytes);
            arena = Allocate(bytes);
        }

        return new ArenaLease(this, arena, bytes);
    }

    /// <summary>Releases the arenas that no call uses now; the garbage collector takes them when it comes.</summary>
    public void Trim() => Release(static (_, _) => true, 0);

    /// <summary>How large memory may be that serves a call which needs so many bytes.</summary>
    internal static long Most(long bytes) =>
        long.Max(SmallBytes, bytes > long.MaxValue / MaximumSurplus ? long.MaxValue : bytes * MaximumSurplus);

    /// <summary>Takes an arena back.</summary>
    internal void Return(Arena arena)
    {
        long now = Environment.TickCount64;
        arena.Rest(now);
        Shelf shelf = _shelf;
        while (!shelf.TryPut(arena))
        {
            shelf = shelf.Next ?? shelf.Append();
        }

        Interlocked.Increment(ref _returns);

        long next = Volatile.Read(ref _nextSweep);
        if (now >= next && Interlocked.CompareExchange(ref _nextSweep, now + IdleMilliseconds, next) == next)
        {
            Sweep(now);
        }
    }

    /// <summary>What the idle arenas take.</summary>
    internal long IdleBytes
    {
        get
        {
            long bytes = 0;
            for (Shelf? shelf = _shelf; shelf is not null; shelf = shelf.Next)
            {
                bytes += shelf.Bytes;
            }

            return bytes;
        }
    }

    /// <summary>Releases the arenas that have been idle for long.</summary>
    internal void Sweep(long now) => Release(
        static (arena, time) =>
            time - arena.IdleSince >= IdleMilliseconds || GC.CollectionCount(2) - arena.IdleSinceCollection >= IdleCollections, now);

    private Arena? Take(long least, long most)
    {
        Arena? arena = null;
        for (Shelf? shelf = _shelf; shelf is not null && arena is null; shelf = shelf.Next)
        {
            arena = shelf.Take(least, most);
        }

        return arena;
    }

    private Arena Allocate(long bytes)
    {
        try
        {
            return new Arena(bytes);
        }
        catch (OutOfMemoryException)
        {
            // What lies idle is in the way.
            Trim();
            return new Arena(bytes);
        }
    }

    private void Release(Func<Arena, long, bool> isReleased, long now)
    {
        for (Shelf? shelf = _shelf; shelf is not null; shelf = shelf.Next)
        {
            shelf.Release(isReleased, now);
        }
    }

    /// <summary>Places for idle arenas; when all are taken, the next shelf is begun. A thread looks first where it was before.</summary>
    private sealed class Shelf
    {
        private const int Places = 16;

        private readonly Arena?[] _arenas = new Arena?[Places];

        private Shelf? _next;

        public Shelf? Next => Volatile.Read(ref _next);

        public long Bytes
        {
            get
            {
                long bytes = 0;
                foreach (Arena? arena in _arenas)
                {
                    bytes += arena?.TotalLength ?? 0;
                }

                return bytes;
            }
        }

        /// <summary>The next shelf, which this or another thread has just put up.</summary>
        public Shelf Append()
        {
            var shelf = new Shelf();
            return Interlocked.CompareExchange(ref _next, shelf, null) ?? shelf;
        }

        public bool TryPut(Arena arena)
        {
            int start = Environment.CurrentManagedThreadId;
            for (int i = 0; i < Places; i++)
            {
                ref Arena? place = ref _arenas[(start + i) % Places];
                if (Volatile.Read(ref place) is null && Interlocked.CompareExchange(ref place, arena, null) is null)
                {
                    return true;
                }
            }

            return false;
        }

        /// <summary>Takes an arena of a length between the two; null when there is none.</summary>
        public Arena? Take(long least, long most)
        {
            int start = Environment.CurrentManagedThreadId;
            for (int i = 0; i < Places; i++)
            {
                // Whether the arena was away in between does not matter: it is idle when it is taken.
                ref Arena? place = ref _arenas[(start + i) % Places];
                if (Volatile.Read(ref place) is { } arena
                    && arena.Length >= least
                    && arena.Length <= most
                    && Interlocked.CompareExchange(ref place, null, arena) == arena)
                {
                    return arena;
                }
            }

            return null;
        }

        public void Release(Func<Arena, long, bool> isReleased, long now)
        {
            for (int i = 0; i < Places; i++)
            {
                if (Volatile.Read(ref _arenas[i]) is { } arena && isReleased(arena, now))
                {
                    _ = Interlocked.CompareExchange(ref _arenas[i], null, arena);
                }
            }
        }
    }

    /// <summary>
    /// Garbage whose finalizer tells the pool that the collector came, and makes itself garbage again: after the first two times it has
    /// grown old, and only full collections find it. This releases the memory of a process that does not call its models any more.
    /// </summary>
    private sealed class FullCollection(ArenaPool pool)
    {
        // Not a WeakReference: that is garbage together with this object, and its own finalizer may have run before.
        private GCHandle _pool = GCHandle.Alloc(pool, GCHandleType.Weak);

        ~FullCollection()
        {
            if (_pool.Target is not ArenaPool pool || Environment.HasShutdownStarted)
            {
                _pool.Free();
                return;
            }

            pool.Sweep(Environment.TickCount64);
            GC.ReRegisterForFinalize(this);
        }
    }
}
