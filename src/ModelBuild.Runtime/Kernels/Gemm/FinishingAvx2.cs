using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The end of the kernels of <see cref="WidenedAvx2"/> that go on from their sums to codes: <see cref="FinishingVnni512"/> in registers of
/// 256 bits, two pixels at a time. Four of them are free, so with a residual, what is the same for all pixels is read for each pair again.
/// </summary>
internal static unsafe class FinishingAvx2
{
    private const int PixelsAtOnce = 2;
    private const int PanelBytes = WeightPacking.PanelWidth;
    private const int VectorBytes = Avx2Writer.VectorBytes;
    private const int VectorChannels = VectorBytes / sizeof(int);

    private const int Maximum = 0;
    private const int Residual = 1;
    private const int ResidualZeroPoint = 2;
    private const int ResidualMultiplier = 3;
    private const int Minimum = 1;
    private const int ZeroPoint = 2;
    private const int OrderOfParts = 3;

    /// <summary>Int32s of the first pixel and of the second in what packing makes of their sums.</summary>
    public static ReadOnlySpan<int> Order => [0, 4, 1, 5, 2, 6, 3, 7];

    /// <summary>Writes what becomes of the sums of a tile.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="rows">Pixels, 1 to 6.</param>
    /// <param name="form">Codes, with a residual or without, of all channels of a panel.</param>
    /// <param name="arguments">Where <see cref="FinishingArguments"/> are.</param>
    /// <param name="registers">
    /// The first pixel of the output and of the residual, which become the pixel behind the last; and two to use.
    /// </param>
    public static void Write(
        Assembler a, int rows, FinishingForm form, Address arguments,
        (Register Output, Register Beside, Register Multipliers, Register Order) registers)
    {
        FinishingArguments sample;
        byte* origin = (byte*)&sample;
        bool hasResidual = form.Target == FinishingTarget.CodesWithResidual;

        a.Load(registers.Order, Field(&sample.Order));
        a.Load(registers.Multipliers, Field(&sample.Multipliers));
        a.BroadcastInt32(Maximum, Field(&sample.Maximum));
        for (int first = 0; first < rows; first += PixelsAtOnce)
        {
            int count = int.Min(PixelsAtOnce, rows - first);
            if (hasResidual)
            {
                a.BroadcastInt32(ResidualZeroPoint, Field(&sample.ResidualZeroPoint));
                a.BroadcastInt32(ResidualMultiplier, Field(&sample.ResidualMultiplier));
            }

            for (int row = first; row < first + count; row++)
            {
                for (int part = 0; part < Avx2Writer.Parts; part++)
                {
                    Scale(Avx2Writer.Sum(row, part), part);
                }

                if (hasResidual)
                {
                    a.Add(registers.Beside, Field(&sample.OutputStep));
                }
            }

            // With a residual these registers serve both parts.
            if (hasResidual || first == 0)
            {
                a.BroadcastInt32(Minimum, Field(&sample.MinimumCodes));
                a.BroadcastInt32(ZeroPoint, Field(&sample.ZeroPoints));
                a.LoadVector(OrderOfParts, new Address(registers.Order));
            }

            for (int row = first; row < first + count; row++)
            {
                int words = Avx2Writer.Sum(row, 0);
                a.PackInt32(words, words, Avx2Writer.Sum(row, 1));
                a.AddInt16(words, ZeroPoint);
            }

            int codes = Avx2Writer.Sum(first, 0);
            a.PackInt16(codes, codes, Avx2Writer.Sum(first + count - 1, 0));
            a.MaximumBytes(codes, Minimum);
            a.PermuteInt32(codes, OrderOfParts, codes);
            a.StoreBytes(new Address(registers.Output), codes, PanelBytes, isMasked: false);
            a.Add(registers.Output, Field(&sample.OutputStep));
            if (count > 1)
            {
                a.StorePart(new Address(registers.Output), codes, 1, PanelBytes);
                a.Add(registers.Output, Field(&sample.OutputStep));
            }
        }

        void Scale(int value, int part)
        {
            a.ConvertToFloat32(value, value);
            a.Multiply(value, value, new Address(registers.Multipliers, part * VectorBytes));
            if (hasResidual)
            {
                a.WidenBytes(Residual, new Address(registers.Beside, part * VectorChannels));
                a.SubtractInt32(Residual, ResidualZeroPoint);
                a.ConvertToFloat32(Residual, Residual);
                a.Multiply(Residual, Residual, ResidualMultiplier);
                a.AddFloat32(value, Residual);
            }

            a.Minimum(value, Maximum, value);
            a.ConvertToInt32(value, value);
        }

        Address Field(void* field) => arguments.Plus((int)((byte*)field - origin));
    }
}
