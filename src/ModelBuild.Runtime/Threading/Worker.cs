using System.Diagnostics;

namespace ModelBuild.Runtime;

/// <summary>
/// A thread that helps others. After a job it looks out for the next one for a while, since the operators of a model follow each other in
/// microseconds; then it sleeps until somebody wakes it.
/// </summary>
internal sealed class Worker
{
    /// <summary>How long a worker looks out: the time of an operator that is not shared.</summary>
    private static readonly long s_lookout = Stopwatch.Frequency / 5000;

    /// <summary>Stands for a job that was begun: nobody can take it back, and nobody can ask for another.</summary>
    private static readonly SharedWork s_begun = new SharedWork<NoWork>();

    private readonly SemaphoreSlim _signal = new(0);

    /// <summary>What it is asked to help with; <see cref="s_begun"/> while it does; null when it has time.</summary>
    private SharedWork? _job;

    private int _share;

    /// <summary>1 while it sleeps or is about to.</summary>
    private int _asleep;

    public Worker(int number)
    {
        const int stack = 1 << 20;
        var thread = new Thread(Run, stack) { IsBackground = true, Name = $"ModelBuild worker {number}" };
        thread.UnsafeStart();
    }

    /// <summary>Asks for help; false where it helps somebody else.</summary>
    /// <param name="job">What to help with.</param>
    /// <param name="share">Whose units it does first.</param>
    public bool TryAsk(SharedWork job, int share)
    {
        if (Volatile.Read(ref _job) is not null || Interlocked.CompareExchange(ref _job, s_begun, null) is not null)
        {
            return false;
        }

        // Nobody looks at the share before the job is there, and whether the worker sleeps is asked behind that.
        _share = share;
        Interlocked.Exchange(ref _job, job);
        if (Volatile.Read(ref _asleep) == 1 && Interlocked.CompareExchange(ref _asleep, 0, 1) == 1)
        {
            _signal.Release();
        }

        return true;
    }

    /// <summary>Takes a job back that the worker has not begun; false where it has, or was never asked.</summary>
    public bool TryTakeBack(SharedWork job) =>
        Volatile.Read(ref _job) == job && Interlocked.CompareExchange(ref _job, null, job) == job;

    private void Run()
    {
        while (true)
        {
            SharedWork? job = Volatile.Read(ref _job);
            if (job is null || job == s_begun)
            {
                Wait();
            }
            else if (Interlocked.CompareExchange(ref _job, s_begun, job) == job)
            {
                job.TakePart(_share);

                // In this order, so that who waits for it can ask again at once.
                Volatile.Write(ref _job, null);
                job.Leave();
            }
        }
    }

    /// <summary>Returns when there may be a job.</summary>
    private void Wait()
    {
        long end = Stopwatch.GetTimestamp() + s_lookout;
        while (Stopwatch.GetTimestamp() < end)
        {
            for (int i = 0; i < 16; i++)
            {
                if (Volatile.Read(ref _job) is not null)
                {
                    return;
                }

                Thread.SpinWait(4);
            }
        }

        // Who asks after this wakes it; who asked before is seen. Where both happen the signal is taken all the same.
        Interlocked.Exchange(ref _asleep, 1);
        if (Volatile.Read(ref _job) is null || Interlocked.CompareExchange(ref _asleep, 0, 1) == 0)
        {
            _signal.Wait();
        }
    }

    private struct NoWork : IParallelWork
    {
        public readonly void Run(int unit)
        {
        }
    }
}
