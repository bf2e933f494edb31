using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The loop of two operands of which one is a single row for all rows of the other, as a number for each channel is for all pixels. It
/// goes down the columns, so that what is loaded of the single row, and computed of it alone, stays in registers.
/// </summary>
internal static partial class Elementwise
{
    /// <summary>Rows of so many bytes together stay in the first-level cache while their columns are walked.</summary>
    private const nuint RowsInCache = 1 << 14;

    /// <summary><c>output[r, i] = operation(left[r, i], right[i])</c>, or <c>operation(left[i], right[r, i])</c>.</summary>
    /// <remarks>The caller has checked the lengths.</remarks>
    public static void ApplyToRows<TOperator, TLeft, TRight, TOutput>(
        TOperator operation, ref TLeft left, ref TRight right, bool isRightRepeated, ref TOutput output, nuint rows, nuint length)
        where TOperator : struct, IBinaryOperator
    {
        nuint rowBytes = length * (nuint)Unsafe.SizeOf<TOutput>();
        nuint block = rowBytes == 0 ? rows : nuint.Max(1, RowsInCache / rowBytes);
        for (nuint row = 0; row < rows; row += block)
        {
            nuint first = row * length;
            ApplyToBlock(
                operation,
                ref Unsafe.Add(ref left, isRightRepeated ? first : 0),
                ref Unsafe.Add(ref right, isRightRepeated ? 0 : first),
                isRightRepeated,
                ref Unsafe.Add(ref output, first),
                nuint.Min(block, rows - row),
                length);
        }
    }

    private static void ApplyToBlock<TOperator, TLeft, TRight, TOutput>(
        TOperator operation, ref TLeft left, ref TRight right, bool isRightRepeated, ref TOutput output, nuint rows, nuint length)
        where TOperator : struct, IBinaryOperator
    {
        nuint i = 0;
        if (Registers.Are512For(length))
        {
            i = Columns<TOperator, TLeft, TRight, TOutput, Float32x16>(
                operation, ref left, ref right, isRightRepeated, ref output, rows, i, length);
        }

        if (Vector256.IsHardwareAccelerated && length - i >= Float32x8.Count)
        {
            i = Columns<TOperator, TLeft, TRight, TOutput, Float32x8>(
                operation, ref left, ref right, isRightRepeated, ref output, rows, i, length);
        }

        if (Vector128.IsHardwareAccelerated && length - i >= Float32x4.Count)
        {
            i = Columns<TOperator, TLeft, TRight, TOutput, Float32x4>(
                operation, ref left, ref right, isRightRepeated, ref output, rows, i, length);
        }

        if (i < length)
        {
            Columns<TOperator, TLeft, TRight, TOutput, Float32x1>(
                operation, ref left, ref right, isRightRepeated, ref output, rows, i, length);
        }
    }

    /// <summary>The columns from <paramref name="i"/> on at one width; returns where fewer than that are left.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nuint Columns<TOperator, TLeft, TRight, TOutput, TLanes>(
        TOperator operation, ref TLeft left, ref TRight right, bool isRightRepeated, ref TOutput output, nuint rows, nuint i, nuint length)
        where TOperator : struct, IBinaryOperator
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        nuint elements = rows * length;
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            if (isRightRepeated)
            {
                TLanes y = TLanes.Load(ref right, i);
                for (nuint at = i; at < elements; at += length)
                {
                    operation.Invoke(TLanes.Load(ref left, at), y).Store(ref output, at);
                }
            }
            else
            {
                TLanes x = TLanes.Load(ref left, i);
                for (nuint at = i; at < elements; at += length)
                {
                    operation.Invoke(x, TLanes.Load(ref right, at)).Store(ref output, at);
                }
            }
        }

        return i;
    }
}
