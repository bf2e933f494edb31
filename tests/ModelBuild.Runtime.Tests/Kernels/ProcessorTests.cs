using System.Runtime.Intrinsics.Arm;
using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

public sealed class ProcessorTests
{
    [Fact]
    public void BestTier_IsWhatTheProcessorSaysOfItself() =>
        Assert.Equal(CpuFeatures.BestTier() ?? (Dp.IsSupported ? Tier.AdvSimdDp : Tier.AdvSimd), Processor.BestTier);

    /// <summary>No instructions are needed to say which tier they would give.</summary>
    [Theory]
    [InlineData("", "Scalar")]
    [InlineData("Sse41", "Sse41")]
    [InlineData("Sse41 Avx2", "Sse41")]
    [InlineData("Sse41 Fma", "Sse41")]
    [InlineData("Sse41 Avx2 Fma", "Avx2")]
    [InlineData("Sse41 Avx2 Fma AvxVnni", "AvxVnni")]
    [InlineData("Sse41 Avx2 Fma Avx512", "Avx512")]
    [InlineData("Sse41 Avx2 Fma AvxVnni Avx512", "Avx512Vnni")]
    [InlineData("Sse41 Avx2 Fma Avx512 Vnni512", "Vnni512")]
    [InlineData("Sse41 Avx2 Fma AvxVnni Avx512 Vnni512", "Vnni512")]
    [InlineData("Sse41 CodeAvx2", "CodeAvx2")]
    [InlineData("CodeAvx2", "Scalar")]
    [InlineData("Sse41 Avx2 Fma CodeAvx2", "CodeAvx2")]
    [InlineData("Sse41 Avx2 Fma Avx512 CodeAvx2", "CodeAvx2")]
    [InlineData("Sse41 Avx2 Fma AvxVnni CodeAvx2", "AvxVnni")]
    [InlineData("Sse41 Avx2 Fma AvxVnni Avx512 CodeAvx2", "Avx512Vnni")]
    [InlineData("Sse41 CodeAvx2 Vnni512", "Vnni512")]
    [InlineData("Sse41 Vnni512", "Vnni512")]
    [InlineData("Vnni512", "Scalar")]
    [InlineData("Sse41 AvxVnni Avx512", "Sse41")]
    [InlineData("AdvSimd", "AdvSimd")]
    [InlineData("AdvSimd Dp", "AdvSimdDp")]
    [InlineData("Dp", "Scalar")]
    public void BestTier_OfInstructions_IsTheLastThatHasAll(string instructions, string tier) =>
        Assert.Equal(Enum.Parse<Tier>(tier), Sets(instructions).BestTier);

    /// <summary>What machine code leaves to others is theirs as if there were none.</summary>
    [Theory]
    [InlineData("Sse41 CodeAvx2", "Sse41")]
    [InlineData("Sse41 Avx2 Fma CodeAvx2 Vnni512", "Avx2")]
    [InlineData("Sse41 Avx2 Fma Avx512 CodeAvx2", "Avx512")]
    [InlineData("Sse41 Avx2 Fma AvxVnni Avx512 CodeAvx2 Vnni512", "Avx512Vnni")]
    public void BestManagedTier_OfInstructions_IsWithoutMachineCode(string instructions, string tier) =>
        Assert.Equal(Enum.Parse<Tier>(tier), Sets(instructions).BestManagedTier);

    [Theory]
    [InlineData((1 << 16) | (3 << 30), 1 << 11, 0xE7, true)]
    [InlineData((1 << 16) | (3 << 30), 1 << 11, 0xE6, true)]
    [InlineData(0, 1 << 11, 0xE7, false)]
    [InlineData(~(1 << 30), ~0, 0xE7, false)]
    [InlineData(~(1 << 31), ~0, 0xE7, false)]
    [InlineData(~(1 << 16), ~0, 0xE7, false)]
    [InlineData(~0, ~(1 << 11), 0xE7, false)]
    [InlineData(~0, ~0, 0x07, false)]
    [InlineData(~0, ~0, 0xC7, false)]
    [InlineData(~0, ~0, 0xA7, false)]
    [InlineData(~0, ~0, 0x67, false)]
    [InlineData(~0, ~0, 0xE3, false)]
    public void MachineCode_BitsOfTheProcessorAndTheSystem_AreAllNeeded(int ebx, int ecx, ulong enabledState, bool expected) =>
        Assert.Equal(expected, Cpu.MachineCode.IsVnni512(ebx, ecx, enabledState));

    [Theory]
    [InlineData((1 << 28) | (1 << 12), 1 << 5, 0x7, true)]
    [InlineData((1 << 28) | (1 << 12), 1 << 5, 0x6, true)]
    [InlineData(~0, ~0, 0xE7, true)]
    [InlineData(0, ~0, 0x7, false)]
    [InlineData(~(1 << 28), ~0, 0x7, false)]
    [InlineData(~(1 << 12), ~0, 0x7, false)]
    [InlineData(~0, ~(1 << 5), 0x7, false)]
    [InlineData(~0, ~0, 0x0, false)]
    [InlineData(~0, ~0, 0xE3, false)]
    [InlineData(~0, ~0, 0xE5, false)]
    public void MachineCode_BitsOfAvx2AndFma_AreAllNeeded(int ecx, int ebx, ulong enabledState, bool expected) =>
        Assert.Equal(expected, Cpu.MachineCode.IsAvx2(ecx, ebx, enabledState));

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
            AssertTiles(table.PairFloat32 ?? table.Float32);
            Assert.Equal(0, GemmDriver.StripPixels % (table.ProductsOfBytes?.MaximumRows ?? 1));
            Assert.Equal(0, GemmDriver.StripPixels % (table.ProductsOfFloats?.MaximumRows ?? 1));

            foreach (EpilogueKind kind in Enum.GetValues<EpilogueKind>())
            {
                Assert.True(table.Epilogue(kind) is not null);
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

    private static InstructionSets Sets(string instructions)
    {
        string[] names = instructions.Split(' ');
        return new InstructionSets
        {
            Sse41 = names.Contains("Sse41"),
            Avx2 = names.Contains("Avx2"),
            Fma = names.Contains("Fma"),
            AvxVnni = names.Contains("AvxVnni"),
            Avx512 = names.Contains("Avx512"),
            CodeAvx2 = names.Contains("CodeAvx2"),
            Vnni512 = names.Contains("Vnni512"),
            AdvSimd = names.Contains("AdvSimd"),
            Dp = names.Contains("Dp"),
        };
    }
}
