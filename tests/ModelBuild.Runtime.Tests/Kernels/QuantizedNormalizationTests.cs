using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Normalization of rows of codes, against its definition in exact integers, and in double precision.</summary>
public sealed class QuantizedNormalizationTests
{
    [Theory]
    [InlineData(1, 0.02f, 1e-5f, 3)]
    [InlineData(7, 0.02f, 1e-5f, 128)]
    [InlineData(16, 1.5f, 1e-12f, 0)]
    [InlineData(33, 1e-4f, 1e-5f, 255)]
    [InlineData(384, 0.013f, 1e-6f, 120)]
    [InlineData(QuantizedNormalization.MaximumLength, 0.4f, 1e-5f, 130)]
    public void UInt8_RowsOfAnyLength_EqualTheDefinition(int length, float inputScale, float epsilon, int zeroPoint)
    {
        const int Rows = 3;
        byte[] codes = Samples.Codes(Rows * length, 1);
        float[] scales = Samples.Floats(length, 2, 30);
        float[] offsets = Samples.Floats(length, 3, 20);
        var output = new byte[codes.Length];

        QuantizedNormalization.UInt8(length, codes, inputScale, epsilon, scales, offsets, zeroPoint, output);

        for (int row = 0; row < Rows; row++)
        {
            byte[] q = codes[(row * length)..((row + 1) * length)];
            Assert.Equal(Define(q, inputScale, epsilon, scales, offsets, zeroPoint), output[(row * length)..((row + 1) * length)]);
            double mean = q.Average(c => (double)c);
            double deviation = Math.Sqrt((q.Average(c => (c - mean) * (c - mean)) * inputScale * inputScale) + epsilon);
            for (int i = 0; i < length; i++)
            {
                double exact = Math.Clamp(((q[i] - mean) * inputScale / deviation * scales[i]) + offsets[i] + zeroPoint, 0, 255);
                Assert.InRange(output[(row * length) + i], exact - 0.51, exact + 0.51);
            }
        }
    }

    [Theory]
    [InlineData(1, 0.02f, 0, 3)]
    [InlineData(33, 0.01f, 255, 128)]
    [InlineData(384, 0.013f, 120, 7)]
    [InlineData(QuantizedNormalization.MaximumLength, 0.4f, 130, 200)]
    public void RootUInt8_RowsOfAnyLength_AreNearTheDefinition(int length, float inputScale, int inputZeroPoint, int zeroPoint)
    {
        byte[] codes = Samples.Codes(2 * length, 1);
        float[] scales = Samples.Floats(length, 2, 30);
        float[] offsets = Samples.Floats(length, 3, 20);
        var output = new byte[codes.Length];

        QuantizedNormalization.RootUInt8(
            length, codes, inputScale, inputZeroPoint, 1e-5f, scales, offsets, zeroPoint, output);

        for (int row = 0; row < 2; row++)
        {
            double[] x = [.. codes.Skip(row * length).Take(length).Select(c => (c - inputZeroPoint) * (double)inputScale)];
            double root = Math.Sqrt(x.Average(v => v * v) + 1e-5f);
            for (int i = 0; i < length; i++)
            {
                double exact = Math.Clamp((x[i] / root * scales[i]) + offsets[i] + zeroPoint, 0, 255);
                Assert.InRange(output[(row * length) + i], exact - 0.51, exact + 0.51);
            }
        }
    }

    /// <summary>Rows that never vary are their offsets, and with nothing added to the variance no number: then the zero point.</summary>
    [Theory]
    [InlineData(1e-5f, 25)]
    [InlineData(0, 20)]
    public void UInt8_RowOfEqualCodes_IsItsOffset(float epsilon, byte expected)
    {
        var output = new byte[40];
        QuantizedNormalization.UInt8(
            20, [.. Enumerable.Repeat((byte)255, 40)], 0.1f, epsilon, Samples.Floats(20, 1, 1), [.. Enumerable.Repeat(5f, 20)], 20, output);
        Assert.All(output, code => Assert.Equal(expected, code));
    }

    [Fact]
    public void UInt8_SpansThatDoNotFit_AreRefused()
    {
        Assert.Equal("input", Refused(input: 13));
        Assert.Equal("output", Refused(output: 13));
        Assert.Equal("scales", Refused(scales: 6));
        Assert.Equal("offsets", Refused(offsets: 8));
        Assert.Equal("zeroPoint", Refused(zeroPoint: 256));
        Assert.Equal("inputScale", Refused(scale: 0));
        Assert.Equal("length", Refused(length: 0));
        Assert.Equal("length", Refused(length: QuantizedNormalization.MaximumLength + 1));

        static string? Refused(
            int length = 7, int input = 14, int output = 14, int scales = 7, int offsets = 7, int zeroPoint = 0, float scale = 1) =>
            Assert.ThrowsAny<ArgumentException>(() => QuantizedNormalization.UInt8(
                length, new byte[input], scale, 1e-5f, new float[scales], new float[offsets], zeroPoint, new byte[output])).ParamName;
    }

    private static byte[] Define(byte[] q, float inputScale, float epsilon, float[] scales, float[] offsets, int zeroPoint)
    {
        long n = q.Length;
        long sum = q.Sum(c => (long)c);
        long squares = q.Sum(c => (long)c * c);
        double variance = ((n * squares) - (sum * sum)) / ((double)n * n);
        float factor = (float)(inputScale / (n * Math.Sqrt((variance * inputScale * inputScale) + epsilon)));
        return
        [
            .. q.Select((c, i) =>
            {
                float product = ((c * n) - sum) * factor;
                float scaled = product * scales[i];
                float value = scaled + offsets[i];
                return (byte)Math.Clamp(MathF.Round(value, MidpointRounding.ToEven) + zeroPoint, 0, 255);
            }),
        ];
    }
}
