using ModelBuild.Runtime.Cpu;
using static ModelBuild.Runtime.Cpu.Assembler;

namespace ModelBuild.Runtime.Kernels;

/// <summary>
/// The kernels of <see cref="UInt8Vnni512"/> that go on from their sums to the output, as <see cref="FinishingTarget"/> has it: sums that
/// stay in registers are neither written nor read. Where a product has few terms, that is half of the time. Codes are made here, floats
/// by <see cref="DequantizingVnni512"/>.
/// </summary>
/// <remarks>
/// Four registers of sixteen sums become one of 64 bytes. Packing works within 128 bits, so that each 128 bits hold four bytes of each
/// register in turn, and <see cref="Order"/> brings them together. The lower bound is one of codes, where it takes one instruction for
/// four registers; the upper one is of floats, which keeps the conversion in range (below, it and packing saturate). Lanes are channels, as
/// in the accumulators; accumulators may have any value. <c>UInt8Vnni512Tests</c> holds every form to the scalar epilogues.
/// </remarks>
internal static unsafe class FinishingVnni512
{
    private const int Quad = 4;
    private const int VectorBytes = 64;
    private const int PanelBytes = WeightPacking.PanelWidth;

    private const int Maximum = 0;
    private const int Minimum = 1;
    private const int ZeroPoint = 2;
    private const int OrderOfParts = 3;
    private const int Other = 4;
    private const int ResidualZeroPoint = 5;

    /// <summary>Int32s of the first register of a quad, of the second and so on.</summary>
    public static ReadOnlySpan<int> Order => [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];

    /// <summary>Writes what becomes of the sums of a tile, for as many pixels × panels as it has.</summary>
    /// <param name="a">Where to.</param>
    /// <param name="rows">Pixels, 1 to 8.</param>
    /// <param name="panels">Panels, 1 or 2.</param>
    /// <param name="form">Which of the forms.</param>
    /// <param name="firstAccumulator">The vector register with the first pixel's accumulators; those of a panel lie together.</param>
    /// <param name="arguments">Where <see cref="FinishingArguments"/> are.</param>
    /// <param name="registers">
    /// The first pixel of the output and of the residual, which become the pixel behind the last; and one to use.
    /// </param>
    public static void Write(
        Assembler a, int rows, int panels, FinishingForm form, int firstAccumulator, Address arguments,
        (Register Output, Register Beside, Register Multipliers) registers)
    {
        FinishingArguments sample;
        byte* origin = (byte*)&sample;
        bool hasResidual = form.Target == FinishingTarget.CodesWithResidual;
        Address residualMultiplier = Field(&sample.ResidualMultiplier);

        a.Load(registers.Multipliers, Field(&sample.Order));
        a.LoadVector(OrderOfParts, new Address(registers.Multipliers));
        a.Load(registers.Multipliers, Field(&sample.Multipliers));
        a.BroadcastInt32(Maximum, Field(&sample.Maximum));
        a.BroadcastInt32(Minimum, Field(&sample.MinimumCodes));
        a.BroadcastInt32(ZeroPoint, Field(&sample.ZeroPoints));
        if (hasResidual)
        {
            a.BroadcastInt32(ResidualZeroPoint, Field(&sample.ResidualZeroPoint));
        }

        Span<int> quad = stackalloc int[Quad];
        int pixelBytes = panels * PanelBytes;
        int quadRows = Quad / panels;
        for (int first = 0; first < rows; first += quadRows)
        {
            int count = int.Min(quadRows, rows - first);
            for (int row = first; row < first + count; row++)
            {
                for (int panel = 0; panel < panels; panel++)
                {
                    Scale(Sum(row, panel), panel);
                }

                if (hasResidual)
                {
                    a.Add(registers.Beside, Field(&sample.OutputStep));
                }
            }

            // What is missing in the last quad is anything.
            for (int i = 0; i < Quad; i++)
            {
                quad[i] = Sum(first + (i / panels % count), i % panels);
            }

            a.PackInt32(quad[0], quad[0], quad[1]);
            a.AddInt16(quad[0], ZeroPoint);
            int upper = count * panels > 2 ? quad[2] : quad[0];
            if (upper != quad[0])
            {
                a.PackInt32(upper, upper, quad[3]);
                a.AddInt16(upper, ZeroPoint);
            }

            a.PackInt16(quad[0], quad[0], upper);
            a.MaximumBytes(quad[0], Minimum);
            a.PermuteInt32(quad[0], OrderOfParts, quad[0]);
            for (int row = 0; row < count; row++)
            {
                Store(quad[0], (byte)row);
                a.Add(registers.Output, Field(&sample.OutputStep));
            }
        }

        int Sum(int row, int panel) => firstAccumulator + (panel * rows) + row;

        void Scale(int value, int panel)
        {
            a.ConvertToFloat32(value, value);
            a.Multiply(value, value, new Address(registers.Multipliers, panel * VectorBytes));
            if (hasResidual)
            {
                var source = new Address(registers.Beside, panel * PanelBytes);
                if (form.IsPartial && panel == panels - 1)
                {
                    a.WidenMaskedBytes(Other, source);
                }
                else
                {
                    a.WidenBytes(Other, source);
                }

                a.SubtractInt32(Other, ResidualZeroPoint);
                a.ConvertToFloat32(Other, Other);
                a.MultiplyByBroadcast(Other, Other, residualMultiplier);
                a.AddFloat32(value, Other);
            }

            a.Minimum(value, Maximum, value);
            a.ConvertToInt32(value, value);
        }

        void Store(int bytes, byte row)
        {
            if (row > 0 && !form.IsPartial)
            {
                a.StorePart(new Address(registers.Output), bytes, row, pixelBytes);
                return;
            }

            if (row > 0)
            {
                a.ExtractPart(Other, bytes, row, pixelBytes);
            }

            a.StoreBytes(new Address(registers.Output), row > 0 ? Other : bytes, pixelBytes, form.IsPartial);
        }

        Address Field(void* field) => arguments.Plus((int)((byte*)field - origin));
    }

    /// <summary>Writes what loads the masks of channels, which stay in their registers.</summary>
    public static void WriteMasks(Assembler a, FinishingForm form, Address arguments)
    {
        FinishingArguments sample;
        byte* origin = (byte*)&sample;
        if (form.IsPartial)
        {
            a.LoadMask(1, Field(&sample.Channels));
            a.LoadMask(2, Field(&sample.LastChannels));
        }

        Address Field(void* field) => arguments.Plus((int)((byte*)field - origin));
    }
}
