using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The same picks from many rows, where neighbours come from near places, as in resizing by the nearest element: eight results are a
/// permutation of eight elements.
/// </summary>
/// <remarks>IndexedMovementTests holds it to picks one by one.</remarks>
internal static class RowPicking
{
    private const int Lanes = 8;

    /// <summary>What is known of a row's blocks lies on the stack.</summary>
    private const int MostBlocks = 64;

    /// <summary>Rows from which on it pays to look at the indices first.</summary>
    private const int FewestRows = 4;

    /// <param name="rows">How many there are.</param>
    /// <param name="length">Elements of a row.</param>
    /// <param name="indices">Places in a row, all inside it.</param>
    /// <param name="input"><c>[rows, length]</c>.</param>
    /// <param name="output"><c>[rows, indices]</c>.</param>
    /// <returns>False where nothing has been done: the processor has no permutation, or places lie too far apart.</returns>
    [SkipLocalsInit]
    public static bool TryPick<TIndex>(int rows, int length, ReadOnlySpan<TIndex> indices, ReadOnlySpan<int> input, Span<int> output)
        where TIndex : unmanaged, IBinaryInteger<TIndex>
    {
        int blocks = (indices.Length + Lanes - 1) / Lanes;
        if (!Avx2.IsSupported || rows < FewestRows || length < Lanes || indices.Length < Lanes || blocks > MostBlocks)
        {
            return false;
        }

        Span<int> firsts = stackalloc int[MostBlocks];
        Span<int> places = stackalloc int[MostBlocks * Lanes];
        for (int block = 0; block < blocks; block++)
        {
            ReadOnlySpan<TIndex> picks = indices.Slice(Start(block, indices.Length), Lanes);
            int lowest = int.MaxValue;
            int highest = 0;
            foreach (TIndex pick in picks)
            {
                lowest = int.Min(lowest, int.CreateTruncating(pick));
                highest = int.Max(highest, int.CreateTruncating(pick));
            }

            int first = int.Min(lowest, length - Lanes);
            if (highest - first >= Lanes)
            {
                return false;
            }

            firsts[block] = first;
            for (int lane = 0; lane < Lanes; lane++)
            {
                places[(block * Lanes) + lane] = int.CreateTruncating(picks[lane]) - first;
            }
        }

        ref int source = ref MemoryMarshal.GetReference(input);
        ref int target = ref MemoryMarshal.GetReference(output);
        ref int permutations = ref MemoryMarshal.GetReference(places);
        for (int row = 0; row < rows; row++)
        {
            for (int block = 0; block < blocks; block++)
            {
                Vector256<int> elements = Vector256.LoadUnsafe(ref source, (nuint)(((nint)row * length) + firsts[block]));
                Avx2.PermuteVar8x32(elements, Vector256.LoadUnsafe(ref permutations, (nuint)(block * Lanes)))
                    .StoreUnsafe(ref target, (nuint)(((nint)row * indices.Length) + Start(block, indices.Length)));
            }
        }

        return true;
    }

    /// <summary>The last block begins earlier where it would not be whole, and writes some elements once more.</summary>
    private static int Start(int block, int count) => int.Min(block * Lanes, count - Lanes);
}
