using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class QuantizationTests
{
    [Fact]
    public void QuantizeUInt8_EveryLength_EqualsTheDefinition()
    {
        foreach (int length in Samples.Lengths)
        {
            float[] x = Samples.FloatsWithSpecials(length, length + 1);
            byte[] framed = [.. Enumerable.Repeat((byte)77, length + 2)];
            Quantization.QuantizeUInt8(x, 0.037f, 113, framed.AsSpan(1, length));
            Assert.Equal([77, .. x.Select(v => Samples.ToCode(v / 0.037f, 113)), 77], framed);
        }
    }

    [Fact]
    public void QuantizeDynamicUInt8_EveryLength_EqualsTheDefinition()
    {
        foreach (int length in Samples.Lengths)
        {
            float[] x = Samples.FloatsWithSpecials(length, length + 1);
            byte[] framed = [.. Enumerable.Repeat((byte)77, length + 2)];
            Quantization.QuantizeDynamicUInt8(x, [0.037f], [113], framed.AsSpan(1, length));
            Assert.Equal([77, .. x.Select(v => Samples.ToCode(v / 0.037f, 113)), 77], framed);
        }

        Assert.Equal(
            "scale", Assert.Throws<ArgumentException>(() => Quantization.QuantizeDynamicUInt8([1], [1, 2], [0], new byte[1])).ParamName);
        Assert.Equal(
            "zeroPoint", Assert.Throws<ArgumentException>(() => Quantization.QuantizeDynamicUInt8([1], [1], [], new byte[1])).ParamName);
    }

    [Fact]
    public void QuantizeUInt8_Halves_GoToTheEvenInteger()
    {
        float[] x = [.. Enumerable.Range(-300, 600).Select(i => (i + 0.5f) * 0.25f)];
        var y = new byte[x.Length];
        Quantization.QuantizeUInt8(x, 0.25f, 100, y);
        Assert.Equal(
            x.Select(v => (byte)Math.Clamp((double)(decimal.Round((decimal)(v / 0.25f), MidpointRounding.ToEven) + 100), 0, 255)), y);
    }

    [Fact]
    public void QuantizeUInt8_QuotientThatMultiplicationMisses_IsDivided()
    {
        // Around the halves, where a product with the rounded reciprocal falls on the other side for some.
        const float Scale = 0.037f;
        var x = new List<float>();
        for (int i = -128; i < 127; i++)
        {
            float half = (i + 0.5f) * Scale;
            x.AddRange([MathF.BitDecrement(half), half, MathF.BitIncrement(half)]);
        }

        Assert.Contains(x, v => Samples.ToCode(v * (1 / Scale), 128) != Samples.ToCode(v / Scale, 128));
        var y = new byte[x.Count];
        Quantization.QuantizeUInt8(x.ToArray(), Scale, 128, y);
        Assert.Equal(x.Select(v => Samples.ToCode(v / Scale, 128)), y);
    }

    [Fact]
    public void QuantizeUInt8_ExtremeNumbers_SaturateAndNaNIsTheZeroPoint()
    {
        var y = new byte[6];
        Quantization.QuantizeUInt8(
            [float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, float.MinValue, -0f], 1e-30f, 9, y);
        Assert.Equal<byte>([255, 0, 9, 255, 0, 9], y);
    }

    [Fact]
    public void DequantizeUInt8_EveryCodeAndZeroPoint_QuantizesBackToItself()
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        for (int zeroPoint = 0; zeroPoint < 256; zeroPoint++)
        {
            var real = new float[256];
            Quantization.DequantizeUInt8(codes, 0.0123f, zeroPoint, real);
            Assert.Equal(codes.Select(c => (c - zeroPoint) * 0.0123f), real);

            var back = new byte[256];
            Quantization.QuantizeUInt8(real, 0.0123f, zeroPoint, back);
            Assert.Equal(codes, back);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(16)]
    [InlineData(33)]
    public void DequantizeInt32_ChannelsWithScales_EachHaveTheirOwn(int channels)
    {
        const int Rows = 5;
        int[] x = [.. Samples.Floats(Rows * channels, 3, 2e9f).Select(v => (int)v)];
        float[] scales = Samples.Floats(channels + 16, 4);
        var y = new float[x.Length];
        Quantization.DequantizeInt32(x, channels, scales, y);
        Assert.Equal(x.Select((v, i) => (float)v * scales[i % channels]), y);
    }

    [Fact]
    public void Quantization_ArgumentsOutOfRange_AreRefused()
    {
        Assert.Equal("output", Parameter(() => Quantization.QuantizeUInt8(new float[3], 1, 0, new byte[2])));
        Assert.Equal("scale", Parameter(() => Quantization.QuantizeUInt8(new float[3], 0, 0, new byte[3])));
        Assert.Equal("scale", Parameter(() => Quantization.QuantizeUInt8(new float[3], float.NaN, 0, new byte[3])));
        Assert.Equal("zeroPoint", Parameter(() => Quantization.QuantizeUInt8(new float[3], 1, 256, new byte[3])));
        Assert.Equal("zeroPoint", Parameter(() => Quantization.DequantizeUInt8(new byte[3], 1, -1, new float[3])));
        Assert.Equal("input", Parameter(() => Quantization.DequantizeInt32(new int[7], 3, new float[3], new float[7])));
        Assert.Equal("scales", Parameter(() => Quantization.DequantizeInt32(new int[6], 3, new float[2], new float[6])));
    }

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
