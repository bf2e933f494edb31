using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>Two-dimensional poolings of channels-last tensors (ONNX: MaxPool, AveragePool, GlobalAveragePool).</summary>
/// <remarks>
/// Results are identical on every processor. All methods are thread-safe and allocate nothing. Input and output must not overlap.
/// </remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Pooling
{
    /// <summary>The largest element of every window and channel; padding does not count, and NaN is passed over.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, channels]</c>.</param>
    /// <param name="output"><c>[batch, outputHeight, outputWidth, channels]</c>; negative infinity for a window of padding alone.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void MaximumFloat32(in PoolingShape shape, ReadOnlySpan<float> input, Span<float> output) =>
        PoolingLoop.Run(default(MaximumPoolingOperator), in shape, input, output);

    /// <summary>The largest code of every window and channel; padding does not count. Scale and zero point stay as they are.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, channels]</c>.</param>
    /// <param name="output"><c>[batch, outputHeight, outputWidth, channels]</c>; 0 for a window of padding alone.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void MaximumUInt8(in PoolingShape shape, ReadOnlySpan<byte> input, Span<byte> output) =>
        PoolingLoop.Run(default(QuantizedMaximumPoolingOperator), in shape, input, output);

    /// <summary>The mean of every window and channel: the elements are added row by row, from the left, and the sum is divided.</summary>
    /// <param name="shape">The geometry.</param>
    /// <param name="countPadding">
    /// True to divide by the number of elements inside the input or its padding (count_include_pad of ONNX), false to divide by the number
    /// of elements inside the input.
    /// </param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, channels]</c>.</param>
    /// <param name="output"><c>[batch, outputHeight, outputWidth, channels]</c>; 0 for a window of padding alone.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape.</exception>
    public static void AverageFloat32(in PoolingShape shape, bool countPadding, ReadOnlySpan<float> input, Span<float> output) =>
        PoolingLoop.Run(new AveragePoolingOperator(countPadding), in shape, input, output);

    /// <summary>
    /// The mean of every window and channel of 8-bit codes, in new codes:
    /// <c>saturate(round((sum - n · inputZeroPoint) · (multiplier / area)) + zeroPoint)</c> with an integer sum of the n codes inside
    /// the input, float32 after it, and halves to the even integer.
    /// </summary>
    /// <param name="shape">The geometry; a window has at most 8,421,504 taps, whose sum an int32 can hold.</param>
    /// <param name="countPadding">
    /// True when the area is the number of elements inside the input or its padding (count_include_pad of ONNX), false when it is the
    /// number of elements inside the input.
    /// </param>
    /// <param name="input"><c>[batch, inputHeight, inputWidth, channels]</c>.</param>
    /// <param name="inputZeroPoint">The code of zero in the input, 0 to 255.</param>
    /// <param name="multiplier">The scale of the input over the scale of the output.</param>
    /// <param name="zeroPoint">The code of zero in the output, 0 to 255.</param>
    /// <param name="output"><c>[batch, outputHeight, outputWidth, channels]</c>; the zero point for a window of padding alone.</param>
    /// <exception cref="ArgumentException">A span does not fit the shape, a zero point out of range, or the window too large.</exception>
    public static void AverageUInt8(
        in PoolingShape shape, bool countPadding, ReadOnlySpan<byte> input, int inputZeroPoint, float multiplier, int zeroPoint,
        Span<byte> output)
    {
        QuantizedValueGuard.Code(inputZeroPoint);
        QuantizedValueGuard.Code(zeroPoint);
        if (shape.KernelArea > QuantizedAveragePoolingOperator.MaximumTaps)
        {
            throw new ArgumentException("The window has too many taps for an int32 sum.", nameof(shape));
        }

        var operation = new QuantizedAveragePoolingOperator(countPadding, inputZeroPoint, multiplier, zeroPoint);
        PoolingLoop.Run(operation, in shape, input, output);
    }
}
