using System.ComponentModel;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// Brings weights into the order in which the kernels read them. One format serves all processors: panels of 16 outputs, so that a
/// step of a kernel reads 16 floats, or 16 × 4 bytes, that lie side by side. Missing outputs of the last panel are zero.
/// </summary>
/// <remarks>Used when a model is built; an application only maps the result.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class WeightPacking
{
    /// <summary>Outputs in a panel.</summary>
    internal const int PanelWidth = 16;

    /// <summary>Bytes of the input that one step of an integer kernel multiplies: a dword.</summary>
    internal const int QuadLength = 4;

    /// <summary>
    /// Packs float convolution weights as <c>[group][panel][kernelY][kernelX][channel][16]</c>; <c>kernelZ</c> stands before
    /// <c>kernelY</c> where there is one.
    /// </summary>
    /// <param name="weights"><c>[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]</c>, as in ONNX.</param>
    /// <param name="shape">The convolution.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static float[] ConvolutionFloat32(ReadOnlySpan<float> weights, in ConvolutionShape shape)
    {
        var packed = new float[ConvolutionFloat32Length(shape)];
        PackConvolution(weights, shape, packed);
        return packed;
    }

    /// <summary>
    /// Packs int8 convolution weights as <c>[group][panel][segment][segmentLength / 4][16][4]</c>. A segment is a run of contiguous bytes
    /// of the input: a row of taps with all channels where dilation and groups allow, otherwise one tap. It is rounded up to a
    /// multiple of 4 with zero weights, so what the kernels read behind a run does not matter.
    /// </summary>
    /// <param name="weights"><c>[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]</c>, as in ONNX.</param>
    /// <param name="shape">The convolution.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static sbyte[] ConvolutionInt8(ReadOnlySpan<sbyte> weights, in ConvolutionShape shape)
    {
        int channels = shape.InputChannelsPerGroup;
        int taps = shape.Taps;
        SpanGuard.Length(weights.Length, (long)shape.OutputChannels * channels * taps, nameof(weights));

        var packed = new sbyte[ConvolutionInt8Length(shape)];
        int segmentLength = shape.SegmentLength;
        int paddedSegmentLength = ConvolutionShape.RoundUp(segmentLength, QuadLength);
        int panelLength = shape.KernelHeight * shape.SegmentsPerRow * paddedSegmentLength * PanelWidth;
        for (int output = 0; output < shape.OutputChannels; output++)
        {
            int slot = PaddedIndex(output, shape.OutputChannelsPerGroup);
            Span<sbyte> panel = packed.AsSpan(slot / PanelWidth * panelLength, panelLength);
            for (int channel = 0; channel < channels; channel++)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    int position = (tap * channels) + channel;
                    int padded = (position / segmentLength * paddedSegmentLength) + (position % segmentLength);
                    panel[QuadIndex(padded, slot % PanelWidth)] = weights[(((output * channels) + channel) * taps) + tap];
                }
            }
        }

        return packed;
    }

    /// <summary>Packs float depthwise weights as <c>[kernelY][kernelX][channels rounded up to 16]</c>.</summary>
    /// <param name="weights"><c>[channels, 1, kernelHeight, kernelWidth]</c>, as in ONNX.</param>
    /// <param name="shape">The convolution; as many groups as channels.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape, or the shape is not depthwise.</exception>
    public static float[] DepthwiseFloat32(ReadOnlySpan<float> weights, in ConvolutionShape shape) => PackDepthwise(weights, shape);

    /// <summary>Packs int8 depthwise weights as <c>[kernelY][kernelX][channels rounded up to 16]</c>.</summary>
    /// <param name="weights"><c>[channels, 1, kernelHeight, kernelWidth]</c>, as in ONNX.</param>
    /// <param name="shape">The convolution; as many groups as channels.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape, or the shape is not depthwise.</exception>
    public static sbyte[] DepthwiseInt8(ReadOnlySpan<sbyte> weights, in ConvolutionShape shape) => PackDepthwise(weights, shape);

    /// <summary>Packs a float right matrix as <c>[panel][inner][16]</c>.</summary>
    /// <param name="weights"><c>[columns, inner]</c>: one row per output.</param>
    /// <param name="shape">The matrix product.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static float[] MatrixFloat32(ReadOnlySpan<float> weights, in GemmShape shape)
    {
        SpanGuard.Length(weights.Length, shape.RightLength, nameof(weights));

        var packed = new float[MatrixFloat32Length(shape)];
        PackMatrix(weights, shape, packed);
        return packed;
    }

    /// <summary>Packs the weights of a recurrent layer's gates, each as <see cref="MatrixFloat32"/> does, one behind the other.</summary>
    /// <param name="weights"><c>[gates, columns, inner]</c>: one row per output.</param>
    /// <param name="gates">Number of gates.</param>
    /// <param name="shape">The matrix product of one gate.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static float[] GatesFloat32(ReadOnlySpan<float> weights, int gates, in GemmShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gates);
        SpanGuard.Length(weights.Length, Extent.Product(gates, shape.RightLength), nameof(weights));

        var packed = new float[checked(gates * MatrixFloat32Length(shape))];
        PackGates(weights, gates, shape, packed);
        return packed;
    }

    /// <summary>Packs an int8 right matrix as <c>[panel][inner / 4, rounded up][16][4]</c>.</summary>
    /// <param name="weights"><c>[columns, inner]</c>: one row per output.</param>
    /// <param name="shape">The matrix product.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static sbyte[] MatrixInt8(ReadOnlySpan<sbyte> weights, in GemmShape shape)
    {
        SpanGuard.Length(weights.Length, shape.RightLength, nameof(weights));

        var packed = new sbyte[MatrixInt8Length(shape)];
        int paddedInner = ConvolutionShape.RoundUp(shape.Inner, QuadLength);
        for (int column = 0; column < shape.Columns; column++)
        {
            Span<sbyte> panel = packed.AsSpan(column / PanelWidth * PanelWidth * paddedInner);
            for (int k = 0; k < shape.Inner; k++)
            {
                panel[QuadIndex(k, column % PanelWidth)] = weights[(column * shape.Inner) + k];
            }
        }

        return packed;
    }

    /// <summary>
    /// Packs the int8 weights of a recurrent layer's gates, each as <see cref="MatrixInt8"/> does, one behind the other.
    /// </summary>
    /// <param name="weights"><c>[gates, columns, inner]</c>: one row per output.</param>
    /// <param name="gates">Number of gates.</param>
    /// <param name="shape">The matrix product of one gate.</param>
    /// <returns>The packed weights.</returns>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static sbyte[] GatesInt8(ReadOnlySpan<sbyte> weights, int gates, in GemmShape shape)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(gates);
        SpanGuard.Length(weights.Length, Extent.Product(gates, shape.RightLength), nameof(weights));

        int length = (int)shape.RightLength;
        int packedLength = MatrixInt8Length(shape);
        var packed = new sbyte[checked(gates * packedLength)];
        for (int gate = 0; gate < gates; gate++)
        {
            MatrixInt8(weights.Slice(gate * length, length), shape).CopyTo(packed, gate * packedLength);
        }

        return packed;
    }

    /// <summary>
    /// Pads one value per output channel (bias, multipliers) with zeros, so that the channels of each group fill whole panels of 16.
    /// For a depthwise convolution, whose channels are packed side by side, pass one group.
    /// </summary>
    /// <typeparam name="T">Type of the values.</typeparam>
    /// <param name="values">One value per output channel.</param>
    /// <param name="channels">Number of output channels.</param>
    /// <param name="groups">Number of groups.</param>
    /// <returns>The padded values.</returns>
    /// <exception cref="ArgumentException">The values are not as many as the channels, or these are no multiple of the groups.</exception>
    public static T[] PadChannels<T>(ReadOnlySpan<T> values, int channels, int groups)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        ArgumentOutOfRangeException.ThrowIfNotEqual(channels % groups, 0, nameof(channels));
        SpanGuard.Length(values.Length, channels, nameof(values));

        int perGroup = channels / groups;
        var padded = new T[checked(groups * ConvolutionShape.RoundUp(perGroup, PanelWidth))];
        for (int channel = 0; channel < channels; channel++)
        {
            padded[PaddedIndex(channel, perGroup)] = values[channel];
        }

        return padded;
    }

    /// <summary><see cref="GatesFloat32"/> of weights that only the run knows. The caller has checked the lengths.</summary>
    internal static void PackGates(ReadOnlySpan<float> weights, int gates, in GemmShape shape, Span<float> packed)
    {
        int length = (int)shape.RightLength;
        int packedLength = MatrixFloat32Length(shape);
        for (int gate = 0; gate < gates; gate++)
        {
            PackMatrix(weights.Slice(gate * length, length), shape, packed.Slice(gate * packedLength, packedLength));
        }
    }

    /// <summary>
    /// <see cref="ConvolutionFloat32"/> or <see cref="DepthwiseFloat32"/>, whichever the shape wants, of weights that only the run knows.
    /// </summary>
    /// <param name="weights">As in ONNX.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="packed">As long as the packed weights.</param>
    internal static void Pack(ReadOnlySpan<float> weights, in ConvolutionShape shape, Span<float> packed)
    {
        packed.Clear();
        if (shape.IsDepthwise)
        {
            PackDepthwise(weights, shape, packed);
        }
        else
        {
            PackConvolution(weights, shape, packed);
        }
    }

    /// <summary>The bias beside weights of <see cref="Pack"/>; zeros where it is empty.</summary>
    internal static void PadBias(ReadOnlySpan<float> bias, in ConvolutionShape shape, Span<float> padded)
    {
        SpanGuard.Length(bias.Length, bias.IsEmpty ? 0 : shape.OutputChannels, nameof(bias));
        padded.Clear();
        int perGroup = shape.IsDepthwise ? shape.OutputChannels : shape.OutputChannelsPerGroup;
        for (int channel = 0; channel < bias.Length; channel++)
        {
            padded[PaddedIndex(channel, perGroup)] = bias[channel];
        }
    }

    internal static int ConvolutionFloat32Length(in ConvolutionShape shape)
        => checked(PaddedChannels(shape) * shape.Taps * shape.InputChannelsPerGroup);

    internal static int ConvolutionInt8Length(in ConvolutionShape shape)
        => checked(
            PaddedChannels(shape) * shape.KernelHeight * shape.SegmentsPerRow
            * ConvolutionShape.RoundUp(shape.SegmentLength, QuadLength));

    internal static int DepthwiseLength(in ConvolutionShape shape)
        => checked(shape.Taps * ConvolutionShape.RoundUp(shape.OutputChannels, PanelWidth));

    internal static int MatrixFloat32Length(in GemmShape shape) => checked(shape.PaddedColumns * shape.Inner);

    internal static int MatrixInt8Length(in GemmShape shape)
        => checked(shape.PaddedColumns * ConvolutionShape.RoundUp(shape.Inner, QuadLength));

    /// <summary>Of a convolution that is none of <see cref="DepthwiseConvolution"/>; one group of one channel is both kinds.</summary>
    private static int PaddedChannels(in ConvolutionShape shape) => !shape.IsDepthwise || shape.Groups == 1
        ? shape.PaddedOutputChannels
        : throw new ArgumentException("A depthwise convolution is one of DepthwiseConvolution.", nameof(shape));

    private static void PackMatrix(ReadOnlySpan<float> weights, in GemmShape shape, Span<float> packed)
    {
        packed.Clear();
        for (int column = 0; column < shape.Columns; column++)
        {
            int panel = column / PanelWidth * PanelWidth * shape.Inner;
            for (int k = 0; k < shape.Inner; k++)
            {
                packed[panel + (k * PanelWidth) + (column % PanelWidth)] = weights[(column * shape.Inner) + k];
            }
        }
    }

    /// <summary>Where an output channel lies when every group starts a new panel.</summary>
    private static int PaddedIndex(int channel, int perGroup)
        => (channel / perGroup * ConvolutionShape.RoundUp(perGroup, PanelWidth)) + (channel % perGroup);

    /// <summary>Where the weight of one byte of the input and one output of the panel lies in <c>[quad][16][4]</c>.</summary>
    private static int QuadIndex(int position, int lane)
        => (((position / QuadLength * PanelWidth) + lane) * QuadLength) + (position % QuadLength);

    /// <summary>The caller has made <paramref name="packed"/> as long as it must be, of zeros.</summary>
    private static void PackConvolution(ReadOnlySpan<float> weights, in ConvolutionShape shape, Span<float> packed)
    {
        int channels = shape.InputChannelsPerGroup;
        int taps = shape.Taps;
        SpanGuard.Length(weights.Length, (long)shape.OutputChannels * channels * taps, nameof(weights));
        int panelLength = taps * channels * PanelWidth;
        for (int output = 0; output < shape.OutputChannels; output++)
        {
            int slot = PaddedIndex(output, shape.OutputChannelsPerGroup);
            Span<float> panel = packed.Slice(slot / PanelWidth * panelLength, panelLength);
            for (int channel = 0; channel < channels; channel++)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    panel[(((tap * channels) + channel) * PanelWidth) + (slot % PanelWidth)] =
                        weights[(((output * channels) + channel) * taps) + tap];
                }
            }
        }
    }

    private static T[] PackDepthwise<T>(ReadOnlySpan<T> weights, in ConvolutionShape shape)
    {
        if (!shape.IsDepthwise)
        {
            throw new ArgumentException("A depthwise convolution has as many groups as input channels and output channels.", nameof(shape));
        }

        var packed = new T[DepthwiseLength(shape)];
        PackDepthwise(weights, shape, packed.AsSpan());
        return packed;
    }

    /// <summary>The caller has made <paramref name="packed"/> as long as it must be, of zeros.</summary>
    private static void PackDepthwise<T>(ReadOnlySpan<T> weights, in ConvolutionShape shape, Span<T> packed)
    {
        int taps = shape.Taps;
        SpanGuard.Length(weights.Length, (long)shape.OutputChannels * taps, nameof(weights));
        int pitch = packed.Length / taps;
        for (int channel = 0; channel < shape.OutputChannels; channel++)
        {
            for (int tap = 0; tap < taps; tap++)
            {
                packed[(tap * pitch) + channel] = weights[(channel * taps) + tap];
            }
        }
    }
}
