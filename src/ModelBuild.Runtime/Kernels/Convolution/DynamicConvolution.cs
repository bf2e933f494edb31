using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Convolution of float images with constant int8 weights, by integers: each image gets 8-bit codes with a scale and a zero point of its
/// own (dynamic quantization).
/// </summary>
/// <remarks>
/// The method allocates nothing, may run on several threads at once, and gives the same bits on every processor. Spans must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class DynamicConvolution
{
    /// <summary>
    /// <c>clamp((Σ (code - z) · weights[o]) · (s · scales[o]) + bias[o], minimum, maximum)</c> over the window, with
    /// <c>code = clamp(round(x / s) + z, 0, 255)</c>; <c>s</c> and <c>z</c> of an image are such that its codes reach from its smallest to
    /// its largest number, zero included.
    /// </summary>
    /// <param name="shape">The sizes; volumes are not taken.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, inputChannels]</c>. NaN in an image makes all its outputs NaN.</param>
    /// <param name="weights">
    /// As <see cref="WeightPacking.ConvolutionInt8"/> packs them, or <see cref="WeightPacking.DepthwiseInt8"/> where the shape is one.
    /// </param>
    /// <param name="channels">Sums and scales of the weights, and the bias.</param>
    /// <param name="minimum">Smallest output; minus infinity for none.</param>
    /// <param name="maximum">Largest output; infinity for none.</param>
    /// <param name="output"><c>[batch, outputHeight, outputWidth, outputChannels]</c>.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>. Its content does not matter.</param>
    /// <param name="threads">How many threads may work on it, the caller's included. The output does not depend on it.</param>
    /// <exception cref="ArgumentException">A span's length does not fit the shape, or the shape is one of volumes.</exception>
    public static void UInt8(
        in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<sbyte> weights, in ChannelParameters channels,
        float minimum, float maximum, Span<float> output, Span<byte> scratch, int threads = 1)
        => UInt8(KernelTable.Current, shape, input, weights, channels, minimum, maximum, output, scratch, threads);

    /// <summary>
    /// The scratch memory besides that of a convolution of bytes of the same shape (<see cref="ConvolutionShape.ScratchBytes"/>) and the
    /// elements of one image: what the output channels need.
    /// </summary>
    /// <param name="paddedChannels">The length of <see cref="ChannelParameters"/>.</param>
    /// <returns>The length in bytes.</returns>
    public static long ScratchBytes(int paddedChannels) => paddedChannels * (long)(sizeof(int) + sizeof(float));

    internal static void UInt8(
        KernelTable kernels, in ConvolutionShape shape, ReadOnlySpan<float> input, ReadOnlySpan<sbyte> weights,
        in ChannelParameters channels, float minimum, float maximum, Span<float> output, Span<byte> scratch,
        int threads = 1)
    {
        Convolution.RequireImages(shape);
        SpanGuard.Length(input.Length, shape.InputLength, nameof(input));
        SpanGuard.Length(output.Length, shape.OutputLength, nameof(output));
        channels.Validate(shape.BiasLength);
        ConvolutionShape one = shape.OfOneImage();
        int size = (int)one.InputLength;
        int result = (int)one.OutputLength;
        SpanGuard.AtLeast(
            scratch.Length, checked(ScratchBytes(shape.BiasLength) + size + shape.ScratchBytes(sizeof(byte))), nameof(scratch));
        Span<int> bias = MemoryMarshal.Cast<byte, int>(scratch)[..shape.BiasLength];
        Span<float> multipliers = MemoryMarshal.Cast<byte, float>(scratch).Slice(shape.BiasLength, shape.BiasLength);
        Span<byte> codes = scratch.Slice((int)ScratchBytes(shape.BiasLength), size);
        Span<byte> rest = scratch[((int)ScratchBytes(shape.BiasLength) + size)..];
        for (int image = 0; image < shape.Batch; image++)
        {
            ReadOnlySpan<float> values = input.Slice(image * size, size);
            RowParameters parameters = DynamicQuantization.Parameters(values);
            DynamicQuantization.Quantize(values, parameters, codes);
            Prepare(channels, parameters, bias, multipliers);
            var epilogue = Epilogue.OffsetToFloat32(
                bias, multipliers, channels.Bias, minimum, maximum, output.Slice(image * result, result));
            if (shape.IsDepthwise)
            {
                DepthwiseConvolution.UInt8(kernels, one, codes, (int)parameters.ZeroPoint, weights, epilogue, rest, threads);
            }
            else
            {
                Convolution.UInt8(kernels, one, codes, (int)parameters.ZeroPoint, weights, epilogue, rest, threads);
            }
        }
    }

    /// <summary>What the epilogue of an image takes: less the zero point's part of the sums, and the units of the accumulators.</summary>
    private static void Prepare(in ChannelParameters channels, RowParameters parameters, Span<int> bias, Span<float> multipliers)
    {
        int zeroPoint = (int)parameters.ZeroPoint;
        for (int o = 0; o < bias.Length; o++)
        {
            bias[o] = -(zeroPoint * (int)channels.Sums[o]);
            multipliers[o] = parameters.Scale * channels.Scales[o];
        }
    }
}
