using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>A function of two elements of different types.</summary>
internal interface IMixedFunction<TLeft, TRight, TResult>
{
    static abstract TResult Invoke(TLeft left, TRight right);

    /// <summary>The function of neighbouring elements, one after the other where a function has nothing faster.</summary>
    static virtual void Row<TSelf>(ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TResult> output)
        where TSelf : IMixedFunction<TLeft, TRight, TResult> =>
        Pairing.OneByOne<TSelf, TLeft, TRight, TResult>(left, right, output, 0);
}

/// <summary>A function of two elements of one type, for kernels that are not worth lanes.</summary>
internal interface IPairFunction<T, TResult> : IMixedFunction<T, T, TResult>;

/// <summary>Applies a function of two elements of any type along a <see cref="BroadcastShape"/>, row by row.</summary>
internal static class Pairing
{
    /// <summary>So many elements at once where one element stands for a row; their copies lie on the stack.</summary>
    private const int Repeated = 1024;

    public static void Apply<TFunction, T, TResult>(
        in BroadcastShape shape, ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<TResult> output)
        where TFunction : IPairFunction<T, TResult>
        where T : unmanaged
        where TResult : unmanaged =>
        Apply<TFunction, T, T, TResult>(in shape, left, right, output);

    public static void Apply<TFunction, TLeft, TRight, TResult>(
        in BroadcastShape shape, ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TResult> output)
        where TFunction : IMixedFunction<TLeft, TRight, TResult>
        where TLeft : unmanaged
        where TRight : unmanaged
        where TResult : unmanaged
    {
        SpanGuard.AtLeast(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.AtLeast(right.Length, shape.RightLength, nameof(right));
        SpanGuard.Length(output.Length, shape.OutputLength, nameof(output));
        if (output.IsEmpty)
        {
            return;
        }

        int repeated = int.Min(shape.N3, Repeated);
        Span<TLeft> leftCopies = stackalloc TLeft[shape.Left3 == 0 ? repeated : 0];
        Span<TRight> rightCopies = stackalloc TRight[shape.Right3 == 0 ? repeated : 0];
        ref TResult o = ref MemoryMarshal.GetReference(output);
        long rounds = shape.OuterLength;
        for (long round = 0; round < rounds; round++)
        {
            (nuint leftOffset, nuint rightOffset) = shape.OuterOffset(round);
            ref TLeft leftStart = ref Unsafe.Add(ref MemoryMarshal.GetReference(left), leftOffset);
            ref TRight rightStart = ref Unsafe.Add(ref MemoryMarshal.GetReference(right), rightOffset);
            for (nuint i0 = 0; i0 < (uint)shape.N0; i0++)
            {
                for (nuint i1 = 0; i1 < (uint)shape.N1; i1++)
                {
                    for (nuint i2 = 0; i2 < (uint)shape.N2; i2++)
                    {
                        ref TLeft x = ref Unsafe.Add(
                            ref leftStart, (i0 * (uint)shape.Left0) + (i1 * (uint)shape.Left1) + (i2 * (uint)shape.Left2));
                        ref TRight y = ref Unsafe.Add(
                            ref rightStart, (i0 * (uint)shape.Right0) + (i1 * (uint)shape.Right1) + (i2 * (uint)shape.Right2));
                        if (shape.Left3 <= 1 && shape.Right3 <= 1)
                        {
                            ApplyRow<TFunction, TLeft, TRight, TResult>(ref x, ref y, leftCopies, rightCopies, ref o, shape.N3);
                        }
                        else
                        {
                            for (nuint i3 = 0; i3 < (uint)shape.N3; i3++)
                            {
                                Unsafe.Add(ref o, i3) = TFunction.Invoke(
                                    Unsafe.Add(ref x, i3 * (uint)shape.Left3), Unsafe.Add(ref y, i3 * (uint)shape.Right3));
                            }
                        }

                        o = ref Unsafe.Add(ref o, shape.N3);
                    }
                }
            }
        }
    }

    /// <summary>The elements of a row from one on, what others at once have left.</summary>
    public static void OneByOne<TFunction, TLeft, TRight, TResult>(
        ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TResult> output, int i)
        where TFunction : IMixedFunction<TLeft, TRight, TResult>
    {
        for (; i < output.Length; i++)
        {
            output[i] = TFunction.Invoke(left[i], right[i]);
        }
    }

    /// <summary>A row whose operands are neighbours in memory, or of which one element stands for all.</summary>
    private static void ApplyRow<TFunction, TLeft, TRight, TResult>(
        ref TLeft left, ref TRight right, Span<TLeft> leftCopies, Span<TRight> rightCopies, ref TResult output, int length)
        where TFunction : IMixedFunction<TLeft, TRight, TResult>
        where TLeft : unmanaged
        where TRight : unmanaged
        where TResult : unmanaged
    {
        int atOnce = leftCopies.IsEmpty && rightCopies.IsEmpty ? length : Repeated;
        leftCopies.Fill(left);
        rightCopies.Fill(right);
        for (int i = 0; i < length; i += atOnce)
        {
            int count = int.Min(length - i, atOnce);
            TFunction.Row<TFunction>(
                leftCopies.IsEmpty ? MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref left, i), count) : leftCopies[..count],
                rightCopies.IsEmpty ? MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref right, i), count) : rightCopies[..count],
                MemoryMarshal.CreateSpan(ref Unsafe.Add(ref output, i), count));
        }
    }
}
