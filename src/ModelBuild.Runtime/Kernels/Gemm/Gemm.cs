using System.ComponentModel;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Matrix product with fused bias, activation and residual.</summary>
/// <remarks>No method allocates, and all may run on several threads at once. The output may be the residual itself; otherwise spans must
/// not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Gemm
{
    /// <summary>Rows of a right matrix known only at run time that are packed at a time: 16 KB for each panel.</summary>
    private const int PackedRows = 256;

    /// <summary>Panels that are packed at a time, where there are kernels that take two at once.</summary>
    private const int PackedPanels = 2;

    /// <summary>Multiplies floats with constant weights.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="left"><c>[rows, inner]</c>.</param>
    /// <param name="weights">As <see cref="WeightPacking.MatrixFloat32"/> packs them.</param>
    /// <param name="epilogue">Bias, bounds, residual and output.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void Float32(in GemmShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> weights, in FloatEpilogue epilogue,
        int threads = 1)
        => Float32(KernelTable.Current, shape, left, weights, epilogue, threads);

    /// <summary>Multiplies unsigned bytes with constant signed bytes, exactly, into int32.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="left"><c>[rows, inner]</c>.</param>
    /// <param name="weights">As <see cref="WeightPacking.MatrixInt8"/> packs them.</param>
    /// <param name="epilogue">Bias, requantization, residual and output.</param>
    /// <param name="scratch">At least <see cref="GemmShape.ScratchBytes"/> of 1-byte elements. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void UInt8(
        in GemmShape shape, ReadOnlySpan<byte> left, ReadOnlySpan<sbyte> weights, in Epilogue epilogue, Span<byte> scratch,
        int threads = 1)
        => UInt8(KernelTable.Current, shape, left, weights, epilogue, scratch, threads);

    /// <summary>Multiplies matrices that are both known only at run time.</summary>
    /// <param name="shape">The sizes of one product.</param>
    /// <param name="batch">Number of products. Zero is allowed.</param>
    /// <param name="broadcastLeft">There is one left matrix for all products.</param>
    /// <param name="broadcastRight">There is one right matrix for all products.</param>
    /// <param name="left"><c>[batch or 1, rows, inner]</c>.</param>
    /// <param name="right"><c>[batch or 1, inner, columns]</c>.</param>
    /// <param name="output"><c>[batch, rows, columns]</c>.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void BatchedFloat32(
        in GemmShape shape, int batch, bool broadcastLeft, bool broadcastRight, ReadOnlySpan<float> left, ReadOnlySpan<float> right,
        Span<float> output, int threads = 1)
        => BatchedFloat32(KernelTable.Current, shape, batch, broadcastLeft, broadcastRight, left, right, output, threads);

    /// <summary>Multiplies matrices that are both known only at run time, each with several of the other.</summary>
    /// <param name="shape">The sizes of one product.</param>
    /// <param name="matrices">How the leading dimensions of the operands meet; its strides count matrices.</param>
    /// <param name="left">Matrices of <c>[rows, inner]</c>.</param>
    /// <param name="right">Matrices of <c>[inner, columns]</c>.</param>
    /// <param name="output">Matrices of <c>[rows, columns]</c>.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void BroadcastFloat32(
        in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output,
        int threads = 1)
        => BroadcastFloat32(KernelTable.Current, shape, matrices, left, right, output, threads);

    internal static void BroadcastFloat32(
        KernelTable kernels, in GemmShape shape, in BroadcastShape matrices, ReadOnlySpan<float> left, ReadOnlySpan<float> right,
        Span<float> output, int threads = 1)
    {
        SpanGuard.Length(left.Length, checked(shape.LeftLength * matrices.LeftLength), nameof(left));
        SpanGuard.Length(right.Length, checked(shape.RightLength * matrices.RightLength), nameof(right));
        SpanGuard.Length(output.Length, checked(shape.OutputLength * matrices.OutputLength), nameof(output));
        long rounds = output.IsEmpty ? 0 : matrices.OuterLength;
        int target = 0;
        for (long round = 0; round < rounds; round++)
        {
            (nuint leftOffset, nuint rightOffset) = matrices.OuterOffset(round);
            for (int i0 = 0; i0 < matrices.N0; i0++)
            {
                for (int i1 = 0; i1 < matrices.N1; i1++)
                {
                    for (int i2 = 0; i2 < matrices.N2; i2++)
                    {
                        for (int i3 = 0; i3 < matrices.N3; i3++)
                        {
                            int first = (int)leftOffset + (i0 * matrices.Left0) + (i1 * matrices.Left1)
                                + (i2 * matrices.Left2) + (i3 * matrices.Left3);
                            int second = (int)rightOffset + (i0 * matrices.Right0) + (i1 * matrices.Right1)
                                + (i2 * matrices.Right2) + (i3 * matrices.Right3);
                            Multiply(
                                kernels,
                                shape,
                                left.Slice(first * (int)shape.LeftLength, (int)shape.LeftLength),
                                right.Slice(second * (int)shape.RightLength, (int)shape.RightLength),
                                output.Slice(target, (int)shape.OutputLength),
                                threads);
                            target += (int)shape.OutputLength;
                        }
                    }
                }
            }
        }
    }

    internal static unsafe void Float32(
        KernelTable kernels, in GemmShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> weights, in FloatEpilogue epilogue,
        int threads = 1)
    {
        shape.CheckWeights();
        SpanGuard.Length(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.Length(weights.Length, WeightPacking.MatrixFloat32Length(shape), nameof(weights));
        epilogue.Validate(shape.OutputLength, shape.PaddedColumns);

        fixed (float* input = left, packed = weights, bias = epilogue.Bias, residual = epilogue.Residual, output = epilogue.Output)
        {
            var product = new GemmDriver
            {
                Input = (byte*)input,
                Width = shape.Rows,
                PixelStep = (nint)shape.Inner * sizeof(float),
                GroupChannels = shape.Columns,
                Weights = (byte*)packed,
                PanelStep = (nint)shape.Inner * WeightPacking.PanelWidth * sizeof(float),
                Bias = (byte*)bias,
                Epilogue = epilogue.Pinned(residual, output, shape.Columns),
            };
            product.UseFloats(kernels, epilogue.Kind, isWhole: true);
            product.Arguments.Rows = 1;
            product.Arguments.Segments = 1;
            product.Arguments.Steps = shape.Inner;
            product.Run(shape.Rows, product.PanelsPerGroup, threads);
        }
    }

    internal static unsafe void UInt8(
        KernelTable kernels, in GemmShape shape, ReadOnlySpan<byte> left, ReadOnlySpan<sbyte> weights, in Epilogue epilogue,
        Span<byte> scratch, int threads = 1)
    {
        shape.CheckWeights();
        SpanGuard.Length(left.Length, shape.LeftLength, nameof(left));
        SpanGuard.Length(weights.Length, WeightPacking.MatrixInt8Length(shape), nameof(weights));
        SpanGuard.AtLeast(scratch.Length, shape.ScratchBytes(sizeof(byte)), nameof(scratch));
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
        fixed (sbyte* packed = weights)
        fixed (int* bias = epilogue.Bias)
        fixed (float* multipliers = epilogue.Multipliers, residualMultipliers = epilogue.ResidualMultipliers)
        fixed (byte* residual = &epilogue.Residual, output = &epilogue.Output)
        {
            var product = new GemmDriver
            {
                Input = input,
                Width = shape.Rows,
                PixelStep = pitch,
                GroupChannels = shape.Columns,
                Weights = (byte*)packed,
                PanelStep = (nint)pitch * WeightPacking.PanelWidth,
                Bias = (byte*)bias,
                Epilogue = epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.Columns),
            };
            product.UseBytes(kernels, epilogue.Kind);
            product.Arguments.Rows = 1;
            product.Arguments.Segments = 1;
            product.Arguments.Steps = pitch / WeightPacking.QuadLength;
            product.Run(shape.Rows, product.PanelsPerGroup, threads);
        }
    }

    internal static void BatchedFloat32(
        KernelTable kernels, in GemmShape shape, int batch, bool broadcastLeft, bool broadcastRight, ReadOnlySpan<float> left,
        ReadOnlySpan<float> right, Span<float> output, int threads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        SpanGuard.Length(left.Length, checked(shape.LeftLength * (broadcastLeft ? 1 : batch)), nameof(left));
        SpanGuard.Length(right.Length, checked(shape.RightLength * (broadcastRight ? 1 : batch)), nameof(right));
        SpanGuard.Length(output.Length, checked(shape.OutputLength * batch), nameof(output));

        int leftLength = (int)shape.LeftLength;
        int rightLength = (int)shape.RightLength;
        int outputLength = (int)shape.OutputLength;
        if (broadcastRight && !broadcastLeft)
        {
            // One tall product: the right matrix is packed once.
            Multiply(kernels, new GemmShape(shape.Rows * batch, shape.Inner, shape.Columns), left, right, output, threads);
            return;
        }

        for (int i = 0; i < batch; i++)
        {
            Multiply(
                kernels,
                shape,
                broadcastLeft ? left : left.Slice(i * leftLength, leftLength),
                broadcastRight ? right : right.Slice(i * rightLength, rightLength),
                output.Slice(i * outputLength, outputLength),
                threads);
        }
    }

    private static unsafe void Multiply(
        KernelTable kernels, in GemmShape shape, ReadOnlySpan<float> left, ReadOnlySpan<float> right, Span<float> output, int threads)
    {
        if (shape.Inner == 0)
        {
            output.Clear();
            return;
        }

        fixed (float* l = left, r = right, o = output)
        {
            var work = new MultiplicationWork(kernels, shape, l, r, o, threads);
            Workers.Run(work, work.Units, threads);
        }
    }

    /// <summary>
    /// Packs the right matrix piece by piece on the stack, <see cref="PackedPanels"/> · 16 columns × <see cref="PackedRows"/> rows, and
    /// adds what each piece contributes to all rows of the output's columns. Steps are from one row to the next.
    /// </summary>
    [SkipLocalsInit]
    internal static unsafe void Multiply(
        KernelTable kernels, in GemmShape shape, float* left, int leftStep, float* right, int rightStep, float* output, int outputStep)
    {
        float* packed = stackalloc float[PackedPanels * PackedRows * WeightPacking.PanelWidth];
        float* bias = stackalloc float[PackedPanels * WeightPacking.PanelWidth];
        new Span<float>(bias, PackedPanels * WeightPacking.PanelWidth).Clear();

        int panels = kernels.PairFloat32 is null ? 1 : PackedPanels;
        for (int column = 0; column < shape.Columns; column += panels * WeightPacking.PanelWidth)
        {
            int lanes = Math.Min(panels * WeightPacking.PanelWidth, shape.Columns - column);
            for (int k = 0; k < shape.Inner; k += PackedRows)
            {
                int rows = Math.Min(PackedRows, shape.Inner - k);
                int panelLength = rows * WeightPacking.PanelWidth;
                for (int first = 0, panel = 0; first < lanes; first += WeightPacking.PanelWidth, panel++)
                {
                    Pack(
                        right + ((nint)k * rightStep) + column + first, rightStep, rows,
                        Math.Min(WeightPacking.PanelWidth, lanes - first), packed + (panel * panelLength));
                }

                // From the second piece on, what is there already is the residual.
                var product = new GemmDriver
                {
                    Input = (byte*)(left + k),
                    Width = shape.Rows,
                    PixelStep = (nint)leftStep * sizeof(float),
                    GroupChannels = lanes,
                    Weights = (byte*)packed,
                    PanelStep = (nint)panelLength * sizeof(float),
                    Bias = (byte*)bias,
                    OutputOffset = column,
                    Epilogue = new EpilogueArguments
                    {
                        Residual = output,
                        Minimum = float.NegativeInfinity,
                        Maximum = float.PositiveInfinity,
                        Output = output,
                        Channels = outputStep,
                    },
                };
                product.UseFloats(kernels, k == 0 ? EpilogueKind.Store : EpilogueKind.AddAndStore, isWhole: true);
                product.Arguments.Rows = 1;
                product.Arguments.Segments = 1;
                product.Arguments.Steps = rows;
                product.Run(shape.Rows, product.PanelsPerGroup, threads: 1);
            }
        }
    }

    /// <summary>Copies some columns of a matrix to a panel; those that it lacks are zero.</summary>
    private static unsafe void Pack(float* right, int rightStep, int rows, int lanes, float* panel)
    {
        if (lanes == WeightPacking.PanelWidth)
        {
            for (int row = 0; row < rows; row++, right += rightStep, panel += WeightPacking.PanelWidth)
            {
                Unsafe.CopyBlockUnaligned(panel, right, WeightPacking.PanelWidth * sizeof(float));
            }

            return;
        }

        for (int row = 0; row < rows; row++, right += rightStep, panel += WeightPacking.PanelWidth)
        {
            var padded = new Span<float>(panel, WeightPacking.PanelWidth);
            new ReadOnlySpan<float>(right, lanes).CopyTo(padded);
            padded[lanes..].Clear();
        }
    }
}
