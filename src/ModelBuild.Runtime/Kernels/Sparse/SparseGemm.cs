using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Product of a matrix of bytes by weights of which most blocks are zero; the same results as
/// <see cref="Gemm.UInt8(in GemmShape, ReadOnlySpan{byte}, ReadOnlySpan{sbyte}, in Epilogue, Span{byte}, int)"/> of the weights with
/// their zeros.
/// </summary>
/// <remarks>No method allocates, and all may run on several threads at once. The output may be the residual itself; otherwise spans must
/// not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SparseGemm
{
    /// <summary>Most rows that are multiplied one after the other; more are the pixels of an image.</summary>
    internal const int MostSingleRows = 4;

    private const int PanelWidth = WeightPacking.PanelWidth;
    private const int Line = 64;

    /// <summary>Multiplies unsigned bytes with constant signed bytes, exactly, into int32.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="left"><c>[rows, inner]</c>.</param>
    /// <param name="epilogue">Bias, requantization, residual and output.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <param name="weights">Rows of blocks for the columns, rounded up to a multiple of 16: for more than four rows.</param>
    /// <param name="rows">The same weights for up to four rows.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape, or the weights do not belong to it.</exception>
    public static void UInt8(
        in GemmShape shape, ReadOnlySpan<byte> left, in Epilogue epilogue, Span<byte> scratch, SparseWeights weights = default,
        SparseRows rows = default, int threads = 1)
        => UInt8(KernelTable.Current, shape, left, epilogue, scratch, weights, rows, threads);

    /// <summary>The scratch memory that a product of this shape needs; it does not depend on the weights.</summary>
    /// <param name="shape">The sizes.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytes(in GemmShape shape) => shape.Rows > MostSingleRows
        ? SparseConvolution.ScratchBytes(Pixels(shape))
        : checked((Line - 1) + RowBytes(shape) + SumBytes(shape));

    internal static unsafe void UInt8(
        KernelTable kernels, in GemmShape shape, ReadOnlySpan<byte> left, in Epilogue epilogue, Span<byte> scratch,
        SparseWeights weights = default, SparseRows rows = default, int threads = 1)
    {
        shape.CheckWeights();
        if (shape.Rows > MostSingleRows)
        {
            SparseConvolution.UInt8(kernels, Pixels(shape), left, 0, weights, epilogue, scratch, threads);
            return;
        }

        SpanGuard.Length(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.AtLeast(scratch.Length, ScratchBytes(shape), nameof(scratch));
        rows.Validate(shape);
        epilogue.Validate(shape.OutputLength, shape.PaddedColumns);

        fixed (byte* memory = scratch, lanes = rows.Lanes)
        fixed (int* starts = rows.Starts)
        fixed (ushort* windows = rows.Windows)
        fixed (sbyte* values = rows.Values)
        fixed (int* bias = epilogue.Bias)
        fixed (float* multipliers = epilogue.Multipliers, residualMultipliers = epilogue.ResidualMultipliers)
        fixed (byte* residual = &epilogue.Residual, output = &epilogue.Output)
        {
            byte* row = (byte*)(((nint)memory + Line - 1) & -Line);
            var copy = new Span<byte>(row, (int)RowBytes(shape));
            var arguments = new SparseRowArguments
            {
                Input = row,
                Starts = starts,
                Windows = windows,
                Lanes = lanes,
                Values = values,
                Panels = SparseRowPacking.Panels(shape.Columns, rows.BlockOutputs),
                Sums = (int*)(row + copy.Length),
            };
            EpilogueArguments tail = epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.Columns);
            delegate*<SparseRowArguments*, void> multiply = kernels.Sparse.ForRow(rows.BlockOutputs);
            copy[shape.Inner..].Clear();
            for (int i = 0; i < shape.Rows; i++)
            {
                left.Slice(i * shape.Inner, shape.Inner).CopyTo(copy);
                multiply(&arguments);
                Store(
                    kernels.Epilogue(epilogue.Kind), shape.Columns, arguments.Sums, rows.BlockOutputs, bias, tail,
                    (nint)i * shape.Columns);
            }
        }
    }

    /// <summary>The same product as an image, of one row of pixels.</summary>
    internal static ConvolutionShape Pixels(in GemmShape shape) => new(1, 1, shape.Rows, shape.Inner, 1, shape.Rows, shape.Columns, 1, 1);

    /// <summary>A row, and what the last window reaches behind it.</summary>
    private static long RowBytes(in GemmShape shape) => (SparseRowPacking.Windows(shape.Inner) + 1L) * SparseRowPacking.WindowStepBytes;

    private static long SumBytes(in GemmShape shape) => sizeof(int) * (shape.PaddedColumns + (long)PanelWidth);

    /// <summary>Sums become output, sixteen at a time.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void Store(
        delegate*<EpilogueArguments*, void> store, int columns, int* sums, int outputs, int* bias, EpilogueArguments tail, nint first)
    {
        byte* memory = stackalloc byte[(PanelWidth * sizeof(int)) + Line];
        int* panel = (int*)(((nint)memory + Line - 1) & -Line);
        tail.Accumulators = panel;
        tail.Pixels = 1;
        for (int channel = 0; channel < columns; channel += PanelWidth)
        {
            if (outputs == 1)
            {
                for (int i = 0; i < PanelWidth; i += Vector128<int>.Count)
                {
                    (Vector128.Load(sums + channel + i) + Vector128.Load(bias + channel + i)).Store(panel + i);
                }
            }
            else
            {
                // The first outputs of sixteen blocks, then their second ones; a panel has those of eight.
                int* pairs = sums + (channel / (2 * PanelWidth) * 2 * PanelWidth) + (channel % (2 * PanelWidth) / 2);
                TakeTurns(pairs, pairs + PanelWidth, bias + channel, panel);
            }

            tail.FirstElement = first + channel;
            tail.FirstLane = channel;
            tail.Lanes = Math.Min(PanelWidth, columns - channel);
            store(&tail);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void TakeTurns(int* first, int* second, int* bias, int* panel)
    {
        if (!MatrixTransposition.HasZip)
        {
            for (int i = 0; i < PanelWidth; i++)
            {
                panel[i] = (i % 2 == 0 ? first : second)[i / 2] + bias[i];
            }

            return;
        }

        for (int i = 0; i < PanelWidth; i += 2 * Vector128<int>.Count)
        {
            Vector128<uint> a = Vector128.Load((uint*)first + (i / 2));
            Vector128<uint> b = Vector128.Load((uint*)second + (i / 2));
            (MatrixTransposition.ZipLow(a, b).AsInt32() + Vector128.Load(bias + i)).Store(panel + i);
            (MatrixTransposition.ZipHigh(a, b).AsInt32() + Vector128.Load(bias + i + Vector128<int>.Count)).Store(
                panel + i + Vector128<int>.Count);
        }
    }
}
