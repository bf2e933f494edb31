using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Convolution of channels-last images in which every channel has a filter of its own:
/// <c>groups == inputChannels == outputChannels</c>. Bias and multipliers are padded as one group.
/// </summary>
/// <remarks>No method allocates, and all may run on several threads at once. The output may be the residual itself; otherwise spans must
/// not overlap.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DepthwiseConvolution
{
    /// <summary>Convolves floats.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>.</param>
    /// <param name="weights">As <see cref="WeightPacking.DepthwiseFloat32"/> packs them.</param>
    /// <param name="epilogue">Bias, bounds, residual and output.</param>
    /// <param name="scratch">At least <see cref="ConvolutionShape.ScratchBytes"/> of 4-byte elements. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">The shape is not depthwise, or a span's length does not fit it.</exception>
    public static void Float32(
        in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, in FloatEpilogue epilogue, Span<byte> scratch,
        int threads = 1)
        => Float32(KernelTable.Current, shape, input, weights, epilogue, scratch, threads);

    /// <summary>Convolves unsigned bytes with signed bytes, exactly, into int32.</summary>
    /// <param name="shape">The sizes.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>.</param>
    /// <param name="inputZeroPoint">What padding is filled with, 0 to 255. Its part of the products is in the bias.</param>
    /// <param name="weights">As <see cref="WeightPacking.DepthwiseInt8"/> packs them.</param>
    /// <param name="epilogue">Bias, requantization, residual and output.</param>
    /// <param name="scratch">At least <see cref="ConvolutionShape.ScratchBytes"/> of 1-byte elements. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">The shape is not depthwise, a span's length does not fit it, or the zero point is no
    /// byte.</exception>
    public static void UInt8(
        in ConvolutionShape shape, ReadOnlySpan<byte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights, in Epilogue epilogue,
        Span<byte> scratch, int threads = 1)
        => UInt8(KernelTable.Current, shape, input, inputZeroPoint, weights, epilogue, scratch, threads);

    internal static unsafe void Float32(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<float> weights, in FloatEpilogue epilogue,
        Span<byte> scratch, int threads = 1)
    {
        int paddedChannels = Validate(shape, weights.Length);
        epilogue.Validate(shape.OutputLength, paddedChannels);

        fixed (float* packed = weights, bias = epilogue.Bias, residual = epilogue.Residual, output = epilogue.Output, images = input)
        {
            if (DepthwiseRows.Holds(kernels, shape, epilogue.Kind))
            {
                GemmDriver.CheckImages(shape, input, scratch.Length);
                DepthwiseRows.Run(
                    kernels, shape, images, packed, bias, epilogue.Pinned(residual, output, shape.OutputChannels), threads);
                return;
            }

            var product = new GemmDriver
            {
                GroupChannels = shape.OutputChannels,
                PanelInputStep = WeightPacking.PanelWidth * sizeof(float),
                Weights = (byte*)packed,
                PanelStep = WeightPacking.PanelWidth * sizeof(float),
                SliceStep = (nint)shape.KernelHeight * shape.KernelWidth * paddedChannels * sizeof(float),
                Bias = (byte*)bias,
                Kernels = kernels.DepthwiseFloat32,
                StoreStrip = kernels.Epilogue(epilogue.Kind),
                AddStrip = kernels.Epilogue(EpilogueKind.AddAndStore),
                Epilogue = epilogue.Pinned(residual, output, shape.OutputChannels),
            };
            product.Arguments.Segments = shape.KernelWidth;
            product.Arguments.TapStep = (nint)paddedChannels * sizeof(float);
            product.RunImages(shape, input, 0f, scratch, threads);
        }
    }

    internal static unsafe void UInt8(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<byte> input, int inputZeroPoint, ReadOnlySpan<sbyte> weights,
        in Epilogue epilogue, Span<byte> scratch, int threads = 1)
    {
        QuantizedValueGuard.Code(inputZeroPoint);
        Convolution.RequireImages(shape);
        int paddedChannels = Validate(shape, weights.Length);
        epilogue.Validate(shape.OutputLength, paddedChannels);

        fixed (sbyte* packed = weights)
        fixed (int* bias = epilogue.Bias)
        fixed (float* multipliers = epilogue.Multipliers, residualMultipliers = epilogue.ResidualMultipliers)
        fixed (byte* residual = &epilogue.Residual, output = &epilogue.Output, images = input)
        {
            if (kernels.DepthwiseCode is { } code && DepthwiseStrips.Holds(code, shape, epilogue.Kind))
            {
                GemmDriver.CheckImages(shape, input, scratch.Length);
                DepthwiseStrips.Run(
                    code, shape, images, (byte)inputZeroPoint, packed, bias,
                    epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.OutputChannels), threads);
                return;
            }

            var product = new GemmDriver
            {
                GroupChannels = shape.OutputChannels,
                PanelInputStep = WeightPacking.PanelWidth,
                Weights = (byte*)packed,
                PanelStep = WeightPacking.PanelWidth,
                Bias = (byte*)bias,
                Kernels = kernels.DepthwiseUInt8,
                StoreStrip = kernels.Epilogue(epilogue.Kind),
                Epilogue = epilogue.Pinned(multipliers, residualMultipliers, residual, output, shape.OutputChannels),
            };
            product.Arguments.Segments = shape.KernelWidth;
            product.Arguments.TapStep = paddedChannels;
            product.RunImages(shape, input, (byte)inputZeroPoint, scratch, threads);
        }
    }

    private static int Validate(in ConvolutionShape shape, int weightsLength)
    {
        if (!shape.IsDepthwise)
        {
            throw new ArgumentException("A depthwise convolution has as many groups as input channels and output channels.", nameof(shape));
        }

        SpanGuard.Length(weightsLength, WeightPacking.DepthwiseLength(shape), "weights");
        return ConvolutionShape.RoundUp(shape.OutputChannels, WeightPacking.PanelWidth);
    }
}
