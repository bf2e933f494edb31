namespace ModelBuild.Runtime.Kernels;

/// <summary>Packs the blocks of weights that are not zero (<see cref="SparseWeights"/>).</summary>
/// <remarks>Used when a model is built; an application only maps the result.</remarks>
internal static class SparsePacking
{
    /// <summary>Most outputs of a block.</summary>
    public const int MaximumOutputs = 2;

    /// <summary>Most indices: a block has 16 bits for its own.</summary>
    public const int MaximumIndices = 1 << 16;

    /// <summary>Packs the weights of a convolution.</summary>
    /// <param name="weights"><c>[outputChannels, inputChannels / groups, kernelHeight, kernelWidth]</c>, as in ONNX.</param>
    /// <param name="shape">The convolution.</param>
    /// <param name="outputs">Outputs of a block: 1 or 2.</param>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static SparseBlocks Convolution(ReadOnlySpan<sbyte> weights, in ConvolutionShape shape, int outputs)
    {
        int channels = shape.InputChannelsPerGroup;
        SpanGuard.Length(weights.Length, (long)shape.OutputChannels * channels * shape.Taps, nameof(weights));
        return Pack(weights, shape.OutputChannelsPerGroup, shape.Groups, channels, shape.Taps, outputs);
    }

    /// <summary>Packs a right matrix.</summary>
    /// <param name="weights"><c>[columns, inner]</c>: one row per output.</param>
    /// <param name="shape">The matrix product.</param>
    /// <param name="outputs">Outputs of a block: 1 or 2.</param>
    /// <exception cref="ArgumentException">The weights' length does not fit the shape.</exception>
    public static SparseBlocks Matrix(ReadOnlySpan<sbyte> weights, in GemmShape shape, int outputs)
    {
        SpanGuard.Length(weights.Length, shape.RightLength, nameof(weights));
        return Pack(weights, shape.Columns, 1, shape.Inner, 1, outputs);
    }

    private static SparseBlocks Pack(
        ReadOnlySpan<sbyte> weights, int perGroup, int groups, int channels, int taps, int outputs)
    {
        int quads = Quads(channels);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)quads * taps, MaximumIndices, nameof(channels));
        int rowsPerGroup = ConvolutionShape.RoundUp(perGroup, WeightPacking.PanelWidth) / outputs;
        var starts = new int[(groups * rowsPerGroup) + 1];
        var indices = new List<ushort>();
        var values = new List<sbyte>();
        Span<sbyte> block = stackalloc sbyte[MaximumOutputs * WeightPacking.QuadLength];
        block = block[..(outputs * WeightPacking.QuadLength)];
        for (int row = 0; row < groups * rowsPerGroup; row++)
        {
            int group = row / rowsPerGroup;
            int first = row % rowsPerGroup * outputs;
            for (int index = 0; index < quads * taps; index++)
            {
                Gather(weights, block, (group * perGroup) + first, Math.Min(outputs, perGroup - first), channels, taps, index);
                if (block.ContainsAnyExcept((sbyte)0))
                {
                    indices.Add((ushort)index);
                    values.AddRange(block);
                }
            }

            starts[row + 1] = indices.Count;
        }

        return new SparseBlocks(starts, [.. indices], [.. values], outputs);
    }

    /// <summary>Quads of channels, the last one filled up with zeros.</summary>
    public static int Quads(int channels) => (int)(((long)channels + WeightPacking.QuadLength - 1) / WeightPacking.QuadLength);

    private static void Gather(
        ReadOnlySpan<sbyte> weights, Span<sbyte> block, int firstOutput, int outputs, int channels, int taps, int index)
    {
        int quads = Quads(channels);
        int tap = index / quads;
        int channel = index % quads * WeightPacking.QuadLength;
        block.Clear();
        for (int o = 0; o < outputs; o++)
        {
            for (int i = 0; i < WeightPacking.QuadLength && channel + i < channels; i++)
            {
                block[(o * WeightPacking.QuadLength) + i] = weights[((((firstOutput + o) * channels) + channel + i) * taps) + tap];
            }
        }
    }
}
