using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public class SoftmaxTests
{
    /// <summary>
    /// Units in the last place; to it comes the rounding of the argument of exp, which counts as many times as it is large.
    /// </summary>
    private const double MaximumUlps = 8;

    private const float MaximumLogError = 4e-6f;

    private static readonly int[] s_lengths = [.. Samples.Lengths.Where(l => l > 0), 1000];
    private static readonly int[] s_inner = [1, 2, 16, 17, 63, 64, 65, 130];

    [Fact]
    public void Float32_AnyShape_IsCloseToDoublePrecision()
    {
        foreach ((int length, int inner) in Shapes())
        {
            float[] x = Samples.Floats(2 * length * inner, length + inner, 20);
            var y = new float[x.Length];
            Softmax.Float32(2, length, inner, x, y);
            ForEachRun(x, length, inner, (indices, run) =>
            {
                double sum = run.Sum(v => Math.Exp(v - (double)run.Max()));
                for (int i = 0; i < run.Length; i++)
                {
                    double exact = Math.Exp(run[i] - (double)run.Max()) / sum;
                    Assert.InRange(Samples.Ulps(y[indices[i]], exact), 0, MaximumUlps + run.Max() - run[i]);
                }
            });
        }
    }

    [Fact]
    public void LogFloat32_AnyShape_IsCloseToDoublePrecision()
    {
        foreach ((int length, int inner) in Shapes())
        {
            float[] x = Samples.Floats(2 * length * inner, length + inner, 20);
            var y = new float[x.Length];
            Softmax.LogFloat32(2, length, inner, x, y);
            ForEachRun(x, length, inner, (indices, run) =>
            {
                double log = run.Max() + Math.Log(run.Sum(v => Math.Exp(v - (double)run.Max())));
                for (int i = 0; i < run.Length; i++)
                {
                    Assert.InRange(y[indices[i]], run[i] - log - MaximumLogError, run[i] - log + MaximumLogError);
                }
            });
        }
    }

    [Fact]
    public void UInt8_AnyShape_EqualsDoublePrecisionUpToTies()
    {
        foreach ((int length, int inner) in Shapes())
        {
            byte[] x = Samples.Codes(2 * length * inner, length + inner);
            var y = new byte[x.Length];
            const float Scale = 0.0371f;
            Softmax.UInt8(2, length, inner, x, Scale, 255.9f, 3, y);
            ForEachRun(x, length, inner, (indices, run) =>
            {
                double sum = run.Sum(v => Math.Exp((v - run.Max()) * (double)Scale));
                for (int i = 0; i < run.Length; i++)
                {
                    double exact = (Math.Exp((run[i] - run.Max()) * (double)Scale) / sum * 255.9f) + 3;
                    Assert.InRange(y[indices[i]] - Math.Min(exact, 255), -0.5001, 0.5001);
                }
            });
        }
    }

    [Fact]
    public void UInt8_Rows_AreTheQuantizedSoftmaxOfTheDequantizedOnes()
    {
        // With a scale of a power of two nothing is rounded before the exponential, so that both roads agree to the bit.
        foreach (int length in s_lengths)
        {
            byte[] x = Samples.Codes(length, length);
            var y = new byte[length];
            Softmax.UInt8(1, length, 1, x, 0.0625f, 256, 0, y);

            var real = new float[length];
            Quantization.DequantizeUInt8(x, 0.0625f, 77, real);
            Softmax.Float32(1, length, 1, real, real);
            var expected = new byte[length];
            Quantization.QuantizeUInt8(real, 1f / 256, 0, expected);
            Assert.Equal(expected, y);
        }
    }

    [Fact]
    public void Float32_LargeNumbersAndMasks_NeitherOverflowNorVanish()
    {
        var y = new float[4];
        Softmax.Float32(1, 4, 1, [1e30f, 1e30f, -10000f, float.NegativeInfinity], y);
        Assert.Equal([0.5f, 0.5f, 0f, 0f], y);
        Softmax.Float32(1, 1, 4, [1e30f, -1e30f, float.MinValue, 0f], y);
        Assert.Equal([1f, 1f, 1f, 1f], y);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Float32_RowWithNaNOrInfinity_IsNaNAndTheOthersAreNot(float poison)
    {
        var y = new float[4];
        Softmax.Float32(2, 2, 1, [1f, poison, 2f, 2f], y);
        Assert.Equal([float.NaN, 0.5f, 0.5f], y[1..]);
        Softmax.Float32(1, 2, 2, [1f, 2f, poison, 2f], y);
        Assert.Equal([0.5f, float.NaN, 0.5f], y[1..]);
    }

    /// <summary>More rows than are worked on together, some of them with masks, infinity and NaN.</summary>
    [Fact]
    public void Functions_ManyRows_AreWhatEachRowIsByItself()
    {
        const int Rows = 37;
        const int Length = 27;
        float[] x = Samples.Floats(Rows * Length, 3);
        (x[(5 * Length) + 3], x[(18 * Length) + 26], x[(36 * Length) + 11]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        x.AsSpan(20 * Length, Length).Fill(float.NegativeInfinity);
        var (whole, logarithms) = (new float[x.Length], new float[x.Length]);
        Softmax.Float32(Rows, Length, 1, x, whole);
        Softmax.LogFloat32(Rows, Length, 1, x, logarithms);
        for (int row = 0; row < Rows; row++)
        {
            (Range range, var y) = ((row * Length)..((row + 1) * Length), new float[Length]);
            Softmax.Float32(1, Length, 1, x.AsSpan(range), y);
            Assert.Equal(y, whole[range]);
            Softmax.LogFloat32(1, Length, 1, x.AsSpan(range), y);
            Assert.Equal(y, logarithms[range]);
            Assert.Equal(row is 5 or 18 or 20, float.IsNaN(y[0]));
        }
    }

    [Fact]
    public void Functions_EveryLength_ReadAndWriteNothingElse()
    {
        foreach ((int length, int inner) in Shapes())
        {
            float[] x = Samples.Floats(length * inner, length);
            byte[] codes = Samples.Codes(length * inner, length);
            float[] framed = [.. Enumerable.Repeat(77f, x.Length + 2)];
            byte[] framedCodes = [.. Enumerable.Repeat((byte)77, x.Length + 2)];

            Softmax.Float32(1, length, inner, x, framed.AsSpan(1, x.Length));
            Softmax.UInt8(1, length, inner, codes, 0.1f, 255, 0, framedCodes.AsSpan(1, x.Length));
            float[] inPlace = [.. x];
            Softmax.Float32(1, length, inner, inPlace, inPlace);
            Assert.Equal([77f, .. inPlace, 77f], framed);

            Softmax.LogFloat32(1, length, inner, x, framed.AsSpan(1, x.Length));
            Softmax.LogFloat32(1, length, inner, x, x);
            Assert.Equal([77f, .. x, 77f], framed);

            Softmax.UInt8(1, length, inner, codes, 0.1f, 255, 0, codes);
            Assert.Equal([77, .. codes, 77], framedCodes);
        }
    }

    [Fact]
    public void Functions_EmptyTensors_DoNothing()
    {
        Softmax.Float32(0, 5, 1, [], []);
        Softmax.Float32(5, 0, 1, [], []);
        Softmax.UInt8(5, 0, 3, [], 1, 1, 0, []);
        Softmax.LogFloat32(2, 3, 0, [], []);
    }

    [Fact]
    public void Functions_ArgumentsThatDoNotFit_AreRefused()
    {
        Assert.Equal("input", Parameter(() => Softmax.Float32(2, 3, 1, new float[5], new float[6])));
        Assert.Equal("output", Parameter(() => Softmax.LogFloat32(2, 3, 1, new float[6], new float[5])));
        Assert.Equal("inputScale", Parameter(() => Softmax.UInt8(2, 3, 1, new byte[6], -1, 1, 0, new byte[6])));
        Assert.Equal("length", Parameter(() => Softmax.Float32(2, -3, 1, [], [])));
    }

    private static IEnumerable<(int Length, int Inner)> Shapes() =>
        s_lengths.Select(l => (l, 1)).Concat(s_inner.SelectMany(i => (int[])[1, 2, 10, 33], (i, l) => (l, i)));

    private static void ForEachRun<T>(T[] x, int length, int inner, Action<int[], T[]> check)
    {
        for (int run = 0; run < x.Length / length; run++)
        {
            int first = (run / inner * length * inner) + (run % inner);
            int[] indices = [.. Enumerable.Range(0, length).Select(i => first + (i * inner))];
            check(indices, [.. indices.Select(i => x[i])]);
        }
    }

    private static string? Parameter(Action action) => Assert.ThrowsAny<ArgumentException>(action).ParamName;
}
