using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Convolution of channels-last images with fused bias, activation and residual. Where every channel is one of several groups,
/// <see cref="DepthwiseConvolution"/> takes its place.
/// </summary>
/// <remarks>No method allocates, and all may run on several threads at once. The output may be the residual itself; otherwise spans must
/// not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Convolution
{
    /// <summary>Convolves floats.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>.</param>
    /// <param name="weights">As <see cref="WeightPacking.ConvolutionFloat32"/> packs them.</param>
    /// <param name="epilogue">Bias, bounds, residual and output.</param>
    /// <param name="scratch">At least <see cref="ConvolutionShape.ScratchBytes"/> of 4-byte elements. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">The shape is depthwise, or a span's length does not fit it.</exception>
    public static void Float32(
        in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, in FloatEpilogue epilogue, Span<byte> scratch,
        int threads = 1)
        => Float32(KernelTable.Current, shape, input, weights, epilogue, scratch, threads);

    /// <summary>Convolves floats with weights that only the run knows, depthwise or not.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>.</param>
    /// <param name="weights"><c>[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]</c>, as in ONNX.</param>
    /// <param name="output"><c>[batch, outputHeight, outputWidth, outputChannels]</c>.</param>
    /// <param name="scratch">At least <see cref="ConvolutionShape.UnpackedScratchBytes"/>. Its content does not matter.</param>
    /// <param name="bias"><c>[outputChannels]</c>; empty for none.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape.</exception>
    public static void UnpackedFloat32(
        in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, Span<float> output, Span<byte> scratch,
        ReadOnlySpan<float> bias = default, int threads = 1)
        => UnpackedFloat32(KernelTable.Current, shape, input, weights, output, scratch, bias, threads);

    /// <summary>Convolves unsigned bytes with signed bytes, exactly, into int32.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>.</param>
    /// <param name="inputZeroPoint">What padding is filled with, 0 to 255. Its part of the products is in the bias.</param>
    /// <param name="weights">As <see cref="WeightPacking.ConvolutionInt8"/> packs them.</param>
    /// <param name="epilogue">Bias, requantization, residual and output.</param>
    /// <param name="scratch">At least <see cref="ConvolutionShape.ScratchBytes"/> of 1-byte elements. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">
    /// The shape is depthwise, a span's length does not fit it, or the zero point is no byte.
    /// </exception>
    public static void UInt8(
        in ConvolutionShape shape, ReadOnlySpan<byte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, in Epilogue epilogue,
        Span<byte> scratch, int threads = 1)
        => UInt8(KernelTable.Current, shape, input, inputZeroPoint, weights, epilogue, scratch, threads);

    internal static void UnpackedFloat32(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, Span<float> output,
        Span<byte> scratch, ReadOnlySpan<float> bias = default, int threads = 1)
    {
        SpanGuard.AtLeast(scratch.Length, shape.UnpackedScratchBytes(), nameof(scratch));
        int length = (int)shape.UnpackedLength;
        Span<float> memory = MemoryMarshal.Cast<byte, float>(scratch);
        Span<float> padded = memory[..shape.BiasLength];
        Span<float> packed = memory[shape.BiasLength..length];
        WeightPacking.Pack(weights, shape, packed);
        WeightPacking.PadBias(bias, shape, padded);
        var store = FloatEpilogue.Store(padded, float.NegativeInfinity, float.PositiveInfinity, output);
        Span<byte> rest = scratch[(length * sizeof(float))..];
        if (shape.IsDepthwise)
        {
            DepthwiseConvolution.Float32(kernels, shape, input, packed, store, rest, threads);
        }
        else
        {
            Float32(kernels, shape, input, packed, store, rest, threads);
        }
    }

    /// <summary>Volumes are sums of several passes, for which accumulators of bytes have no room.</summary>
    internal static void RequireImages(in ConvolutionShape shape)
    {
        if (shape.IsVolume)
        {
            throw new ArgumentException("Bytes are convolved in images only.", nameof(shape));
        }
    }

    internal static unsafe void Float32(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, in FloatEpilogue epilogue,
        Span<byte> scratch, int threads = 1)
    {
        SpanGuard.Length(weights.Length, WeightPacking.ConvolutionFloat32Length(shape), nameof(weights));
        epilogue.Validate(shape.OutputLength, shape.PaddedOutputChannels);

        fixed (float* packed = weights, bias = epilogue.Bias, residual = epilogue.Residual, output = epilogue.Output)
        {
            var product = new GemmDriver
            {
                GroupChannels = shape.OutputChannelsPerGroup,
                GroupStep = (nint)shape.InputChannelsPerGroup * sizeof(float),
                Weights = (byte*)packed,
                PanelStep = (nint)shape.Taps * shape.InputChannelsPerGroup * WeightPacking.PanelWidth * sizeof(float),
                SliceStep =
                    (nint)shape.Taps / shape.KernelDepth * shape.InputChannelsPerGroup * WeightPacking.PanelWidth * sizeof(float),
                Bias = (byte*)bias,
                AddStrip = kernels.Epilogue(EpilogueKind.AddAndStore),
                Epilogue = epilogue.Pinned(residual, output, shape.OutputChannels),
            };
            product.UseFloats(kernels, epilogue.Kind, isWhole: shape.KernelDepth == 1);
            product.Arguments.Segments = shape.SegmentsPerRow;
            product.Arguments.Steps = shape.SegmentLength;
            product.RunImages(shape, input, 0f, scratch, threads);
        }
    }

    internal static unsafe void UInt8(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<byte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights,
        in Epilogue epilogue, Span<byte> scratch, int threads = 1)
    {
        QuantizedValueGuard.Code(inputZeroPoint);
        RequireImages(shape);
        SpanGuard.Length(weights.Length, WeightPacking.ConvolutionInt8Length(shape), nameof(weights));
        epilogue.Validate(shape.OutputLength, shape.PaddedOutputChannels);

        int quads = (shape.SegmentLength + WeightPacking.QuadLength - 1) / WeightPacking.QuadLength;
        fixed (sbyte* packed = weights)
        fixed (int* bias = epilogue.Bias)
        fixed (float* multipliers = epilogue.Multipliers, residualMultipliers = epilogue.ResidualMultipliers)
        fixed (byte* residual = &epilogue.Residual, output = &epilogue.Output)
        {
            var product = new GemmDriver
            {
                GroupChannels = shape.OutputChannelsPerGroup,
                GroupStep = shape.InputChannelsPerGroup,
                Weights = (byte*)packed,
                PanelStep = (nint)shape.KernelHeight * shape.SegmentsPerRow * quads * WeightPacking.QuadLength * WeightPacking.PanelWidth,
                Bias = (byte*)bias,
                Epilogue = epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.OutputChannels),
            };
            product.UseBytes(kernels, epilogue.Kind);
            product.Arguments.Segments = shape.SegmentsPerRow;
            product.Arguments.Steps = quads;
            product.RunImages(shape, input, (byte)inputZeroPoint, scratch, threads);
        }
    }
}
