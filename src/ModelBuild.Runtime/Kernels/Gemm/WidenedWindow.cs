using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The bytes that a strip of pixels reads, as words of 16 bits: the even ones in one plane, the odd ones in another, each where it was, so
/// that a dword of a plane has every second byte of the quad that begins there.
/// </summary>
/// <remarks>
/// A quad that begins at an odd byte has its first byte in the second plane, and its second one in a third plane, which is the first one
/// moved: so it is read as the others are, in two neighbouring planes. Every step within the receptive field has to be even. The memory
/// is the thread's, for strips that read up to <see cref="MaximumBytes"/>; what is not touched takes no room.
/// </remarks>
internal sealed unsafe class WidenedWindow
{
    /// <summary>Two planes of the largest window fit a second-level cache of 256 KB.</summary>
    public const int MaximumBytes = 96 * 1024;

    /// <summary>From a byte's word in a plane to the same place in the next, which is in another set of the first-level cache.</summary>
    public const int PlaneStep = MaximumBytes + 2048 + Alignment;

    private const int Planes = 3;
    private const int Alignment = 64;

    [ThreadStatic]
    private static WidenedWindow? t_ofThread;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc(Planes * PlaneStep, Alignment);

    ~WidenedWindow() => NativeMemory.AlignedFree(_memory);

    /// <summary>Widens some bytes.</summary>
    /// <param name="source">The first one.</param>
    /// <param name="length">How many.</param>
    /// <param name="hasOdd">Whether some pixels begin at an odd byte.</param>
    /// <returns>The place of the first one in the first plane.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Widen(byte* source, nint length, bool hasOdd)
    {
        byte* even = (t_ofThread ??= new WidenedWindow())._memory;
        byte* odd = even + PlaneStep;
        Split(source, length, (ushort*)even, (ushort*)odd);
        if (hasOdd)
        {
            new ReadOnlySpan<byte>(even + sizeof(ushort), (int)length).CopyTo(new Span<byte>(odd + PlaneStep, (int)length));
        }

        return even;
    }

    /// <summary>Has pixels that begin at an odd byte begin in the second plane.</summary>
    /// <param name="pixels">Places in the first plane.</param>
    /// <param name="count">How many.</param>
    public static void MoveOdd(byte** pixels, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (((nint)pixels[i] & 1) != 0)
            {
                pixels[i] += PlaneStep - 1;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(byte* source, nint length, ushort* even, ushort* odd)
    {
        Vector256<ushort> lowBytes = Vector256.Create((ushort)0x00FF);
        nint pairs = length / 2;
        nint i = 0;
        for (; i <= pairs - Vector256<ushort>.Count; i += Vector256<ushort>.Count)
        {
            Vector256<ushort> both = Vector256.LoadUnsafe(ref ((ushort*)source)[i]);
            (both & lowBytes).StoreUnsafe(ref even[i]);
            (both >>> 8).StoreUnsafe(ref odd[i]);
        }

        for (; i < pairs; i++)
        {
            even[i] = source[2 * i];
            odd[i] = source[(2 * i) + 1];
        }

        // What is read behind the last byte is multiplied by zero.
        even[pairs] = length % 2 != 0 ? source[length - 1] : (ushort)0;
        odd[pairs] = 0;
    }
}
