using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

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
    public float Total
    {
        get
        {
            ref float first = ref First;
            if (Vector256.IsHardwareAccelerated)
            {
                // The same sums in registers: a softmax over short rows waits for them.
                Vector256<float> eight = Vector256.LoadUnsafe(ref first) + Vector256.LoadUnsafe(ref first, Width / 2);
                Vector128<float> four = eight.GetLower() + eight.GetUpper();
                return four.GetElement(0) + four.GetElement(2) + (four.GetElement(1) + four.GetElement(3));
            }

            Lanes lanes = _lanes;
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

    [UnscopedRef]
    private ref float First => ref Unsafe.As<Lanes, float>(ref _lanes);

    /// <summary>The sum of one row.</summary>
    public static float Of(ReadOnlySpan<float> values)
    {
        var sum = default(LaneSum);
        sum.Add(values);
        return sum.Total;
    }

    /// <summary>Adds numbers.</summary>
    public void Add(ReadOnlySpan<float> values)
    {
        ref float lanes = ref First;
        ref float first = ref MemoryMarshal.GetReference(values);
        nuint whole = (uint)values.Length / Width * Width;
        if (Registers.Are512For(whole))
        {
            AddRowsWide(ref lanes, ref first, whole);
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

        AddRest(ref lanes, values[(int)whole..]);
    }

    /// <summary>Adds the squares of numbers, each rounded by itself.</summary>
    public void AddSquares(ReadOnlySpan<float> values)
    {
        ref float lanes = ref First;
        ref float first = ref MemoryMarshal.GetReference(values);
        nuint whole = (uint)values.Length / Width * Width;
        if (Registers.Are512For(whole))
        {
            AddSquares<Float32x16>(ref lanes, ref first, whole);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AddSquares<Float32x8>(ref lanes, ref first, whole);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            AddSquares<Float32x4>(ref lanes, ref first, whole);
        }
        else
        {
            AddSquares<Float32x1>(ref lanes, ref first, whole);
        }

        AddSquares<Float32x1>(ref lanes, ref Unsafe.Add(ref first, whole), (uint)values.Length - whole);
    }

    /// <summary>Writes <c>operation(input[i])</c> and adds it, in one pass.</summary>
    /// <param name="operation">The function.</param>
    /// <param name="input">Its arguments.</param>
    /// <param name="output">Its results, as many; may be the memory of the input.</param>
    public void Add<TOperator, T>(TOperator operation, ReadOnlySpan<T> input, Span<float> output)
        where TOperator : struct, IUnaryOperator
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        ref float lanes = ref First;
        ref T x = ref MemoryMarshal.GetReference(input);
        ref float y = ref MemoryMarshal.GetReference(output);
        nuint whole = (uint)input.Length / Width * Width;
        if (Registers.Are512For(whole))
        {
            AddRows<TOperator, T, Float32x16>(operation, ref lanes, ref x, ref y, whole);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            AddRows<TOperator, T, Float32x8>(operation, ref lanes, ref x, ref y, whole);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            AddRows<TOperator, T, Float32x4>(operation, ref lanes, ref x, ref y, whole);
        }
        else
        {
            AddRows<TOperator, T, Float32x1>(operation, ref lanes, ref x, ref y, whole);
        }

        if (whole < (uint)input.Length)
        {
            Elementwise.Apply(operation, input[(int)whole..], output[(int)whole..]);
            AddRest(ref lanes, output[(int)whole..]);
        }
    }

    /// <summary>By itself, as <see cref="Registers"/> says.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddRowsWide(ref float lanes, ref float values, nuint length) =>
        AddRows<Float32x16>(ref lanes, ref values, length);

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

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void AddSquares<TLanes>(ref float lanes, ref float values, nuint length)
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (nuint lane = 0; lane < Width && lane < length; lane += TLanes.Count)
        {
            TLanes sum = TLanes.Load(ref lanes, lane);
            for (nuint i = lane; i < length; i += Width)
            {
                TLanes value = TLanes.Load(ref values, i);
                sum += value * value;
            }

            sum.Store(ref lanes, lane);
        }
    }

    /// <remarks>A method of its own for every width, as <see cref="Elementwise"/> has them.</remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void AddRows<TOperator, T, TLanes>(TOperator operation, ref float lanes, ref T x, ref float y, nuint length)
        where TOperator : struct, IUnaryOperator
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (nuint lane = 0; lane < Width; lane += TLanes.Count)
        {
            TLanes sum = TLanes.Load(ref lanes, lane);
            for (nuint i = lane; i < length; i += Width)
            {
                TLanes value = operation.Invoke(TLanes.Load(ref x, i));
                value.Store(ref y, i);
                sum += value;
            }

            sum.Store(ref lanes, lane);
        }
    }

    private static void AddRest(ref float lanes, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            Unsafe.Add(ref lanes, i) += values[i];
        }
    }

    [InlineArray(Width)]
    private struct Lanes
    {
        private float _first;
    }
}
