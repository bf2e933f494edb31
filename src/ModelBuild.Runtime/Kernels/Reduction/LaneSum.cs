using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The sum of a row of float32 numbers in one order for every processor: element i goes to lane i mod 16, and in the end the lanes are
/// added by halves (0 + 8, 1 + 9, … then 0 + 4, …). A row may come in pieces, all but the last of a multiple of 16 elements.
/// </summary>
internal struct LaneSum
{
    /// <summary>How many partial sums there are.</summary>
    public const int Width = 16;

    private Lanes _lanes;

    /// <summary>The sum of what has been added.</summary>
    public readonly float Total
    {
        get
        {
            Lanes lanes = _lanes;
            if (Vector256.IsHardwareAccelerated)
            {
                // The same sums in registers: a softmax over short rows waits for them.
                ref float first = ref lanes[0];
                Vector256<float> eight = Vector256.LoadUnsafe(ref first) + Vector256.LoadUnsafe(ref first, Width / 2);
                Vector128<float> four = eight.GetLower() + eight.GetUpper();
                Vector64<float> two = four.GetLower() + four.GetUpper();
                return two[0] + two[1];
            }

            for (int half = Width / 2; half > 0; half /= 2)
            {
                for (int lane = 0; lane < half; lane++)
                {
                    lanes[lane] += lanes[lane + half];
                }
            }

            return lanes[0];
        }
    }

    /// <summary>The sum of one row.</summary>
    public static float Of(ReadOnlySpan<float> values)
    {
        var sum = default(LaneSum);
        sum.Add(values);
        return sum.Total;
    }

    public void Add(ReadOnlySpan<float> values)
    {
        ref float lanes = ref _lanes[0];
        ref float first = ref MemoryMarshal.GetReference(values);
        nuint whole = (uint)values.Length / Width * Width;
        if (Vector512.IsHardwareAccelerated)
        {
            AddRows<Float32x16>(ref lanes, ref first, whole);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AddRows<Float32x8>(ref lanes, ref first, whole);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            AddRows<Float32x4>(ref lanes, ref first, whole);
        }
        else
        {
            AddRows<Float32x1>(ref lanes, ref first, whole);
        }

        for (nuint i = whole; i < (uint)values.Length; i++)
        {
            Unsafe.Add(ref lanes, i - whole) += Unsafe.Add(ref first, i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddRows<TLanes>(ref float lanes, ref float values, nuint length)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (nuint lane = 0; lane < Width; lane += TLanes.Count)
        {
            TLanes sum = TLanes.Load(ref lanes, lane);
            for (nuint i = lane; i < length; i += Width)
            {
                sum += TLanes.Load(ref values, i);
            }

            sum.Store(ref lanes, lane);
        }
    }

    [InlineArray(Width)]
    private struct Lanes
    {
        private float _first;
    }
}
