using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime;

/// <summary>
/// The caller's spans, chained one to the other, so that any number of them can be held in place while another engine reads and writes
/// them. Only a method can pin a span, one for each; user projects, which need not allow unsafe code, therefore do it here.
/// </summary>
/// <remarks>For generated code. Every link is a local of the method that pins the chain.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public unsafe ref struct PortMemory
{
    private readonly ref byte _first;

    // The link before, which is a local of the same method and so does not move.
    private readonly void* _previous;
    private readonly int _index;

    private PortMemory(ref byte first, void* previous, int index)
    {
        _first = ref first;
        _previous = previous;
        _index = index;
    }

    /// <summary>Adds a port behind others.</summary>
    /// <typeparam name="T">The type of its elements.</typeparam>
    /// <param name="previous">The link before: a local of the same method; of the first port a default value.</param>
    /// <param name="memory">Its memory.</param>
    /// <returns>The chain up to this port.</returns>
    public static PortMemory After<T>(scoped ref PortMemory previous, ReadOnlySpan<T> memory) =>
        new(ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(memory)), Unsafe.AsPointer(ref previous), previous._index + 1);

    /// <summary>Does something while no port can move.</summary>
    /// <param name="action">Gets the address of each port, in the order in which they were chained.</param>
    public readonly void Pin(Action<nint[]> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        Pin(in this, new nint[_index], action);
    }

    private static void Pin(in PortMemory link, nint[] addresses, Action<nint[]> action)
    {
        if (link._index == 0)
        {
            action(addresses);
            return;
        }

        fixed (byte* address = &link._first)
        {
            addresses[link._index - 1] = (nint)address;
            Pin(in Unsafe.AsRef<PortMemory>(link._previous), addresses, action);
        }
    }
}
