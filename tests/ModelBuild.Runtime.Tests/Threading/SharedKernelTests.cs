using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels;

namespace ModelBuild.Runtime.Tests.Threading;

/// <summary>
/// Kernels that threads share give the bits that they give alone, on every tier: however the work is cut, the tiles are the same.
/// </summary>
public sealed class SharedKernelTests
{
    private static readonly int[] s_threads = [2, 3, 8];

    /// <summary>
    /// Few pixels and many panels, many pixels, groups of an odd number of panels, padding, strides, a copy that is cut too.
    /// </summary>
    private static readonly ConvolutionShape[] s_convolutions =
    [
        new(1, 7, 7, 64, 7, 7, 200, 3, 3, padTop: 1, padLeft: 1),
        new(2, 40, 41, 16, 40, 41, 24, 3, 3, padTop: 1, padLeft: 1),
        new(1, 30, 30, 96, 30, 30, 144, 1, 1, groups: 3),
        new(1, 91, 90, 33, 45, 44, 20, 3, 3, strideY: 2, strideX: 2),
        new(1, 1, 1, 4096, 1, 1, 512, 1, 1),
        new(1, 9, 120, 100, 9, 118, 17, 1, 3),
        new(1, 1, 150, 4260, 1, 150, 40, 1, 1),
        new(1, 41, 41, 3, 39, 39, 40, 3, 3),
        new(1, 60, 61, 3, 60, 59, 40, 1, 3),
        new(1, 4, 40, 2048, 2, 38, 20, 3, 3),
    ];

    private static readonly ConvolutionShape[] s_depthwise =
    [
        new(1, 60, 60, 72, 60, 60, 72, 3, 3, padTop: 1, padLeft: 1, groups: 72),
        new(1, 61, 33, 160, 29, 15, 160, 5, 5, strideY: 2, strideX: 2, groups: 160),
        new(2, 14, 14, 700, 14, 14, 700, 3, 3, padTop: 1, padLeft: 1, groups: 700),
        new(0, 14, 14, 64, 14, 14, 64, 3, 3, padTop: 1, padLeft: 1, groups: 64),
    ];

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Convolution_OfBytes_IsTheSameToTheBit(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach (ConvolutionShape shape in s_convolutions.Concat(s_depthwise))
        {
            byte[] input = Samples.Codes((int)shape.InputLength, 1);
            sbyte[] weights = Weights(WeightsLength(shape));
            sbyte[] packed =
                shape.IsDepthwise ? WeightPacking.DepthwiseInt8(weights, shape) : WeightPacking.ConvolutionInt8(weights, shape);
            int[] bias = [.. Enumerable.Range(-40, shape.BiasLength)];
            float[] multipliers = [.. Enumerable.Range(1, shape.BiasLength).Select(i => i * 1e-5f)];
            var scratch = new byte[shape.ScratchBytes(1)];
            Compare<byte>((int)shape.OutputLength, (output, threads) =>
            {
                var epilogue = Epilogue.ToUInt8(bias, multipliers, 100, 3, 250, output);
                if (shape.IsDepthwise)
                {
                    DepthwiseConvolution.UInt8(kernels, shape, input, 9, packed, epilogue, scratch, threads);
                }
                else
                {
                    Convolution.UInt8(kernels, shape, input, 9, packed, epilogue, scratch, threads);
                }
            });
            byte[] residual = Samples.Codes((int)shape.OutputLength, 4);
            if (!shape.IsDepthwise)
            {
                Compare<byte>((int)shape.OutputLength, (output, threads) => Convolution.UInt8(
                    kernels, shape, input, 9, packed, Epilogue.AddToUInt8(bias, multipliers, residual, 90, 0.3f, 100, 200, 255, output),
                    scratch, threads));
            }
        }
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Convolution_OfFloats_IsTheSameToTheBit(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach (ConvolutionShape shape in s_convolutions.Concat(s_depthwise))
        {
            float[] input = Samples.Floats((int)shape.InputLength, 1);
            float[] weights = Samples.Floats(WeightsLength(shape), 2);
            float[] packed =
                shape.IsDepthwise ? WeightPacking.DepthwiseFloat32(weights, shape) : WeightPacking.ConvolutionFloat32(weights, shape);
            float[] bias = Samples.Floats(shape.BiasLength, 3);
            var scratch = new byte[shape.ScratchBytes(sizeof(float))];
            Compare<float>((int)shape.OutputLength, (output, threads) =>
            {
                var epilogue = FloatEpilogue.Store(bias, 0, float.PositiveInfinity, output);
                if (shape.IsDepthwise)
                {
                    DepthwiseConvolution.Float32(kernels, shape, input, packed, epilogue, scratch, threads);
                }
                else
                {
                    Convolution.Float32(kernels, shape, input, packed, epilogue, scratch, threads);
                }
            });
        }
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void SparseConvolution_IsTheSameToTheBit(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach (ConvolutionShape shape in s_convolutions)
        {
            byte[] input = Samples.Codes((int)shape.InputLength, 1);
            SparseBlocks blocks = SparsePacking.Convolution(Weights(WeightsLength(shape)), shape, 2);
            int[] bias = [.. Enumerable.Range(-40, shape.BiasLength)];
            var scratch = new byte[SparseConvolution.ScratchBytes(shape)];
            Compare<int>((int)shape.OutputLength, (output, threads) => SparseConvolution.UInt8(
                kernels, shape, input, 9, new SparseWeights(blocks.Starts, blocks.Indices, blocks.Values, 2),
                Epilogue.ToInt32(bias, output), scratch, threads));
        }
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Products_AreTheSameToTheBit(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        foreach (GemmShape shape in new GemmShape[] { new(1, 1024, 1000), new(97, 301, 70), new(400, 64, 33) })
        {
            byte[] codes = Samples.Codes((int)shape.LeftLength, 1);
            float[] left = Samples.Floats((int)shape.LeftLength, 1);
            sbyte[] bytes = Weights((int)shape.RightLength);
            float[] floats = Samples.Floats((int)shape.RightLength, 2);
            sbyte[] packedBytes = WeightPacking.MatrixInt8(bytes, shape);
            float[] packedFloats = WeightPacking.MatrixFloat32(floats, shape);
            var bias = new int[shape.PaddedColumns];
            float[] numbers = Samples.Floats(shape.PaddedColumns, 3);
            byte[] scratch = new byte[shape.ScratchBytes(1) + DynamicGemm.ScratchBytes(shape.Inner, shape.Columns)];
            Compare<int>((int)shape.OutputLength, (output, threads) =>
                Gemm.UInt8(kernels, shape, codes, packedBytes, Epilogue.ToInt32(bias, output), scratch, threads));
            Compare<float>((int)shape.OutputLength, (output, threads) =>
                Gemm.Float32(kernels, shape, left, packedFloats, FloatEpilogue.Store(numbers, -9, 9000, output), threads));
            Compare<float>((int)shape.OutputLength, (output, threads) => DynamicGemm.UInt8(
                kernels, shape, left, packedBytes, new ChannelParameters(numbers, numbers, numbers), -9, 9000, output, scratch, threads));
        }
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void ProductsOfTwoTensors_AreTheSameToTheBit(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        var shape = new GemmShape(65, 70, 129);
        const int Batch = 5;
        float[] left = Samples.Floats(Batch * (int)shape.LeftLength, 1);
        float[] right = Samples.Floats(Batch * (int)shape.RightLength, 2);
        byte[] leftCodes = Samples.Codes(left.Length, 3);
        byte[] rightCodes = Samples.Codes(right.Length, 4);
        var matrices = new BroadcastShape([Batch], [1], [1]);
        var scratch = new byte[QuantizedMatrixProduct.ScratchBytes(shape.Inner, shape.Columns)];
        int length = Batch * (int)shape.OutputLength;
        Compare<float>(length, (output, threads) => Gemm.BatchedFloat32(kernels, shape, Batch, false, false, left, right, output, threads));
        Compare<float>(length, (output, threads) => Gemm.BatchedFloat32(
            kernels, shape, Batch, false, true, left, right.AsSpan(0, (int)shape.RightLength), output, threads));
        Compare<float>(length, (output, threads) => Gemm.BroadcastFloat32(kernels, shape, matrices, left, right, output, threads));
        Compare<byte>(length, (output, threads) => QuantizedMatrixProduct.UInt8(
            kernels, shape, matrices, leftCodes, 7, rightCodes, 200, 1e-3f, 128, 0, 255, output, scratch, threads));
        Compare<float>(length, (output, threads) => QuantizedMatrixProduct.Float32(
            kernels, shape, matrices, leftCodes, 7, rightCodes, 200, 1e-3f, output, scratch, threads));
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Attention_IsTheSameToTheBit(string tier)
    {
        KernelTable kernels = KernelTable.For(Enum.Parse<Tier>(tier));
        var shape = new AttentionShape(2, 3, 101, 77, 16, 24, false, false, false);
        float[] queries = Samples.Floats(6 * 101 * 16, 1, scale: 1);
        float[] keys = Samples.Floats(6 * 77 * 16, 2, scale: 1);
        float[] values = Samples.Floats(6 * 77 * 24, 3);
        float[] mask = Samples.Floats(2 * 77, 4);
        var scratch = new byte[Attention.Block * 77 * sizeof(float)];
        Compare<float>(6 * 101 * 24, (output, threads) =>
            Attention.Float32(kernels, shape, 0.25f, [77, 0, 0], queries, keys, values, output, scratch, mask, threads));
    }

    /// <summary>A product that is not cut would not be tested: these are.</summary>
    [Theory]
    [InlineData(1, 64, 576, true)]
    [InlineData(196, 16, 2304, true)]
    [InlineData(49, 2, 64, false)]
    [InlineData(1, 4, 16, false)]
    public void TryCut_LargeAndSmallProducts_CutsTheLarge(int pixels, int panels, int steps, bool isCut)
    {
        var driver = new GemmDriver { GroupChannels = panels * WeightPacking.PanelWidth };
        driver.Arguments.Rows = 1;
        driver.Arguments.Segments = 1;
        driver.Arguments.Steps = steps;
        Assert.Equal(isCut, GemmWork.TryCut(driver, pixels, (pixels + 95) / 96, panels, 2, out GemmWork work));
        Assert.Equal(isCut, work.Units > 1);
    }

    private static void Compare<T>(int length, Action<Span<T>, int> run)
        where T : unmanaged
    {
        var alone = new T[length];
        run(alone, 1);
        foreach (int threads in s_threads)
        {
            var shared = new T[length];
            run(shared, threads);
            Assert.True(
                MemoryMarshal.AsBytes(alone.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(shared.AsSpan())), $"{threads} threads differ");
        }
    }

    private static int WeightsLength(in ConvolutionShape shape) =>
        shape.OutputChannels * (shape.InputChannels / shape.Groups) * shape.KernelHeight * shape.KernelWidth;

    private static sbyte[] Weights(int length) => [.. Samples.Codes(length, 2).Select(c => (sbyte)(c - 128))];
}
