using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Walks the rows of a <see cref="BroadcastShape"/> and hands each to the loop of <see cref="Elementwise"/>.</summary>
internal static class Broadcasting
{
    public static void Apply<TOperator, TElement>(
        TOperator operation, ReadOnlySpan<TElement> left, ReadOnlySpan<TElement> right, Span<TElement> output)
        where TOperator : struct, IBinaryOperator
    {
        SpanGuard.Length(right.Length, left.Length, nameof(right));
        SpanGuard.Length(output.Length, left.Length, nameof(output));
        Elementwise.Apply(
            operation,
            new Operand<TElement>(ref MemoryMarshal.GetReference(left), isContiguous: true),
            new Operand<TElement>(ref MemoryMarshal.GetReference(right), isContiguous: true),
            ref MemoryMarshal.GetReference(output),
            (uint)left.Length);
    }

    public static void Apply<TOperator, TLeft, TRight, TOutput>(
        TOperator operation, in BroadcastShape shape, ReadOnlySpan<TLeft> left, ReadOnlySpan<TRight> right, Span<TOutput> output)
        where TOperator : struct, IBinaryOperator
    {
        SpanGuard.AtLeast(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.AtLeast(right.Length, shape.RightLength, nameof(right));
        SpanGuard.Length(output.Length, shape.OutputLength, nameof(output));
        if (output.IsEmpty)
        {
            return;
        }

        ref TOutput o = ref MemoryMarshal.GetReference(output);
        long rounds = shape.OuterLength;
        for (long round = 0; round < rounds; round++)
        {
            (nuint leftOffset, nuint rightOffset) = shape.OuterOffset(round);
            o = ref ApplyInner(
                operation,
                in shape,
                ref Unsafe.Add(ref MemoryMarshal.GetReference(left), leftOffset),
                ref Unsafe.Add(ref MemoryMarshal.GetReference(right), rightOffset),
                ref o);
        }
    }

    /// <summary>The four inner loops; returns the element behind the last one written.</summary>
    private static ref TOutput ApplyInner<TOperator, TLeft, TRight, TOutput>(
        TOperator operation, scoped in BroadcastShape shape, scoped ref TLeft left, scoped ref TRight right, ref TOutput output)
        where TOperator : struct, IBinaryOperator
    {
        ref TOutput o = ref output;
        bool inRows = shape.Left3 <= 1 && shape.Right3 <= 1 && (shape.Left3 | shape.Right3) != 0;
        bool isRightRepeated = shape.Right2 == 0 && shape.Left2 == shape.N3;
        bool isRepeated = shape.N2 > 1 && shape.Left3 == 1 && shape.Right3 == 1
            && (isRightRepeated || (shape.Left2 == 0 && shape.Right2 == shape.N3));
        for (nuint i0 = 0; i0 < (uint)shape.N0; i0++)
        {
            for (nuint i1 = 0; i1 < (uint)shape.N1; i1++)
            {
                if (isRepeated)
                {
                    Elementwise.ApplyToRows(
                        operation,
                        ref Unsafe.Add(ref left, (i0 * (uint)shape.Left0) + (i1 * (uint)shape.Left1)),
                        ref Unsafe.Add(ref right, (i0 * (uint)shape.Right0) + (i1 * (uint)shape.Right1)),
                        isRightRepeated,
                        ref o,
                        (uint)shape.N2,
                        (uint)shape.N3);
                    o = ref Unsafe.Add(ref o, (nint)shape.N2 * shape.N3);
                    continue;
                }

                for (nuint i2 = 0; i2 < (uint)shape.N2; i2++)
                {
                    ref TLeft leftRow = ref Unsafe.Add(
                        ref left, (i0 * (uint)shape.Left0) + (i1 * (uint)shape.Left1) + (i2 * (uint)shape.Left2));
                    ref TRight rightRow = ref Unsafe.Add(
                        ref right, (i0 * (uint)shape.Right0) + (i1 * (uint)shape.Right1) + (i2 * (uint)shape.Right2));
                    if (inRows)
                    {
                        Elementwise.Apply(
                            operation,
                            new Operand<TLeft>(ref leftRow, shape.Left3 == 1),
                            new Operand<TRight>(ref rightRow, shape.Right3 == 1),
                            ref o,
                            (uint)shape.N3);
                    }
                    else
                    {
                        ApplyWithStrides(operation, in shape, ref leftRow, ref rightRow, ref o);
                    }

                    o = ref Unsafe.Add(ref o, shape.N3);
                }
            }
        }

        return ref o;
    }

    /// <summary>A row whose neighbours are not neighbours in memory.</summary>
    private static void ApplyWithStrides<TOperator, TLeft, TRight, TOutput>(
        TOperator operation, in BroadcastShape shape, ref TLeft left, ref TRight right, ref TOutput output)
        where TOperator : struct, IBinaryOperator
    {
        for (nuint i = 0; i < (uint)shape.N3; i++)
        {
            Float32x1 x = Float32x1.Load(ref left, i * (uint)shape.Left3);
            Float32x1 y = Float32x1.Load(ref right, i * (uint)shape.Right3);
            operation.Invoke(x, y).Store(ref output, i);
        }
    }
}
