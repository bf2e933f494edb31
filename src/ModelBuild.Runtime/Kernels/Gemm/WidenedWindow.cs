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
    private static WidenedWindow? s_ofThread;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc(Planes * PlaneStep, Alignment);

    ~WidenedWindow() => NativeMemory.AlignedFree(_memory);

    /// <summary>Widens what some pixels read.</summary>
    /// <param name="pixels">Where they begin, in the order of their places: they become places in the first or in the second plane.</param>
    /// <param name="count">How many.</param>
    /// <param name="reach">Bytes that the last one reads.</param>
    public static void Widen(byte** pixels, int count, nint reach)
    {
        byte* first = pixels[0];
        nint length = (nint)(pixels[count - 1] - first) + reach;
        byte* even = (s_ofThread ??= new WidenedWindow())._memory;
        byte* odd = even + PlaneStep;
        Split(first, length, (ushort*)even, (ushort*)odd);

        bool hasOdd = false;
        for (int i = 0; i < count; i++)
        {
            nint offset = (nint)(pixels[i] - first);
            nint parity = offset & 1;
            hasOdd |= parity != 0;
            pixels[i] = (parity != 0 ? odd : even) + offset - parity;
        }

        if (hasOdd)
        {
            new ReadOnlySpan<byte>(even + sizeof(ushort), (int)length).CopyTo(new Span<byte>(odd + PlaneStep, (int)length));
        }
    }

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
