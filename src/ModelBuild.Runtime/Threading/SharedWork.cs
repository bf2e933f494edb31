using System.Runtime.ExceptionServices;

namespace ModelBuild.Runtime;

/// <summary>
/// Work that several threads have in common. Each has a share of neighbouring units, the same one in all work of as many units, so that it
/// finds in its cache what it wrote there before; whoever is done helps the others.
/// </summary>
internal abstract class SharedWork
{
    /// <summary>Counters are a line of the cache apart, so that taking a unit of one's own disturbs nobody.</summary>
    private const int CounterStep = 64 / sizeof(int);

    private int _units;
    private int _shares;

    /// <summary>How many units of each share were taken; more than there are once all are.</summary>
    private int[] _taken = [];

    /// <summary>How many of the helpers are done.</summary>
    private int _done;

    private ExceptionDispatchInfo? _failure;

    /// <summary>Says what is to be done next. Nobody helps any more with what was before.</summary>
    /// <param name="units">How many units there are.</param>
    /// <param name="shares">How many threads there may be.</param>
    public void Begin(int units, int shares)
    {
        if (_taken.Length < shares * CounterStep)
        {
            _taken = new int[shares * CounterStep];
        }

        _units = units;
        _shares = shares;
        _done = 0;
        _failure = null;
        Array.Clear(_taken);
    }

    /// <summary>
    /// Does units until none is left that nobody has begun. What a unit throws ends the work and is kept for <see cref="End"/>.
    /// </summary>
    /// <param name="share">Whose units are done first.</param>
    public void TakePart(int share)
    {
        try
        {
            for (int i = 0; i < _shares; i++)
            {
                int owner = (share + i) % _shares;
                int first = First(owner);
                int count = First(owner + 1) - first;
                ref int taken = ref _taken[owner * CounterStep];
                while (Volatile.Read(ref taken) < count && Interlocked.Increment(ref taken) is var unit && unit <= count)
                {
                    Run(first + unit - 1);
                }
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            for (int i = 0; i < _shares; i++)
            {
                Volatile.Write(ref _taken[i * CounterStep], _units);
            }
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

    private int First(int share) => Parts.First(_units, share, _shares);
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

    /// <summary>Says what is to be done next.</summary>
    /// <inheritdoc cref="SharedWork.Begin"/>
    public void Begin(in T work, int units, int shares)
    {
        _work = work;
        Begin(units, shares);
    }

    /// <inheritdoc/>
    protected override void Run(int unit) => _work.Run(unit);
}
