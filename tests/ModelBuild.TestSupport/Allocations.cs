namespace ModelBuild.TestSupport;

/// <summary>Counts what a call allocates on the managed heap.</summary>
internal static class Allocations
{
    private const int Attempts = 10;

    /// <summary>
    /// Bytes that a warm call allocates on this thread. A collection that another thread starts retires this thread's allocation context,
    /// and what was left of it then counts as allocated; so the smallest of several attempts is the truth: what the call itself allocates
    /// is in all of them.
    /// </summary>
    public static long Of(Action call)
    {
        call();
        long least = long.MaxValue;
        for (int i = 0; i < Attempts && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            call();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
