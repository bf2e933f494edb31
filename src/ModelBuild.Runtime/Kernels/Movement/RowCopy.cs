using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Copies short rows of bytes, which lie in strides of their own, without a call for each. <c>DataMovementTests</c> and the tests with
/// guarded memory hold it to an element by element copy.
/// </summary>
internal static class RowCopy
{
    /// <summary>Bytes of a row from which a call for each costs nothing beside it.</summary>
    private const nint LeastLongRow = 1024;

    /// <summary>Whether rows of a length, in bytes, are worth copying here.</summary>
    public static bool Suits(long length) =>
        Vector128.IsHardwareAccelerated && length >= Vector128<byte>.Count && length < LeastLongRow;

    /// <param name="input">The first byte of the first row.</param>
    /// <param name="inputStride">From row to row, in bytes, possibly negative or zero.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="outputStride">The same there.</param>
    /// <param name="rows">How many.</param>
    /// <param name="length">Bytes of a row, which suit it.</param>
    public static void Run(ref byte input, nint inputStride, ref byte output, nint outputStride, nint rows, nint length)
    {
        if (Vector256.IsHardwareAccelerated && length >= Vector256<byte>.Count)
        {
            for (nint row = 0; row < rows; row++)
            {
                CopyBy32(ref Unsafe.Add(ref input, row * inputStride), ref Unsafe.Add(ref output, row * outputStride), (nuint)length);
            }
        }
        else
        {
            for (nint row = 0; row < rows; row++)
            {
                CopyBy16(ref Unsafe.Add(ref input, row * inputStride), ref Unsafe.Add(ref output, row * outputStride), (nuint)length);
            }
        }
    }

    /// <summary>The last register overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyBy32(ref byte input, ref byte output, nuint length)
    {
        nuint last = length - (nuint)Vector256<byte>.Count;
        for (nuint i = 0; i < last; i += (nuint)Vector256<byte>.Count)
        {
            Vector256.LoadUnsafe(ref input, i).StoreUnsafe(ref output, i);
        }

        Vector256.LoadUnsafe(ref input, last).StoreUnsafe(ref output, last);
    }

    /// <inheritdoc cref="CopyBy32"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void CopyBy16(ref byte input, ref byte output, nuint length)
    {
        nuint last = length - (nuint)Vector128<byte>.Count;
        for (nuint i = 0; i < last; i += (nuint)Vector128<byte>.Count)
        {
            Vector128.LoadUnsafe(ref input, i).StoreUnsafe(ref output, i);
        }

        Vector128.LoadUnsafe(ref input, last).StoreUnsafe(ref output, last);
    }
}
