using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>Sparse weights that do not belong to a shape are refused before anything is read by them.</summary>
public sealed class SparseWeightsTests
{
    private static readonly ConvolutionShape s_image = new(1, 4, 4, 8, 4, 4, 16, 1, 1);
    private static readonly GemmShape s_row = new(1, 8, 16);

    [Fact]
    public void Convolution_WeightsOfTheShape_AreTaken() => Convolve([0, 1, 1, 1, 1, 1, 1, 1, 2], [1, 0], 2);

    [Theory]
    [InlineData(new[] { 0, 1, 1, 1, 1, 1, 1, 2 }, new ushort[] { 1, 0 }, 2, "starts")]
    [InlineData(new[] { 0, 1, 1, 1, 1, 1, 1, 1, 2 }, new ushort[] { 2, 0 }, 2, "inputs that there are not")]
    [InlineData(new[] { 0, 1, 1, 1, 1, 1, 1, 1, 1 }, new ushort[] { 1, 0 }, 2, "all of the blocks")]
    [InlineData(new[] { 1, 1, 1, 1, 1, 1, 1, 1, 2 }, new ushort[] { 1, 0 }, 2, "all of the blocks")]
    [InlineData(new[] { 0, 2, 1, 1, 1, 1, 1, 1, 2 }, new ushort[] { 1, 0 }, 2, "follow one another")]
    [InlineData(new[] { 0, 1, 1, 1, 1, 1, 1, 1, 2 }, new ushort[] { 1, 0 }, 1, "starts")]
    public void Convolution_OtherWeights_AreRefused(int[] starts, ushort[] indices, int outputs, string reason) =>
        Assert.Contains(
            reason, Assert.ThrowsAny<ArgumentException>(() => Convolve(starts, indices, outputs)).Message, StringComparison.Ordinal);

    [Fact]
    public void Gemm_RowsOfTheShape_AreTaken() => Multiply([0, 1], [0], 31, 1);

    [Theory]
    [InlineData(new[] { 0 }, new ushort[] { 0 }, 1, 1, "starts")]
    [InlineData(new[] { 0, 1 }, new ushort[] { 1 }, 1, 1, "inputs that there are not")]
    [InlineData(new[] { 0, 1 }, new ushort[] { 0 }, 32, 1, "outside of its window")]
    [InlineData(new[] { 0, 2 }, new ushort[] { 0 }, 1, 1, "all of the steps")]
    [InlineData(new[] { 1, 0 }, new ushort[] { 0 }, 1, 2, "follow one another")]
    public void Gemm_OtherRows_AreRefused(int[] starts, ushort[] windows, int lane, int outputs, string reason) =>
        Assert.Contains(
            reason, Assert.ThrowsAny<ArgumentException>(() => Multiply(starts, windows, lane, outputs)).Message, StringComparison.Ordinal);

    /// <summary>Weights that are not there at all.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Gemm_NoWeights_AreRefused(int rows)
    {
        var shape = new GemmShape(rows, 8, 16);
        Assert.ThrowsAny<ArgumentException>(() => SparseGemm.UInt8(
            shape, new byte[rows * 8], Epilogue.ToInt32(new int[16], new int[rows * 16]), new byte[SparseGemm.ScratchBytes(shape)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Constructors_OtherBlocks_AreRefused(int outputs)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseWeights([0], [], [], outputs).Starts.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SparseRows([0], [], [], [], outputs).Starts.Length);
    }

    private static void Convolve(int[] starts, ushort[] indices, int outputs) => SparseConvolution.UInt8(
        s_image, new byte[128], 3, new SparseWeights(starts, indices, new sbyte[indices.Length * outputs * 4], outputs),
        Epilogue.ToInt32(new int[16], new int[256]), new byte[SparseConvolution.ScratchBytes(s_image)]);

    private static void Multiply(int[] starts, ushort[] windows, int lane, int outputs)
    {
        byte[] lanes = [.. Enumerable.Repeat((byte)lane, windows.Length * 16)];
        SparseGemm.UInt8(
            s_row, new byte[8], Epilogue.ToInt32(new int[16], new int[16]), new byte[SparseGemm.ScratchBytes(s_row)],
            rows: new SparseRows(starts, windows, lanes, new sbyte[windows.Length * outputs * 64], outputs));
    }
}
