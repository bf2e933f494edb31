namespace ModelBuild.Runtime;

/// <summary>
/// The threads that help with the operators of all models of the process: one less than there are processors, since who asks works too.
/// They are started when they are first needed.
/// </summary>
/// <remarks>
/// Sharing costs about a microsecond, and no memory once a thread has done it. There are never more threads at work on shared operators
/// than processors: where many calls run at once, each works alone. All methods are thread-safe.
/// </remarks>
internal static class Workers
{
    /// <summary>Processors that this process may use.</summary>
    private static readonly int s_processors = Environment.ProcessorCount;

    private static readonly Lock s_lock = new();

    private static Worker[] s_workers = [];

    /// <summary>Threads that work on something shared or could have shared it: callers, and the helpers that they have reserved.</summary>
    private static int s_busy;

    /// <summary>Does all units, on this thread and on up to <paramref name="threads"/> − 1 others that have nothing else to do.</summary>
    /// <param name="work">The work; a copy of it is used.</param>
    /// <param name="units">How many there are.</param>
    /// <param name="threads">How many threads may work on it, this one included.</param>
    public static void Run<T>(in T work, int units, int threads)
        where T : struct, IParallelWork
    {
        int wanted = int.Min(threads, units) - 1;
        if (wanted <= 0)
        {
            RunAlone(work, units);
            return;
        }

        int helpers = Reserve(wanted);
        try
        {
            if (helpers == 0)
            {
                RunAlone(work, units);
            }
            else
            {
                SharedWork<T> shared = SharedWork<T>.Own;
                shared.Begin(work, units, 1 + helpers);
                Share(shared, helpers);
            }
        }
        finally
        {
            Interlocked.Add(ref s_busy, -1 - helpers);
        }
    }

    private static void RunAlone<T>(T work, int units)
        where T : struct, IParallelWork
    {
        for (int unit = 0; unit < units; unit++)
        {
            work.Run(unit);
        }
    }

    /// <summary>Counts this thread among the busy ones, and so many helpers as there are processors for.</summary>
    private static int Reserve(int wanted)
    {
        while (true)
        {
            int busy = Volatile.Read(ref s_busy);
            int helpers = int.Clamp(s_processors - busy - 1, 0, wanted);
            if (Interlocked.CompareExchange(ref s_busy, busy + 1 + helpers, busy) == busy)
            {
                return helpers;
            }
        }
    }

    private static void Share(SharedWork work, int helpers)
    {
        Worker[] workers = AtLeast(helpers);
        int asked = 0;
        int last = 0;
        for (; last < workers.Length && asked < helpers; last++)
        {
            asked += workers[last].TryAsk(work, share: asked + 1) ? 1 : 0;
        }

        work.TakePart(share: 0);
        for (int i = 0; i < last; i++)
        {
            asked -= workers[i].TryTakeBack(work) ? 1 : 0;
        }

        work.End(asked);
    }

    private static Worker[] AtLeast(int count)
    {
        Worker[] workers = Volatile.Read(ref s_workers);
        if (workers.Length >= count)
        {
            return workers;
        }

        lock (s_lock)
        {
            for (int i = s_workers.Length; i < count; i++)
            {
                Volatile.Write(ref s_workers, [.. s_workers, new Worker(i + 1)]);
            }

            return s_workers;
        }
    }
}
