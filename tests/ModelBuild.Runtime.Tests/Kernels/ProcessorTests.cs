using System.Runtime.Intrinsics.Arm;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public sealed class ProcessorTests
{
    [Fact]
    public void BestTier_IsWhatTheProcessorSaysOfItself() =>
        Assert.Equal(CpuFeatures.BestTier() ?? (Dp.IsSupported ? Tier.AdvSimdDp : Tier.AdvSimd), Processor.BestTier);

    /// <summary>A tile of a size that does not divide a strip would leave a strip of accumulators short.</summary>
    [Fact]
    public unsafe void KernelTable_EveryTier_IsComplete()
    {
        foreach (Tier tier in Enum.GetValues<Tier>().Where(Processor.CanRun))
        {
            KernelTable table = KernelTable.For(tier);
            AssertTiles(table.Float32);
            AssertTiles(table.UInt8);
            AssertTiles(table.DepthwiseFloat32);
            AssertTiles(table.DepthwiseUInt8);
            if (table.PairFloat32 is not null)
            {
                AssertTiles(table.PairFloat32);
            }

            Assert.Equal(Enum.GetValues<EpilogueKind>().Length, table.Epilogues.Length);
            foreach (delegate*<EpilogueArguments*, void> epilogue in table.Epilogues)
            {
                Assert.True(epilogue is not null);
            }
        }

        static void AssertTiles(delegate*<MicroKernelArguments*, void>[] tiles)
        {
            Assert.Equal(0, GemmDriver.StripPixels % tiles.Length);
            foreach (delegate*<MicroKernelArguments*, void> tile in tiles)
            {
                Assert.True(tile is not null);
            }
        }
    }
}
