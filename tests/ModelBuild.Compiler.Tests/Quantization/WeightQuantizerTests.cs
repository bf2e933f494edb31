using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Compiler.Tests.Quantization;

public sealed class WeightQuantizerTests
{
    [Fact]
    public void Quantize_EachOutput_UsesItsOwnLargestMagnitude()
    {
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(Tensor.Of([1f, -2, 0.5f, 100, 50, -127], 2, 3), 0, null, new QuantizationParameters(1f, 0));
        Assert.Equal([2f / 127, 1f], scales);
        Assert.Equal([64, -127, 32, 100, 50, -127], codes.Span<sbyte>().ToArray());
    }

    [Fact]
    public void Quantize_LastAxis_IsThatOfMatMul()
    {
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(Tensor.Of([127f, 1, -127, 2], 2, 2), 1, null, new QuantizationParameters(1f, 0));
        Assert.Equal([1f, 2f / 127], scales);
        Assert.Equal([127, 64, -127, 127], codes.Span<sbyte>().ToArray());
    }

    [Fact]
    public void Quantize_TinyWeightsWithLargeBias_KeepTheBiasInRange()
    {
        float[] bias = [1000f, 1000f];
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(Tensor.Of([1e-9f, 0f], 2, 1), 0, bias, new QuantizationParameters(0.01f, 128));
        (Tensor biasCodes, float[] biasScales) = WeightQuantizer.QuantizeBias(bias, 0.01f, scales);
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(1000, biasCodes.Span<int>()[i] * (double)biasScales[i], 0.001);
        }

        Assert.Equal(0, codes.Span<sbyte>()[1]);
    }

    /// <summary>70,000 products of 255 × 127 do not fit an int32: the weights of such an output get coarser.</summary>
    /// <summary>No scale makes such a bias fit: the search for one ends.</summary>
    [Theory]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(float.NaN)]
    public void Quantize_BiasThatIsNoNumber_HasAScaleThatIsOne(float bias)
    {
        (_, float[] scales) = WeightQuantizer.Quantize(Tensor.Of([1f, 2f], 1, 2), 0, [bias], new QuantizationParameters(0.01f, 128));

        Assert.True(float.IsFinite(scales[0]), $"{scales[0]} is no number.");
    }

    [Fact]
    public void Quantize_MoreProductsThanAnAccumulatorHolds_TakesALargerScale()
    {
        var ones = new float[70_000];
        Array.Fill(ones, 1f);
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(Tensor.Of(ones, 1, ones.Length), 0, [0f], new QuantizationParameters(1f, 0));
        Assert.InRange(codes.Span<sbyte>().ToArray().Sum(c => 255L * c), 1, int.MaxValue);
        Assert.Equal(1, codes.Span<sbyte>()[0] * scales[0], 0.01);
    }

    /// <summary>
    /// What an input can be lies between −zero point and 255 − zero point: in the middle 70,000 products do fit, and at the end they are
    /// all negative, so that they do not fit below a negative bias.
    /// </summary>
    [Fact]
    public void Quantize_InputsAroundAZeroPoint_CountAsFarAsTheyReach()
    {
        var ones = new float[70_000];
        Array.Fill(ones, 1f);
        (Tensor middle, _) =
            WeightQuantizer.Quantize(Tensor.Of(ones, 1, ones.Length), 0, [0f], new QuantizationParameters(1f, 128));
        Assert.Equal(127, middle.Span<sbyte>()[0]);

        const float Bias = -1.5e9f / 127;
        float[] fewer = ones[..40_000];
        (Tensor codes, float[] scales) =
            WeightQuantizer.Quantize(Tensor.Of(fewer, 1, fewer.Length), 0, [Bias], new QuantizationParameters(1f, 255));
        Assert.InRange((Bias / scales[0]) - codes.Span<sbyte>().ToArray().Sum(c => 255L * c), int.MinValue, 0);
    }
}
