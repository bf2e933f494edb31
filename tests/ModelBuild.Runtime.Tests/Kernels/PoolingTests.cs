using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class PoolingTests
{
    /// <summary>Sizes of a random pooling, and the shape that is made of them.</summary>
    private sealed record Case(
        int Batch, int Height, int Width, int Channels, int OutputHeight, int OutputWidth, int KernelHeight, int KernelWidth,
        int StrideY, int StrideX, int DilationY, int DilationX, int PadTop, int PadLeft, int PadBottom, int PadRight)
    {
        public PoolingShape Shape => new(
            Batch, Height, Width, Channels, OutputHeight, OutputWidth, KernelHeight, KernelWidth, StrideY, StrideX, DilationY, DilationX,
            PadTop, PadLeft, PadBottom, PadRight);

        public int InputLength => Batch * Height * Width * Channels;

        public int OutputLength => Batch * OutputHeight * OutputWidth * Channels;

        /// <summary>For every output element how many taps of its window lie inside the input or its padding.</summary>
        public IEnumerable<int> PaddedCounts() =>
            from n in Enumerable.Range(0, Batch)
            from y in Enumerable.Range(0, OutputHeight)
            from x in Enumerable.Range(0, OutputWidth)
            from c in Enumerable.Range(0, Channels)
            select Enumerable.Range(0, KernelHeight).Count(k => (y * StrideY) - PadTop + (k * DilationY) < Height + PadBottom)
                * Enumerable.Range(0, KernelWidth).Count(k => (x * StrideX) - PadLeft + (k * DilationX) < Width + PadRight);

        /// <summary>For every output element the input elements of its window, in the order of the taps.</summary>
        public IEnumerable<T[]> Windows<T>(T[] input)
        {
            for (int n = 0; n < Batch; n++)
            {
                for (int y = 0; y < OutputHeight; y++)
                {
                    for (int x = 0; x < OutputWidth; x++)
                    {
                        for (int c = 0; c < Channels; c++)
                        {
                            var taps = new List<T>();
                            for (int ky = 0; ky < KernelHeight; ky++)
                            {
                                for (int kx = 0; kx < KernelWidth; kx++)
                                {
                                    int iy = (y * StrideY) - PadTop + (ky * DilationY);
                                    int ix = (x * StrideX) - PadLeft + (kx * DilationX);
                                    if (iy >= 0 && iy < Height && ix >= 0 && ix < Width)
                                    {
                                        taps.Add(input[(((((n * Height) + iy) * Width) + ix) * Channels) + c]);
                                    }
                                }
                            }

                            yield return [.. taps];
                        }
                    }
                }
            }
        }
    }

    private static readonly int[] s_channels = [1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 80, 127, 128, 130];

    private static IEnumerable<Case> Cases()
    {
        yield return new Case(1, 26, 26, 32, 13, 13, 2, 2, 2, 2, 1, 1, 0, 0, 0, 0);
        yield return new Case(2, 7, 7, 64, 1, 1, 7, 7, 1, 1, 1, 1, 0, 0, 0, 0);
        yield return new Case(1, 1, 9, 3, 1, 5, 1, 3, 1, 2, 1, 1, 0, 1, 0, 1);
        yield return new Case(0, 5, 5, 3, 5, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0);
        var random = new Random(5);
        for (int i = 0; i < 150; i++)
        {
            yield return new Case(
                random.Next(1, 3), random.Next(1, 9), random.Next(1, 9), s_channels[i % s_channels.Length], random.Next(1, 6),
                random.Next(1, 6), random.Next(1, 5), random.Next(1, 5), random.Next(1, 4), random.Next(1, 4), random.Next(1, 4),
                random.Next(1, 4), random.Next(0, 4), random.Next(0, 4), random.Next(0, 4), random.Next(0, 4));
        }
    }

    [Fact]
    public void Maximum_AnyGeometry_IsTheLargestTap()
    {
        foreach (Case pooling in Cases())
        {
            float[] x = Samples.Floats(pooling.InputLength, 1);
            var y = new float[pooling.OutputLength];
            Pooling.MaximumFloat32(pooling.Shape, x, y);
            Assert.Equal(pooling.Windows(x).Select(w => w.Length == 0 ? float.NegativeInfinity : w.Max()), y);

            byte[] codes = Samples.Codes(pooling.InputLength, 2);
            var maxima = new byte[pooling.OutputLength];
            Pooling.MaximumUInt8(pooling.Shape, codes, maxima);
            Assert.Equal(pooling.Windows(codes).Select(w => w.Length == 0 ? (byte)0 : w.Max()), maxima);
        }
    }

    [Fact]
    public void Maximum_NaNAndNegativeInfinity_ArePassedOver()
    {
        foreach (int channels in s_channels)
        {
            float[] x =
            [
                .. Enumerable.Repeat(float.NaN, channels), .. Enumerable.Repeat(-3f, channels),
                .. Enumerable.Repeat(float.NaN, channels),
                .. Enumerable.Repeat(float.NaN, channels), .. Enumerable.Repeat(float.NegativeInfinity, channels),
                .. Enumerable.Repeat(float.NaN, channels),
            ];
            var y = new float[channels * 2];
            Pooling.MaximumFloat32(new PoolingShape(2, 1, 3, channels, 1, 1, 1, 3), x, y);
            Assert.Equal([.. Enumerable.Repeat(-3f, channels), .. Enumerable.Repeat(float.NegativeInfinity, channels)], y);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AverageFloat32_AnyGeometry_IsTheSumInOrderOverTheArea(bool countPadding)
    {
        foreach (Case pooling in Cases())
        {
            float[] x = Samples.Floats(pooling.InputLength, 3);
            var y = new float[pooling.OutputLength];
            Pooling.AverageFloat32(pooling.Shape, countPadding, x, y);
            Assert.Equal(
                pooling.Windows(x)
                    .Zip(
                        pooling.PaddedCounts(), (w, padded) =>
                            w.Aggregate(0f, (sum, v) => sum + v) / Area(countPadding ? padded : w.Length)), y);
        }
    }

    [Theory]
    [InlineData(false, 0, 1f, 0)]
    [InlineData(true, 0, 1f, 0)]
    [InlineData(false, 113, 1.37f, 121)]
    [InlineData(true, 255, 0.73f, 200)]
    public void AverageUInt8_AnyGeometry_IsTheRoundedMean(bool countPadding, int inputZeroPoint, float multiplier, int zeroPoint)
    {
        foreach (Case pooling in Cases())
        {
            byte[] x = Samples.Codes(pooling.InputLength, 4);
            var y = new byte[pooling.OutputLength];
            Pooling.AverageUInt8(pooling.Shape, countPadding, x, inputZeroPoint, multiplier, zeroPoint, y);
            Assert.Equal(
                pooling.Windows(x).Zip(pooling.PaddedCounts(), (w, padded) =>
                {
                    float factor = multiplier / Area(countPadding ? padded : w.Length);
                    return Samples.ToCode((float)w.Sum(v => v - inputZeroPoint) * factor, zeroPoint);
                }),
                y);
        }
    }

    [Fact]
    public void AverageUInt8_HalvesOfEqualScales_GoToTheEvenCode()
    {
        byte[] x = [1, 2, 2, 3, 4, 5];
        var y = new byte[3];
        Pooling.AverageUInt8(new PoolingShape(1, 1, 6, 1, 1, 3, 1, 2, strideX: 2), false, x, 0, 1, 0, y);
        Assert.Equal<byte>([2, 2, 4], y);
    }

    [Fact]
    public void Poolings_ArgumentsThatDoNotFit_AreRefused()
    {
        var shape = new PoolingShape(1, 4, 4, 3, 2, 2, 2, 2, 2, 2);
        Assert.Equal("input", Parameter(() => Pooling.MaximumFloat32(in shape, new float[47], new float[12])));
        Assert.Equal("output", Parameter(() => Pooling.MaximumUInt8(in shape, new byte[48], new byte[11])));
        Assert.Equal("inputZeroPoint", Parameter(() => Pooling.AverageUInt8(in shape, false, new byte[48], 256, 1, 0, new byte[12])));
        Assert.Equal("kernelHeight", Parameter(() => _ = new PoolingShape(1, 4, 4, 3, 2, 2, 0, 2)));
        Assert.Equal("padTop", Parameter(() => _ = new PoolingShape(1, 4, 4, 3, 2, 2, 1, 2, padTop: -1)));

        const int Huge = int.MaxValue;
        var huge = new PoolingShape(Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge);
        Assert.Equal("input", Parameter(() => Pooling.MaximumUInt8(in huge, new byte[1], new byte[1])));
        Assert.Equal("shape", Parameter(() => Pooling.AverageUInt8(in huge, false, new byte[1], 0, 1, 0, new byte[1])));
    }

    /// <summary>So many codes of 255 are a sum that int32 holds; of one more it would not.</summary>
    [Fact]
    public void AverageUInt8_MostTapsThatASumHolds_IsComputed()
    {
        const int Most = int.MaxValue / byte.MaxValue;
        var y = new byte[1];

        Pooling.AverageUInt8(new PoolingShape(1, 1, 1, 1, 1, 1, 1, Most), false, new byte[] { 200 }, 0, 1, 0, y);

        Assert.Equal(200, y[0]);
        var larger = new PoolingShape(1, 1, 1, 1, 1, 1, 1, Most + 1);
        Assert.Equal("shape", Parameter(() => Pooling.AverageUInt8(in larger, false, new byte[1], 0, 1, 0, new byte[1])));
    }

    [Fact]
    public void Poolings_HugeStridesAndPaddings_StayInsideTheInput()
    {
        const int Huge = int.MaxValue;
        var shape = new PoolingShape(1, 2, 2, 1, 3, 3, Huge, Huge, Huge, Huge, Huge, Huge, Huge, Huge);
        var y = new byte[9];
        Pooling.MaximumUInt8(in shape, new byte[] { 5, 6, 7, 8 }, y);
        Assert.Equal<byte>([5, 5, 0, 5, 5, 0, 0, 0, 0], y);
    }

    private static float Area(int taps) => Math.Max(taps, 1);

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
