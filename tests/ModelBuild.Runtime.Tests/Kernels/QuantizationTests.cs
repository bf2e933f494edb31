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

    [Theory]
    [InlineData(0)]
    [InlineData(113)]
    [InlineData(32_768)]
    [InlineData(65_535)]
    public void QuantizeUInt16_EveryLength_EqualsTheDefinition(int zeroPoint)
    {
        const float Scale = 0.000_37f;
        foreach (int length in Samples.Lengths)
        {
            float[] x = Samples.FloatsWithSpecials(length, length + 1);
            byte[] high = [.. Enumerable.Repeat((byte)77, length + 2)];
            byte[] low = [.. Enumerable.Repeat((byte)78, length + 2)];
            Quantization.QuantizeUInt16(x, Scale, zeroPoint, high.AsSpan(1, length), low.AsSpan(1, length));

            int[] codes = Array.ConvertAll(x, v => (int)Math.Clamp(
                (float.IsNaN(v) ? 0 : Math.Round((double)(v / Scale), MidpointRounding.ToEven)) + zeroPoint, 0, 65_535));
            Assert.Equal([77, .. codes.Select(c => (byte)(c >> 8)), 77], high);
            Assert.Equal([78, .. codes.Select(c => (byte)c), 78], low);
        }
    }

    [Fact]
    public void QuantizeUInt16_EveryCode_IsSplitInItsBytes()
    {
        float[] x = [.. Enumerable.Range(0, 65_536).Select(i => (i - 4_000) * 0.25f)];
        var high = new byte[x.Length];
        var low = new byte[x.Length];
        Quantization.QuantizeUInt16(x, 0.25f, 4_000, high, low);
        Assert.Equal(Enumerable.Range(0, 65_536), high.Zip(low, (h, l) => (256 * h) + l));
    }

    [Fact]
    public void QuantizeUInt16_ArgumentsOutOfRange_AreNamed()
    {
        Assert.Equal("high", Assert.Throws<ArgumentException>(() => Quantization.QuantizeUInt16([1], 1, 0, [], new byte[1])).ParamName);
        Assert.Equal("low", Assert.Throws<ArgumentException>(() => Quantization.QuantizeUInt16([1], 1, 0, new byte[1], [])).ParamName);
        Assert.Equal(
            "scale",
            Assert.Throws<ArgumentOutOfRangeException>(() => Quantization.QuantizeUInt16([1], 0, 0, new byte[1], new byte[1])).ParamName);
        foreach (int zeroPoint in (int[])[-1, 65_536])
        {
            Assert.Equal(
                "zeroPoint",
                Assert.Throws<ArgumentOutOfRangeException>(
                    () => Quantization.QuantizeUInt16([1], 1, zeroPoint, new byte[1], new byte[1])).ParamName);
        }
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
