namespace ModelBuild.Runtime;

/// <summary>
/// Memory for what a unit of shared work keeps to itself. Each thread has one piece, as large as the largest that it was asked for.
/// </summary>
internal static class ThreadMemory
{
    private const int Alignment = 64;

    [ThreadStatic]
    private static byte[]? t_memory;

    /// <summary>The memory of this thread. What is in it does not matter, and the next call may give it to somebody else.</summary>
    /// <param name="bytes">How much is needed.</param>
    public static unsafe Span<byte> OfAtLeast(int bytes)
    {
        if (t_memory is null || t_memory.Length < bytes + Alignment)
        {
            t_memory = GC.AllocateUninitializedArray<byte>(checked(bytes + Alignment), pinned: true);
        }

        fixed (byte* start = t_memory)
        {
            return t_memory.AsSpan((int)(-(nint)start & (Alignment - 1)), bytes);
        }
    }
}
