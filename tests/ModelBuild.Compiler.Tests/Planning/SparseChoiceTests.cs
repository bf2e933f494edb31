using ModelBuild.Compiler.Planning.Sparsity;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Compiler.Tests.Planning;

/// <summary>Which layers run by blocks: what zeros, shapes and rows have to do with it.</summary>
public sealed class SparseChoiceTests
{
    [Theory]
    [InlineData(14, 256, 256, 3, 2, 0.8, true)]
    [InlineData(14, 256, 256, 3, 2, 0.9, true)]
    [InlineData(14, 256, 256, 3, 1, 0.9, true)]
    [InlineData(14, 256, 256, 3, 2, 0.4, false)]
    [InlineData(14, 256, 256, 3, 0, 0.8, false)]
    [InlineData(14, 4, 256, 3, 2, 0.9, false)]
    [InlineData(2, 16, 16, 1, 2, 0.6, false)]
    public void OfConvolution_ZerosInUnits_AreUsedWhereThatIsLessWork(
        int size, int channels, int outputs, int kernel, int height, double zeros, bool expected)
    {
        var shape = new ConvolutionShape(
            1, size, size, channels, size, size, outputs, kernel, kernel, padTop: kernel / 2, padLeft: kernel / 2);

        SparseBlocks? blocks = SparseChoice.Of(Weights(outputs, channels, kernel * kernel, height, zeros), shape);

        Assert.Equal(expected, blocks is not null);
        if (blocks is not null)
        {
            Assert.Equal(height, blocks.Outputs);
        }
    }

    [Fact]
    public void OfConvolution_AllZeros_StaysDense() =>
        Assert.Null(SparseChoice.Of(new sbyte[64 * 64], new ConvolutionShape(1, 8, 8, 64, 8, 8, 64, 1, 1)));

    /// <summary>There are no sparse kernels for volumes.</summary>
    [Fact]
    public void OfConvolution_Volume_StaysDense() => Assert.Null(SparseChoice.Of(
        Weights(64, 64, 27, 2, 0.9),
        new ConvolutionShape(
            1, 8, 8, 64, 8, 8, 64, 3, 3, padTop: 1, padLeft: 1, inputDepth: 8, outputDepth: 8, kernelDepth: 3, padFront: 1)));

    /// <summary>More inputs of an output than indices of 16 bits tell apart.</summary>
    [Fact]
    public void OfConvolution_MoreInputsThanIndicesReach_StaysDense() => Assert.Null(SparseChoice.Of(
        Weights(16, 29_200, 9, 2, 0.95), new ConvolutionShape(1, 16, 16, 29_200, 14, 14, 16, 3, 3)));

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void OfMatrix_MoreInputsThanIndicesReach_StaysDense(int rows) =>
        Assert.Null(SparseChoice.Of(Weights(16, 262_400, 1, 2, 0.95), rows, 262_400, 16));

    [Theory]
    [InlineData(1, 0.9, false, true)]
    [InlineData(4, 0.95, false, true)]
    [InlineData(5, 0.95, true, false)]
    [InlineData(64, 0.8, true, false)]
    [InlineData(null, 0.95, true, true)]
    public void OfMatrix_Rows_DecideWhatIsStored(int? rows, double zeros, bool hasBlocks, bool hasSteps)
    {
        SparseMatrix? matrix = SparseChoice.Of(Weights(1024, 1024, 1, 2, zeros), rows, 1024, 1024);

        Assert.NotNull(matrix);
        Assert.Equal(hasBlocks, matrix.Blocks is not null);
        Assert.Equal(hasSteps, matrix.Steps is not null);
        Assert.InRange(matrix.Kept, 0.9 * (1 - zeros), 1.1 * (1 - zeros));
    }

    /// <summary>So few rows that a vector of pixels has hardly any: sparse kernels would be slower, and dense ones stay.</summary>
    [Theory]
    [InlineData(5)]
    [InlineData(null)]
    public void OfMatrix_RowsThatSparseKernelsLoseBy_StayDense(int? rows) =>
        Assert.Null(SparseChoice.Of(Weights(1024, 1024, 1, 2, 0.7), rows, 1024, 1024));

    /// <summary>What is packed is what was there, however it is cut into blocks and steps.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Pack_Steps_HaveAllWeightsOnce(int outputs)
    {
        sbyte[] weights = Weights(70, 300, 1, 1, 0.7);
        SparseSteps steps = SparseRowPacking.Pack(SparsePacking.Matrix(weights, new GemmShape(1, 300, 70), outputs), 70);

        var unpacked = new sbyte[70 * 300];
        for (int panel = 0; panel < steps.Starts.Length - 1; panel++)
        {
            for (int step = steps.Starts[panel]; step < steps.Starts[panel + 1]; step++)
            {
                for (int i = 0; i < outputs * 64; i++)
                {
                    int lane = i % 64 / 4;
                    int output = (((panel * 16) + lane) * outputs) + (i / 64);
                    int channel = (((steps.Windows[step] * 16) + steps.Lanes[(step * 16) + lane]) * 4) + (i % 4);
                    sbyte value = steps.Values[(step * outputs * 64) + i];
                    if (value != 0)
                    {
                        Assert.Equal(0, unpacked[(output * 300) + channel]);
                        unpacked[(output * 300) + channel] = value;
                    }
                }
            }
        }

        Assert.Equal(weights, unpacked);
    }

    /// <summary>Weights as ONNX has them.</summary>
    /// <param name="outputs">Outputs.</param>
    /// <param name="channels">Inputs.</param>
    /// <param name="taps">Taps of the kernel.</param>
    /// <param name="height">Outputs that have zeros together, for four inputs; 0 where each weight is for itself.</param>
    /// <param name="zeros">The part of zeros.</param>
    private static sbyte[] Weights(int outputs, int channels, int taps, int height, double zeros)
    {
        var random = new Random(7);
        var weights = new sbyte[outputs * channels * taps];
        (int rows, int columns) = height == 0 ? (1, 1) : (height, 4);
        for (int output = 0; output < outputs; output += rows)
        {
            for (int channel = 0; channel < channels; channel += columns)
            {
                for (int tap = 0; tap < taps; tap++)
                {
                    bool isZero = random.NextDouble() < zeros;
                    for (int o = output; !isZero && o < Math.Min(output + rows, outputs); o++)
                    {
                        for (int c = channel; c < Math.Min(channel + columns, channels); c++)
                        {
                            weights[(((o * channels) + c) * taps) + tap] = (sbyte)random.Next(1, 128);
                        }
                    }
                }
            }
        }

        return weights;
    }
}
