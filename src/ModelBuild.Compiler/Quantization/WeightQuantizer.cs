using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Symmetric int8 weights in [−127, 127] with one scale per output channel, and their int32 bias.</summary>
internal static class WeightQuantizer
{
    /// <summary>A bias without weights beside it keeps this many bits.</summary>
    private const float BiasUnits = 1 << 24;

    /// <summary>Smaller scales would leave the normal float32 numbers when they are multiplied.</summary>
    private const float SmallestScale = 1e-30f;

    /// <param name="weights">float32.</param>
    /// <param name="axis">The output axis.</param>
    /// <param name="bias">Per output, or null.</param>
    /// <param name="input">Of the activation that the weights multiply: one scale.</param>
    /// <param name="sparseSteps">Whether steps are coarser where many weights are zero (<see cref="SparseSteps"/>).</param>
    public static (Tensor Codes, float[] Scales) Quantize(
        Tensor weights, int axis, float[]? bias, QuantizationParameters input, bool sparseSteps = false)
    {
        ReadOnlySpan<float> source = weights.Span<float>();
        int channels = (int)weights.Dimensions[axis];
        int inner = (int)weights.Dimensions.Skip(axis + 1).Aggregate(1L, (a, b) => a * b);
        var scales = new float[channels];
        float step = sparseSteps ? SparseSteps.Of(source) : 0;
        var codes = new sbyte[source.Length];
        var row = new sbyte[source.Length / Math.Max(channels, 1)];
        for (int c = 0; c < channels; c++)
        {
            float largest = 0;
            for (int i = 0; i < row.Length; i++)
            {
                largest = MathF.Max(largest, MathF.Abs(source[Index(i, c)]));
            }

            float offset = bias is null ? 0 : bias[bias.Length == 1 ? 0 : c];
            float scale = largest > 0 ? MathF.Max(largest / 127f, SparseSteps.OfOutput(step, largest)) : ZeroRowScale(offset, input.Scale);
            scale = MathF.Max(scale, SmallestScale / MathF.Min(input.Scale, 1));
            Round(source, c, scale);

            // The bias is an int32 in units of input scale × weight scale: a tiny weight scale must not push it out of range, nor must very
            // many products. The loop ends where the scale does.
            while (!AccumulatorRange.Fits(row, offset / ((double)input.Scale * scale), input.ZeroPoint) && float.IsFinite(scale * 2))
            {
                scale *= 2;
                Round(source, c, scale);
            }

            scales[c] = scale;
            for (int i = 0; i < row.Length; i++)
            {
                codes[Index(i, c)] = row[i];
            }
        }

        return (Tensor.Owning(DataType.Int8, codes, [.. weights.Dimensions]), scales);

        int Index(int position, int channel) => (((position / inner * channels) + channel) * inner) + (position % inner);

        void Round(ReadOnlySpan<float> source, int channel, float scale)
        {
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = (sbyte)Math.Clamp(MathF.Round(source[Index(i, channel)] / scale, MidpointRounding.ToEven), -127f, 127f);
            }
        }
    }

    /// <summary>The scale of an output whose weights are all zero: it only has to say the bias.</summary>
    public static float ZeroRowScale(float bias, float inputScale) =>
        MathF.Max(MathF.Abs(bias) / inputScale / BiasUnits, SmallestScale / MathF.Min(inputScale, 1));

    /// <summary>The bias in units of input scale × weight scale, and those units.</summary>
    public static (Tensor Codes, float[] Scales) QuantizeBias(float[] bias, float inputScale, float[] weightScales)
    {
        float[] scales = Array.ConvertAll(weightScales, s => inputScale * s);
        var codes = new int[scales.Length];
        for (int c = 0; c < codes.Length; c++)
        {
            double scaled = Math.Round(bias[bias.Length == 1 ? 0 : c] / (double)scales[c], MidpointRounding.ToEven);
            codes[c] = (int)Math.Clamp(scaled, int.MinValue, int.MaxValue);
        }

        return (Tensor.Of(codes, codes.Length), scales);
    }
}
