using System.ComponentModel;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Products of matrices of 8-bit codes that are both known only at run time, such as those of attention.</summary>
/// <remarks>
/// The right matrix is packed at run time and multiplied by the kernels for constant weights; what zero points add is known for each column
/// when it is packed and for each row when it is read. Sums are exact, so that results are the same on every processor. All methods are
/// thread-safe and allocate nothing. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class QuantizedMatrixProduct
{
    /// <summary>The most products in a sum whatever the codes: 2³¹ over 255².</summary>
    public const int MaximumInner = 33_025;

    /// <summary>Rows whose sums are in work at once: a multiple of what every micro-kernel takes.</summary>
    private const int Block = 48;

    /// <summary>Products that are worth a thread of their own: about five microseconds on the fastest processors.</summary>
    private const long UnitProducts = 1_048_576;

    /// <summary>Weights of the kernels are signed: code − 128.</summary>
    private const int SignOffset = 128;

    /// <summary>
    /// With the integer <c>p = Σ (left[r, i] - leftZeroPoint) · (right[i, c] - rightZeroPoint)</c>:
    /// <c>output[r, c] = clamp(round((float)p · multiplier) + zeroPoint, minimum, maximum)</c>, halves to the even integer.
    /// </summary>
    /// <param name="shape">The sizes of one product; <see cref="GemmShape.Inner"/> is at most <see cref="MaximumInner"/>.</param>
    /// <param name="matrices">How the leading dimensions of the operands meet; its strides count matrices.</param>
    /// <param name="left">Matrices of <c>[rows, inner]</c>.</param>
    /// <param name="leftZeroPoint">Their zero point, 0 to 255.</param>
    /// <param name="right">Matrices of <c>[inner, columns]</c>.</param>
    /// <param name="rightZeroPoint">Their zero point, 0 to 255.</param>
    /// <param name="multiplier">The product of the operands' scales over the scale of the output.</param>
    /// <param name="zeroPoint">The zero point of the output, 0 to 255.</param>
    /// <param name="minimum">The smallest code of the output, where an activation cuts.</param>
    /// <param name="maximum">The largest code of the output.</param>
    /// <param name="output">Matrices of <c>[rows, columns]</c>.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape, a code is out of range, or a sum may be too large.</exception>
    public static void UInt8(
        in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<byte> left, int leftZeroPoint, ReadOnlySpan<byte> right,
        int rightZeroPoint, float multiplier, int zeroPoint, int minimum, int maximum, Span<byte> output, Span<byte> scratch,
        int threads = 1)
        => UInt8(
            KernelTable.Current, shape, matrices, left, leftZeroPoint, right, rightZeroPoint, multiplier, zeroPoint, minimum, maximum,
            output, scratch, threads);

    /// <summary>
    /// With the integer <c>p = Σ (left[r, i] - leftZeroPoint) · (right[i, c] - rightZeroPoint)</c>:
    /// <c>output[r, c] = (float)p · multiplier</c>.
    /// </summary>
    /// <param name="shape">The sizes of one product; <see cref="GemmShape.Inner"/> is at most <see cref="MaximumInner"/>.</param>
    /// <param name="matrices">How the leading dimensions of the operands meet; its strides count matrices.</param>
    /// <param name="left">Matrices of <c>[rows, inner]</c>.</param>
    /// <param name="leftZeroPoint">Their zero point, 0 to 255.</param>
    /// <param name="right">Matrices of <c>[inner, columns]</c>.</param>
    /// <param name="rightZeroPoint">Their zero point, 0 to 255.</param>
    /// <param name="multiplier">The product of the operands' scales.</param>
    /// <param name="output">Matrices of <c>[rows, columns]</c>.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape, a code is out of range, or a sum may be too large.</exception>
    public static void Float32(
        in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<byte> left, int leftZeroPoint, ReadOnlySpan<byte> right,
        int rightZeroPoint, float multiplier, Span<float> output, Span<byte> scratch, int threads = 1)
        => Float32(KernelTable.Current, shape, matrices, left, leftZeroPoint, right, rightZeroPoint, multiplier, output, scratch, threads);

    /// <summary>The scratch memory that a product needs: the packed right matrix, and codes and sums of a block of rows.</summary>
    /// <param name="inner">Columns of the left matrix.</param>
    /// <param name="columns">Columns of the output.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytes(int inner, int columns)
    {
        long step = ConvolutionShape.RoundUp(inner, WeightPacking.QuadLength);
        long padded = ConvolutionShape.RoundUp(columns, WeightPacking.PanelWidth);
        return checked((sizeof(int) * (padded + ((long)Block * columns))) + (step * (padded + Block)));
    }

    internal static void UInt8(
        KernelTable kernels, in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<byte> left, int leftZeroPoint,
        ReadOnlySpan<byte> right, int rightZeroPoint, float multiplier, int zeroPoint, int minimum, int maximum, Span<byte> output,
        Span<byte> scratch, int threads = 1)
    {
        QuantizedValueGuard.Code(zeroPoint);
        QuantizedValueGuard.Range(minimum, maximum);
        Multiply(
            kernels, shape, matrices, left, leftZeroPoint, right, rightZeroPoint, new ToCode(multiplier, zeroPoint, minimum, maximum),
            output, scratch, threads);
    }

    internal static void Float32(
        KernelTable kernels, in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<byte> left, int leftZeroPoint,
        ReadOnlySpan<byte> right, int rightZeroPoint, float multiplier, Span<float> output, Span<byte> scratch,
        int threads = 1)
        => Multiply(
            kernels, shape, matrices, left, leftZeroPoint, right, rightZeroPoint, new ToReal(multiplier), output, scratch, threads);

    private static unsafe void Multiply<TOperator, TOutput>(
        KernelTable kernels, in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<byte> left, int leftZeroPoint,
        ReadOnlySpan<byte> right, int rightZeroPoint, TOperator operation, Span<TOutput> output, Span<byte> scratch, int threads)
        where TOperator : struct, IUnaryOperator
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shape.Inner, MaximumInner, nameof(shape));
        QuantizedValueGuard.Code(leftZeroPoint);
        QuantizedValueGuard.Code(rightZeroPoint);
        SpanGuard.Length(left.Length, Extent.Product(shape.LeftLength, matrices.LeftLength), nameof(left));
        SpanGuard.Length(right.Length, Extent.Product(shape.RightLength, matrices.RightLength), nameof(right));
        SpanGuard.Length(output.Length, Extent.Product(shape.OutputLength, matrices.OutputLength), nameof(output));
        SpanGuard.AtLeast(scratch.Length, ScratchBytes(shape.Inner, shape.Columns), nameof(scratch));
        if (output.IsEmpty)
        {
            return;
        }

        long products = matrices.OutputLength * shape.LeftLength * shape.Columns;
        int units = threads == 1 ? 1 : (int)long.Clamp(products / UnitProducts, 1, matrices.OutputLength);
        fixed (byte* l = left, r = right, own = scratch)
        fixed (byte* o = &Unsafe.As<TOutput, byte>(ref MemoryMarshal.GetReference(output)))
        {
            var work = new Work<TOperator, TOutput>
            {
                Kernels = kernels,
                Shape = shape,
                Matrices = matrices,
                Left = l,
                LeftZeroPoint = leftZeroPoint,
                Right = r,
                RightZeroPoint = rightZeroPoint,
                Operation = operation,
                Output = o,
                Scratch = units == 1 ? own : null,
                Units = units,
            };
            Workers.Run(work, units, threads);
        }
    }

    /// <summary>The products <c>[first, end)</c>.</summary>
    private static unsafe void Multiply<TOperator, TOutput>(in Work<TOperator, TOutput> work, long first, long end, Span<byte> scratch)
        where TOperator : struct, IUnaryOperator
    {
        ref readonly GemmShape shape = ref work.Shape;
        int step = ConvolutionShape.RoundUp(shape.Inner, WeightPacking.QuadLength);
        Span<int> bias = MemoryMarshal.Cast<byte, int>(scratch)[..shape.PaddedColumns];
        Span<int> sums = MemoryMarshal.Cast<byte, int>(scratch).Slice(bias.Length, Block * shape.Columns);
        Span<byte> rest = scratch[(sizeof(int) * (bias.Length + sums.Length))..];
        Span<byte> packed = rest[..(shape.PaddedColumns * step)];
        Span<byte> rows = rest.Slice(packed.Length, Block * step);
        long packedMatrix = -1;
        for (long matrix = first; matrix < end; matrix++)
        {
            (nuint left, nuint right) = work.Matrices.Offset(matrix);
            if ((long)right != packedMatrix)
            {
                Pack(
                    shape, new ReadOnlySpan<byte>(work.Right + ((nint)right * (nint)shape.RightLength), (int)shape.RightLength), packed,
                    bias);
                ToBias(bias, shape.Inner, work.LeftZeroPoint, work.RightZeroPoint);
                packedMatrix = (long)right;
            }

            var codes = new ReadOnlySpan<byte>(work.Left + ((nint)left * (nint)shape.LeftLength), (int)shape.LeftLength);
            Span<TOutput> target = MemoryMarshal.CreateSpan(
                ref Unsafe.Add(ref Unsafe.As<byte, TOutput>(ref *work.Output), (nint)matrix * (nint)shape.OutputLength),
                (int)shape.OutputLength);
            for (int row = 0; row < shape.Rows; row += Block)
            {
                int count = Math.Min(Block, shape.Rows - row);
                Span<int> block = sums[..(count * shape.Columns)];
                ReadOnlySpan<byte> blockCodes = codes.Slice(row * shape.Inner, count * shape.Inner);
                if (step == 0)
                {
                    block.Clear();
                }
                else
                {
                    Gemm.UInt8(
                        work.Kernels, new GemmShape(count, step, shape.Columns), InQuads(blockCodes, shape.Inner, step, rows),
                        MemoryMarshal.Cast<byte, sbyte>(packed), Epilogue.ToInt32(bias, block), default);
                    TakeOffRows(blockCodes, shape.Inner, work.RightZeroPoint - SignOffset, block, shape.Columns);
                }

                Elementwise.Apply(work.Operation, (ReadOnlySpan<int>)block, target.Slice(row * shape.Columns, block.Length));
            }
        }
    }

    /// <summary>Codes of zero where the matrix has no row any more: signed, they are 0.</summary>
    private static ReadOnlySpan<byte> NoRow =>
    [
        SignOffset, SignOffset, SignOffset, SignOffset, SignOffset, SignOffset, SignOffset, SignOffset,
        SignOffset, SignOffset, SignOffset, SignOffset, SignOffset, SignOffset, SignOffset, SignOffset,
    ];

    /// <summary>Brings the right matrix into the order of <see cref="WeightPacking.MatrixInt8"/>, and sums up its columns.</summary>
    private static void Pack(in GemmShape shape, ReadOnlySpan<byte> right, Span<byte> packed, Span<int> sums)
    {
        const uint Signs = 0x80808080;
        sums.Clear();
        Span<uint> quads = MemoryMarshal.Cast<byte, uint>(packed);
        for (int panel = 0; panel < shape.Columns; panel += WeightPacking.PanelWidth)
        {
            int width = Math.Min(WeightPacking.PanelWidth, shape.Columns - panel);
            Span<int> panelSums = sums.Slice(panel, width);
            for (int k = 0; k < shape.Inner; k += WeightPacking.QuadLength)
            {
                ReadOnlySpan<byte> first = Row(shape, right, k, panel, width);
                ReadOnlySpan<byte> second = Row(shape, right, k + 1, panel, width);
                ReadOnlySpan<byte> third = Row(shape, right, k + 2, panel, width);
                ReadOnlySpan<byte> fourth = Row(shape, right, k + 3, panel, width);
                for (int c = 0; c < width; c++)
                {
                    uint quad = first[c] | (uint)second[c] << 8 | (uint)third[c] << 16 | (uint)fourth[c] << 24;
                    quads[c] = quad ^ Signs;
                    panelSums[c] += first[c] + second[c] + third[c] + fourth[c] - (WeightPacking.QuadLength * SignOffset);
                }

                quads[width..WeightPacking.PanelWidth].Clear();
                quads = quads[WeightPacking.PanelWidth..];
            }
        }
    }

    private static ReadOnlySpan<byte> Row(in GemmShape shape, ReadOnlySpan<byte> right, int row, int column, int width) =>
        row < shape.Inner ? right.Slice((row * shape.Columns) + column, width) : NoRow[..width];

    /// <summary>What the zero points add to a column: <c>−z_l · Σ w + n · z_l · z_w</c>.</summary>
    private static void ToBias(Span<int> sums, int inner, int leftZeroPoint, int rightZeroPoint)
    {
        foreach (ref int sum in sums)
        {
            sum = leftZeroPoint * ((inner * (rightZeroPoint - SignOffset)) - sum);
        }
    }

    /// <summary>Rows whose lengths are multiples of a quad: the rows themselves where they are.</summary>
    private static ReadOnlySpan<byte> InQuads(ReadOnlySpan<byte> codes, int inner, int step, Span<byte> rows)
    {
        if (inner == step)
        {
            return codes;
        }

        int count = codes.Length / inner;
        for (int r = 0; r < count; r++)
        {
            Span<byte> row = rows.Slice(r * step, step);
            codes.Slice(r * inner, inner).CopyTo(row);
            row[inner..].Clear();
        }

        return rows[..(count * step)];
    }

    /// <summary>What the right zero point adds to a row: <c>−z_w · Σ x</c>.</summary>
    private static void TakeOffRows(ReadOnlySpan<byte> codes, int inner, int zeroPoint, Span<int> sums, int columns)
    {
        for (int r = 0; zeroPoint != 0 && r * columns < sums.Length; r++)
        {
            Span<int> row = sums.Slice(r * columns, columns);
            TensorPrimitives.Subtract(row, zeroPoint * Reduction.SumOfCodes(codes.Slice(r * inner, inner)), row);
        }
    }

    private readonly struct ToCode(float multiplier, int zeroPoint, int minimum, int maximum) : IUnaryOperator
    {
        private readonly float _multiplier = multiplier;
        private readonly float _zeroPoint = zeroPoint;
        private readonly float _minimum = minimum;
        private readonly float _maximum = maximum;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> =>
            Requantization.ToCode(value * TLanes.Broadcast(_multiplier), _zeroPoint, _minimum, _maximum);
    }

    private readonly struct ToReal(float multiplier) : IUnaryOperator
    {
        private readonly float _multiplier = multiplier;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TLanes Invoke<TLanes>(TLanes value)
            where TLanes : unmanaged, IFloat32Lanes<TLanes> => value * TLanes.Broadcast(_multiplier);
    }

    /// <summary>All products, cut between matrices.</summary>
    private unsafe struct Work<TOperator, TOutput> : IParallelWork
        where TOperator : struct, IUnaryOperator
    {
        public KernelTable Kernels;
        public GemmShape Shape;
        public BroadcastShape Matrices;
        public byte* Left;
        public int LeftZeroPoint;
        public byte* Right;
        public int RightZeroPoint;
        public TOperator Operation;
        public byte* Output;
        public int Units;

        /// <summary>Null where each thread has its own.</summary>
        public byte* Scratch;

        public readonly void Run(int unit)
        {
            long first = Parts.First(Matrices.OutputLength, unit, Units);
            long end = Parts.First(Matrices.OutputLength, unit + 1, Units);
            int bytes = checked((int)ScratchBytes(Shape.Inner, Shape.Columns));
            Multiply(this, first, end, Scratch is null ? ThreadMemory.OfAtLeast(bytes) : new Span<byte>(Scratch, bytes));
        }
    }
}
