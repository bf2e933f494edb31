namespace ModelBuild.Compiler.Graphs;

/// <summary>
/// Has large arrays collected soon after they were let go. Left to itself the collector waits until garbage is about as much as what is in
/// use, and a model's weights would be in memory twice for each time that they are in use once.
/// </summary>
internal static class LargeGarbage
{
    /// <summary>Collections of few large arrays take milliseconds.</summary>
    private const long Limit = 16 << 20;

    private static long s_bytes;

    /// <summary>
    /// Says that arrays of so many bytes are no longer used. Compiles at once share the count: it decides when, and nothing else.
    /// </summary>
    public static void Add(long bytes)
    {
        if (Interlocked.Add(ref s_bytes, bytes) >= Limit)
        {
            Interlocked.Exchange(ref s_bytes, 0);
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        }
    }
}
