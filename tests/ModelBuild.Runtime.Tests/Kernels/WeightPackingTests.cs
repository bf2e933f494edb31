using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>The packed formats, which plans on disk rely on, spelled out on weights that count upwards.</summary>
public sealed class WeightPackingTests
{
    [Fact]
    public void ConvolutionFloat32_TwoOutputs_PanelsOf16ByTapAndChannel()
    {
        // 2 outputs, 2 channels, 1×2 taps: output o, channel c, tap t is 1 + 4o + 2c + t.
        var shape = new ConvolutionShape(1, 1, 2, 2, 1, 1, 2, 1, 2);
        float[] packed = WeightPacking.ConvolutionFloat32([1, 2, 3, 4, 5, 6, 7, 8], shape);
        Assert.Equal(Rows16([1, 5], [3, 7], [2, 6], [4, 8]), packed);
    }

    [Fact]
    public void ConvolutionFloat32_Groups_EachStartsAPanel()
    {
        // 2 channels into 1 output in each group.
        var shape = new ConvolutionShape(1, 1, 1, 4, 1, 1, 2, 1, 1, groups: 2);
        Assert.Equal(Rows16([1], [2], [3], [4]), WeightPacking.ConvolutionFloat32([1, 2, 3, 4], shape));
    }

    [Fact]
    public void ConvolutionInt8_RowOfTaps_IsOneSegmentRoundedUpToAQuad()
    {
        // 1 channel, 1×3 taps: three bytes and a zero.
        var shape = new ConvolutionShape(1, 1, 3, 1, 1, 1, 2, 1, 3);
        sbyte[] expected = new sbyte[64];
        ((sbyte[])[1, 2, 3, 0, 4, 5, 6, 0]).CopyTo(expected, 0);
        Assert.Equal(expected, WeightPacking.ConvolutionInt8([1, 2, 3, 4, 5, 6], shape));
    }

    [Fact]
    public void ConvolutionInt8_Dilation_MakesEveryTapASegment()
    {
        // 2 channels, 1×2 taps apart: each tap is two bytes and two zeros. Channel c, tap t is 1 + 2c + t.
        var shape = new ConvolutionShape(1, 1, 3, 2, 1, 1, 1, 1, 2, dilationX: 2);
        sbyte[] expected = new sbyte[128];
        ((sbyte[])[1, 3]).CopyTo(expected, 0);
        ((sbyte[])[2, 4]).CopyTo(expected, 64);
        Assert.Equal(expected, WeightPacking.ConvolutionInt8([1, 2, 3, 4], shape));
    }

    [Fact]
    public void Depthwise_Taps_AreRowsOfChannelsRoundedUp()
    {
        var shape = new ConvolutionShape(1, 1, 2, 2, 1, 1, 2, 1, 2, groups: 2);
        Assert.Equal(Rows16([1, 3], [2, 4]), WeightPacking.DepthwiseFloat32([1, 2, 3, 4], shape));
        Assert.Equal(Array.ConvertAll(Rows16([1, 3], [2, 4]), value => (sbyte)value), WeightPacking.DepthwiseInt8([1, 2, 3, 4], shape));
    }

    [Fact]
    public void MatrixFloat32_17Columns_AreTwoPanels()
    {
        float[] weights = [.. Enumerable.Range(1, 34).Select(value => (float)value)];
        float[] expected = Rows16(
            [.. Enumerable.Range(0, 16).Select(column => (2f * column) + 1)],
            [.. Enumerable.Range(0, 16).Select(column => (2f * column) + 2)],
            [33],
            [34]);
        Assert.Equal(expected, WeightPacking.MatrixFloat32(weights, new GemmShape(1, 2, 17)));
    }

    [Fact]
    public void MatrixInt8_Inner_IsRoundedUpToAQuad()
    {
        sbyte[] expected = new sbyte[128];
        ((sbyte[])[1, 2, 3, 4, 6, 7, 8, 9]).CopyTo(expected, 0);
        expected[64] = 5;
        expected[68] = 10;
        Assert.Equal(expected, WeightPacking.MatrixInt8([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], new GemmShape(1, 5, 2)));
    }

    [Fact]
    public void PadChannels_Groups_EachFillsPanels()
    {
        int[] expected = new int[32];
        expected[0] = 1;
        expected[1] = 2;
        expected[16] = 3;
        expected[17] = 4;
        Assert.Equal(expected, WeightPacking.PadChannels<int>([1, 2, 3, 4], 4, 2));
        Assert.Equal([1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], WeightPacking.PadChannels<int>([1, 2, 3, 4], 4, 1));
    }

    [Fact]
    public void Weights_WrongLength_Throw()
    {
        var shape = new ConvolutionShape(1, 5, 5, 3, 3, 3, 20, 3, 3);
        Assert.Throws<ArgumentException>(() => WeightPacking.ConvolutionFloat32(new float[539], shape));
        Assert.Throws<ArgumentException>(() => WeightPacking.ConvolutionInt8(new sbyte[541], shape));
        Assert.Throws<ArgumentException>(() => WeightPacking.MatrixFloat32(new float[5], new GemmShape(1, 2, 3)));
        Assert.Throws<ArgumentException>(() => WeightPacking.MatrixInt8(new sbyte[5], new GemmShape(1, 2, 3)));
        Assert.Throws<ArgumentException>(() => WeightPacking.PadChannels<float>(new float[3], 4, 1));
    }

    private static float[] Rows16(params float[][] rows)
    {
        var packed = new float[rows.Length * 16];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].CopyTo(packed, i * 16);
        }

        return packed;
    }
}
