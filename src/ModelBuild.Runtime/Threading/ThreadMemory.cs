using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>
/// Memory for what a unit of shared work keeps to itself. Each thread has one piece, as large as the largest that it was asked for.
/// </summary>
internal static class ThreadMemory
{
    [ThreadStatic]
    private static Arena? t_memory;

    /// <summary>The memory of this thread. What is in it does not matter, and the next call may give it to somebody else.</summary>
    /// <param name="bytes">How much is needed.</param>
    public static Span<byte> OfAtLeast(int bytes)
    {
        if (t_memory is null || t_memory.Length < bytes)
        {
            t_memory = new Arena(bytes);
        }

        return MemoryMarshal.CreateSpan(ref t_memory.First, bytes);
    }
}
