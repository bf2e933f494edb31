using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;
using ModelBuild.Runtime.Tests.Kernels.Checks;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>
/// The kernels that a process with precompiled code begins with: what a class gives must not change when those of the best tier follow.
/// </summary>
public sealed class StartKernelsTests
{
    public static TheoryData<string> Tiers => [.. Enum.GetNames<Tier>()];

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void StartKernels_Floats_GiveTheBitsOfTheTier(string tier) => AssertSameFloats(tier);

    [TierTheory(StandIns = true)]
    [MemberData(nameof(Tiers))]
    public void StartKernels_FloatsOfATierWithoutItsInstructions_GiveTheBitsOfTheTier(string tier) => AssertSameFloats(tier);

    [TierTheory]
    [MemberData(nameof(Tiers))]
    public void StartKernels_Bytes_EqualReference(string tier)
    {
        var checks = new KernelChecks(KernelTable.AtStart(Enum.Parse<Tier>(tier)));
        foreach (KernelChecks.Fill fill in Enum.GetValues<KernelChecks.Fill>())
        {
            foreach (ConvolutionCase @case in ConvolutionCase.Dense.Take(60))
            {
                checks.ConvolutionUInt8(@case, fill);
            }

            foreach (ConvolutionCase @case in ConvolutionCase.Depthwise)
            {
                checks.DepthwiseUInt8(@case, fill);
            }

            foreach (MatrixCase @case in MatrixCase.All)
            {
                checks.MatrixUInt8(@case, fill);
            }
        }

        checks.SumsAtHalves();
        checks.ClampsOfNaN();
    }

    /// <summary>Both ways to a table lead to one that has everything.</summary>
    [Fact]
    public void KernelTable_AfterManyCalls_IsThatOfTheBestTier()
    {
        KernelTable table = KernelTable.Current;
        for (int i = 0; i < 1000; i++)
        {
            table = KernelTable.Current;
        }

        Assert.False(KernelTable.IsStarting);
        Assert.Same(table, KernelTable.Current);
    }

    private static void AssertSameFloats(string tier)
    {
        KernelTable[] tables = [KernelTable.For(Enum.Parse<Tier>(tier)), KernelTable.AtStart(Enum.Parse<Tier>(tier))];
        foreach (ConvolutionCase @case in ConvolutionCase.Dense.Concat(ConvolutionCase.Volumes).Concat(ConvolutionCase.Depthwise))
        {
            ConvolutionShape shape = @case.Shape;
            bool depthwise = shape.Groups == shape.InputChannels && shape.Groups == shape.OutputChannels;
            KernelChecks.FloatData data = KernelChecks.FloatData.Create(@case.Name, shape, depthwise ? 1 : shape.Groups);
            float[] bias = WeightPacking.PadChannels<float>(data.Bias, shape.OutputChannels, depthwise ? 1 : shape.Groups);
            float[] weights = depthwise
                ? WeightPacking.DepthwiseFloat32(data.Weights, shape) : WeightPacking.ConvolutionFloat32(data.Weights, shape);
            AssertSame(@case.Name, tables, shape.OutputLength, (table, output) =>
            {
                FloatEpilogue store = FloatEpilogue.Store(bias, 0, float.PositiveInfinity, output);
                byte[] scratch = new byte[shape.ScratchBytes(sizeof(float))];
                if (depthwise)
                {
                    DepthwiseConvolution.Float32(table, shape, data.Input, weights, store, scratch);
                }
                else
                {
                    Convolution.Float32(table, shape, data.Input, weights, store, scratch);
                }
            });
        }

        foreach (MatrixCase @case in MatrixCase.All)
        {
            GemmShape shape = @case.Shape;
            KernelChecks.FloatData data = KernelChecks.FloatData.Create(@case.Name, Reference.AsConvolution(shape), groups: 1);
            float[] bias = WeightPacking.PadChannels<float>(data.Bias, shape.Columns, groups: 1);
            float[] weights = WeightPacking.MatrixFloat32(data.Weights, shape);
            AssertSame(@case.Name, tables, shape.OutputLength, (table, output) =>
                Gemm.Float32(
                    table, shape, data.Input, weights,
                    FloatEpilogue.Store(bias, float.NegativeInfinity, float.PositiveInfinity, output)));
        }
    }

    private static void AssertSame(string name, KernelTable[] tables, long length, Action<KernelTable, float[]> run)
    {
        float[] expected = new float[length];
        float[] actual = new float[length];
        run(tables[0], expected);
        run(tables[1], actual);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                BitConverter.SingleToUInt32Bits(expected[i]) == BitConverter.SingleToUInt32Bits(actual[i]),
                $"{name}: element {i} is {expected[i]:R} and {actual[i]:R}");
        }
    }
}
