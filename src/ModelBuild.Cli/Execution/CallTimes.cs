using System.Diagnostics;

namespace ModelBuild.Cli.Execution;

/// <summary>Calls something from several threads for a while, and keeps what each call took.</summary>
internal sealed class CallTimes
{
    /// <summary>Of one thread. A call shorter than a microsecond would fill it in some seconds.</summary>
    private const int MaximumCalls = 4_000_000;

    /// <summary>
    /// Of one thread, before those that count. The JIT compiler makes its best code of a method after 30 calls and then 30 of the code that
    /// counts what happens; a large model does not get there in a few seconds.
    /// </summary>
    private const int WarmUpCalls = 100;

    private readonly long[] _ticks;
    private readonly long[] _allocated;
    private readonly double _seconds;

    private CallTimes(IEnumerable<ThreadTimes> threads, double seconds)
    {
        _ticks = [.. threads.SelectMany(t => t.Ticks)];
        _allocated = [.. threads.SelectMany(t => t.Allocated)];
        _seconds = seconds;
        Array.Sort(_ticks);
        Array.Sort(_allocated);
    }

    /// <summary>Number of calls of all threads.</summary>
    public int Calls => _ticks.Length;

    /// <summary>Calls in a second, of all threads together.</summary>
    public double CallsPerSecond => Calls / _seconds;

    public double Minimum => Microseconds(_ticks[0]);

    public double Mean => _ticks.Average(t => (double)t) / Stopwatch.Frequency * 1e6;

    /// <summary>Bytes on the managed heap. The median: what a call really allocates, each one does.</summary>
    public long AllocatedBytes => _allocated[_allocated.Length / 2];

    /// <summary>What so much of all calls took at most, in microseconds.</summary>
    /// <param name="share">From 0 to 1.</param>
    public double Percentile(double share) => Microseconds(_ticks[Math.Clamp((int)Math.Ceiling(share * Calls) - 1, 0, Calls - 1)]);

    /// <param name="calls">What each thread calls.</param>
    /// <param name="warmUp">
    /// Time in which calls do not count; up to ten times as long where a thread has made fewer than 100 of them by then.
    /// </param>
    /// <param name="duration">Time in which they do. Each thread calls at least once.</param>
    /// <param name="cancellation">Looked at between calls.</param>
    public static CallTimes Measure(IReadOnlyList<Action> calls, TimeSpan warmUp, TimeSpan duration, CancellationToken cancellation)
    {
        ThreadTimes[] threads = [.. calls.Select(call => new ThreadTimes(call))];
        using var start = new Barrier(threads.Length);
        Exception? failure = null;
        long begin = 0;
        Thread[] running =
        [
            .. threads.Select(thread => new Thread(() =>
            {
                try
                {
                    thread.Run(warmUp, WarmUpCalls, warmUp * 10, keep: false, cancellation);
                    start.SignalAndWait(cancellation);
                    Interlocked.CompareExchange(ref begin, Stopwatch.GetTimestamp(), 0);
                    thread.Run(duration, 1, duration, keep: true, cancellation);
                }
                catch (Exception e)
                {
                    Interlocked.CompareExchange(ref failure, e, null);
                    start.RemoveParticipant();
                }
            })
            {
                IsBackground = true,
            }),
        ];
        Array.ForEach(running, thread => thread.Start());
        Array.ForEach(running, thread => thread.Join());
        cancellation.ThrowIfCancellationRequested();
        return failure is null ? new CallTimes(threads, Stopwatch.GetElapsedTime(begin).TotalSeconds) : throw failure;
    }

    private static double Microseconds(long ticks) => (double)ticks / Stopwatch.Frequency * 1e6;

    /// <summary>The calls of one thread.</summary>
    private sealed class ThreadTimes(Action call)
    {
        public List<long> Ticks { get; } = [];

        public List<long> Allocated { get; } = [];

        /// <summary>Calls for a time, and longer where that was not enough for so many calls, but never beyond the limit.</summary>
        public void Run(TimeSpan duration, int atLeast, TimeSpan limit, bool keep, CancellationToken cancellation)
        {
            long begin = Stopwatch.GetTimestamp();
            int calls = 0;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                long before = GC.GetAllocatedBytesForCurrentThread();
                long start = Stopwatch.GetTimestamp();
                call();
                long ticks = Stopwatch.GetTimestamp() - start;
                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                calls++;
                if (keep)
                {
                    Ticks.Add(ticks);
                    Allocated.Add(allocated);
                }
            }
            while (Stopwatch.GetElapsedTime(begin) < (calls < atLeast ? limit : duration) && Ticks.Count < MaximumCalls);
        }
    }
}
