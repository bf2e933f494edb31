using System.ComponentModel;
using System.Runtime.CompilerServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Product of a matrix of bytes by weights of which most blocks are zero; the same results as
/// <see cref="Gemm.UInt8(in GemmShape, ReadOnlySpan{byte}, ReadOnlySpan{sbyte}, in Epilogue, Span{byte})"/> of the weights with their zeros.
/// </summary>
/// <remarks>No method allocates, and all may run on several threads at once. The output may be the residual itself; otherwise spans must
/// not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class SparseGemm
{
    /// <summary>More rows are the pixels of an image.</summary>
    internal const int MostSingleRows = 2;

    private const int PanelWidth = WeightPacking.PanelWidth;

    /// <summary>Multiplies unsigned bytes with constant signed bytes, exactly, into int32.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="left"><c>[rows, inner]</c>.</param>
    /// <param name="weights">
    /// Rows of blocks for the columns, rounded up to a multiple of 16; each filled up with zeros to a multiple of 4 blocks.
    /// </param>
    /// <param name="epilogue">Bias, requantization, residual and output.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape, or the weights do not belong to it.</exception>
    public static void UInt8(
        in GemmShape shape, ReadOnlySpan<byte> left, SparseWeights weights, in Epilogue epilogue, Span<byte> scratch)
        => UInt8(KernelTable.Current, shape, left, weights, epilogue, scratch);

    /// <summary>The scratch memory that a product of this shape needs; it does not depend on the weights.</summary>
    /// <param name="shape">The sizes.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytes(in GemmShape shape) =>
        shape.Rows <= MostSingleRows ? shape.ScratchBytes(sizeof(byte)) : SparseConvolution.ScratchBytes(Pixels(shape));

    internal static unsafe void UInt8(
        KernelTable kernels, in GemmShape shape, ReadOnlySpan<byte> left, SparseWeights weights, in Epilogue epilogue, Span<byte> scratch)
    {
        shape.CheckWeights();
        if (shape.Rows > MostSingleRows)
        {
            SparseConvolution.UInt8(kernels, Pixels(shape), left, 0, weights, epilogue, scratch);
            return;
        }

        SpanGuard.Length(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.AtLeast(scratch.Length, ScratchBytes(shape), nameof(scratch));
        weights.Validate(shape.PaddedColumns, SparsePacking.Quads(shape.Inner));
        RequireWholeVectors(weights);
        epilogue.Validate(shape.OutputLength, shape.PaddedColumns);

        int pitch = ConvolutionShape.RoundUp(shape.Inner, WeightPacking.QuadLength);
        if (pitch != shape.Inner)
        {
            for (int row = 0; row < shape.Rows; row++)
            {
                left.Slice(row * shape.Inner, shape.Inner).CopyTo(scratch[(row * pitch)..]);
            }

            left = scratch;
        }

        fixed (byte* input = left)
        fixed (int* starts = weights.Starts)
        fixed (ushort* indices = weights.Indices)
        fixed (sbyte* values = weights.Values)
        fixed (int* bias = epilogue.Bias)
        fixed (float* multipliers = epilogue.Multipliers, residualMultipliers = epilogue.ResidualMultipliers)
        fixed (byte* residual = &epilogue.Residual, output = &epilogue.Output)
        {
            var arguments = new SparseArguments
            {
                Input = input,
                Starts = starts,
                Indices = indices,
                Values = values,
                Bias = bias,
                Rows = PanelWidth / weights.BlockOutputs,
            };
            EpilogueArguments tail = epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.Columns);
            delegate*<SparseArguments*, void> multiply = kernels.Sparse.ForRow(weights.BlockOutputs);
            delegate*<EpilogueArguments*, void> store = kernels.Epilogues[(int)epilogue.Kind];
            for (int row = 0; row < shape.Rows; row++, arguments.Input += pitch)
            {
                Run(multiply, store, shape, arguments, tail, row);
            }
        }
    }

    /// <summary>The same product as an image, of one row of pixels.</summary>
    internal static ConvolutionShape Pixels(in GemmShape shape) => new(1, 1, shape.Rows, shape.Inner, 1, shape.Rows, shape.Columns, 1, 1);

    private static void RequireWholeVectors(SparseWeights weights)
    {
        foreach (int start in weights.Starts)
        {
            if (start % SparsePacking.MatrixBlocks != 0)
            {
                throw new ArgumentException("The rows of the weights are not filled up.", nameof(weights));
            }
        }
    }

    [SkipLocalsInit]
    private static unsafe void Run(
        delegate*<SparseArguments*, void> multiply, delegate*<EpilogueArguments*, void> store, in GemmShape shape, SparseArguments first,
        EpilogueArguments tail, int row)
    {
        const int Alignment = 64;
        byte* memory = stackalloc byte[(PanelWidth * sizeof(int)) + Alignment];
        int* sums = (int*)(((nint)memory + Alignment - 1) & -Alignment);
        tail.Accumulators = sums;
        tail.Pixels = 1;
        first.Accumulators = sums;
        int outputs = PanelWidth / first.Rows;
        for (int channel = 0; channel < shape.Columns; channel += PanelWidth)
        {
            SparseArguments arguments = first;
            int block = first.Starts[channel / outputs];
            arguments.Starts += channel / outputs;
            arguments.Indices += block;
            arguments.Values += (nint)block * outputs * WeightPacking.QuadLength;
            arguments.Bias += channel;
            multiply(&arguments);

            tail.FirstElement = ((nint)row * shape.Columns) + channel;
            tail.FirstLane = channel;
            tail.Lanes = Math.Min(PanelWidth, shape.Columns - channel);
            store(&tail);
        }
    }
}
