using ModelBuild.Runtime.Cpu;
using ModelBuild.Runtime.Kernels;

namespace ModelBuild.Runtime.Tests.Kernels;

/// <summary>What several threads will rely on: ranges of pixels and panels are independent.</summary>
public sealed unsafe class GemmDriverTests
{
    [Fact]
    public void Run_RangesOfPixelsAndPanels_MakeUpTheWhole()
    {
        const int Rows = 131;
        const int Inner = 12;
        const int Columns = 40;
        var random = new Random(5);
        var left = new byte[Rows * Inner];
        var weights = new sbyte[Columns * Inner];
        random.NextBytes(left);
        random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(weights.AsSpan()));
        var shape = new GemmShape(Rows, Inner, Columns);
        sbyte[] packed = WeightPacking.MatrixInt8(weights, shape);
        var bias = new int[48];
        var whole = new int[Rows * Columns];
        Gemm.UInt8(shape, left, packed, Epilogue.ToInt32(bias, whole), default);

        var pieces = new int[Rows * Columns];
        fixed (byte* leftPointer = left)
        fixed (sbyte* packedPointer = packed)
        fixed (int* biasPointer = bias, piecesPointer = pieces)
        {
            KernelTable kernels = KernelTable.For(Processor.BestTier);
            var product = new GemmDriver
            {
                Input = leftPointer,
                Width = Rows,
                PixelStep = Inner,
                GroupChannels = Columns,
                Weights = (byte*)packedPointer,
                PanelStep = Inner * 16,
                Bias = (byte*)biasPointer,
                Kernels = kernels.UInt8,
                StoreStrip = kernels.Epilogue(EpilogueKind.ToInt32),
                Epilogue = new EpilogueArguments { Output = piecesPointer, Channels = Columns },
            };
            product.Arguments.Rows = 1;
            product.Arguments.Segments = 1;
            product.Arguments.Steps = Inner / 4;

            // Last things first, and no piece a multiple of anything.
            product.Run(101, Rows, 2, 3);
            product.Run(0, 101, 1, 3);
            product.Run(101, Rows, 0, 2);
            product.Run(0, 101, 0, 1);
        }

        Assert.Equal(whole, pieces);
    }
}
