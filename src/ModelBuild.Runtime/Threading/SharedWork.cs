using System.Runtime.ExceptionServices;

namespace ModelBuild.Runtime;

/// <summary>Work that several threads have in common: each takes the next unit until none is left.</summary>
internal abstract class SharedWork
{
    private int _units;

    /// <summary>How many units were taken; more than there are once all are.</summary>
    private int _taken;

    /// <summary>How many of the helpers are done.</summary>
    private int _done;

    private ExceptionDispatchInfo? _failure;

    /// <summary>Says what is to be done next. Nobody helps any more with what was before.</summary>
    public void Begin(int units)
    {
        _units = units;
        _done = 0;
        _failure = null;
        Volatile.Write(ref _taken, 0);
    }

    /// <summary>
    /// Does units until none is left that nobody has begun. What a unit throws ends the work and is kept for <see cref="End"/>.
    /// </summary>
    public void TakePart()
    {
        try
        {
            for (int unit = Next(); unit < _units; unit = Next())
            {
                Run(unit);
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            Volatile.Write(ref _taken, _units);
        }
    }

    /// <summary>A helper says that it does nothing here any more.</summary>
    public void Leave() => Interlocked.Increment(ref _done);

    /// <summary>Waits for the helpers, and throws what a unit has thrown.</summary>
    /// <param name="helpers">How many have taken part.</param>
    public void End(int helpers)
    {
        var wait = default(SpinWait);
        while (Volatile.Read(ref _done) < helpers)
        {
            // Their last units are under way, which takes microseconds: sleeping would take longer.
            wait.SpinOnce(sleep1Threshold: -1);
        }

        _failure?.Throw();
    }

    /// <summary>Does one unit.</summary>
    protected abstract void Run(int unit);

    private int Next() => Interlocked.Increment(ref _taken) - 1;
}

/// <summary>Shared work of one kind. Each thread keeps one for what it shares, so that sharing allocates nothing.</summary>
internal sealed class SharedWork<T> : SharedWork
    where T : struct, IParallelWork
{
    [ThreadStatic]
    private static SharedWork<T>? t_own;

    private T _work;

    /// <summary>The one of this thread.</summary>
    public static SharedWork<T> Own => t_own ??= new SharedWork<T>();

    /// <inheritdoc cref="SharedWork.Begin"/>
    public void Begin(in T work, int units)
    {
        _work = work;
        Begin(units);
    }

    /// <inheritdoc/>
    protected override void Run(int unit) => _work.Run(unit);
}
