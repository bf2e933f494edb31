using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using ModelBuild.Runtime.Cpu;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The two loops of every elementwise kernel: one operand and two. Each walks down the widths that the processor has, 16, 8, 4 and
/// 1 lanes, the narrower ones finishing what the wider ones leave; an element is read and written exactly once, which makes in-place
/// use safe, and every width computes the same bits, so that neither processor nor position shows in a result.
/// </summary>
internal static partial class Elementwise
{
    /// <summary><c>output[i] = operation(input[i])</c>.</summary>
    public static void Apply<TOperator, TInput, TOutput>(TOperator operation, ReadOnlySpan<TInput> input, Span<TOutput> output)
        where TOperator : struct, IUnaryOperator
    {
        SpanGuard.Length(output.Length, input.Length, nameof(output));
        ref TInput x = ref MemoryMarshal.GetReference(input);
        ref TOutput y = ref MemoryMarshal.GetReference(output);
        nuint length = (uint)input.Length;
        nuint i = 0;
        if (Registers.Are512For(length))
        {
            i = Loop<TOperator, TInput, TOutput, Float32x16>(operation, ref x, ref y, i, length);
        }

        if (Vector256.IsHardwareAccelerated && length - i >= Float32x8.Count)
        {
            i = Loop<TOperator, TInput, TOutput, Float32x8>(operation, ref x, ref y, i, length);
        }

        if (Vector128.IsHardwareAccelerated && length - i >= Float32x4.Count)
        {
            i = Loop<TOperator, TInput, TOutput, Float32x4>(operation, ref x, ref y, i, length);
        }

        if (i < length)
        {
            Loop<TOperator, TInput, TOutput, Float32x1>(operation, ref x, ref y, i, length);
        }
    }

    /// <summary>
    /// <c>output[i] = operation(left[i], right[i])</c> for <paramref name="length"/> elements; an operand that is not contiguous is
    /// one element that stands for all, which at most one of the two is. The caller has checked the lengths.
    /// </summary>
    public static void Apply<TOperator, TLeft, TRight, TOutput>(
        TOperator operation, Operand<TLeft> left, Operand<TRight> right, ref TOutput output, nuint length)
        where TOperator : struct, IBinaryOperator
    {
        nuint i = 0;
        if (Registers.Are512For(length))
        {
            i = Loop<TOperator, TLeft, TRight, TOutput, Float32x16>(operation, left, right, ref output, i, length);
        }

        if (Vector256.IsHardwareAccelerated && length - i >= Float32x8.Count)
        {
            i = Loop<TOperator, TLeft, TRight, TOutput, Float32x8>(operation, left, right, ref output, i, length);
        }

        if (Vector128.IsHardwareAccelerated && length - i >= Float32x4.Count)
        {
            i = Loop<TOperator, TLeft, TRight, TOutput, Float32x4>(operation, left, right, ref output, i, length);
        }

        if (i < length)
        {
            Loop<TOperator, TLeft, TRight, TOutput, Float32x1>(operation, left, right, ref output, i, length);
        }
    }

    /// <summary>The elements from <paramref name="i"/> on at one width; returns where fewer than a row are left.</summary>
    /// <remarks>
    /// A method of its own for every width: the compiler inlines only so many calls into one method, and a kernel like tanh at four
    /// widths is beyond that.
    /// </remarks>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static nuint Loop<TOperator, TInput, TOutput, TLanes>(
        TOperator operation, ref TInput input, ref TOutput output, nuint i, nuint length)
        where TOperator : struct, IUnaryOperator
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            operation.Invoke(TLanes.Load(ref input, i)).Store(ref output, i);
        }

        return i;
    }

    /// <inheritdoc cref="Loop{TOperator, TInput, TOutput, TLanes}(TOperator, ref TInput, ref TOutput, nuint, nuint)"/>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static nuint Loop<TOperator, TLeft, TRight, TOutput, TLanes>(
        TOperator operation, Operand<TLeft> left, Operand<TRight> right, ref TOutput output, nuint i, nuint length)
        where TOperator : struct, IBinaryOperator
        where TLanes : unmanaged, IFloat32Lanes<TLanes>
    {
        if (left.IsContiguous && right.IsContiguous)
        {
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                operation.Invoke(TLanes.Load(ref left.First, i), TLanes.Load(ref right.First, i)).Store(ref output, i);
            }
        }
        else if (left.IsContiguous)
        {
            TLanes scalar = TLanes.Broadcast(right.Scalar);
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                operation.Invoke(TLanes.Load(ref left.First, i), scalar).Store(ref output, i);
            }
        }
        else
        {
            TLanes scalar = TLanes.Broadcast(left.Scalar);
            for (; i + TLanes.Count <= length; i += TLanes.Count)
            {
                operation.Invoke(scalar, TLanes.Load(ref right.First, i)).Store(ref output, i);
            }
        }

        return i;
    }
}
