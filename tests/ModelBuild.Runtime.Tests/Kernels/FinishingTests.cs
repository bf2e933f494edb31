using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// Kernels that store their results themselves give the bits of the same micro-kernels with an epilogue behind them: residuals, bounds,
/// NaN, panels that are whole and that are not, groups, volumes.
/// </summary>
public sealed class FinishingTests
{
    private static readonly ConvolutionShape[] s_convolutions =
    [
        new(2, 5, 7, 3, 5, 7, 16, 3, 3, padTop: 1, padLeft: 1),
        new(1, 9, 11, 8, 9, 11, 48, 1, 1),
        new(1, 9, 11, 8, 9, 11, 41, 1, 1),
        new(1, 6, 6, 8, 6, 6, 64, 1, 1, groups: 2),
        new(1, 6, 6, 8, 6, 6, 36, 1, 1, groups: 2),
        new(1, 4, 4, 4, 4, 4, 16, 1, 1, inputDepth: 3, outputDepth: 3),
        new(1, 4, 4, 4, 4, 4, 32, 3, 3, padTop: 1, padLeft: 1, inputDepth: 3, outputDepth: 3, kernelDepth: 3, padFront: 1),
    ];

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Products_OfFloats_AreThoseWithAnEpilogue(string tier)
    {
        (KernelTable finishing, KernelTable plain) = Tables(tier);
        foreach (int columns in (ReadOnlySpan<int>)[5, 16, 32, 37, 48, 80])
        {
            foreach (int rows in (ReadOnlySpan<int>)[1, 2, 7, 97, 130])
            {
                var shape = new GemmShape(rows, 9, columns);
                float[] left = Samples.FloatsWithSpecials((int)shape.LeftLength, rows);
                float[] weights = WeightPacking.MatrixFloat32(Samples.Floats((int)shape.RightLength, 2), shape);
                Compare(
                    shape.PaddedColumns, (int)shape.OutputLength,
                    (bool isFinishing, in FloatEpilogue epilogue, int threads) =>
                        Gemm.Float32(isFinishing ? finishing : plain, shape, left, weights, epilogue, threads));
            }
        }
    }

    [TierTheory]
    [MemberData(nameof(TierTests.Tiers), MemberType = typeof(TierTests))]
    public void Convolutions_OfFloats_AreThoseWithAnEpilogue(string tier)
    {
        (KernelTable finishing, KernelTable plain) = Tables(tier);
        foreach (ConvolutionShape shape in s_convolutions)
        {
            float[] input = Samples.FloatsWithSpecials((int)shape.InputLength, 4);
            int length = shape.Taps * shape.InputChannelsPerGroup * shape.OutputChannels;
            float[] weights = WeightPacking.ConvolutionFloat32(Samples.Floats(length, 2), shape);
            var scratch = new byte[shape.ScratchBytes(sizeof(float))];
            ConvolutionShape convolution = shape;
            Compare(
                shape.BiasLength, (int)shape.OutputLength,
                (bool isFinishing, in FloatEpilogue epilogue, int threads) =>
                    Convolution.Float32(isFinishing ? finishing : plain, convolution, input, weights, epilogue, scratch, threads));
        }
    }

    private static unsafe (KernelTable Finishing, KernelTable Plain) Tables(string tier)
    {
        KernelTable table = KernelTable.For(Enum.Parse<Tier>(tier));

        // Of kernels that are given, none finish.
        return (table, new KernelTable(table) { Float32 = table.Float32, PairFloat32 = table.PairFloat32 });
    }

    private static void Compare(int biasLength, int length, Run run)
    {
        float[] bias = Samples.Floats(biasLength, 3);
        float[] residual = Samples.FloatsWithSpecials(length, 5);
        foreach ((float minimum, float maximum) in
            (ReadOnlySpan<(float, float)>)[(float.NegativeInfinity, float.PositiveInfinity), (-3, 4.5f)])
        {
            foreach (int threads in (ReadOnlySpan<int>)[1, 3])
            {
                Assert.Equal(Stored(false, 1), Stored(true, threads));
                Assert.Equal(Added(false, 1), Added(true, threads));
                Assert.Equal(Added(false, 1), InPlace(threads));
            }

            int[] Stored(bool isFinishing, int threads)
            {
                var output = new float[length];
                run(isFinishing, FloatEpilogue.Store(bias, minimum, maximum, output), threads);
                return Bits(output);
            }

            int[] Added(bool isFinishing, int threads)
            {
                var output = new float[length];
                run(isFinishing, FloatEpilogue.AddAndStore(bias, residual, minimum, maximum, output), threads);
                return Bits(output);
            }

            int[] InPlace(int threads)
            {
                float[] output = [.. residual];
                run(true, FloatEpilogue.AddAndStore(bias, output, minimum, maximum, output), threads);
                return Bits(output);
            }
        }
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];

    private delegate void Run(bool isFinishing, in FloatEpilogue epilogue, int threads);
}
