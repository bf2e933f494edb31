using System.Diagnostics;
using System.Runtime;

namespace ModelBuild.Benchmarks;

/// <summary>
/// Two ways to do the same, measured in short blocks that take turns, so that both meet the same clock speed and the same neighbours.
/// </summary>
/// <param name="Left">The first.</param>
/// <param name="Right">The second.</param>
/// <param name="Ratio">Over the pairs of blocks, of the second's time over the first's.</param>
internal sealed record Duel(Duel.Measurement Left, Duel.Measurement Right, Duel.Quartiles Ratio)
{
    /// <summary>How much longer than asked for the JIT may take.</summary>
    private const int MostWarmUps = 8;

    private static readonly Rules s_rules = new(Blocks: 300, BlockMicroseconds: 2000, WarmUp: TimeSpan.FromSeconds(1));

    /// <param name="Blocks">Of each side.</param>
    /// <param name="BlockMicroseconds">About how long a block takes.</param>
    /// <param name="WarmUp">Of each side: what the JIT needs for its last tier.</param>
    internal sealed record Rules(int Blocks, double BlockMicroseconds, TimeSpan WarmUp)
    {
        /// <summary>
        /// Between blocks. Threads of ONNX Runtime look out for work for a while before they sleep: they would take a processor from the
        /// other side.
        /// </summary>
        public TimeSpan Rest { get; init; }

        /// <summary>The same for sides that have more than one thread: fewer and longer blocks, and a rest between them.</summary>
        public Rules ForThreads => this with
        {
            Blocks = Math.Max(Blocks / 2, 7), BlockMicroseconds = BlockMicroseconds * 10, Rest = TimeSpan.FromMilliseconds(300),
        };
    }

    /// <param name="Microseconds">Median over the blocks of the time of one call.</param>
    /// <param name="SlowMicroseconds">The same of which one block in a hundred is longer.</param>
    /// <param name="AllocatedBytes">Managed bytes per call.</param>
    internal sealed record Measurement(double Microseconds, double SlowMicroseconds, double AllocatedBytes);

    /// <param name="Low">A quarter is below.</param>
    /// <param name="Median">Half are below.</param>
    /// <param name="High">Three quarters are below.</param>
    internal sealed record Quartiles(double Low, double Median, double High);

    public static Duel Fight(Action left, Action right, Rules? rules = null)
    {
        rules ??= s_rules;
        int leftCalls = WarmUp(left, rules);
        int rightCalls = WarmUp(right, rules);
        var leftTimes = new double[rules.Blocks];
        var rightTimes = new double[rules.Blocks];
        var ratios = new double[rules.Blocks];
        long leftBytes = 0;
        long rightBytes = 0;
        for (int i = 0; i < rules.Blocks; i++)
        {
            Thread.Sleep(rules.Rest);
            (leftTimes[i], long bytes) = Time(left, leftCalls);
            leftBytes += bytes;
            Thread.Sleep(rules.Rest);
            (rightTimes[i], bytes) = Time(right, rightCalls);
            rightBytes += bytes;
            ratios[i] = rightTimes[i] / leftTimes[i];
        }

        return new Duel(
            Of(leftTimes, (double)leftBytes / rules.Blocks / leftCalls),
            Of(rightTimes, (double)rightBytes / rules.Blocks / rightCalls),
            new Quartiles(Quantile(ratios, 0.25), Quantile(ratios, 0.5), Quantile(ratios, 0.75)));
    }

    private static Measurement Of(double[] times, double bytes) => new(Quantile(times, 0.5), Quantile(times, 0.99), bytes);

    /// <summary>
    /// Gives the JIT time for its last tier: it is done when it has compiled nothing for a while, which in a process that has just compiled
    /// a model, and has thousands of methods of the compiler to do first, can take longer than the model itself needs.
    /// </summary>
    /// <returns>Calls in a block.</returns>
    public static int WarmUp(Action action, Rules rules)
    {
        int calls = 0;
        long compiled = 0;
        long start = Stopwatch.GetTimestamp();
        long unchanged = start;
        TimeSpan quiet = rules.WarmUp / 4;
        while (Stopwatch.GetElapsedTime(start) < rules.WarmUp
            || (Stopwatch.GetElapsedTime(unchanged) < quiet && Stopwatch.GetElapsedTime(start) < rules.WarmUp * MostWarmUps))
        {
            action();
            calls++;
            if (JitInfo.GetCompiledMethodCount() is var count && count != compiled)
            {
                compiled = count;
                unchanged = Stopwatch.GetTimestamp();
            }
        }

        (double microseconds, _) = Time(action, Math.Max(1, calls / 20));
        return Math.Max(1, (int)(rules.BlockMicroseconds / microseconds));
    }

    private static (double Microseconds, long AllocatedBytes) Time(Action action, int calls)
    {
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++)
        {
            action();
        }

        double microseconds = Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
        return (microseconds, GC.GetAllocatedBytesForCurrentThread() - bytes);
    }

    private static double Quantile(double[] values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted[Math.Min((int)(sorted.Length * part), sorted.Length - 1)];
    }
}
