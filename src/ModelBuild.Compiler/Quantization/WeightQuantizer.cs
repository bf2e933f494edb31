using ModelBuild.Compiler.Graphs;

namespace ModelBuild.Compiler.Quantization;

/// <summary>Symmetric int8 weights in [−127, 127] with one scale per output channel, and their int32 bias.</summary>
internal static class WeightQuantizer
{
    private const float SmallestScale = 1e-12f;

    /// <param name="weights">float32.</param>
    /// <param name="axis">The output axis.</param>
    /// <param name="bias">Per output, or null.</param>
    /// <param name="inputScale">Scale of the activation that the weights multiply.</param>
    public static (Tensor Codes, float[] Scales) Quantize(Tensor weights, int axis, float[]? bias, float inputScale)
    {
        ReadOnlySpan<float> source = weights.Span<float>();
        int channels = (int)weights.Dimensions[axis];
        long inner = weights.Dimensions.Skip(axis + 1).Aggregate(1L, (a, b) => a * b);
        var scales = new float[channels];
        for (int i = 0; i < source.Length; i++)
        {
            int channel = (int)(i / inner % channels);
            scales[channel] = MathF.Max(scales[channel], MathF.Abs(source[i]));
        }

        for (int c = 0; c < channels; c++)
        {
            // The bias is an int32 in units of input scale × weight scale: a tiny weight scale must not push it out of range, and a row
            // of zeros must still leave it a unit.
            float magnitude = bias is null ? 0 : MathF.Abs(bias[bias.Length == 1 ? 0 : c]);
            scales[c] = scales[c] > 0
                ? MathF.Max(MathF.Max(scales[c] / 127f, magnitude / inputScale / (1 << 30)), SmallestScale)
                : ZeroRowScale(magnitude, inputScale);
        }

        var codes = new sbyte[source.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            float scaled = MathF.Round(source[i] / scales[(int)(i / inner % channels)], MidpointRounding.ToEven);
            codes[i] = (sbyte)Math.Clamp(scaled, -127f, 127f);
        }

        return (Tensor.Of(codes, [.. weights.Dimensions]), scales);
    }

    /// <summary>The scale of an output whose weights are all zero: it only has to say the bias.</summary>
    public static float ZeroRowScale(float bias, float inputScale) => MathF.Max(MathF.Abs(bias) / inputScale / (1 << 24), SmallestScale);

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
