using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Sums of many float32 numbers: one after the other up to a length, and of halves, one added to the other, beyond it. A sum to which
/// each number of an image is added by itself grows until it loses the last digits of every one of them, all in the same direction.
/// </summary>
internal static class PairwiseSum
{
    /// <summary>So many numbers are added to one sum before there is another.</summary>
    private const int Straight = 256;

    /// <summary>So many columns are added at once: what halves are added in lies on the stack.</summary>
    private const int Tile = 256;

    /// <summary>The longest row that is added without halves.</summary>
    private const int Longest = Straight * LaneSum.Width;

    /// <summary>The sum of a row.</summary>
    public static float Of(ReadOnlySpan<float> row)
    {
        if (row.Length <= Longest)
        {
            return LaneSum.Of(row);
        }

        int half = HalfOf(row);
        return Of(row[..half]) + Of(row[half..]);
    }

    /// <summary>The sum of the squares of a row.</summary>
    public static float OfSquares(ReadOnlySpan<float> row)
    {
        if (row.Length <= Longest)
        {
            var sum = default(LaneSum);
            sum.AddSquares(row);
            return sum.Total;
        }

        int half = HalfOf(row);
        return OfSquares(row[..half]) + OfSquares(row[half..]);
    }

    /// <summary>The sum of every column.</summary>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="input">The rows, each as long as the output.</param>
    /// <param name="output">The sums.</param>
    public static void OfColumns(int rows, ReadOnlySpan<float> input, Span<float> output)
    {
        ref float first = ref MemoryMarshal.GetReference(input);
        for (int column = 0; column < output.Length; column += Tile)
        {
            Span<float> tile = output.Slice(column, int.Min(Tile, output.Length - column));
            OfColumns((uint)rows, (uint)output.Length, ref Unsafe.Add(ref first, column), tile);
        }
    }

    private static int HalfOf(ReadOnlySpan<float> row) => row.Length / 2 / LaneSum.Width * LaneSum.Width;

    private static void OfColumns(nuint rows, nuint stride, ref float input, Span<float> output)
    {
        if (rows <= Straight)
        {
            var window = new PoolingWindow(rows, 1, stride, 0, (uint)output.Length, rows);
            ref float sums = ref MemoryMarshal.GetReference(output);
            if (Registers.Are512For(window.Channels))
            {
                SumWide(in window, ref input, ref sums);
            }
            else
            {
                TapFolding.Run<UpTo256, Sum>(default, in window, ref input, ref sums);
            }

            return;
        }

        nuint half = rows / 2;
        Span<float> other = stackalloc float[Tile];
        OfColumns(half, stride, ref input, output);
        OfColumns(rows - half, stride, ref Unsafe.Add(ref input, half * stride), other[..output.Length]);
        TensorPrimitives.Add(output, other[..output.Length], output);
    }

    /// <summary>By itself, as <see cref="Registers"/> says.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SumWide(in PoolingWindow window, ref float input, ref float output) =>
        TapFolding.Run<UpTo512, Sum>(default, in window, ref input, ref output);

    private readonly struct Sum : ITapFold
    {
        public float Start => 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Add<TLanes>(TLanes total, TLanes tap)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => total + tap;

        public TLanes Finish<TLanes>(TLanes total)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => total;
    }
}
