using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class ConversionTests
{
    [Fact]
    public void UInt8AndInt8_EveryCode_IsExact()
    {
        byte[] codes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        sbyte[] signed = [.. Enumerable.Range(-128, 256).Select(i => (sbyte)i)];
        var y = new float[256];
        Conversion.UInt8ToFloat32(codes, y);
        Assert.Equal(Enumerable.Range(0, 256).Select(i => (float)i), y);
        Conversion.Int8ToFloat32(signed, y);
        Assert.Equal(Enumerable.Range(-128, 256).Select(i => (float)i), y);
    }

    [Fact]
    public void Int32_EveryLength_IsRoundedToNearestEven()
    {
        foreach (int length in Samples.Lengths)
        {
            int[] x = [.. Enumerable.Range(0, length).Select(i => i % 3 == 0 ? 16777217 + (2 * i) : (i * 1664525) - 1013904223)];
            var y = new float[length];
            Conversion.Int32ToFloat32(x, y);
            Assert.Equal(x.Select(v => (float)(double)v), y);
        }
    }

    [Fact]
    public void Int64_HalfwayCases_AreRoundedOnce()
    {
        // Through double precision the first would be rounded twice, down to 2^62.
        long[] x = [(1L << 62) + (1L << 38) + 1, (1L << 62) + (1L << 38), long.MinValue, long.MaxValue, 0, -1, 16777217];
        var y = new float[x.Length];
        Conversion.Int64ToFloat32(x, y);
        Assert.Equal([4611686568183201792f, 4611686018427387904f, -9223372036854775808f, 9223372036854775808f, 0f, -1f, 16777216f], y);
    }

    [Fact]
    public void HalfBoolAndWidening_AreExact()
    {
        var y = new float[4];
        Conversion.Float16ToFloat32([(Half)0.333f, Half.MaxValue, Half.NegativeInfinity, Half.Epsilon], y);
        Assert.Equal([0.33300781f, 65504f, float.NegativeInfinity, 5.9604645e-8f], y);
        Conversion.BoolToFloat32([true, false, false, true], y);
        Assert.Equal([1f, 0f, 0f, 1f], y);
        var wide = new double[3];
        Conversion.Float32ToFloat64([0.1f, float.NaN, float.MaxValue], wide);
        Assert.Equal([0.1f, double.NaN, 3.4028234663852886e38], wide);
    }

    [Fact]
    public void Float64_AnyNumbers_AreRoundedToNearestEven()
    {
        double[] x = [0, -0.0, 1 + 5.9604644775390625e-8, 1 + 1.7881393432617188e-7, 1e300, -1e300, double.NaN, 1e-46, Math.PI];
        var y = new float[x.Length];
        Conversion.Float64ToFloat32(x, y);
        Assert.Equal(
            [0f, -0f, 1f, 1.0000002f, float.PositiveInfinity, float.NegativeInfinity, float.NaN, 0f, 3.1415927f], y);
    }
}
