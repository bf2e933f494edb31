using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;
using ModelBuild.TestSupport;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Products whose codes find their scale at run time, of every tier, against the definition: bit by bit, on guarded memory.
/// </summary>
public sealed class DynamicProductTests
{
    /// <summary>Around what quads, panels, tiles and blocks of rows take: 4, 16, 48.</summary>
    private static readonly (int Rows, int Inner, int Columns)[] s_matrices =
        [(1, 1, 1), (1, 64, 16), (3, 7, 33), (48, 12, 5), (49, 30, 17), (100, 65, 40), (0, 8, 8)];

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Gemm_EveryShape_EqualsTheDefinition(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach ((int rows, int inner, int columns) in s_matrices)
        {
            var shape = new GemmShape(rows, inner, columns);
            (sbyte[] weights, float[] sums, float[] scales, float[] bias) = Weights(columns, inner);
            float[] left = Rows(rows, inner);
            using var input = new GuardedSpan<float>(left);
            using var packed = new GuardedSpan<sbyte>(WeightPacking.MatrixInt8(weights, shape));
            using var output = new GuardedSpan<float>(rows * columns);
            using var scratch = new GuardedSpan<byte>((int)DynamicGemm.ScratchBytes(inner, columns));
            DynamicGemm.UInt8(
                kernels, shape, input.Span, packed.Span, Channels(sums, scales, bias, columns, 1), -50, 60, output.Span, scratch.Span);

            output.Verify();
            scratch.Verify();
            for (int r = 0; r < rows; r++)
            {
                (float scale, int zero, byte[] codes) = Quantize(left.AsSpan(r * inner, inner));
                for (int o = 0; o < columns; o++)
                {
                    long products = 0;
                    for (int i = 0; i < inner; i++)
                    {
                        products += codes[i] * weights[(o * inner) + i];
                    }

                    float sum = products - (zero * sums[o]);
                    float expected = Math.Clamp((sum * scale * scales[o]) + bias[o], -50, 60);
                    Assert.True(expected.Equals(output.Span[(r * columns) + o]), $"{rows}×{inner}×{columns}: row {r}, column {o}");
                }
            }
        }
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Convolution_EveryShape_EqualsTheDefinition(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach (ConvolutionCase @case in ConvolutionCase.Dense.Take(60).Concat(ConvolutionCase.Depthwise.Take(40)))
        {
            ConvolutionShape shape = @case.Shape;
            ConvolutionShape one = shape.OfOneImage();
            int terms = shape.InputChannels / shape.Groups * shape.KernelHeight * shape.KernelWidth;
            (sbyte[] weights, float[] sums, float[] scales, float[] bias) = Weights(shape.OutputChannels, terms);
            int size = (int)one.InputLength;
            int result = (int)one.OutputLength;
            float[] images = Rows(shape.Batch, size);
            using var input = new GuardedSpan<float>(images);
            using var packed = new GuardedSpan<sbyte>(
                shape.IsDepthwise ? WeightPacking.DepthwiseInt8(weights, shape) : WeightPacking.ConvolutionInt8(weights, shape));
            using var output = new GuardedSpan<float>(shape.Batch * result);
            using var scratch = new GuardedSpan<byte>(
                (int)(size + shape.ScratchBytes(sizeof(byte)) + DynamicConvolution.ScratchBytes(shape.BiasLength)));
            DynamicConvolution.UInt8(
                kernels, shape, input.Span, packed.Span,
                Channels(sums, scales, bias, shape.OutputChannels, shape.IsDepthwise ? 1 : shape.Groups), -50, 60, output.Span,
                scratch.Span);

            output.Verify();
            scratch.Verify();
            for (int image = 0; image < shape.Batch; image++)
            {
                (float scale, int zero, byte[] codes) = Quantize(images.AsSpan(image * size, size));
                (double[] exact, _) = Reference.Convolve(
                    one, Array.ConvertAll(codes, c => (double)c), zero, Array.ConvertAll(weights, w => (double)w),
                    new double[shape.OutputChannels]);
                for (int i = 0; i < result; i++)
                {
                    int o = i % shape.OutputChannels;
                    float expected = Math.Clamp(((float)(exact[i] - (zero * (double)sums[o])) * (scale * scales[o])) + bias[o], -50, 60);
                    Assert.True(expected.Equals(output.Span[(image * result) + i]), $"{@case}: image {image}, element {i}");
                }
            }
        }
    }

    /// <summary>What happens in one row is no matter of the others.</summary>
    [Fact]
    public void Gemm_RowsWithoutANumber_AreNaNAndOthersAreNot()
    {
        float[] left = [1, 2, float.NaN, 1, 0, 0, 3, float.PositiveInfinity, -1, -2];
        var shape = new GemmShape(5, 2, 1);
        var output = new float[5];
        DynamicGemm.UInt8(
            shape, left, WeightPacking.MatrixInt8([1, 2], shape), Channels([3], [0.5f], [7], 1, 1), float.NegativeInfinity,
            float.PositiveInfinity, output, new byte[DynamicGemm.ScratchBytes(2, 1)]);

        Assert.Equal(9.5f, output[0], 0.05f);
        Assert.Equal(float.NaN, output[1]);
        Assert.Equal(7, output[2]);
        Assert.False(float.IsFinite(output[3]));
        Assert.Equal(4.5f, output[4], 0.05f);
    }

    [Fact]
    public void Products_SpansThatDoNotFit_AreRefused()
    {
        var matrix = new GemmShape(3, 8, 5);
        var window = new ConvolutionShape(2, 4, 4, 8, 4, 4, 5, 1, 1);
        sbyte[] weights = new sbyte[16 * 8];
        byte[] scratch = new byte[4096];
        Assert.Equal("left", Matrix(left: 23));
        Assert.Equal("weights", Matrix(weight: 127));
        Assert.Equal("channels.sums", Matrix(sums: 15));
        Assert.Equal("channels.scales", Matrix(scales: 5));
        Assert.Equal("channels.bias", Matrix(bias: 17));
        Assert.Equal("output", Matrix(output: 16));
        Assert.Equal("scratch", Matrix(bytes: (int)DynamicGemm.ScratchBytes(8, 5) - 1));
        Assert.Equal("input", Images(input: 255));
        Assert.Equal("channels.bias", Images(bias: 5));
        Assert.Equal("output", Images(output: 161));
        Assert.Equal("scratch", Images(bytes: (int)DynamicConvolution.ScratchBytes(16) + 127));

        string? Matrix(
            int left = 24, int weight = 128, int sums = 16, int scales = 16, int bias = 16, int output = 15, int bytes = 4096) =>
            Assert.ThrowsAny<ArgumentException>(() => DynamicGemm.UInt8(
                matrix, new float[left], weights.AsSpan(0, weight),
                new ChannelParameters(new float[sums], new float[scales], new float[bias]), 0, 1, new float[output],
                scratch.AsSpan(0, bytes))).ParamName;

        string? Images(int input = 256, int bias = 16, int output = 160, int bytes = 4096) =>
            Assert.ThrowsAny<ArgumentException>(() => DynamicConvolution.UInt8(
                window, new float[input], weights, new ChannelParameters(new float[16], new float[16], new float[bias]), 0, 1,
                new float[output], scratch.AsSpan(0, bytes))).ParamName;
    }

    private static ChannelParameters Channels(float[] sums, float[] scales, float[] bias, int channels, int groups) => new(
        WeightPacking.PadChannels<float>(sums, channels, groups), WeightPacking.PadChannels<float>(scales, channels, groups),
        WeightPacking.PadChannels<float>(bias, channels, groups));

    /// <summary>Rows of different ranges: of both signs, of one, of zeros.</summary>
    private static float[] Rows(int rows, int length)
    {
        float[] numbers = Samples.Floats(rows * length, length);
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (i / length % 5) switch
            {
                0 => numbers[i],
                1 => MathF.Abs(numbers[i]) * 1e-3f,
                2 => -MathF.Abs(numbers[i]) - 1,
                3 => 0,
                _ => numbers[i] + 20,
            };
        }

        return numbers;
    }

    private static (sbyte[] Codes, float[] Sums, float[] Scales, float[] Bias) Weights(int outputs, int terms)
    {
        sbyte[] codes = [.. Samples.Codes(outputs * terms, terms).Select(c => (sbyte)Math.Max(c - 128, -127))];
        float[] sums = [.. Enumerable.Range(0, outputs).Select(o => (float)codes.Skip(o * terms).Take(terms).Sum(c => c))];
        float[] scales = [.. Samples.Floats(outputs, 5, 0.01f).Select(MathF.Abs)];
        return (codes, sums, scales, Samples.Floats(outputs, 6, 3));
    }

    private static (float Scale, int Zero, byte[] Codes) Quantize(ReadOnlySpan<float> row)
    {
        float low = 0;
        float high = 0;
        foreach (float number in row)
        {
            low = Math.Min(low, number);
            high = Math.Max(high, number);
        }

        float scale = Math.Max((high - low) * (1f / 255), 1.17549435e-38f);
        int zero = -(int)MathF.Round(low / scale);
        var codes = new byte[row.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            codes[i] = Samples.ToCode(row[i] / scale, zero);
        }

        return (scale, zero, codes);
    }
}
